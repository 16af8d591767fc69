package nn

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Functions along the last axis; [NewSoftmax] and its kin take another one.
var (
	// LogSoftmax is the logarithm of [Softmax] over the last axis, what
	// negative-log-likelihood losses want.
	LogSoftmax = Func("LogSoftmax", func(x *grad.Var) *grad.Var { return grad.LogSoftmax(x, -1) })
	// Softmin is [Softmax] of −x over the last axis.
	Softmin = Func("Softmin", func(x *grad.Var) *grad.Var { return grad.Softmin(x, -1) })
	// GLU is a/(1+e⁻ᵇ), where a and b are the halves of the last axis: the gated
	// linear unit (Dauphin et al. 2016, arXiv 1612.08083).
	GLU = Func("GLU", func(x *grad.Var) *grad.Var { return grad.GLU(x, -1) })
)

// Along applies a function along one axis of its input: "Softmax", "LogSoftmax",
// "Softmin" or "GLU". A negative axis counts from the right; axis 1 is that of the
// channels of [N, C, …].
type Along struct {
	Function string
	Axis     int
}

// NewSoftmax returns a [Softmax] over an axis.
func NewSoftmax(axis int) *Along { return &Along{"Softmax", axis} }

// NewLogSoftmax returns a [LogSoftmax] over an axis.
func NewLogSoftmax(axis int) *Along { return &Along{"LogSoftmax", axis} }

// NewSoftmin returns a [Softmin] over an axis.
func NewSoftmin(axis int) *Along { return &Along{"Softmin", axis} }

// NewGLU returns a [GLU] along an axis, which has half as many elements
// afterwards.
func NewGLU(axis int) *Along { return &Along{"GLU", axis} }

// function returns the function of the name, nil if there is none.
func (l *Along) function() func(x *grad.Var, axis int) *grad.Var {
	switch l.Function {
	case "Softmax":
		return grad.Softmax
	case "LogSoftmax":
		return grad.LogSoftmax
	case "Softmin":
		return grad.Softmin
	case "GLU":
		return grad.GLU
	}
	return nil
}

// Build checks the name of the function.
func (l *Along) Build() error {
	if l.function() == nil {
		return fmt.Errorf(`nn: Along: function %q, want "Softmax", "LogSoftmax", "Softmin" or "GLU"`, l.Function)
	}
	return nil
}

// Forward implements [Module].
func (l *Along) Forward(x *grad.Var) *grad.Var {
	f := l.function()
	if f == nil {
		return x.Tape().Fail("Along", l.Build())
	}
	return f(x, l.Axis)
}
