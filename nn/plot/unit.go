package plot

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// unitSide is the length of the axes of a unit square.
const unitSide = 10 * vg.Centimeter

// setUnit makes the axis go from 0 to 1.
func setUnit(axes ...*plot.Axis) {
	for _, a := range axes {
		a.Min, a.Max = 0, 1
		a.Tick.Marker = ticks{most: 7}
	}
}

// inUnit reports whether all numbers are from 0 to 1, or NaN.
func inUnit(xs []float64) bool {
	for _, x := range xs {
		if x < 0 || x > 1 {
			return false
		}
	}
	return true
}

// guide returns a dashed gray line between two points.
func guide(from, to plotter.XY) *plotter.Line {
	return &plotter.Line{XYs: plotter.XYs{from, to}, LineStyle: guideStyle()}
}

func guideStyle() draw.LineStyle {
	return draw.LineStyle{Color: axis, Width: 1, Dashes: []vg.Length{3, 3}}
}

// frame is the room that labels take round the axes.
type frame struct{ left, right, bottom, top vg.Length }

// frameOf returns the frame of p. It does not depend on the size of the picture.
func frameOf(p *plot.Plot) frame {
	outer := draw.NewCanvas(nil, 100*vg.Centimeter, 100*vg.Centimeter)
	inner := p.DataCanvas(outer)
	return frame{
		left: inner.Min.X - outer.Min.X, right: outer.Max.X - inner.Max.X,
		bottom: inner.Min.Y - outer.Min.Y, top: outer.Max.Y - inner.Max.Y,
	}
}

// writeUnit draws axes as a square below their header.
func writeUnit(path string, p *plot.Plot, h header) error {
	f, strip := frameOf(p), h.height(unitSide)
	width := f.left + unitSide + f.right + 2*margin
	height := f.bottom + unitSide + f.top + strip + margin
	return write(path, width, height, func(c draw.Canvas) {
		c = draw.Crop(c, margin, -margin, margin, -strip)
		p.Draw(c)
		h.draw(p.DataCanvas(c))
	})
}
