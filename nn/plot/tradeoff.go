package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
)

// ROC draws the ROC curves of classes or models to a file, with the area under
// each in the legend. X of a series are the rates of false positives, Y those of
// true ones, from (0, 0) to (1, 1), as metric.ROC gives them. The dashed line is
// that of chance. It is an error if there is no series, if X and Y of a series
// differ in length or are outside of 0 to 1, or if the file cannot be written.
func ROC(path string, curves ...Series) error {
	p := Panel{X: "false positive rate", Y: "true positive rate", bare: true}
	for i, s := range curves {
		if err := checkRates(i, s); err != nil {
			return fmt.Errorf("plot: %s: %w", path, err)
		}
		area := 0.0
		for k := range s.X[1:] {
			area += (s.X[k+1] - s.X[k]) * (s.Y[k+1] + s.Y[k]) / 2
		}
		s.Name = legend(s.Name, "AUC", area)
		p.Series = append(p.Series, s)
	}
	return tradeoff(path, p, plotter.XY{}, plotter.XY{X: 1, Y: 1})
}

// PrecisionRecall draws the precision-recall curves of classes or models to a
// file, with the average precision of each in the legend. X of a series is the
// recall, Y the precision, from recall 0 on, as metric.PrecisionRecall gives them.
// A curve is drawn as a staircase, whose area is the average precision. The dashed
// line is that of chance, the precision of predicting the class always, in which
// curves end; it is left out where they end in different ones. It is an error if
// there is no series, if X and Y of a series differ in length or are outside of 0
// to 1, or if the file cannot be written.
func PrecisionRecall(path string, curves ...Series) error {
	p := Panel{X: "recall", Y: "precision", bare: true}
	base := math.NaN()
	for i, s := range curves {
		if err := checkRates(i, s); err != nil {
			return fmt.Errorf("plot: %s: %w", path, err)
		}
		end := s.Y[len(s.Y)-1]
		if i > 0 && !(math.Abs(end-base) < 1e-9) {
			end = math.NaN()
		}
		base = end
		area, before := 0.0, 0.0
		for k, x := range s.X {
			area += (x - before) * s.Y[k]
			before = x
		}
		s.Name = legend(s.Name, "AP", area)
		s.X, s.Y = staircase(s.X, s.Y)
		p.Series = append(p.Series, s)
	}
	return tradeoff(path, p, plotter.XY{Y: base}, plotter.XY{X: 1, Y: base})
}

// checkRates returns an error if a curve cannot be drawn.
func checkRates(i int, s Series) error {
	switch {
	case len(s.X) == 0 || len(s.X) != len(s.Y):
		return fmt.Errorf("curve %d (%s) has %d X and %d Y, want as many and some", i, s.Name, len(s.X), len(s.Y))
	case !inUnit(s.X) || !inUnit(s.Y):
		return fmt.Errorf("curve %d (%s) has numbers outside of 0 to 1", i, s.Name)
	}
	return nil
}

// legend returns the name of a curve with its area.
func legend(name, area string, value float64) string {
	text := fmt.Sprintf("%s %.3f", area, value)
	if math.IsNaN(value) {
		text = "no " + area
	}
	if name == "" {
		return text
	}
	return name + " (" + text + ")"
}

// staircase returns a curve whose height between two points is that of the
// second. Points at recall 0, of no width, are left out.
func staircase(x, y []float64) (stairsX, stairsY []float64) {
	before := 0.0
	for k := range x {
		if x[k] > before {
			stairsX, stairsY = append(stairsX, before), append(stairsY, y[k])
		}
		if x[k] > 0 {
			stairsX, stairsY = append(stairsX, x[k]), append(stairsY, y[k])
		}
		before = x[k]
	}
	return stairsX, stairsY
}

// tradeoff draws curves in the unit square and the line of chance, left out if its
// ends are not numbers.
func tradeoff(path string, p Panel, from, to plotter.XY) error {
	if len(p.Series) == 0 {
		return fmt.Errorf("plot: %s: no curves", path)
	}
	axes, h, err := p.plot()
	if err != nil {
		return fmt.Errorf("plot: %s: %w", path, err)
	}
	if !math.IsNaN(from.Y) {
		axes.Add(guide(from, to))
		h.entries = append(h.entries, entry{name: "chance", line: guideStyle()})
	}
	setUnit(&axes.X, &axes.Y)
	return writeUnit(path, axes, h)
}
