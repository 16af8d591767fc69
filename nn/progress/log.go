package progress

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"github.com/gannet-ml/gannet/nn"
)

// Log returns a callback that writes records to a logger; nil means
// [slog.Default]. The start, each epoch and the end are records of level Info, a
// failure is one of level Error, and each step one of level Debug. The record of
// an epoch reads
//
//	msg=epoch epoch=2 epochs=100 loss=0.61 samples=10000 seconds=12.3 validation.accuracy=0.66
func Log(logger *slog.Logger) nn.Callback {
	return func(e *nn.Event) error {
		l := logger
		if l == nil {
			l = slog.Default()
		}
		level, message, attrs := slog.LevelInfo, "", []slog.Attr(nil)
		switch e.Kind {
		case nn.FitBegin:
			message, attrs = "training begins", []slog.Attr{slog.Int("epochs", e.Epochs), slog.Int("steps", e.Steps)}
		case nn.StepEnd:
			if !l.Enabled(context.Background(), slog.LevelDebug) {
				return nil // before anything is allocated
			}
			level, message, attrs = slog.LevelDebug, "step", stepAttrs(e)
		case nn.EpochEnd:
			message, attrs = "epoch", epochAttrs(e)
		case nn.FitEnd:
			message, attrs = "training ends", []slog.Attr{slog.Int("epochs", len(e.History.Epochs))}
			if e.Err != nil {
				level, attrs = slog.LevelError, append(attrs, slog.Any("error", e.Err))
			}
		default:
			return nil
		}
		l.LogAttrs(context.Background(), level, message, attrs...)
		return nil
	}
}

// stepAttrs describes a step.
func stepAttrs(e *nn.Event) []slog.Attr {
	return []slog.Attr{
		slog.Int("epoch", e.Epoch), slog.Int("step", e.Step), slog.Int("steps", e.Steps),
		slog.Float64("loss", e.StepLoss),
	}
}

// epochAttrs describes a complete epoch.
func epochAttrs(e *nn.Event) []slog.Attr {
	r := e.History.Last()
	attrs := []slog.Attr{
		slog.Int("epoch", r.Epoch), slog.Int("epochs", e.Epochs), slog.Float64("loss", r.Loss),
		slog.Int("samples", r.Samples), slog.Float64("seconds", r.Seconds), slog.Float64("waiting", r.Waiting), slog.Int64("memory", r.Memory),
	}
	var validation []slog.Attr
	for _, name := range slices.Sorted(maps.Keys(r.Validation)) {
		validation = append(validation, slog.Float64(name, r.Validation[name]))
	}
	return append(attrs, slog.GroupAttrs("validation", validation...)) // left out by slog if empty
}
