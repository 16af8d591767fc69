package digits

import "math"

// point is a place in a form, which lies between ±0.5 across and ±1 down, or in a
// picture.
type point struct{ x, y float64 }

func (p point) sub(q point) point { return point{p.x - q.x, p.y - q.y} }

func (p point) norm() float64 { return math.Sqrt(p.x*p.x + p.y*p.y) }

// stroke is a line that the pen draws without turning sharply: a smooth curve
// through some points, or a straight line between two.
type stroke []point

// form is a way to write a digit: strokes, the next of which may begin where one
// ends.
type form []stroke

// curve returns points along the stroke, close enough to join them by straight
// lines: the Catmull-Rom spline through its points.
func (s stroke) curve() []point {
	steps := 5 // between two points
	if len(s) == 2 {
		steps = 8 // straight lines are longer, and bend, too
	}
	line := []point{s[0]}
	for i := 1; i < len(s); i++ {
		p0, p1, p2, p3 := s[max(i-2, 0)], s[i-1], s[i], s[min(i+1, len(s)-1)]
		for k := 1; k <= steps; k++ {
			t := float64(k) / float64(steps)
			line = append(line, point{spline(p0.x, p1.x, p2.x, p3.x, t), spline(p0.y, p1.y, p2.y, p3.y, t)})
		}
	}
	return line
}

// spline goes from b to c while t goes from 0 to 1, with the slopes that a and d
// ask for.
func spline(a, b, c, d, t float64) float64 {
	return b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
}

// oval returns part of an ellipse, in turns that start at the top and go right.
func oval(cx, cy, rx, ry, from, to float64) stroke {
	const points = 9
	s := make(stroke, points)
	for i := range s {
		sin, cos := math.Sincos(2 * math.Pi * (from + (to-from)*float64(i)/(points-1)))
		s[i] = point{cx + rx*sin, cy - ry*cos}
	}
	return s
}

// forms are the ways in which digits are written.
var forms = [10][]form{
	{ // 0
		{oval(0, 0, 0.52, 1, 0, 1)},
		{oval(0, 0, 0.42, 1, 0.1, 1.05)},
	},
	{ // 1
		{{{0, -1}, {0, 1}}},
		{{{-0.4, -0.55}, {0.05, -1}}, {{0.05, -1}, {0.05, 1}}},
		{{{-0.35, -0.6}, {0.05, -1}}, {{0.05, -1}, {0.05, 1}}, {{-0.4, 1}, {0.45, 1}}},
	},
	{ // 2
		{{{-0.48, -0.6}, {-0.1, -1}, {0.43, -0.65}, {0.2, 0}, {-0.5, 1}}, {{-0.5, 1}, {0.52, 1}}},
		{{{-0.45, -0.65}, {0, -1}, {0.42, -0.6}, {0.1, 0.2}, {-0.3, 0.9}, {-0.5, 0.75}, {-0.25, 0.6}, {0.15, 0.9}, {0.55, 0.9}}},
	},
	{ // 3
		{{{-0.42, -0.75}, {0, -1}, {0.4, -0.55}, {-0.05, -0.08}}, {{-0.05, -0.08}, {0.48, 0.4}, {0, 1}, {-0.48, 0.7}}},
		{{{-0.45, -1}, {0.42, -1}}, {{0.42, -1}, {-0.05, -0.2}}, {{-0.05, -0.2}, {0.48, 0.35}, {0, 1}, {-0.48, 0.75}}},
	},
	{ // 4
		{{{0.25, -1}, {-0.52, 0.3}}, {{-0.52, 0.3}, {0.55, 0.3}}, {{0.25, -1}, {0.22, 1}}},
		{{{-0.38, -0.95}, {-0.45, 0.1}}, {{-0.45, 0.1}, {0.5, 0.1}}, {{0.35, -0.7}, {0.25, 1}}},
	},
	{ // 5
		{{{0.48, -1}, {-0.38, -1}}, {{-0.38, -1}, {-0.42, -0.1}}, {{-0.42, -0.1}, {0.15, -0.3}, {0.48, 0.3}, {0.1, 0.95}, {-0.48, 0.75}}},
		{{{0.48, -0.95}, {-0.1, -0.95}, {-0.42, -0.5}, {0.1, -0.15}, {0.45, 0.4}, {0.05, 1}, {-0.48, 0.75}}},
	},
	{ // 6
		{{{0.35, -0.95}, {-0.2, -0.5}, {-0.47, 0.3}, {-0.1, 1}, {0.42, 0.6}, {0.1, 0.1}, {-0.4, 0.45}}},
		{{{0.25, -1}, {-0.3, 0}, {-0.45, 0.5}}, oval(0, 0.5, 0.45, 0.5, 0.75, 1.75)},
	},
	{ // 7
		{{{-0.48, -1}, {0.48, -1}}, {{0.48, -1}, {-0.15, 1}}},
		{{{-0.48, -1}, {0.48, -1}}, {{0.48, -1}, {0.05, 0}, {-0.1, 1}}, {{-0.3, 0.05}, {0.4, -0.05}}},
	},
	{ // 8
		{oval(0, -0.5, 0.38, 0.5, 0.5, 1.5), oval(0, 0.5, 0.46, 0.5, 0, 1)},
		{{{0.38, -0.75}, {0, -1}, {-0.38, -0.6}, {0, -0.1}, {0.42, 0.5}, {0, 1}, {-0.42, 0.5}, {0, -0.05}, {0.38, -0.75}}},
	},
	{ // 9
		{oval(0, -0.5, 0.43, 0.5, 0.25, 1.25), {{0.43, -0.5}, {0.38, 1}}},
		{oval(-0.02, -0.5, 0.43, 0.5, 0.25, 1.25), {{0.41, -0.5}, {0.35, 0.5}, {0, 1}, {-0.4, 0.8}}},
	},
}
