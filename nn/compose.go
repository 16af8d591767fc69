package nn

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Identity returns its input: the branch of a [Concat] or [Parallel] that passes
// it on.
var Identity = Func("Identity", func(x *grad.Var) *grad.Var { return x })

// Residual adds a way around to what its body computes (He et al. 2015, arXiv
// 1512.03385):
//
//	y = body(x) + shortcut(x)
//
// Both have results of the same shape. Parameters are named "body.…" and
// "shortcut.…".
type Residual struct {
	Body     Module
	Shortcut Module // nil means that x itself is added
}

// NewResidual returns a body with a way around it. A shortcut of nil is the
// identity; where the body changes the shape, it is often a convolution of 1×1:
//
//	nn.NewResidual(nn.Seq(
//		conv.New2D(16, 32, 3, conv.Same, conv.Stride(2, 2), conv.NoBias), nn.NewBatchNorm(32), nn.ReLU,
//		conv.New2D(32, 32, 3, conv.Same, conv.NoBias), nn.NewBatchNorm(32),
//	), conv.New2D(16, 32, 1, conv.Stride(2, 2)))
func NewResidual(body, shortcut Module) *Residual { return &Residual{body, shortcut} }

// Build checks that there is a body.
func (l *Residual) Build() error {
	switch {
	case missing(l.Body):
		return errors.New("nn: Residual: body is nil")
	case l.Shortcut != nil && missing(l.Shortcut):
		return fmt.Errorf("nn: Residual: shortcut is a nil %T, want a module or plain nil", l.Shortcut)
	}
	return nil
}

// Forward implements [Module].
func (l *Residual) Forward(x *grad.Var) *grad.Var {
	y, around := pass("Residual", "body", l.Body, x), x
	if l.Shortcut != nil {
		around = pass("Residual", "shortcut", l.Shortcut, x)
	}
	if y.Err() == nil && !y.Shape().Equal(around.Shape()) {
		return y.Tape().Fail("Residual", fmt.Errorf("body has shape %v and shortcut %v, want the same", y.Shape(), around.Shape()))
	}
	return grad.Add(y, around)
}

// pass applies a part of a container.
func pass(container, child string, part Module, x *grad.Var) *grad.Var {
	t := x.Tape()
	t.Enter(container, child)
	y := part.Forward(x)
	t.Leave()
	return y
}

// checkBranches reports branches that are missing.
func checkBranches(container string, branches []Module) error {
	if len(branches) == 0 {
		return fmt.Errorf("nn: %s: no branches, want at least one", container)
	}
	for i, b := range branches {
		if missing(b) {
			return fmt.Errorf("nn: %s: branch %d is nil", container, i)
		}
	}
	return nil
}

// Concatenated joins what its branches make of the same input. Make one with
// [Concat].
type Concatenated struct {
	Axis     int
	Branches []Module `gannet:"."`
}

// Concat returns a module that gives its input to every branch and joins the
// results along an axis, in which alone their shapes may differ: 1 for the channels
// of [N, C, H, W]. A negative axis counts from the right. Parameters are named after
// the branch, "0.weight". So are made the blocks of Inception (Szegedy et al. 2014,
// arXiv 1409.4842) and, with an [Identity], of DenseNet (Huang et al. 2016, arXiv
// 1608.06993).
func Concat(axis int, branches ...Module) *Concatenated { return &Concatenated{axis, branches} }

// Build checks that no branch is missing.
func (l *Concatenated) Build() error { return checkBranches("Concat", l.Branches) }

// Forward implements [Module].
func (l *Concatenated) Forward(x *grad.Var) *grad.Var {
	if len(l.Branches) == 0 {
		return x.Tape().Fail("Concat", l.Build())
	}
	var few [16]*grad.Var // more than that cost an allocation
	results := few[:0]
	for i, b := range l.Branches {
		results = append(results, pass("Concat", strconv.Itoa(i), b, x))
	}
	return grad.Concat(l.Axis, results...)
}

// Summed adds up what its branches make of the same input. Make one with
// [Parallel].
type Summed struct {
	Branches []Module `gannet:"."`
}

// Parallel returns a module that gives its input to every branch and adds up the
// results, which have the same shape. Parameters are named after the branch,
// "0.weight".
func Parallel(branches ...Module) *Summed { return &Summed{branches} }

// Build checks that no branch is missing.
func (l *Summed) Build() error { return checkBranches("Parallel", l.Branches) }

// Forward implements [Module].
func (l *Summed) Forward(x *grad.Var) *grad.Var {
	if len(l.Branches) == 0 {
		return x.Tape().Fail("Parallel", l.Build())
	}
	sum := pass("Parallel", "0", l.Branches[0], x)
	for i, b := range l.Branches[1:] {
		y := pass("Parallel", strconv.Itoa(i+1), b, x)
		if y.Err() == nil && !y.Shape().Equal(sum.Shape()) {
			return y.Tape().Fail("Parallel", fmt.Errorf("branch %d has shape %v, want that of branch 0, %v", i+1, y.Shape(), sum.Shape()))
		}
		sum = grad.Add(sum, y)
	}
	return sum
}

