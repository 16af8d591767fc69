package plot

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	ink  = color.Gray{Y: 40}
	axis = color.Gray{Y: 130}
	pale = color.Gray{Y: 225}
)

// textStyle returns plain text of a size in points.
func textStyle(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: plot.DefaultTextHandler,
	}
}

// newPlot returns empty axes in our style.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Color = axis
		a.Label.Padding = 4
		a.Label.TextStyle = restyle(a.Label.TextStyle, 10)
		a.Tick.Label = restyle(a.Tick.Label, 9)
		a.Tick.LineStyle = draw.LineStyle{Color: axis, Width: 0.5}
		a.Tick.Length = 4
	}
	return p
}

// restyle returns s in our font, aligned as it was.
func restyle(s text.Style, size vg.Length) text.Style {
	n := textStyle(size)
	n.XAlign, n.YAlign = s.XAlign, s.YAlign
	return n
}

// grid returns pale lines at the ticks.
func grid() *plotter.Grid {
	line := draw.LineStyle{Color: pale, Width: 0.5}
	return &plotter.Grid{Vertical: line, Horizontal: line}
}

// setAxes sets the ranges of the axes and their ticks after the data was added.
// Where all of xs are whole the ticks are too.
func setAxes(p *plot.Plot, logX, logY bool, xs []float64) {
	whole := true
	for _, x := range xs {
		whole = whole && x == math.Trunc(x)
	}
	if logX && len(xs) > 0 {
		setDecades(&p.X, 11)
	} else {
		p.X.Min, p.X.Max = widen(p.X.Min, p.X.Max, 0.02)
		p.X.Tick.Marker = ticks{most: 11, whole: whole}
	}
	if logY && len(xs) > 0 {
		setDecades(&p.Y, 7)
	} else {
		p.Y.Min, p.Y.Max = widen(p.Y.Min, p.Y.Max, 0.04)
		p.Y.Tick.Marker = ticks{most: 7}
	}
}

// setDecades makes an axis logarithmic, with at most so many labels.
func setDecades(a *plot.Axis, most int) {
	a.Min = math.Pow(10, math.Floor(math.Log10(a.Min)))
	a.Max = math.Pow(10, math.Floor(math.Log10(a.Max))+1)
	a.Scale, a.Tick.Marker = plot.LogScale{}, decades{most: most}
}

// widen returns a range with a part of its length added at both ends. A range
// without length gets one; without data it is 0 to 1.
func widen(lo, hi, part float64) (float64, float64) {
	if lo > hi {
		return 0, 1
	}
	d := (hi - lo) * part
	if d == 0 {
		d = max(math.Abs(lo)/10, 0.5)
	}
	return lo - d, hi + d
}

// ticks puts at most so many labelled ticks at multiples of 1, 2 or 5 times a
// power of ten.
type ticks struct {
	most  int
	whole bool
}

// Ticks implements plot.Ticker.
func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	span := hi - lo
	if !(span > 0) || math.IsInf(span, 0) {
		return nil
	}
	step := t.step(span)
	first, last := math.Ceil(lo/step), math.Floor(hi/step)
	if math.Abs(first)+math.Abs(last) > 1<<50 { // beyond the precision of float64
		return nil
	}
	var out []plot.Tick
	for i := first; i <= last; i++ {
		x := i*step + 0 // no −0
		out = append(out, plot.Tick{Value: x, Label: label(x, step)})
	}
	return out
}

// step returns the distance of ticks.
func (t ticks) step(span float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(span/float64(t.most))))
	step := 10 * decade
	for _, f := range []float64{5, 2, 1} {
		if span/(f*decade) < float64(t.most) {
			step = f * decade
		}
	}
	if t.whole {
		return max(step, 1)
	}
	return step
}

// decades puts at most so many labelled ticks at powers of ten.
type decades struct{ most int }

// Ticks implements plot.Ticker.
func (d decades) Ticks(lo, hi float64) []plot.Tick {
	first, last := int(math.Round(math.Log10(lo))), int(math.Round(math.Log10(hi)))
	every := 1 + (last-first)/d.most
	var out []plot.Tick
	for k := first; k <= last; k += every {
		x := math.Pow(10, float64(k))
		out = append(out, plot.Tick{Value: x, Label: label(x, x)})
		for i := 2.0; i < 10 && every == 1; i++ {
			out = append(out, plot.Tick{Value: i * x}) // without label: a minor tick
		}
	}
	return out
}

// label returns x, a multiple of step, with as many digits as step needs.
func label(x, step float64) string {
	if step < 1e-4 || step >= 1e6 {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	return strconv.FormatFloat(x, 'f', digits, 64)
}
