package progress

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// plainLog returns a logger without times.
func plainLog(b *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

func TestLog(t *testing.T) {
	for _, c := range []struct {
		level slog.Level
		run   run
		want  string
	}{
		{slog.LevelInfo, run{epochs: 2, steps: 1, validation: true}, `level=INFO msg="training begins" epochs=2 steps=1
level=INFO msg=epoch epoch=1 epochs=2 loss=1 samples=64 seconds=1 waiting=0 memory=0 validation.accuracy=0.6 validation.loss=0.71234
level=INFO msg=epoch epoch=2 epochs=2 loss=0.5 samples=64 seconds=1 waiting=0 memory=0 validation.accuracy=0.7 validation.loss=0.71234
level=INFO msg="training ends" epochs=2
`},
		{slog.LevelDebug, run{epochs: 1, steps: 2}, `level=INFO msg="training begins" epochs=1 steps=2
level=DEBUG msg=step epoch=1 step=1 steps=2 loss=1
level=DEBUG msg=step epoch=1 step=2 steps=2 loss=0.5
level=INFO msg=epoch epoch=1 epochs=1 loss=0.6666666666666666 samples=128 seconds=2 waiting=0 memory=0
level=INFO msg="training ends" epochs=1
`},
		{slog.LevelError, run{epochs: 2, steps: 2, err: errors.New("loss is NaN")}, `level=ERROR msg="training ends" epochs=1 error="loss is NaN"
`},
	} {
		var out bytes.Buffer
		var now time.Time
		c.run.play(t, &now, Log(plainLog(&out, c.level)))
		if got := out.String(); got != c.want {
			t.Errorf("level %v: got\n%swant\n%s", c.level, got, c.want)
		}
	}
}

// TestLogDefault: nil is the default logger of the time of the event.
func TestLogDefault(t *testing.T) {
	callback := Log(nil)
	var out bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(plainLog(&out, slog.LevelInfo))
	var now time.Time
	run{epochs: 1, steps: 1}.play(t, &now, callback)
	if out.Len() == 0 {
		t.Error("nothing was logged")
	}
}
