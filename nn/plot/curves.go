package plot

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gannet-ml/gannet/nn"
)

// Run is a training to be drawn. The history may come from another library: only
// the epochs, the losses and the validation are looked at.
type Run struct {
	Name    string // in the legend; may be empty if there is one run
	History *nn.History
}

// Curves draws the learning curves of runs to a file. The first panel has the
// losses in training and, dashed, those called "loss" in validation. The other
// metrics of a single run share a second panel; those of several runs have one
// each, where the runs are told apart by color. It is an error if a run has no
// epochs or the file cannot be written.
func Curves(path string, runs ...Run) error {
	if len(runs) == 0 {
		return fmt.Errorf("plot: %s: no runs", path)
	}
	for i, r := range runs {
		if r.History == nil || len(r.History.Epochs) == 0 {
			return fmt.Errorf("plot: %s: run %d (%s) has no epochs", path, i, r.Name)
		}
	}
	panels := []Panel{lossPanel(runs)}
	names := metricNames(runs)
	if len(runs) == 1 && len(names) > 0 {
		p := Panel{X: "epoch", Y: "validation"}
		for _, name := range names {
			p.Series = append(p.Series, metricSeries(name, runs[0].History, name))
		}
		panels = append(panels, p)
	} else {
		for _, name := range names {
			p := Panel{X: "epoch", Y: name}
			for _, r := range runs { // also those without the metric, for the colors
				p.Series = append(p.Series, metricSeries(r.Name, r.History, name))
			}
			panels = append(panels, p)
		}
	}
	return Lines(path, panels...)
}

// lossPanel returns the panel of the losses.
func lossPanel(runs []Run) Panel {
	p := Panel{X: "epoch", Y: "loss"}
	for _, r := range runs {
		name, validation := r.Name, r.Name+", validation"
		if r.Name == "" {
			name, validation = "training", "validation"
		}
		s := Series{Name: name}
		for _, e := range r.History.Epochs {
			s.X = append(s.X, float64(e.Epoch))
			s.Y = append(s.Y, e.Loss)
		}
		p.Series = append(p.Series, s)
		if v := metricSeries(validation, r.History, "loss"); len(v.Y) > 0 {
			v.Dashed = true
			p.Series = append(p.Series, v)
		}
	}
	return p
}

// metricNames returns the names of all metrics but the loss, in order.
func metricNames(runs []Run) []string {
	seen := map[string]bool{}
	for _, r := range runs {
		for _, e := range r.History.Epochs {
			for name := range e.Validation {
				seen[name] = true
			}
		}
	}
	delete(seen, "loss")
	return slices.Sorted(maps.Keys(seen))
}

// metricSeries returns the line of a metric, over the epochs that have it.
func metricSeries(name string, h *nn.History, metric string) Series {
	s := Series{Name: name}
	for _, e := range h.Epochs {
		if v, ok := e.Validation[metric]; ok {
			s.X = append(s.X, float64(e.Epoch))
			s.Y = append(s.Y, v)
		}
	}
	return s
}
