package workloads

import (
	"time"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// convolution is one of c channels of h×w to o channels with a kernel of r×r.
type convolution struct {
	name                   string
	c, h, w, o             int
	r, stride, pad, groups int
	batches                []int
}

var convolutions = []convolution{
	{"r50_7x7s2_3_64", 3, 224, 224, 64, 7, 2, 3, 1, []int{1, 32}},
	{"r50_1x1_64_256", 64, 56, 56, 256, 1, 1, 0, 1, []int{1, 32}},
	{"r50_3x3_64", 64, 56, 56, 64, 3, 1, 1, 1, []int{1, 32}},
	{"r50_3x3_128", 128, 28, 28, 128, 3, 1, 1, 1, []int{1, 32}},
	{"r50_3x3_256", 256, 14, 14, 256, 3, 1, 1, 1, []int{1, 32}},
	{"r50_3x3_512", 512, 7, 7, 512, 3, 1, 1, 1, []int{1, 32}},
	{"r50_1x1s2_256_512", 256, 56, 56, 512, 1, 2, 0, 1, []int{1, 32}},
	{"r50_3x3s2_128", 128, 56, 56, 128, 3, 2, 1, 1, []int{1, 32}},
	{"dw3x3_32_112", 32, 112, 112, 32, 3, 1, 1, 32, []int{1, 32}},
	{"dw3x3_144_56", 144, 56, 56, 144, 3, 1, 1, 144, []int{1, 32}},
	{"dw3x3_576_14", 576, 14, 14, 576, 3, 1, 1, 576, []int{1, 32}},
	{"dw3x3_960_7", 960, 7, 7, 960, 3, 1, 1, 960, []int{1, 32}},
	{"dw3x3s2_96_112", 96, 112, 112, 96, 3, 2, 1, 96, []int{1, 32}},
	{"dw3x3s2_576_14", 576, 14, 14, 576, 3, 2, 1, 576, []int{1, 32}},
	{"dw5x5_480_14", 480, 14, 14, 480, 5, 1, 2, 480, []int{1, 32}},
	{"dw5x5s2_240_28", 240, 28, 28, 240, 5, 2, 2, 240, []int{1, 32}},
	{"cifar_3x3_3_32", 3, 32, 32, 32, 3, 1, 1, 1, []int{1, 64, 128}},
	{"cifar_5x5_32_64", 32, 32, 32, 64, 5, 1, 2, 1, []int{1, 64, 128}},
}

// convCases have the arguments c, h, w, o, r, stride, pad and groups. Forward has
// a bias; the gradients are those of the data and of the weights alone.
func convCases() []Case {
	var list []Case
	for _, z := range convolutions {
		for _, batch := range z.batches {
			rows, cols := (z.h+2*z.pad-z.r)/z.stride+1, (z.w+2*z.pad-z.r)/z.stride+1
			gflop := 2e-9 * float64(batch*z.o*rows*cols) * float64(z.c/z.groups*z.r*z.r)
			for _, op := range []string{"fwd", "data", "weight"} {
				list = append(list, Case{
					Suite: "conv", Name: z.name, Op: op, Batch: batch,
					Args: words(z.c, z.h, z.w, z.o, z.r, z.stride, z.pad, z.groups),
					Unit: "GFLOP/s", Amount: gflop, Bound: fma, Work: gflop,
					New: func() (Run, error) { return z.run(op, batch) },
				})
			}
		}
	}
	return list
}

func (z convolution) run(op string, batch int) (Run, error) {
	settings := []conv.Option{conv.Stride(z.stride), conv.Pad(z.pad), conv.Groups(z.groups)}
	if op == "fwd" {
		return forward(grad.Evaluation, conv.New2D(z.c, z.o, z.r, settings...), batch, z.c, z.h, z.w)
	}
	// The picture is a parameter too, so that the tape lets go of its gradient.
	x := grad.NewParam(grad.Normal(1), batch, z.c, z.h, z.w)
	if err := x.Init(1); err != nil {
		return nil, err
	}
	layer := conv.New2D(z.c, z.o, z.r, append(settings, conv.NoBias)...)
	if _, err := nn.Init(1, layer); err != nil {
		return nil, err
	}
	x.Frozen, layer.Weight.Frozen = op != "data", op != "weight"

	tape := grad.NewTape(grad.Gradients, 1)
	y := layer.Forward(tape.Use(x))
	if err := y.Err(); err != nil {
		return nil, err
	}
	var begun time.Time
	end := grad.Apply(source{tensor.Normal(2, 0, 1, y.Shape()...), &begun}, y)
	return func() (time.Duration, error) {
		start := time.Now()
		err := end.BackwardFrom(nil)
		tape.ZeroGrad()
		return begun.Sub(start), err
	}, nil
}

// source ends a network with an operation whose Backward hands out a gradient and
// notes when that was done.
type source struct {
	gradient *tensor.Tensor
	done     *time.Time
}

func (*source) Name() string      { return "Source" }
func (*source) Needs() grad.Needs { return grad.Needs{} }

func (*source) Infer(_, out []tensor.Shape) error {
	out[0] = append(out[0][:0], 1)
	return nil
}

func (*source) Forward(c *grad.Call) { c.Out(0).Fill(0) }

func (s *source) Backward(c *grad.Call) {
	if dx, _ := c.BeginGrad(0); dx != nil {
		// In pieces, for Go copies a megabyte and more past the caches, where an
		// operation would have left its gradient.
		const piece = 1 << 14
		for from := s.gradient.Data(); len(dx) > 0; dx, from = dx[min(piece, len(dx)):], from[min(piece, len(from)):] {
			copy(dx[:min(piece, len(dx))], from)
		}
		c.EndGrad(0)
	}
	*s.done = time.Now()
}
