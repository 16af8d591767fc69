package tensor

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Shape lists the sizes of an array's axes, outermost first. The empty shape is
// that of a scalar; a size of 0 makes the array empty.
type Shape []int

// Size returns the number of elements, 1 for a scalar.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Equal reports whether s and t have the same axes.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// Clone returns a copy of s that shares no memory with it.
func (s Shape) Clone() Shape { return slices.Clone(s) }

// String formats the shape as [2 3 4].
func (s Shape) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, d := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(d))
	}
	b.WriteByte(']')
	return b.String()
}

// Check returns an error if a size is negative or the number of elements does
// not fit an int.
func (s Shape) Check() error {
	n := 1
	for i, d := range s {
		if d < 0 {
			return fmt.Errorf("tensor: shape %v: axis %d has negative size %d", s, i, d)
		}
		if d > 0 && n > math.MaxInt/d {
			return fmt.Errorf("tensor: shape %v: too many elements", s)
		}
		n *= max(d, 1)
	}
	return nil
}

// valid reports whether [Shape.Check] finds no fault.
func (s Shape) valid() bool {
	n := 1
	for _, d := range s {
		if d < 0 || d > 0 && n > math.MaxInt/d {
			return false
		}
		n *= max(d, 1)
	}
	return true
}

// KeepDims returns s with the sizes of the given axes replaced by 1, of all
// axes if none is given: the shape of a reduction that keeps its axes. Negative
// axes count from the right. It panics if there is no such axis.
func (s Shape) KeepDims(axes ...int) Shape {
	k := s.Clone()
	for i := range k {
		if len(axes) == 0 {
			k[i] = 1
		}
	}
	for _, a := range axes {
		k[s.axis(a)] = 1
	}
	return k
}

// Broadcast returns the shape that a and b have in common when axes are aligned
// at the right and an axis of size 1, or one that is missing, is repeated to
// the size of its partner, as in NumPy. It is an error if two sizes differ and
// neither is 1.
func Broadcast(a, b Shape) (Shape, error) {
	return AppendBroadcast(nil, a, b)
}

// AppendBroadcast is [Broadcast] into the memory of dst, whose elements it
// replaces.
func AppendBroadcast(dst, a, b Shape) (Shape, error) {
	n := max(len(a), len(b))
	dst = dst[:0]
	for i := range n {
		x, y := 1, 1
		if j := i - n + len(a); j >= 0 {
			x = a[j]
		}
		if j := i - n + len(b); j >= 0 {
			y = b[j]
		}
		switch {
		case x == y || y == 1:
			dst = append(dst, x)
		case x == 1:
			dst = append(dst, y)
		default:
			return nil, fmt.Errorf("shapes %v and %v do not broadcast: axis %d has sizes %d and %d", a.Clone(), b.Clone(), i-n, x, y)
		}
	}
	return dst, nil
}

// axis returns a as an index from the left; negative axes count from the right,
// -1 being the last. It panics if there is no such axis.
func (s Shape) axis(a int) int {
	if a < -len(s) || a >= len(s) {
		panic(fmt.Sprintf("tensor: axis %d out of range for shape %v", a, s.Clone()))
	}
	if a < 0 {
		a += len(s)
	}
	return a
}
