package nn

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// rowLoss is a loss of one row of outputs, those of the C classes at one place.
type rowLoss interface {
	Name() string
	// row returns the loss of x and writes its gradient to d. The target is a
	// class, or, if it is not nil, the probabilities q of all classes.
	row(d, x []float32, class int, q []float32) float64
	// share returns what a row of the given class counts in a mean.
	share(class int) float64
	// weights returns the weights of the classes, nil if there are none.
	weights() []float32
}

// classLoss is the operation of a rowLoss: its input is the output of a network
// x [N, C, d₁, …], and there are labels [N, d₁, …] or, as a second input,
// probabilities of the shape of x. Forward keeps the gradient, so that Backward
// only has to scale it.
type classLoss struct {
	rowLoss
	reduce  reduction
	ignore  int // label that does not count, if ignores is set
	ignores bool
	labels  *tensor.Ints // nil if the second input is the target
}

// byClass returns the loss r with the settings of o. Targets of probabilities are
// an error unless soft is set.
func (o *lossOptions) byClass(r rowLoss, soft bool) Loss {
	op := classLoss{rowLoss: r, reduce: o.reduce, ignore: o.ignore, ignores: o.ignores}
	return func(output *grad.Var, target tensor.Any) *grad.Var {
		t := output.Tape()
		if o.err != nil {
			return t.Fail(o.name, o.err)
		}
		switch y := target.(type) {
		case *tensor.Ints:
			op := op
			op.labels = y
			return grad.Apply(op, output)
		case *tensor.Tensor:
			if !soft {
				break
			}
			if o.ignores {
				return t.Fail(o.name, errors.New("option IgnoreLabel needs labels as the target, *tensor.Ints"))
			}
			return grad.Apply(op, output, t.Const(y))
		}
		want := "*tensor.Ints"
		if soft {
			want += " or *tensor.Tensor"
		}
		return t.Fail(o.name, fmt.Errorf("target is a %T, want %s", target, want))
	}
}

func (*classLoss) Needs() grad.Needs { return grad.Needs{} }

func (op *classLoss) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if len(x) < 2 || len(x) > loop.MaxRank || x[1] == 0 {
		return fmt.Errorf("output has shape %v, want [batch classes …]", x)
	}
	if w := op.weights(); w != nil && len(w) != x[1] {
		return fmt.Errorf("output has shape %v, want as many classes as weights, %d", x, len(w))
	}
	if op.reduce == toMean && x.Size() == 0 {
		return errors.New("the batch is empty")
	}
	var positions [loop.MaxRank]int
	want := tensor.Shape(append(append(positions[:0], x[0]), x[2:]...))
	switch {
	case op.labels == nil && !in[1].Equal(x):
		return fmt.Errorf("target has shape %v, want that of the output, %v", in[1], x)
	case op.labels != nil && !op.labels.Shape().Equal(want):
		return fmt.Errorf("target has shape %v, want %v", op.labels.Shape(), want.Clone())
	}
	out[0] = op.reduce.appendShape(out[0], want)
	return nil
}

func (op *classLoss) Forward(c *grad.Call) {
	shape := c.InShape(0)
	s := grad.Work[classRows](c)
	s.classLoss, s.classes = op, shape[1]
	s.rows = shape.Size() / s.classes
	s.x, s.q, s.labels = s.classLast(c, 0), nil, nil
	if op.labels == nil {
		s.q = s.classLast(c, 1)
	} else if err := s.readLabels(c); err != nil {
		c.Fail(err)
		return
	}
	s.d = c.Save(0, s.rows*s.classes)
	if cap(s.loss) < s.rows {
		s.loss = make([]float64, s.rows)
	}
	s.loss = s.loss[:s.rows]
	s.perPart = max(1, classPart/s.classes)
	parallel.For((s.rows+s.perPart-1)/s.perPart, s)
	s.reduceTo(c)
	s.classLoss, s.x, s.q, s.d, s.labels = nil, nil, nil, nil, nil
}

func (op *classLoss) Backward(c *grad.Call) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	s := grad.Work[classRows](c)
	shape := dst.Shape()
	// What was saved is [N, d₁, …, C]; d sees it as [N, C, d₁, …].
	rank := len(shape)
	var sizes, axes [loop.MaxRank]int
	sizes[0], sizes[rank-1], axes[1] = shape[0], shape[1], rank-1
	for i := 2; i < rank; i++ {
		sizes[i-1], axes[i] = shape[i], i-1
	}
	d := s.headers[1].Bind(c.Save(0, dst.Len()), sizes[:rank]).PermuteTo(&s.headers[0], axes[:rank]...)
	g := c.GradOut(0)
	scale := loop.Operand{Data: g.Raw()}
	if op.reduce == toNone {
		scale = operand(g.UnsqueezeTo(&s.headers[1], 1))
	} else {
		scale.Data = c.Scratch(1)
		scale.Data[0] = g.Item() * c.Save(1, 1)[0]
	}
	loop.Run(loop.Binary(vec.Mul), !first, shape, operand(dst), operand(d), scale)
}
