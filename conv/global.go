package conv

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// GlobalPool is a layer that makes one number of each channel: the mean or the
// maximum of all its elements. Shapes: x [N, C, …] with any number of further
// axes, y [N, C]. It takes the place of [AdaptivePool2D] to 1×1 followed by
// nn.Flatten, and ends many networks before their last layer (Lin, Chen and Yan:
// Network in network, 2013, arXiv 1312.4400).
//
// A NaN is passed on, and the gradient of a maximum goes to the first of equal
// ones.
type GlobalPool string

// The ways to pool over all of a channel.
const (
	GlobalAvgPool GlobalPool = "avg" // the mean
	GlobalMaxPool GlobalPool = "max" // the maximum
)

// Build checks the value. nn.Init and nn.Load call it.
func (p GlobalPool) Build() error {
	if p != GlobalAvgPool && p != GlobalMaxPool {
		return fmt.Errorf("conv: GlobalPool: %q, want %q or %q", string(p), GlobalAvgPool, GlobalMaxPool)
	}
	return nil
}

// Forward applies the layer to x [N, C, …].
//
//go:noinline
func (p GlobalPool) Forward(x *grad.Var) *grad.Var {
	if err := p.Build(); err != nil {
		return x.Tape().Fail("GlobalPool", err)
	}
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(globalPool{Mean: p == GlobalAvgPool}, x)
}

// globalPool is the operation of both kinds.
type globalPool struct {
	Mean bool

	size         int // of a channel
	x, y, dx, dy []float32
	add          bool // Backward adds to dx
	backward     bool
}

func (op *globalPool) Name() string { return "Global" + kindOf(op.Mean).word() + "Pool" }

func (op *globalPool) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if len(x) < 3 {
		return fmt.Errorf("input has shape %v, want [batch channels …] with at least one further axis", x)
	}
	if op.size = x[2:].Size(); op.size == 0 {
		return fmt.Errorf("input has shape %v, want no axis but the batch and the channels empty", x)
	}
	out[0] = append(out[0][:0], x[:2]...)
	return nil
}

func (op *globalPool) Needs() grad.Needs {
	if op.Mean {
		return grad.Needs{}
	}
	return grad.Needs{In: 1, Out: 1}
}

func (op *globalPool) Forward(c *grad.Call) {
	op.x, op.y, op.backward = c.InData(0), c.Out(0).Data(), false
	parallel.For(len(op.y), op)
}

func (op *globalPool) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	op.dx, op.add, op.dy, op.backward = dx, add, c.GradOutData(0), true
	if !op.Mean {
		op.x, op.y = c.InData(0), c.Out(0).Data()
	}
	parallel.For(len(op.dy), op)
	c.EndGrad(0)
}

// Do handles one channel of one picture.
func (op *globalPool) Do(_, i int) {
	lo, hi := i*op.size, (i+1)*op.size
	switch {
	case op.backward && op.Mean:
		op.meanBackward(op.dx[lo:hi], op.dy[i])
	case op.backward:
		op.maxBackward(op.dx[lo:hi], op.dy[i], op.x[lo:hi], op.y[i])
	case op.Mean:
		op.y[i] = vec.Sum(op.x[lo:hi]) / float32(op.size)
	default:
		op.y[i] = vec.MaxOf(op.x[lo:hi])
	}
}

func (op *globalPool) meanBackward(dx []float32, dy float32) {
	dy /= float32(op.size)
	if op.add {
		vec.AddScalar(dx, dx, dy)
	} else {
		vec.Fill(dx, dy)
	}
}

func (op *globalPool) maxBackward(dx []float32, dy float32, x []float32, y float32) {
	if !op.add {
		clear(dx)
	}
	for i, v := range x {
		if v == y || v != v {
			dx[i] += dy
			return
		}
	}
}
