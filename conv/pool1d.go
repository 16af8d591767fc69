package conv

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Pool1D is a layer that replaces each window of a channel by its maximum or its
// mean. Shapes: x [N, C, L], y [N, C, L'] as for [Conv1D]. Windows next to each
// other touch unless a stride is given. The rules are those of [Pool2D]: a NaN is
// passed on, the first of equal maxima takes the gradient, padding never wins and
// counts as zeros in the mean.
type Pool1D struct {
	Kernel int
	Settings1D
	Mean bool // the mean in place of the maximum
}

// MaxPool1D returns a layer that takes the maximum of windows.
func MaxPool1D(kernel int, opts ...Option) *Pool1D {
	return &Pool1D{Kernel: kernel, Settings1D: applyPool(opts).settings1D()}
}

// AvgPool1D returns a layer that takes the mean of windows.
func AvgPool1D(kernel int, opts ...Option) *Pool1D {
	return &Pool1D{Kernel: kernel, Settings1D: applyPool(opts).settings1D(), Mean: true}
}

// Build checks the settings. nn.Init and nn.Load call it.
func (l *Pool1D) Build() error {
	op := l.op()
	if err := op.check(); err != nil {
		return fmt.Errorf("conv: %s: %w", op.Name(), err)
	}
	return nil
}

func (l *Pool1D) op() pool1D {
	return pool1D{Line: l.Settings1D, pool2D: pool2D{Kernel: [2]int{1, l.Kernel}, Settings: l.row(), Kind: kindOf(l.Mean)}}
}

// Forward applies the layer to x [N, C, L].
//
//go:noinline
func (l *Pool1D) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(l.op(), x)
}

// pool1D is [pool2D] for sequences, which it sees as pictures of one row.
type pool1D struct {
	Line Settings1D
	pool2D
}

func (op *pool1D) Name() string { return op.Kind.word() + "Pool1D" }

func (op *pool1D) check() error {
	k, s := op.Kernel[1], op.Line
	if err := s.check(k); err != nil {
		return err
	}
	if !s.Same && max(s.Pad[0], s.Pad[1]) > k/2 {
		return fmt.Errorf("padding %v is more than half of the kernel %d", s.Pad, k)
	}
	return op.pool2D.check()
}

func (op *pool1D) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if err := op.check(); err != nil {
		return err
	}
	if len(x) != 3 {
		return fmt.Errorf("input has shape %v, want [batch channels length]", x)
	}
	if err := op.Line.fit(op.Kernel[1], x[2]); err != nil {
		return err
	}
	var err error
	if op.window, err = op.place(op.Kernel, 1, x[2]); err != nil {
		return err
	}
	out[0] = append(out[0][:0], x[0], x[1], op.out[1])
	return nil
}
