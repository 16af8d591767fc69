package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// The operations of this file read positions from an array of integers, of which
// they keep a copy until Backward. A position out of range is an error.

// positions returns the checked elements of an index in row-major order, or nil
// if one is out of range.
func positions(c *Call, index *tensor.Ints, axis, size int) []int {
	at := c.SaveInts(0, index.Len())
	Work[tensor.Ints](c).Bind(at, index.Shape()).Copy(index)
	for _, i := range at {
		if i < 0 || i >= size {
			c.Fail(fmt.Errorf("index %d of axis %d of shape %v, want 0 to %d", i, axis, c.InShape(0), size-1))
			return nil
		}
	}
	return at
}

// take: row Index[i] of dx gets the sum of the rows of g that were read there.
type take struct {
	Axis  int
	Index *tensor.Ints
}

func (*take) Name() string { return "Take" }
func (*take) Needs() Needs { return Needs{} }

func (op *take) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(op.Axis, in[0])
	if err != nil {
		return err
	}
	op.Axis = axis
	out[0] = append(append(append(out[0][:0], in[0][:axis]...), op.Index.Shape()...), in[0][axis+1:]...)
	return nil
}

// sizes returns the shape of the input as [outer, size, inner].
func (op *take) sizes(c *Call) (outer, size, inner int) {
	s := c.InShape(0)
	return s[:op.Axis].Size(), s[op.Axis], s[op.Axis+1:].Size()
}

func (op *take) Forward(c *Call) {
	outer, size, inner := op.sizes(c)
	at := positions(c, op.Index, op.Axis, size)
	if at == nil {
		return
	}
	x, y := c.InData(0), c.Out(0).Data()
	for o := range outer {
		block := x[o*size*inner:]
		for _, i := range at {
			copy(y[:inner], block[i*inner:])
			y = y[inner:]
		}
	}
}

func (op *take) Backward(c *Call) {
	dst, add := c.BeginGrad(0)
	if dst == nil {
		return
	}
	if !add {
		clear(dst)
	}
	outer, size, inner := op.sizes(c)
	g, at := c.GradOutData(0), c.SaveInts(0, op.Index.Len())
	for o := range outer {
		block := dst[o*size*inner:]
		for _, i := range at {
			row := block[i*inner:][:inner]
			vec.Add(row, row, g[:inner])
			g = g[inner:]
		}
	}
	c.EndGrad(0)
}

// Take returns the parts of x at the given positions of an axis; the axes of
// index take its place. Shapes: x [V, D], index [N, T], Take(x, 0, index)
// [N, T, D], which is how embeddings are looked up. A negative axis counts from
// the right. The gradient of a part that was read several times is the sum.
func Take(x *Var, axis int, index *tensor.Ints) *Var { return apply1(take{axis, index}, x) }

// gather: each element of g is added where its value was read.
type gather struct {
	Axis  int
	Index *tensor.Ints
}

func (*gather) Name() string { return "Gather" }
func (*gather) Needs() Needs { return Needs{} }

func (op *gather) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(op.Axis, in[0])
	if err != nil {
		return err
	}
	op.Axis = axis
	s := op.Index.Shape()
	ok := len(s) == len(in[0])
	for i := 0; ok && i < len(s); i++ {
		ok = i == axis || s[i] <= in[0][i]
	}
	if !ok {
		return fmt.Errorf("index has shape %v, want no axis but %d longer than in the input, %v", s, axis, in[0])
	}
	out[0] = append(out[0][:0], s...)
	return nil
}

// places calls f for every element of the index in row-major order, with its
// number and the place in x that it names.
func (op *gather) places(c *Call, at []int, f func(i, place int)) {
	s, x := op.Index.Shape(), c.InShape(0)
	var coord, step [maxRank]int
	n := 1
	for i := len(x) - 1; i >= 0; i-- {
		step[i] = n
		n *= x[i]
	}
	base := 0 // of the lane in x
	for i, a := range at {
		f(i, base+a*step[op.Axis])
		for j := len(s) - 1; j >= 0; j-- {
			d := step[j]
			if j == op.Axis {
				d = 0
			}
			base += d
			if coord[j]++; coord[j] < s[j] {
				break
			}
			base -= d * s[j]
			coord[j] = 0
		}
	}
}

func (op *gather) Forward(c *Call) {
	at := positions(c, op.Index, op.Axis, c.InShape(0)[op.Axis])
	if at == nil {
		return
	}
	x, y := c.InData(0), c.Out(0).Data()
	op.places(c, at, func(i, place int) { y[i] = x[place] })
}

func (op *gather) Backward(c *Call) {
	dst, add := c.BeginGrad(0)
	if dst == nil {
		return
	}
	if !add {
		clear(dst)
	}
	g := c.GradOutData(0)
	op.places(c, c.SaveInts(0, op.Index.Len()), func(i, place int) { dst[place] += g[i] })
	c.EndGrad(0)
}

// Gather returns, for an axis, the array of the shape of index with
//
//	y[i][j][k] = x[index[i][j][k]][j][k]   for axis 0
//	y[i][j][k] = x[i][index[i][j][k]][k]   for axis 1
//
// and so on, as torch.gather does. The index has as many axes as x, none but the
// given one longer than in x.
func Gather(x *Var, axis int, index *tensor.Ints) *Var { return apply1(gather{axis, index}, x) }