// Branched applies to each part of a tuple a branch of its own. Make one with
// [Inputs].
type Branched struct {
	Branches []Module `gannet:"."`
}

// Inputs returns a module that gives part i of its input, a [grad.Tuple] with as
// many parts as there are branches, to branch i. The result is the tuple of theirs,
// which [Join] makes one. Parameters are named after the branch, "0.weight". So
// begins a network of several inputs, of which an [Identity] passes one on:
//
//	nn.Seq(
//		nn.Inputs(nn.Seq(conv.New2D(3, 16, 3), nn.ReLU, conv.GlobalAvgPool), nn.NewLinear(5, 8)),
//		nn.Join(1), nn.NewLinear(16+8, 2),
//	)
func Inputs(branches ...Module) *Branched { return &Branched{branches} }

// Build checks that no branch is missing.
func (l *Branched) Build() error { return checkBranches("Inputs", l.Branches) }

// Forward implements [Module].
func (l *Branched) Forward(x *grad.Var) *grad.Var {
	n := len(l.Branches)
	switch {
	case n == 0:
		return x.Tape().Fail("Inputs", l.Build())
	case x.Parts() != n:
		return x.Tape().Fail("Inputs", fmt.Errorf("%d inputs, want %d, one for each branch", x.Parts(), n))
	}
	var few [16]*grad.Var // more than that cost an allocation
	results := few[:0]
	for i, b := range l.Branches {
		results = append(results, pass("Inputs", strconv.Itoa(i), b, x.Part(i)))
	}
	return grad.Tuple(results...)
}

// Joined concatenates the parts of a tuple. Make one with [Join].
type Joined struct {
	Axis int
}

// Join returns a module that joins the parts of its input, a [grad.Tuple] such as
// [Inputs] returns, along an axis, in which alone their shapes may differ: 1 for the
// features of [N, features]. A negative axis counts from the right. It is torch.cat.
func Join(axis int) *Joined { return &Joined{axis} }

// Forward implements [Module].
func (l *Joined) Forward(x *grad.Var) *grad.Var {
	var few [16]*grad.Var // more than that cost an allocation
	parts := few[:0]
	for i := range x.Parts() {
		parts = append(parts, x.Part(i))
	}
	return grad.Concat(l.Axis, parts...)
}

// Reshaped gives each sample another shape. Make one with [Reshape].
type Reshaped struct {
	Shape tensor.Shape
}

// Reshape returns a module that gives each sample of x [N, …] the given shape, y [N,
// shape…], with the same elements in row-major order. One size may be -1 and
// follows from the others. A shape that cannot be is reported by [Init] and by
// Forward.
func Reshape(shape ...int) *Reshaped { return &Reshaped{tensor.Shape(shape).Clone()} }

// maxReshape bounds the axes of a sample.
const maxReshape = 15

// Build checks the setting.
func (l *Reshaped) Build() error {
	_, _, err := l.sizes()
	return err
}

// sizes returns the product of the sizes that are given and whether one is not.
func (l *Reshaped) sizes() (known int, free bool, err error) {
	known = 1
	ok := len(l.Shape) <= maxReshape
	for _, d := range l.Shape {
		switch {
		case d == -1:
			ok = ok && !free
			free = true
		case d < 1 || known > grad.MaxSize/d:
			ok = false
		default:
			known *= d
		}
	}
	if !ok {
		return 0, false, fmt.Errorf("nn: Reshape: shape %v, want at most %d sizes of at least 1, of which one may be -1", l.Shape, maxReshape)
	}
	return known, free, nil
}

// Forward implements [Module].
func (l *Reshaped) Forward(x *grad.Var) *grad.Var {
	known, free, err := l.sizes()
	s := x.Shape()
	switch {
	case x.Err() != nil:
		return x
	case err != nil:
		return x.Tape().Fail("Reshape", err)
	case len(s) == 0:
		return x.Tape().Fail("Reshape", errors.New("input has shape [], want a batch"))
	}
	n := s[1:].Size()
	if !free && n != known || n%known != 0 {
		return x.Tape().Fail("Reshape", fmt.Errorf("input has shape %v, want a batch of %d values for %v", s, known, l.Shape))
	}
	var buf [1 + maxReshape]int
	shape := append(buf[:0], s[0])
	for _, d := range l.Shape {
		if d == -1 {
			d = n / known
		}
		shape = append(shape, d)
	}
	return grad.Reshape(x, shape...)
}
