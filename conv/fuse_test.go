package conv_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/internal/winograd"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// What follows a convolution in a plan is done by it, and gives what it gives by
// itself: to the bit, or where the scale of a batch normalisation is brought into the
// weights, to the last digits.
func TestFused(t *testing.T) {
	mem.Poison.Store(true)
	defer mem.Poison.Store(false)
	norm := func(c int) *nn.BatchNorm {
		b := nn.NewBatchNorm(c)
		for i, p := range []*grad.Param{b.Weight, b.Bias, b.RunningMean, b.RunningVar} {
			p.Value = nntest.Positive(uint64(i), c)
		}
		return b
	}
	layer := func(c *conv.Conv2D) *conv.Conv2D {
		c.Weight.Value = nntest.Values(1, c.Weight.Shape()...)
		if c.Bias != nil {
			c.Bias.Value = nntest.Values(2, c.Bias.Shape()...)
		}
		return c
	}
	same, wide := layer(conv.New2D(8, 8, 3, conv.Same)), layer(conv.New2D(8, 40, 1, conv.NoBias))
	batch, wideBatch := norm(8), norm(40)
	for _, c := range []struct {
		name     string
		net      func(x *grad.Var) *grad.Var
		epilogue int // calls with one
		exact    bool
	}{
		{"ReLU", func(x *grad.Var) *grad.Var { return grad.ReLU(same.Forward(x)) }, 1, true},
		{"ReLU6", func(x *grad.Var) *grad.Var { return grad.ReLU6(wide.Forward(x)) }, 1, true},
		{"GELU", func(x *grad.Var) *grad.Var { return grad.GELU(same.Forward(x)) }, 1, true},
		{"BatchNorm", func(x *grad.Var) *grad.Var { return wideBatch.Forward(wide.Forward(x)) }, 1, false},
		{"BatchNorm and ReLU", func(x *grad.Var) *grad.Var { return grad.ReLU(batch.Forward(same.Forward(x))) }, 1, false},
		{"residual", func(x *grad.Var) *grad.Var { return grad.ReLU(grad.Add(batch.Forward(same.Forward(x)), x)) }, 1, false},
		{"residual first", func(x *grad.Var) *grad.Var { return grad.ReLU(grad.Add(x, same.Forward(x))) }, 1, true},
		{"shortcut", func(x *grad.Var) *grad.Var { // the later branch adds the earlier one
			y := same.Forward(grad.ReLU(same.Forward(x)))
			return grad.ReLU(grad.Add(y, same.Forward(x)))
		}, 2, true},
		{"grouped", func(x *grad.Var) *grad.Var {
			return grad.ReLU(layer(conv.New2D(8, 16, 3, conv.Groups(4), conv.Stride(2))).Forward(x))
		}, 1, true},
		{"depthwise", func(x *grad.Var) *grad.Var {
			return grad.ReLU6(batch.Forward(layer(conv.New2D(8, 8, 3, conv.Groups(8), conv.Same, conv.NoBias)).Forward(x)))
		}, 1, false},
		{"used twice", func(x *grad.Var) *grad.Var { y := same.Forward(x); return grad.Mul(grad.ReLU(y), y) }, 0, true},
		{"added to itself", func(x *grad.Var) *grad.Var { y := same.Forward(x); return grad.Add(y, y) }, 0, true},
		{"broadcast", func(x *grad.Var) *grad.Var { return grad.Add(same.Forward(x), grad.Slice(x, 1, 0, 1)) }, 0, true},
		{"view", func(x *grad.Var) *grad.Var {
			v := grad.Reshape(grad.Reshape(x, -1), x.Shape()...)
			return grad.Add(same.Forward(x), v)
		}, 1, true},
		{"strided view", func(x *grad.Var) *grad.Var {
			v := grad.Slice(grad.Concat(1, x, x), 1, 0, 8)
			return grad.Add(same.Forward(x), v)
		}, 0, true},
		{"computed later", func(x *grad.Var) *grad.Var { y := same.Forward(x); return grad.Add(y, grad.Tanh(x)) }, 0, true},
		{"after an activation", func(x *grad.Var) *grad.Var { return batch.Forward(grad.ReLU(same.Forward(x))) }, 1, true},
	} {
		for _, level := range cpu.Available {
			for _, form := range append([]winograd.Form{{}}, winograd.Forms...) {
				for _, size := range [][2]int{{9, 21}, {8, 20}} { // that tiles do not fill, and do
					t.Run(fmt.Sprintf("%s/level=%v/tile=%d/kernel=%d/size=%v", c.name, level, form.Tile, form.Kernel, size), func(t *testing.T) {
						defer cpu.Set(cpu.Set(level))
						defer conv.ForceWinograd(form)()
						checkFused(t, c.net, tensor.Shape{2, 8, size[0], size[1]}, c.epilogue, c.exact)
					})
				}
			}
		}
	}
}

