package plot

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Confusion draws a confusion matrix to a file: counts has a row for each true
// class and a column for each predicted one. The shade of a cell is its part of
// the row, so that the diagonal shows the recall of each class. Numbers are left
// out where there are too many classes. Classes may be nil, which means numbers.
// It is an error if counts is empty, not square or negative, if there are not as
// many classes, or if the file cannot be written.
func Confusion(path string, counts [][]int, classes []string) error {
	m := matrix{counts: counts, classes: classes}
	if err := m.check(); err != nil {
		return fmt.Errorf("plot: %s: %w", path, err)
	}
	if classes == nil {
		for i := range counts {
			m.classes = append(m.classes, strconv.Itoa(i))
		}
	}
	k := vg.Length(len(counts))
	m.cell = min(max(14*vg.Centimeter/k, 0.4*vg.Centimeter), 2.2*vg.Centimeter, 50*vg.Centimeter/k)
	p := m.plot()
	// What the axes take does not depend on the size of the picture.
	probe := draw.NewCanvas(nil, 100*vg.Centimeter, 100*vg.Centimeter)
	inner, title := p.DataCanvas(probe), titleStyle().Width(m.title())
	axes := k*m.cell + probe.Size().X - inner.Size().X
	width := max(axes, title)
	height := k*m.cell + probe.Size().Y - inner.Size().Y
	return write(path, width+2*margin, height+2*margin+titleHeight, func(c draw.Canvas) {
		c.FillText(titleStyle(), vg.Point{X: c.Center().X - title/2, Y: c.Max.Y - titleHeight}, m.title())
		side := margin + (width-axes)/2
		p.Draw(draw.Crop(c, side, -side, margin, -margin-titleHeight))
	})
}

// matrix is a confusion matrix to be drawn; it is a plot.Plotter.
type matrix struct {
	counts  [][]int
	classes []string
	cell    vg.Length // width and height of a cell
}

func (m *matrix) check() error {
	if len(m.counts) == 0 {
		return fmt.Errorf("confusion matrix is empty")
	}
	for i, row := range m.counts {
		if len(row) != len(m.counts) {
			return fmt.Errorf("confusion matrix has %d counts in row %d, want %d", len(row), i, len(m.counts))
		}
		for j, n := range row {
			if n < 0 {
				return fmt.Errorf("confusion matrix has count %d in row %d, column %d, want 0 or more", n, i, j)
			}
		}
	}
	if m.classes != nil && len(m.classes) != len(m.counts) {
		return fmt.Errorf("got %d names of classes, want %d", len(m.classes), len(m.counts))
	}
	return nil
}

// plot returns the axes with the matrix in them. Class i is at x = i and, from
// the top, at y = k−1−i.
func (m *matrix) plot() *plot.Plot {
	k := len(m.counts)
	p := newPlot("predicted class", "true class")
	const size = 9
	every := int(math.Ceil(float64(size / m.cell))) // classes per label, lest they overlap
	var x, y plot.ConstantTicks
	for i := 0; i < k; i += every {
		x = append(x, plot.Tick{Value: float64(i), Label: m.classes[i]})
		y = append(y, plot.Tick{Value: float64(k - 1 - i), Label: m.classes[i]})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Min, a.Max = -0.5, float64(k)-0.5
		a.Tick.Length, a.Width = 0, 0
		a.Tick.Label.Font.Size = size
	}
	m.turnLabels(&p.X)
	p.Add(m)
	return p
}

// turnLabels turns the labels of the horizontal axis where they do not fit.
func (m *matrix) turnLabels(a *plot.Axis) {
	for _, name := range m.classes {
		if a.Tick.Label.Width(name) > 0.85*m.cell {
			a.Padding = 6 // the text stands higher when turned
			a.Tick.Label.Rotation = math.Pi / 2
			a.Tick.Label.XAlign, a.Tick.Label.YAlign = draw.XRight, draw.YCenter
		}
	}
}

// title tells the accuracy.
func (m *matrix) title() string {
	correct, all := 0, 0
	for i, row := range m.counts {
		correct += row[i]
		all += sum(row)
	}
	if all == 0 {
		return "no samples"
	}
	return fmt.Sprintf("accuracy %.1f%% of %d samples", 100*float64(correct)/float64(all), all)
}

func sum(row []int) int {
	n := 0
	for _, x := range row {
		n += x
	}
	return n
}

// Plot draws the cells.
func (m *matrix) Plot(c draw.Canvas, p *plot.Plot) {
	for i, row := range m.counts {
		total := max(sum(row), 1)
		for j, n := range row {
			at := vg.Point{X: c.X(p.X.Norm(float64(j))), Y: c.Y(p.Y.Norm(float64(len(m.counts) - 1 - i)))}
			m.drawCell(c, at, n, float64(n)/float64(total))
		}
	}
}

// drawCell draws a cell round a point: its shade, its count and, where there is
// room, the part of the row.
func (m *matrix) drawCell(c draw.Canvas, at vg.Point, n int, part float64) {
	h := m.cell / 2
	c.FillPolygon(shade(part), []vg.Point{
		{X: at.X - h, Y: at.Y - h}, {X: at.X + h, Y: at.Y - h},
		{X: at.X + h, Y: at.Y + h}, {X: at.X - h, Y: at.Y + h},
	})
	s := textStyle(min(12, 0.4*m.cell))
	s.XAlign, s.YAlign = draw.XCenter, draw.YCenter
	if part > 0.5 {
		s.Color = color.White
	}
	count := strconv.Itoa(n)
	if w := s.Width(count); w > 0.85*m.cell {
		s.Font.Size *= 0.85 * m.cell / w
	}
	if s.Font.Size < 5 {
		return // not legible
	}
	if m.cell < 1.2*vg.Centimeter {
		c.FillText(s, at, count)
		return
	}
	c.FillText(s, vg.Point{X: at.X, Y: at.Y + 0.14*m.cell}, count)
	s.Font.Size = min(8, 0.22*m.cell)
	c.FillText(s, vg.Point{X: at.X, Y: at.Y - 0.22*m.cell}, fmt.Sprintf("%.1f%%", 100*part))
}

// shade returns a blue, from almost white for 0 to dark for 1.
func shade(part float64) color.Color {
	mix := func(light, dark float64) uint8 { return uint8(light + part*(dark-light) + 0.5) }
	return color.RGBA{mix(244, 8), mix(248, 64), mix(252, 129), 255}
}
