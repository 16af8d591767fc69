package plot

import (
	"fmt"
	"image"
	"strings"

	xdraw "golang.org/x/image/draw"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Picture is a picture of a gallery with its classes.
type Picture struct {
	Image           image.Image
	True, Predicted string
	Probability     float64 // of the predicted class
}

const (
	thumbSide   = 3.2 * vg.Centimeter
	thumbGap    = 0.4 * vg.Centimeter
	captionRow  = 10 // points
	captionSize = 7
	galleryCols = 6
)

// Gallery draws pictures to a file as a contact sheet, up to six in a row, each
// above its true class and the predicted one with its probability. That is red
// where it is wrong. Small pictures show their pixels. metric.WorstMistakes finds
// those that are worth a look. It is an error if there are no pictures, if one is
// nil or empty, or if the file cannot be written.
func Gallery(path string, pictures ...Picture) error {
	if len(pictures) == 0 {
		return fmt.Errorf("plot: %s: no pictures", path)
	}
	for i, p := range pictures {
		if p.Image == nil || p.Image.Bounds().Empty() {
			return fmt.Errorf("plot: %s: picture %d is empty", path, i)
		}
	}
	cols := min(len(pictures), galleryCols)
	rows := (len(pictures) + cols - 1) / cols
	var tallest vg.Length
	for i := range pictures {
		_, h := pictures[i].size()
		tallest = max(tallest, h)
	}
	stepX, stepY := thumbSide+thumbGap, tallest+2*captionRow+thumbGap
	width := vg.Length(cols)*stepX - thumbGap + 2*margin
	height := vg.Length(rows)*stepY - thumbGap + 2*margin
	return write(path, width, height, func(c draw.Canvas) {
		for i := range pictures {
			pictures[i].draw(c, vg.Point{
				X: c.Min.X + margin + vg.Length(i%cols)*stepX,
				Y: c.Max.Y - margin - vg.Length(i/cols)*stepY - tallest,
			})
		}
	})
}

// size returns the size of the picture on the page.
func (p *Picture) size() (w, h vg.Length) {
	size := p.Image.Bounds().Size()
	longer := vg.Length(max(size.X, size.Y))
	return thumbSide * vg.Length(size.X) / longer, thumbSide * vg.Length(size.Y) / longer
}

// draw draws the picture above a point, the left end of its place, and the
// caption below.
func (p *Picture) draw(c draw.Canvas, at vg.Point) {
	w, h := p.size()
	low := at.Add(vg.Point{X: (thumbSide - w) / 2})
	c.DrawImage(vg.Rectangle{Min: low, Max: low.Add(vg.Point{X: w, Y: h})}, resample(p.Image, w, h))
	s := textStyle(captionSize)
	at.Y -= captionRow
	c.FillText(s, at, fit(s, "true ", p.True, ""))
	at.Y -= captionRow
	if p.True != p.Predicted {
		s.Color = colors[1]
	}
	c.FillText(s, at, fit(s, "predicted ", p.Predicted, fmt.Sprintf(" %.1f%%", 100*p.Probability)))
}

// fit returns the parts of a line, the name shortened where the line would be
// wider than a picture.
func fit(s text.Style, before, name, after string) string {
	line := before + name + after
	for runes := []rune(name); len(runes) > 0 && s.Width(line) > thumbSide; {
		runes = runes[:len(runes)-1]
		line = before + strings.TrimSpace(string(runes)) + "…" + after
	}
	return line
}

// resample returns a picture that has the pixels of its place on the page:
// smooth if it gets smaller, the same pixels in large if it does not.
func resample(src image.Image, width, height vg.Length) image.Image {
	dots := func(x vg.Length) int { return max(1, int(x.Dots(resolution)+0.5)) }
	dst := image.NewNRGBA(image.Rect(0, 0, dots(width), dots(height)))
	var scaler xdraw.Scaler = xdraw.NearestNeighbor
	if src.Bounds().Dx() > dst.Bounds().Dx() {
		scaler = xdraw.CatmullRom
	}
	scaler.Scale(dst, dst.Bounds(), src, src.Bounds(), xdraw.Src, nil)
	return dst
}
