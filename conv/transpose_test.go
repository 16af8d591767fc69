package conv_test

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestConvTranspose(t *testing.T) {
	for _, c := range []layerCase{
		{"3x3", conv.NewTranspose2D(2, 3, 3), nntest.Values(1, 3, 2, 2, 3), tensor.Shape{3, 3, 4, 5}},
		{"pad", conv.NewTranspose2D(3, 2, 3, conv.Pad(1)), nntest.Values(1, 2, 3, 4, 3), tensor.Shape{2, 2, 4, 3}},
		{"stride", conv.NewTranspose2D(2, 3, 2, conv.Stride(2), conv.NoBias), nntest.Values(1, 2, 2, 2, 3), tensor.Shape{2, 3, 4, 6}},
		{
			"output_pad", conv.NewTranspose2D(2, 3, 3, conv.Stride(2), conv.Pad(1), conv.OutputPad(1)),
			nntest.Values(1, 2, 2, 2, 3), tensor.Shape{2, 3, 4, 6},
		},
		{
			"dilation_output_pad", conv.NewTranspose2D(2, 2, 2, conv.Dilation(3, 2), conv.OutputPad(2, 1)),
			nntest.Values(1, 2, 2, 2, 3), tensor.Shape{2, 2, 7, 6},
		},
		{
			"dilation_stride_output_pad", conv.NewTranspose2D(2, 2, 2, conv.Dilation(4), conv.Stride(2), conv.OutputPad(3)),
			nntest.Values(1, 2, 2, 2, 2), tensor.Shape{2, 2, 10, 10},
		},
		{"groups", conv.NewTranspose2D(4, 6, 3, conv.Groups(2), conv.Stride(2, 1)), nntest.Values(1, 2, 4, 2, 2), tensor.Shape{2, 6, 5, 4}},
		{"same", conv.NewTranspose2D(2, 2, 3, conv.Same, conv.Stride(2)), nntest.Values(1, 2, 2, 3, 2), tensor.Shape{2, 2, 6, 4}},
		{
			"rectangle", &conv.ConvTranspose2D{In: 2, Out: 2, Kernel: [2]int{1, 4}, Settings: conv.Settings{Pad: [4]int{0, 1, 2, 0}}},
			nntest.Values(1, 2, 2, 3, 3), tensor.Shape{2, 2, 2, 4},
		},
		{
			"1D", conv.NewTranspose1D(2, 3, 3, conv.Stride(3), conv.Pad(1), conv.OutputPad(2)),
			nntest.Values(1, 2, 2, 3), tensor.Shape{2, 3, 9},
		},
		{"1D_same", conv.NewTranspose1D(2, 2, 4, conv.Same, conv.Stride(2), conv.NoBias), nntest.Values(1, 2, 2, 4), tensor.Shape{2, 2, 8}},
		{"separable", conv.NewSeparable2D(2, 3, 3, conv.Same, conv.Stride(2)), nntest.Values(1, 2, 2, 4, 3), tensor.Shape{2, 3, 2, 2}},
	} {
		c.run(t)
	}
}

// TestApplyTranspose2D makes the weight and the bias inputs, which are then
// strided, too, and whose gradients add up.
func TestApplyTranspose2D(t *testing.T) {
	s := conv.Settings{Pad: [4]int{1, 0, 0, 1}, Stride: [2]int{2, 1}}
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 2, 3, 2, 3), nntest.Values(2, 3, 2, 3, 3), nntest.Values(3, 2)},
		Shape:  tensor.Shape{2, 2, 5, 4},
		Batch:  []int{0},
		F:      func(x ...*grad.Var) *grad.Var { return conv.ApplyTranspose2D(x[0], x[1], x[2], s, [2]int{1, 0}) },
	})
}

