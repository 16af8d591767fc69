package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gannet-ml/gannet/nn/metric"
)

const (
	countsHeight = 2.5 * vg.Centimeter // of the axes with the numbers of samples
	panelGap     = 0.3 * vg.Centimeter
)

// Reliability draws a reliability diagram to a file, from the bins of a
// metric.Calibration: how often things were observed, over the probability they
// were given, the gap between the two and, below, how many samples each bin has.
// Bars of a calibrated network end at the dashed diagonal. It is an error if there
// are no bins, if one is not within 0 to 1, or if the file cannot be written.
func Reliability(path string, bins []metric.Bin) error {
	d := diagram{bins: bins}
	if err := d.check(); err != nil {
		return fmt.Errorf("plot: %s: %w", path, err)
	}
	h := header{title: d.title(), entries: []entry{
		{name: "observed", line: draw.LineStyle{Color: colors[0], Width: swatch}},
		{name: "gap to prediction", line: draw.LineStyle{Color: gapColor, Width: swatch}},
		{name: "calibrated", line: guideStyle()},
	}}
	rates, counts := d.rates(), d.counts()
	upper, lower := frameOf(rates), frameOf(counts)
	left, right := max(upper.left, lower.left), max(upper.right, lower.right)
	strip := h.height(unitSide)
	above := upper.bottom + unitSide + upper.top
	below := lower.bottom + countsHeight + lower.top
	return write(path, left+unitSide+right+2*margin, strip+above+panelGap+below+margin, func(c draw.Canvas) {
		c = draw.Crop(c, margin, -margin, margin, -strip)
		// Both axes begin and end at the same places.
		inside := func(f frame, bottom, top vg.Length) draw.Canvas {
			return draw.Crop(c, left-f.left, f.right-right, bottom, -top)
		}
		area := inside(upper, below+panelGap, 0)
		rates.Draw(area)
		counts.Draw(inside(lower, 0, above+panelGap))
		h.draw(rates.DataCanvas(area))
	})
}

// swatch is the width of a line that stands for an area in the legend.
const swatch = 8

// gapColor is a light vermilion.
var gapColor = color.RGBA{243, 190, 158, 255}

// diagram is a reliability diagram to be drawn.
type diagram struct{ bins []metric.Bin }

func (d *diagram) check() error {
	if len(d.bins) == 0 {
		return fmt.Errorf("no bins")
	}
	for i, b := range d.bins {
		for _, v := range []float64{b.Lower, b.Upper, b.Confidence, b.Accuracy} {
			if !(v >= 0 && v <= 1) || b.Samples < 0 {
				return fmt.Errorf("bin %d is %+v, want numbers from 0 to 1", i, b)
			}
		}
	}
	return nil
}

// title tells the expected calibration error.
func (d *diagram) title() string {
	gap, n := 0.0, 0
	for _, b := range d.bins {
		gap += float64(b.Samples) * math.Abs(b.Accuracy-b.Confidence)
		n += b.Samples
	}
	if n == 0 {
		return "no samples"
	}
	return fmt.Sprintf("expected calibration error %.1f%%, %d samples", 100*gap/float64(n), n)
}

// rates returns the axes with what was observed and the gap to what was said.
func (d *diagram) rates() *plot.Plot {
	p := newPlot("", "observed frequency")
	var bs bars
	for _, b := range d.bins {
		if b.Samples > 0 {
			lo, hi := min(b.Accuracy, b.Confidence), max(b.Accuracy, b.Confidence)
			bs = append(bs, bar{b.Lower, b.Upper, 0, lo, colors[0]}, bar{b.Lower, b.Upper, lo, hi, gapColor})
			if b.Accuracy > lo { // mark the end of what was observed
				bs = append(bs, bar{b.Lower, b.Upper, max(lo, hi-0.008), hi, colors[0]})
			}
		}
	}
	p.Add(grid(), bs, guide(plotter.XY{}, plotter.XY{X: 1, Y: 1}))
	setUnit(&p.X, &p.Y)
	marks := p.X.Tick.Marker.Ticks(0, 1)
	for i := range marks {
		marks[i].Label = "" // they are below the numbers of samples
	}
	p.X.Tick.Marker = plot.ConstantTicks(marks)
	return p
}

// counts returns the axes with the numbers of samples.
func (d *diagram) counts() *plot.Plot {
	p := newPlot("predicted probability", "samples")
	var bs bars
	most := 1
	for _, b := range d.bins {
		bs = append(bs, bar{b.Lower, b.Upper, 0, float64(b.Samples), axis})
		most = max(most, b.Samples)
	}
	p.Add(grid(), bs)
	setUnit(&p.X)
	p.Y.Min, p.Y.Max = 0, 1.05*float64(most)
	p.Y.Tick.Marker = ticks{most: 4, whole: true}
	return p
}

// bar is a rectangle.
type bar struct {
	left, right, bottom, top float64
	color                    color.Color
}

// bars is a plot.Plotter.
type bars []bar

// Plot draws the bars with a small gap between neighbours.
func (bs bars) Plot(c draw.Canvas, p *plot.Plot) {
	for _, b := range bs {
		left, right := c.X(p.X.Norm(b.left)), c.X(p.X.Norm(b.right))
		bottom, top := c.Y(p.Y.Norm(b.bottom)), c.Y(p.Y.Norm(b.top))
		inset := min(0.75, (right-left)/8)
		left, right = left+inset, right-inset
		c.FillPolygon(b.color, []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}})
	}
}
