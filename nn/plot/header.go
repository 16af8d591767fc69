package plot

import (
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A header stands above a panel: the title, then the legend in rows. There the
// legend cannot hide data.
type header struct {
	title   string
	entries []entry
}

// entry is one line of a chart and its name.
type entry struct {
	name string
	line draw.LineStyle
	dot  bool
}

const (
	titleHeight = 18
	sampleWidth = 22 // of the piece of line
	sampleGap   = 5  // between it and the name
	entryGap    = 16 // between entries
	rowHeight   = 15
)

// titleStyle returns how titles are written.
func titleStyle() text.Style {
	s := textStyle(11)
	s.YAlign = draw.YCenter
	s.Font.Weight = xfont.WeightBold
	return s
}

// nameStyle returns how names are written.
func nameStyle() text.Style {
	s := textStyle(10)
	s.YAlign = draw.YCenter
	return s
}

// place calls f with the position of each entry in rows of the given width and
// returns the number of rows.
func (h *header) place(width vg.Length, f func(e entry, x vg.Length, row int)) int {
	var x vg.Length
	row := 0
	for i, e := range h.entries {
		w := sampleWidth + sampleGap + nameStyle().Width(e.name)
		if i > 0 && x+w > width {
			x, row = 0, row+1
		}
		f(e, x, row)
		x += w + entryGap
	}
	if len(h.entries) == 0 {
		return 0
	}
	return row + 1
}

// height returns the height of the header and the space around it, above axes
// of the given width.
func (h *header) height(width vg.Length) vg.Length {
	rows := h.place(width, func(entry, vg.Length, int) {})
	height := vg.Length(rows)*rowHeight + margin
	if h.title != "" {
		height += titleHeight
	}
	return height
}

// draw draws the header above c, the canvas of the data.
func (h *header) draw(c draw.Canvas) {
	width := c.Max.X - c.Min.X
	top := c.Max.Y + h.height(width) - margin/2
	if h.title != "" {
		c.FillText(titleStyle(), vg.Point{X: c.Min.X, Y: top - titleHeight/2}, h.title)
		top -= titleHeight
	}
	h.place(width, func(e entry, x vg.Length, row int) {
		x += c.Min.X
		y := top - (vg.Length(row)+0.5)*rowHeight
		c.FillText(nameStyle(), vg.Point{X: x + sampleWidth + sampleGap, Y: y}, e.name)
		y-- // the middle of small letters is below that of the text
		c.StrokeLine2(e.line, x, y, x+sampleWidth, y)
		if e.dot {
			c.DrawGlyphNoClip(dot(e.line.Color), vg.Point{X: x + sampleWidth/2, Y: y})
		}
	})
}