// TestTransposeIsGradient: a transposed convolution is the gradient of the
// convolution with the same settings, to the last bit.
func TestTransposeIsGradient(t *testing.T) {
	for _, s := range []conv.Settings{
		{}, {Pad: [4]int{1, 0, 2, 1}}, {Stride: [2]int{2, 3}, Pad: [4]int{1, 1, 0, 0}}, {Dilation: [2]int{2, 1}}, {Groups: 2}, {Same: true, Stride: [2]int{2, 2}},
	} {
		x, w, b := nntest.Values(1, 2, 4, 5, 6), nntest.Values(2, 4, 3, 3, 2), nntest.Values(3, 3*max(s.Groups, 1))
		got := conv.ForwardTranspose2D(x, w, nil, s, [2]int{})
		if want := conv.DataGrad2D(x, w, got.Shape(), s); !got.Equal(want) {
			t.Errorf("%+v: ForwardTranspose2D = %v, want %v", s, got, want)
		}
		tape := grad.NewTape(grad.Evaluation, 1)
		op := conv.ApplyTranspose2D(tape.Input(x), tape.Input(w), tape.Input(b), s, [2]int{})
		want := conv.ForwardTranspose2D(x, w, b, s, [2]int{})
		if !op.Data().Equal(want) {
			t.Errorf("%+v: ApplyTranspose2D = %v, want %v", s, op.Data(), want)
		}
		if plain := tensor.Add(got, b.Reshape(-1, 1, 1)); !tensor.AllClose(want, plain, 1e-5, 1e-5) {
			t.Errorf("%+v: with a bias %v, want %v", s, want, plain)
		}
	}
}

// TestForwardTranspose1D: sequences are pictures of one row.
func TestForwardTranspose1D(t *testing.T) {
	x, w, b := nntest.Values(1, 2, 3, 5), nntest.Values(2, 3, 2, 4), nntest.Values(3, 2)
	s := conv.Settings1D{Stride: 3, Pad: [2]int{1, 2}}
	row := conv.Settings{Stride: [2]int{1, 3}, Pad: [4]int{0, 0, 1, 2}}
	got, want := conv.ForwardTranspose1D(x, w, b, s, 2), conv.ForwardTranspose2D(x.Unsqueeze(2), w.Unsqueeze(2), b, row, [2]int{0, 2})
	if !got.Equal(want.Squeeze(2)) {
		t.Errorf("ForwardTranspose1D = %v, want %v", got, want)
	}
}

// checkStart checks a parameter with initial values uniform in ±1/√fanIn.
func checkStart(t *testing.T, p *grad.Param, name string, shape tensor.Shape, fanIn int) {
	t.Helper()
	if p.Name != name || !p.Shape().Equal(shape) {
		t.Errorf("parameter is %s %v, want %s %v", p.Name, p.Shape(), name, shape)
	}
	bound := float32(1 / math.Sqrt(float64(fanIn)))
	if largest := tensor.Max(tensor.Abs(p.Value)).Data()[0]; largest > bound || p.Value.Len() > 30 && largest < 0.8*bound {
		t.Errorf("largest initial value of %s is %v, want just below %v", p.Name, largest, bound)
	}
}

func TestConvTransposeInit(t *testing.T) {
	net := initialized(t, nn.Seq(conv.NewTranspose2D(8, 4, 3, conv.Groups(2)), conv.NewSeparable2D(4, 16, 3)))
	for i, want := range []struct {
		name  string
		shape tensor.Shape
		fanIn int
	}{
		{"0.weight", tensor.Shape{8, 2, 3, 3}, 2 * 3 * 3}, {"0.bias", tensor.Shape{4}, 2 * 3 * 3},
		{"1.depthwise.weight", tensor.Shape{4, 1, 3, 3}, 3 * 3}, {"1.pointwise.weight", tensor.Shape{16, 4, 1, 1}, 4}, {"1.pointwise.bias", tensor.Shape{16}, 4},
	} {
		checkStart(t, nn.Params(net)[i], want.name, want.shape, want.fanIn)
	}
}

