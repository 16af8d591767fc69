package tensor

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	printWhole = 1000 // arrays of more elements are summarised
	printEdge  = 3    // elements shown at either end of an axis in a summary
	printWidth = 75   // columns
	precision  = 8    // digits after the point
)

// String formats the array like NumPy's str: columns are aligned, floats have
// the fewest digits that tell them apart, at most 8 after the point, exponents
// appear where magnitudes differ widely, long rows are wrapped, and arrays of
// more than 1000 elements show the ends of their axes.
//
//	[[1.  2.5]
//	 [3.  4. ]]
func (a *Array[T]) String() string {
	switch {
	case a.Rank() == 0:
		return formatScalar(a.Item())
	case a.Len() == 0:
		return "[]"
	}
	p := printer{shape: a.Shape(), summary: a.Len() > printWhole}
	p.cells = formatCells(appendShown(nil, a, &p))
	var b strings.Builder
	p.print(&b, 0)
	return b.String()
}

// printer lays out the elements that are shown.
type printer struct {
	shape   Shape
	summary bool
	cells   []string // what is left to print, in row-major order
}

// cut reports whether the middle of an axis is left out.
func (p *printer) cut(axis int) bool { return p.summary && p.shape[axis] > 2*printEdge }

// appendShown appends the elements that are shown.
func appendShown[T Element](dst []T, a *Array[T], p *printer) []T {
	if a.Rank() == 0 {
		return append(dst, a.Item())
	}
	axis, n := len(p.shape)-a.Rank(), a.Dim(0)
	for i := 0; i < n; i++ {
		if p.cut(axis) && i == printEdge {
			i = n - printEdge
		}
		dst = appendShown(dst, a.Index(0, i), p)
	}
	return dst
}

// print writes one level of brackets.
func (p *printer) print(b *strings.Builder, axis int) {
	n := p.shape[axis]
	if p.cut(axis) {
		n = 2*printEdge + 1
	}
	b.WriteByte('[')
	if axis == len(p.shape)-1 {
		p.printRow(b, axis, n)
	} else {
		for i := range n {
			if i > 0 {
				b.WriteString(strings.Repeat("\n", len(p.shape)-1-axis))
				b.WriteString(strings.Repeat(" ", axis+1))
			}
			if p.cut(axis) && i == printEdge {
				b.WriteString("...")
			} else {
				p.print(b, axis+1)
			}
		}
	}
	b.WriteByte(']')
}

// printRow writes the innermost level, wrapped where the line is full.
func (p *printer) printRow(b *strings.Builder, axis, n int) {
	indent, width := axis+1, printWidth-1-axis
	line := ""
	for i := range n {
		word := "..."
		if !p.cut(axis) || i != printEdge {
			word, p.cells = p.cells[0], p.cells[1:]
		}
		if line != "" && indent+len(line)+len(word) > width {
			b.WriteString(strings.TrimRight(line, " "))
			b.WriteString("\n" + strings.Repeat(" ", indent))
			line = ""
		}
		line += word
		if i < n-1 {
			line += " "
		}
	}
	b.WriteString(line)
}

// formatScalar formats a single element.
func formatScalar[T Element](v T) string {
	f, ok := any(v).(float32)
	if !ok || f != f || math.IsInf(float64(f), 0) {
		return formatCells([]T{v})[0]
	}
	if m := math.Abs(float64(f)); m != 0 && (m < 1e-4 || m >= 1e16) {
		return strconv.FormatFloat(float64(f), 'e', -1, 32)
	}
	s := strconv.FormatFloat(float64(f), 'f', -1, 32)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// formatCells formats elements to strings of one length.
func formatCells[T Element](v []T) []string {
	if f, ok := any(v).([]float32); ok {
		return formatFloats(f)
	}
	cells, width := make([]string, len(v)), 0
	for i, x := range v {
		cells[i] = fmt.Sprint(x)
		width = max(width, len(cells[i]))
	}
	for i, c := range cells {
		cells[i] = strings.Repeat(" ", width-len(c)) + c
	}
	return cells
}

// formatFloats aligns floats at the point.
func formatFloats(v []float32) []string {
	format := byte('f')
	if wide(v) {
		format = 'e'
	}
	cells := make([]string, len(v))
	left, right, tail := 0, -1, 0 // widths before, after the point, of the exponent
	for i, x := range v {
		cells[i] = formatFloat(x, format)
		if whole, frac, exp := parts(cells[i]); finite(x) {
			left, right, tail = max(left, len(whole)), max(right, len(frac)), max(tail, len(exp))
		}
	}
	width := left + 1 + right + tail
	for i, x := range v {
		if !finite(x) {
			width = max(width, len(cells[i]))
		}
	}
	left += width - (left + 1 + right + tail)
	for i, x := range v {
		if !finite(x) {
			cells[i] = strings.Repeat(" ", width-len(cells[i])) + cells[i]
			continue
		}
		fill := " "
		if format == 'e' { // all with the same number of digits
			cells[i], fill = strconv.FormatFloat(float64(x), 'e', right, 64), "0"
		}
		whole, frac, exp := parts(cells[i])
		cells[i] = strings.Repeat(" ", left-len(whole)) + whole + "." + frac + strings.Repeat(fill, right-len(frac)) + exp
	}
	return cells
}

func finite(v float32) bool { return v-v == 0 }

// wide reports whether magnitudes call for exponents.
func wide(v []float32) bool {
	small, large := float32(math.Inf(1)), float32(0)
	for _, x := range v {
		if m := max(x, -x); m > 0 && finite(x) {
			small, large = min(small, m), max(large, m)
		}
	}
	return large > 0 && (large >= 1e8 || float64(small) < 0.0001 || large/small > 1000)
}

// formatFloat returns the shortest text that identifies v, with at most
// precision digits after the point.
func formatFloat(v float32, format byte) string {
	s := strconv.FormatFloat(float64(v), format, -1, 32)
	if _, frac, _ := parts(s); len(frac) > precision {
		s = strconv.FormatFloat(float64(v), format, precision, 64)
	}
	switch s {
	case "NaN":
		return "nan"
	case "+Inf", "-Inf":
		return strings.ToLower(strings.TrimPrefix(s, "+"))
	}
	return s
}

// parts splits a number into what stands before the point, after it without
// trailing zeros, and the exponent.
func parts(s string) (whole, frac, exp string) {
	if i := strings.IndexByte(s, 'e'); i >= 0 {
		s, exp = s[:i], s[i:]
	}
	whole, frac, _ = strings.Cut(s, ".")
	return whole, strings.TrimRight(frac, "0"), exp
}