// checkFused compares a plan, of which so many calls have an epilogue, with the calls
// one by one.
func checkFused(t *testing.T, net func(x *grad.Var) *grad.Var, shape tensor.Shape, epilogues int, exact bool) {
	tape := grad.NewTape(grad.Evaluation|grad.Trace, 1)
	x := tape.Input(nntest.Values(3, shape...))
	y := net(x)
	p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	fused := 0
	for _, call := range tape.Calls() {
		if call.Epilogue() != nil {
			fused++
		}
	}
	if fused != epilogues {
		t.Errorf("%d calls have an epilogue, want %d", fused, epilogues)
	}
	eager := grad.NewTape(grad.Evaluation, 1)
	for seed := range uint64(2) {
		in := nntest.Values(10+seed, shape...)
		want := net(eager.Input(in)).Data()
		p.In(0).Copy(in)
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := p.Out(0); exact && !got.Equal(want) || !exact && !similar(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		eager.Reset()
	}
}

// A plan for pictures of another size does not take over weights that were packed for
// these.
func TestShared(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	norm := nn.NewBatchNorm(16)
	plain, deep := conv.New2D(16, 16, 3, conv.Same), conv.New2D(16, 16, 3, conv.Same, conv.Groups(16))
	if _, err := nn.Init(1, nn.Seq(norm, plain, deep)); err != nil {
		t.Fatal(err)
	}
	norm.Bias.Value, norm.RunningMean.Value = nntest.Values(1, 16), nntest.Values(2, 16)
	for name, layer := range map[string]*conv.Conv2D{"plain": plain, "depthwise": deep} {
		net := func(x *grad.Var) *grad.Var { return norm.Forward(layer.Forward(x)) }
		var share *grad.Plan
		for _, shape := range []tensor.Shape{{1, 16, 2, 9000}, {1, 16, 32, 32}, {3, 16, 32, 32}, {1, 16, 6, 6}, {1, 16, 1, 8}, {2, 16, 10, 10}} {
			tape := grad.NewTape(grad.Evaluation|grad.Trace, 1)
			x := tape.Input(tensor.Zeros(shape...))
			p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{net(x)}, share)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if share == nil {
				share = p
			}
			in := nntest.Values(5, shape...)
			p.In(0).Copy(in)
			if err := p.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if want := net(grad.NewTape(grad.Evaluation, 1).Input(in)).Data(); !similar(p.Out(0), want) {
				t.Errorf("%s, %v: the plan computes something else", name, shape)
			}
			if shape[3] == 32 {
				share = p
			}
		}
	}
}

// similar compares to a hundred thousandth of the largest value.
func similar(got, want *tensor.Tensor) bool {
	largest, most := 0.0, 0.0
	for i, v := range got.Data() {
		w := float64(want.Data()[i])
		largest, most = max(largest, math.Abs(w)), max(most, math.Abs(float64(v)-w))
	}
	return got.Shape().Equal(want.Shape()) && most <= 1e-5*largest
}
