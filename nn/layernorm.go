package nn

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// LayerNorm normalises each part of x [..., Shape...] that the last axes make, as
// PyTorch's LayerNorm:
//
//	y = (x − mean)/√(var + ε) · weight + bias
//
// where mean and variance are those of the part, in training and otherwise.
// Weight and bias have the shape of a part. (Ba, Kiros and Hinton 2016, arXiv
// 1607.06450.)
type LayerNorm struct {
	Shape    tensor.Shape // the last axes of x
	Eps      float64      // ε; 0 means 1e-5
	NoAffine bool         // leaves weight and bias out

	Weight, Bias *grad.Param // start at 1 and 0
}

// NewLayerNorm returns a normalisation over the last axes, which have the given
// sizes: NewLayerNorm(512) for tokens [N, T, 512]. Sizes that cannot be are
// reported by [Init] and by Forward.
func NewLayerNorm(shape ...int) *LayerNorm {
	l := &LayerNorm{Shape: tensor.Shape(shape).Clone()}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing.
func (l *LayerNorm) Build() error {
	if err := l.check(); err != nil {
		return err
	}
	if !l.NoAffine {
		makeAffine(&l.Weight, &l.Bias, l.Shape)
	}
	return nil
}

func (l *LayerNorm) check() error {
	return cmp.Or(checkParts("LayerNorm", l.Shape), checkEps("LayerNorm", l.Eps))
}

// checkParts reports a shape of parts that cannot be.
func checkParts(layer string, shape tensor.Shape) error {
	ok := len(shape) > 0
	for _, d := range shape {
		ok = ok && d > 0
	}
	if !ok {
		return fmt.Errorf("nn: %s: shape %v, want at least one axis and all sizes at least 1", layer, shape)
	}
	if err := shape.Check(); err != nil {
		return fmt.Errorf("nn: %s: %w", layer, err)
	}
	return nil
}

// checkEps reports an ε that cannot be.
func checkEps(layer string, eps float64) error {
	if !(eps >= 0) {
		return fmt.Errorf("nn: %s: ε %v, want a positive number", layer, eps)
	}
	return nil
}

// makeAffine makes a weight and a bias that are missing.
func makeAffine(weight, bias **grad.Param, shape tensor.Shape) {
	if *weight == nil {
		*weight = grad.NewParam(grad.Constant(1), shape...)
	}
	if *bias == nil {
		*bias = grad.NewParam(grad.Constant(0), shape...)
	}
}

// Forward implements [Module].
func (l *LayerNorm) Forward(x *grad.Var) *grad.Var {
	if err := l.check(); err != nil || l.Weight == nil && !l.NoAffine {
		return x.Tape().Fail("LayerNorm", cmp.Or(err, grad.ErrNoParams))
	}
	op := normalize{Layer: "LayerNorm", Axes: l.Shape, Eps: cmp.Or(l.Eps, 1e-5)}
	return grad.Apply(op, x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), nil, nil)
}

// RMSNorm divides each part of x [..., Shape...] that the last axes make by the
// root of the mean of its squares, as PyTorch's RMSNorm:
//
//	y = x/√(mean x² + ε) · weight
//
// Weight has the shape of a part. (Zhang and Sennrich 2019, arXiv 1910.07467.)
type RMSNorm struct {
	Shape    tensor.Shape // the last axes of x
	Eps      float64      // ε; 0 means 2⁻²³, the distance of 1 and the next float32
	NoAffine bool         // leaves the weight out

	Weight *grad.Param // starts at 1
}

// NewRMSNorm returns a normalisation over the last axes, which have the given
// sizes. Sizes that cannot be are reported by [Init] and by Forward.
func NewRMSNorm(shape ...int) *RMSNorm {
	l := &RMSNorm{Shape: tensor.Shape(shape).Clone()}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameter if it is missing.
func (l *RMSNorm) Build() error {
	if err := l.check(); err != nil {
		return err
	}
	if l.Weight == nil && !l.NoAffine {
		l.Weight = grad.NewParam(grad.Constant(1), l.Shape...)
	}
	return nil
}

func (l *RMSNorm) check() error {
	return cmp.Or(checkParts("RMSNorm", l.Shape), checkEps("RMSNorm", l.Eps))
}

// Forward implements [Module].
func (l *RMSNorm) Forward(x *grad.Var) *grad.Var {
	if err := l.check(); err != nil || l.Weight == nil && !l.NoAffine {
		return x.Tape().Fail("RMSNorm", cmp.Or(err, grad.ErrNoParams))
	}
	op := normalize{Layer: "RMSNorm", Axes: l.Shape, Eps: cmp.Or(l.Eps, 1./(1<<23)), Uncentered: true}
	return grad.Apply(op, x, grad.Use(x, l.Weight), nil, nil, nil)
}
