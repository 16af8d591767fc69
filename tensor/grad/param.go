package grad

import (
	"fmt"
	"math"
	"strings"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Param is a tensor that belongs to a layer: a weight, which training changes
// by gradient, or a buffer, such as the running mean of batch normalisation,
// which layers change themselves. Layers hold Params in exported fields.
//
// A Param is made with a shape and an initial distribution and has no value
// until it is initialised, by nn.Init or by loading weights. It belongs to no
// tape; many tapes may read it at once, while one at most trains it.
type Param struct {
	// Value is the current value, nil before initialisation.
	Value *tensor.Tensor
	// Name is the path of the parameter in the network, such as "conv1.weight".
	// nn.Init and nn.Params set it.
	Name string
	// Frozen excludes the parameter from training: it gets no gradient.
	Frozen bool

	shape  tensor.Shape
	init   Initializer
	buffer bool
}

// NewParam returns a trainable parameter without a value.
func NewParam(init Initializer, shape ...int) *Param {
	return &Param{shape: tensor.Shape(shape).Clone(), init: init}
}

// NewBuffer returns a parameter that is saved with the weights and is not
// trained.
func NewBuffer(init Initializer, shape ...int) *Param {
	p := NewParam(init, shape...)
	p.buffer = true
	return p
}

// Shape returns the shape that the value has or will have.
func (p *Param) Shape() tensor.Shape { return p.shape }

// Buffer reports whether p was made by [NewBuffer].
func (p *Param) Buffer() bool { return p.buffer }

// Trainable reports whether training changes p: it is neither a buffer nor
// frozen.
func (p *Param) Trainable() bool { return !p.buffer && !p.Frozen }

// layer returns the path of the layer that p belongs to.
func (p *Param) layer() string { return p.Name[:max(strings.LastIndexByte(p.Name, '.'), 0)] }

// fits reports a value that a tape cannot use.
func (p *Param) fits(value *tensor.Tensor) error {
	what := ""
	switch {
	case p.Value == nil:
		what = "has no value; call nn.Init or load weights"
	case value == nil:
		what = "is none of those that nn.Params finds in the network"
	case !value.Shape().Equal(p.shape):
		what = fmt.Sprintf("has a value of shape %v", value.Shape())
	case len(p.shape) > maxRank:
		what = fmt.Sprintf("has %d axes, want at most %d", len(p.shape), maxRank)
	case !value.Contiguous():
		what = "has a strided view as its value, want a contiguous tensor"
	default:
		return nil
	}
	name := "parameter"
	if p.Name != "" {
		name = fmt.Sprintf("parameter %q", p.Name)
	}
	return fmt.Errorf("%s of shape %v %s", name, p.shape, what)
}

// Init gives p its initial value, which depends on the seed, p.Name and the
// initializer alone.
func (p *Param) Init(seed uint64) error {
	if err := p.shape.Check(); err != nil {
		return fmt.Errorf("grad: parameter %q: %w", p.Name, err)
	}
	v := tensor.Make[float32](p.shape...)
	p.init(v.Data(), rng.New(seed, rng.Hash(p.Name)))
	p.Value = v
	return nil
}

// Initializer fills dst with initial values; its randomness comes from r alone.
type Initializer func(dst []float32, r Rand)

// Rand is a stream of random numbers with random access.
type Rand interface {
	// Floats fills dst with numbers first, first+1, … of the stream, uniform in
	// [0, 1).
	Floats(dst []float32, first uint64)
	// Normals does the same with the standard normal distribution.
	Normals(dst []float32, first uint64)
}

// Constant sets every value to v.
func Constant(v float32) Initializer {
	return func(dst []float32, _ Rand) {
		for i := range dst {
			dst[i] = v
		}
	}
}

// Uniform draws from [-bound, bound).
func Uniform(bound float64) Initializer {
	return func(dst []float32, r Rand) {
		r.Floats(dst, 0)
		lo, width := float32(-bound), float32(bound)-float32(-bound)
		for i, u := range dst {
			dst[i] = lo + float32(u*width)
		}
	}
}

// Normal draws from a normal distribution of mean 0.
func Normal(std float64) Initializer {
	return func(dst []float32, r Rand) {
		r.Normals(dst, 0)
		for i := range dst {
			dst[i] *= float32(std)
		}
	}
}

// FanIn draws uniformly from ±1/√fanIn, the default of PyTorch's linear and
// convolutional layers for weights and biases (kaiming_uniform_ with a = √5).
func FanIn(fanIn int) Initializer { return Uniform(1 / math.Sqrt(float64(max(fanIn, 1)))) }

// Kaiming draws from a normal distribution of standard deviation √(2/fanIn),
// for layers followed by ReLU (He et al. 2015, arXiv 1502.01852).
func Kaiming(fanIn int) Initializer { return Normal(math.Sqrt(2 / float64(max(fanIn, 1)))) }

// Xavier draws uniformly from ±√(6/(fanIn+fanOut)) (Glorot and Bengio 2010).
func Xavier(fanIn, fanOut int) Initializer {
	return Uniform(math.Sqrt(6 / float64(max(fanIn+fanOut, 1))))
}
