package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is one line of a chart.
type Series struct {
	Name   string    // in the legend; an empty name is left out of it
	X, Y   []float64 // points in order; nil X means 1, 2, 3, …
	Dashed bool      // drawn dashed, in the color of the series before it
}

// Panel is a chart with axes of its own.
type Panel struct {
	Title  string
	X, Y   string // labels of the axes
	LogX   bool   // logarithmic horizontal axis; points that are not positive are left out
	LogY   bool   // logarithmic vertical axis, likewise
	Series []Series

	bare bool // no dots on lines
}

// The colors of lines, which people with any kind of color vision can tell
// apart: M. Okabe, K. Ito, Color Universal Design (2008).
var colors = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255},
	{230, 159, 0, 255}, {86, 180, 233, 255}, {60, 60, 60, 255},
}

const (
	pictureWidth = 18 * vg.Centimeter
	panelHeight  = 7 * vg.Centimeter
	margin       = 0.4 * vg.Centimeter
	headerWidth  = 15 * vg.Centimeter // the width of the axes varies with their labels
	maxMarked    = 40                 // lines of up to so many points have a dot at each
)

// Lines draws charts to a file, one below the other. A line is interrupted where
// a value is not finite. It is an error if there is no panel, if X and Y of a
// series differ in length, or if the file cannot be written.
func Lines(path string, panels ...Panel) error {
	if len(panels) == 0 {
		return fmt.Errorf("plot: %s: no panels", path)
	}
	plots := make([][]*plot.Plot, len(panels))
	headers := make([]header, len(panels))
	strip := margin // the room above each panel
	for i, p := range panels {
		axes, h, err := p.plot()
		if err != nil {
			return fmt.Errorf("plot: %s: panel %d: %w", path, i, err)
		}
		plots[i], headers[i] = []*plot.Plot{axes}, h
		strip = max(strip, h.height(headerWidth))
	}
	tiles := draw.Tiles{
		Cols: 1, Rows: len(panels), PadTop: strip, PadY: strip,
		PadLeft: margin, PadRight: margin, PadBottom: margin,
	}
	height := vg.Length(len(panels))*(panelHeight+strip) + margin
	return write(path, pictureWidth, height, func(c draw.Canvas) {
		for i, tile := range plot.Align(plots, tiles, c) {
			axes := plots[i][0]
			axes.Draw(tile[0])
			data := axes.DataCanvas(tile[0])
			data.Max = vg.Point{X: data.Min.X + headerWidth, Y: tile[0].Max.Y}
			headers[i].draw(data)
		}
	})
}

// plot returns the axes with the lines, and what is to stand above them.
func (p *Panel) plot() (*plot.Plot, header, error) {
	out := newPlot(p.X, p.Y)
	out.Add(grid())
	h := header{title: p.Title}
	var xs []float64
	hue := -1
	for i, s := range p.Series {
		if s.X != nil && len(s.X) != len(s.Y) {
			return nil, header{}, fmt.Errorf("series %d (%s) has %d X and %d Y", i, s.Name, len(s.X), len(s.Y))
		}
		if !s.Dashed || hue < 0 {
			hue++
		}
		style := lineStyle(hue, s.Dashed)
		dots := len(s.Y) <= maxMarked && !p.bare
		for _, part := range s.parts(p.LogX, p.LogY) {
			out.Add(&plotter.Line{XYs: part, LineStyle: style})
			if dots || len(part) == 1 {
				out.Add(&plotter.Scatter{XYs: part, GlyphStyle: dot(style.Color)})
			}
			for _, point := range part {
				xs = append(xs, point.X)
			}
		}
		if s.Name != "" {
			h.entries = append(h.entries, entry{s.Name, style, dots})
		}
	}
	setAxes(out, p.LogX, p.LogY, xs)
	return out, h, nil
}

// parts returns the runs of points of s that can be drawn.
func (s *Series) parts(logX, logY bool) []plotter.XYs {
	var parts []plotter.XYs
	gap := true
	for i, y := range s.Y {
		x := float64(i + 1)
		if s.X != nil {
			x = s.X[i]
		}
		if !drawable(x) || !drawable(y) || logX && x < 1e-300 || logY && y < 1e-300 {
			gap = true
			continue
		}
		if gap {
			parts = append(parts, nil)
		}
		gap = false
		last := &parts[len(parts)-1]
		*last = append(*last, plotter.XY{X: x, Y: y})
	}
	return parts
}

// drawable reports whether x is a number that axes can be computed for.
func drawable(x float64) bool { return math.Abs(x) <= 1e300 }

// lineStyle returns the style of the line number i.
func lineStyle(i int, dashed bool) draw.LineStyle {
	s := draw.LineStyle{Color: colors[i%len(colors)], Width: 1.5}
	if dashed {
		s.Dashes = []vg.Length{5, 3}
	}
	return s
}

// dot returns the style of the dots on a line.
func dot(c color.Color) draw.GlyphStyle {
	return draw.GlyphStyle{Color: c, Radius: 2, Shape: draw.CircleGlyph{}}
}
