package loop

import "github.com/gannet-ml/gannet/internal/vec"

// MaxRank bounds the number of axes longer than 1.
const MaxRank = 16

// Operand is a strided array: element (i, j, …) is
// Data[i*Stride[0] + j*Stride[1] + …].
//
// It is repeated to the shape of the operation as in NumPy: the axes are
// aligned at the right, missing ones count as having stride 0, and so do those
// of size 1 in Shape. Shape may be nil if no other axis is to be repeated.
type Operand struct {
	Data   []float32
	Stride []int
	Shape  []int
}

// step returns the stride along axis i of rank.
func (o *Operand) step(i, rank int) int {
	i -= rank - len(o.Stride)
	if i < 0 || o.Shape != nil && o.Shape[i] == 1 {
		return 0
	}
	return o.Stride[i]
}

// dense reports whether the operand has every element of the shape, in row-major order.
func (o *Operand) dense(shape []int) bool {
	if len(o.Stride) != len(shape) {
		return false
	}
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		d := shape[i]
		if o.Shape != nil && o.Shape[i] != d || o.Stride[i] != step && d > 1 {
			return false
		}
		step *= d
	}
	return true
}

// cursor walks over a strided array in row-major order. It has at least one
// axis.
type cursor struct {
	shape, stride []int
	index         [MaxRank]int
	off           int // position of the element at index
}

// at returns a cursor to element start in row-major order.
func at(shape, stride []int, start int) cursor {
	c := cursor{shape: shape, stride: stride}
	for i := len(shape) - 1; i > 0 && start > 0; i-- {
		c.index[i] = start % shape[i]
		c.off += c.index[i] * stride[i]
		start /= shape[i]
	}
	c.index[0] += start
	c.off += start * stride[0]
	return c
}

// left returns how many elements of the innermost row start at the cursor.
func (c *cursor) left() int {
	last := len(c.shape) - 1
	return c.shape[last] - c.index[last]
}

// skip moves the cursor by n ≤ c.left() elements.
func (c *cursor) skip(n int) {
	i := len(c.shape) - 1
	c.index[i] += n
	c.off += n * c.stride[i]
	for ; i > 0 && c.index[i] == c.shape[i]; i-- {
		c.off += c.stride[i-1] - c.shape[i]*c.stride[i]
		c.index[i] = 0
		c.index[i-1]++
	}
}

// gather copies len(dst) elements from the cursor on into dst.
func (c *cursor) gather(dst, src []float32) {
	step := c.stride[len(c.stride)-1]
	for len(dst) > 0 {
		n := min(len(dst), c.left())
		row, s := dst[:n], src[c.off:]
		switch step {
		case 0:
			vec.Fill(row, s[0])
		case 1:
			copy(row, s)
		default:
			for i := range row {
				row[i] = s[i*step]
			}
		}
		dst = dst[n:]
		c.skip(n)
	}
}

// scatter copies src to the elements from the cursor on, or adds it to them.
func (c *cursor) scatter(dst, src []float32, add bool) {
	step := c.stride[len(c.stride)-1]
	for len(src) > 0 {
		n := min(len(src), c.left())
		d, row := dst[c.off:], src[:n]
		switch {
		case add && step == 1:
			vec.Add(d[:n], d[:n], row)
		case add:
			for i, v := range row {
				d[i*step] += v
			}
		case step == 1:
			copy(d, row)
		default:
			for i, v := range row {
				d[i*step] = v
			}
		}
		src = src[n:]
		c.skip(n)
	}
}

// gapless reports whether the elements of an array lie in row-major order
// without gaps.
func gapless(shape, stride []int) bool {
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 && stride[i] != step {
			return false
		}
		step *= shape[i]
	}
	return true
}