func TestConvTransposeErrors(t *testing.T) {
	for _, c := range []settingError{
		{"stride", conv.NewTranspose2D(3, 4, 3, conv.Stride(1, -2)), "stride -2 in columns, want at least 1"},
		{"groups", conv.NewTranspose2D(3, 4, 3, conv.Groups(2)), "3 input and 4 output channels do not divide into 2 groups"},
		{"kernel", conv.NewTranspose2D(3, 4, 0), "kernel [0 0], want at least 1 in rows and columns"},
		{"output padding", conv.NewTranspose2D(3, 4, 3, conv.Stride(2), conv.Dilation(1, 3), conv.OutputPad(2)),
			"output padding 2, want less than the stride 2 or the dilation 1"},
		{"negative output padding", conv.NewTranspose2D(3, 4, 3, conv.OutputPad(0, -1)), "output padding -1, want none negative"},
		{"same", conv.NewTranspose2D(3, 4, 3, conv.Stride(2), conv.Same, conv.OutputPad(1)), "output padding 1 beside Same, want none"},
	} {
		c.check(t, 1, 3, 8, 8)
	}
	for _, c := range []shapeError{
		{"rank", conv.NewTranspose2D(3, 4, 3), tensor.Shape{3, 8, 8}, " (ConvTranspose2D): input has shape [3 8 8], want [batch channels rows columns]"},
		{"channels", conv.NewTranspose2D(3, 4, 3), tensor.Shape{1, 4, 8, 8}, " (ConvTranspose2D): input has 4 channels, want 3"},
		{"empty", conv.NewTranspose2D(3, 4, 3), tensor.Shape{1, 3, 0, 8}, " (ConvTranspose2D): input has size 0 on an axis, want at least 1"},
		{"cut off", conv.NewTranspose2D(3, 4, 3, conv.Pad(0, 2)), tensor.Shape{1, 3, 1, 2},
			" (ConvTranspose2D): output has size 0 on an axis where the input has 2, want 1 to 1073741824"},
		{"huge", conv.NewTranspose2D(3, 4, 1, conv.Stride(1<<20)), tensor.Shape{1, 3, 1, 2000},
			" (ConvTranspose2D): output has size 2096103425 on an axis where the input has 2000, want 1 to 1073741824"},
		{"huge picture", conv.NewTranspose2D(3, 4, 1, conv.Stride(1<<18)), tensor.Shape{1, 3, 2, 2},
			" (ConvTranspose2D): output of shape [1 4 262145 262145] with padding [0 0], [0 0], want at most 1073741824 values"},
		{"separable", conv.NewSeparable2D(3, 4, 3), tensor.Shape{1, 2, 8, 8}, ".depthwise (Conv2D): input has 2 channels, want 3"},
	} {
		c.check(t)
	}
	z := func(s ...int) *tensor.Tensor { return tensor.Zeros(s...) }
	for _, c := range []struct {
		name    string
		x, w, b *tensor.Tensor
		s       conv.Settings
		want    string
	}{
		{"weight", z(1, 2, 4, 4), z(2, 3, 3), nil, conv.Settings{}, "weight has shape [2 3 3], want [in out/groups rows columns]"},
		{"kernel", z(1, 2, 4, 4), z(2, 3, 0, 3), nil, conv.Settings{}, "kernel [0 3], want at least 1 in rows and columns"},
		{"groups", z(1, 3, 4, 4), z(3, 3, 3, 3), nil, conv.Settings{Groups: 2}, "3 input channels do not divide into 2 groups"},
		{"bias", z(1, 2, 4, 4), z(2, 3, 3, 3), z(3), conv.Settings{Groups: 2}, "bias has shape [3], want [6]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got, want := recover(), "conv: ForwardTranspose2D: "+c.want; got != want {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			conv.ForwardTranspose2D(c.x, c.w, c.b, c.s, [2]int{})
		})
	}
	l := &conv.ConvTranspose2D{In: 2, Out: 3, Kernel: [2]int{1, 1}}
	v := l.Forward(grad.NewTape(grad.Evaluation, 1).Input(z(1, 2, 4, 4)))
	wantError(t, "unbuilt literal", v.Err(), "grad: ConvTranspose2D: no parameters; call nn.Init or load weights")
}
