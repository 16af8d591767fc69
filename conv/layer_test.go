package conv_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// initialized returns a layer with initial values.
func initialized[M nn.Module](t *testing.T, m M) M {
	t.Helper()
	m, err := nn.Init(1, m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConv2D(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer *conv.Conv2D
		x     tensor.Shape
		y     tensor.Shape
	}{
		{"3x3", conv.New2D(2, 3, 3), tensor.Shape{3, 2, 5, 6}, tensor.Shape{3, 3, 3, 4}},
		{"1x1", conv.New2D(3, 2, 1), tensor.Shape{2, 3, 3, 4}, tensor.Shape{2, 2, 3, 4}},
		{"same", conv.New2D(2, 3, 5, conv.Same), tensor.Shape{2, 2, 5, 4}, tensor.Shape{2, 3, 5, 4}},
		{"same_stride", conv.New2D(2, 3, 3, conv.Same, conv.Stride(2, 2)), tensor.Shape{2, 2, 5, 4}, tensor.Shape{2, 3, 3, 2}},
		{"nobias", conv.New2D(2, 3, 3, conv.NoBias, conv.Pad(1, 0)), tensor.Shape{2, 2, 4, 4}, tensor.Shape{2, 3, 4, 2}},
		{"groups", conv.New2D(4, 6, 3, conv.Groups(2), conv.Pad(1, 1)), tensor.Shape{2, 4, 4, 3}, tensor.Shape{2, 6, 4, 3}},
		{"depthwise_stride", conv.New2D(3, 3, 3, conv.Groups(3), conv.Stride(2, 1)), tensor.Shape{2, 3, 5, 5}, tensor.Shape{2, 3, 2, 3}},
		{"dilation", conv.New2D(2, 2, 3, conv.Dilation(2, 1), conv.Same), tensor.Shape{2, 2, 6, 5}, tensor.Shape{2, 2, 6, 5}},
		{"wide", conv.New2D(2, 3, 3, conv.Same), tensor.Shape{2, 2, 2, 33}, tensor.Shape{2, 3, 2, 33}},
		{
			"rectangle", &conv.Conv2D{In: 2, Out: 3, Kernel: [2]int{1, 4}, Settings: conv.Settings{Pad: [4]int{0, 1, 2, 0}}},
			tensor.Shape{2, 2, 3, 5}, tensor.Shape{2, 3, 4, 4},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := initialized(t, c.layer)
			nntest.Run(t, nntest.Case{
				Inputs: []*tensor.Tensor{nntest.Values(2, c.x...)}, Params: nn.Params(l), Shape: c.y, Batch: []int{0},
				F: func(x ...*grad.Var) *grad.Var { return l.Forward(x[0]) },
			})
		})
	}
}

// TestApply2D makes the weight and the bias inputs, which are then strided, too.
func TestApply2D(t *testing.T) {
	s := conv.Settings{Pad: [4]int{1, 1, 1, 1}, Stride: [2]int{1, 2}}
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 2, 2, 4, 5), nntest.Values(2, 3, 2, 3, 3), nntest.Values(3, 3)},
		Shape:  tensor.Shape{2, 3, 4, 3},
		Batch:  []int{0},
		F:      func(x ...*grad.Var) *grad.Var { return conv.Apply2D(x[0], x[1], x[2], s) },
	})
}

func TestPool2D(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer *conv.Pool2D
		x     tensor.Shape // of at most 30 elements for the maximum: its inputs lie apart
		y     tensor.Shape
	}{
		{"max_2x2", conv.MaxPool2D(2), tensor.Shape{2, 1, 3, 5}, tensor.Shape{2, 1, 1, 2}},
		{"max_overlap", conv.MaxPool2D(3, conv.Stride(1, 2), conv.Pad(1, 1)), tensor.Shape{1, 2, 3, 5}, tensor.Shape{1, 2, 3, 3}},
		{"max_dilation", conv.MaxPool2D(2, conv.Dilation(2, 3), conv.Stride(1, 1)), tensor.Shape{2, 1, 3, 5}, tensor.Shape{2, 1, 1, 2}},
		{"max_same", conv.MaxPool2D(2, conv.Same), tensor.Shape{2, 1, 3, 5}, tensor.Shape{2, 1, 2, 3}},
		{"mean_2x2", conv.AvgPool2D(2), tensor.Shape{2, 3, 4, 5}, tensor.Shape{2, 3, 2, 2}},
		{"mean_overlap", conv.AvgPool2D(3, conv.Stride(1, 2), conv.Pad(1, 1)), tensor.Shape{2, 3, 4, 5}, tensor.Shape{2, 3, 4, 3}},
		{"mean_same", conv.AvgPool2D(3, conv.Same), tensor.Shape{2, 2, 4, 5}, tensor.Shape{2, 2, 2, 2}},
		{"mean_rectangle", &conv.Pool2D{Kernel: [2]int{4, 1}, Mean: true}, tensor.Shape{2, 2, 4, 3}, tensor.Shape{2, 2, 1, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := initialized(t, c.layer)
			nntest.Run(t, nntest.Case{
				Inputs: []*tensor.Tensor{nntest.Spread(2, c.x...)}, Shape: c.y, Batch: []int{0},
				F: func(x ...*grad.Var) *grad.Var { return l.Forward(x[0]) },
			})
		})
	}
}

// TestMaxPoolSpecialValues: a NaN is passed on and takes the gradient, infinite
// padding never wins, and of equal maxima the first takes the gradient. The
// kernel of 2 has code of its own; a row of padding that no window sees avoids it.
func TestMaxPoolSpecialValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name string
		x    []float32 // a window of 2×2
		y    float32
		at   int // of the gradient
	}{
		{"equal", []float32{1, 1, 1, 1}, 1, 0},
		{"equal later", []float32{0, 3, 3, 3}, 3, 1},
		{"third", []float32{0, 1, 3, 3}, 3, 2},
		{"last", []float32{0, 1, 2, 3}, 3, 3},
		{"negative", []float32{-4, -3, -2, -3}, -2, 2},
		{"nan first", []float32{nan, 1, 2, 3}, nan, 0},
		{"nan last", []float32{4, 1, 2, nan}, nan, 3},
		{"nan and inf", []float32{inf, nan, inf, 0}, nan, 1},
		{"inf", []float32{0, inf, inf, 1}, inf, 1},
		{"-inf", []float32{-inf, -inf, -inf, -inf}, -inf, 0},
	} {
		for _, l := range []*conv.Pool2D{conv.MaxPool2D(2), {Kernel: [2]int{2, 2}, Settings: conv.Settings{Pad: [4]int{0, 1, 0, 0}}}} {
			tape := grad.NewTape(grad.Gradients, 1)
			x := tape.Input(tensor.New(c.x, 1, 1, 2, 2)).RequireGrad()
			y := l.Forward(x)
			if err := y.BackwardFrom(tensor.Full[float32](5, y.Shape()...)); err != nil {
				t.Fatal(err)
			}
			if got := y.Data().Data()[0]; got != c.y && (got == got || c.y == c.y) {
				t.Errorf("%s, padding %v: maximum of %v is %v, want %v", c.name, l.Pad, c.x, got, c.y)
			}
			want := make([]float32, 4)
			want[c.at] = 5
			if got := x.Grad(); !got.Equal(tensor.New(want, 1, 1, 2, 2)) {
				t.Errorf("%s, padding %v: gradient for %v is %v, want %v", c.name, l.Pad, c.x, got, want)
			}
		}
	}
}

// TestPoolPadding: padding counts as zeros in the mean and not at all in the
// maximum.
func TestPoolPadding(t *testing.T) {
	x := tensor.Full[float32](-2, 1, 1, 2, 2)
	s := conv.Settings{Pad: [4]int{1, 1, 1, 1}}
	if got, want := conv.PoolMax2D(x, [2]int{2, 2}, s), tensor.Full[float32](-2, 1, 1, 2, 2); !got.Equal(want) {
		t.Errorf("PoolMax2D = %v, want %v", got, want)
	}
	if got, want := conv.PoolMean2D(x, [2]int{2, 2}, s), tensor.Full[float32](-0.5, 1, 1, 2, 2); !got.Equal(want) {
		t.Errorf("PoolMean2D = %v, want %v", got, want)
	}
	// Same sets Pad aside, whatever it holds.
	s = conv.Settings{Pad: [4]int{9, 9, 9, 9}, Same: true}
	if got, want := conv.PoolMax2D(x, [2]int{2, 2}, s), tensor.Full[float32](-2, 1, 1, 1, 1); !got.Equal(want) {
		t.Errorf("PoolMax2D with Same = %v, want %v", got, want)
	}
}

// TestPoolStrided: the plain functions take views.
func TestPoolStrided(t *testing.T) {
	x := tensor.Uniform(1, -1, 1, 2, 3, 6, 5)
	view := x.Transpose(2, 3)
	for name, f := range map[string]func(*tensor.Tensor, [2]int, conv.Settings) *tensor.Tensor{"PoolMax2D": conv.PoolMax2D, "PoolMean2D": conv.PoolMean2D} {
		got, want := f(view, [2]int{3, 2}, conv.Settings{}), f(view.Clone(), [2]int{3, 2}, conv.Settings{})
		if !got.Equal(want) {
			t.Errorf("%s of a view = %v, want %v", name, got, want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		got  conv.Settings
		want conv.Settings
	}{
		{"none", conv.New2D(1, 1, 3).Settings, conv.Settings{}},
		{"all", conv.New2D(2, 2, 3, conv.Stride(1, 2), conv.Dilation(3, 4), conv.Pad(5, 6), conv.Groups(2)).Settings,
			conv.Settings{Stride: [2]int{1, 2}, Dilation: [2]int{3, 4}, Pad: [4]int{5, 5, 6, 6}, Groups: 2}},
		{"same", conv.New2D(1, 1, 3, conv.Same).Settings, conv.Settings{Same: true}},
		{"valid", conv.New2D(1, 1, 3, conv.Same, conv.Pad(1, 1), conv.Valid).Settings, conv.Settings{}},
		{"pool", conv.AvgPool2D(3, conv.Stride(1, 1)).Settings, conv.Settings{Stride: [2]int{1, 1}}},
	} {
		if c.got != c.want {
			t.Errorf("%s: settings %+v, want %+v", c.name, c.got, c.want)
		}
	}
	if l := conv.New2D(1, 1, 3, conv.NoBias); l.Bias != nil || !l.NoBias {
		t.Errorf("NoBias: bias is %v, want nil", l.Bias)
	}
}

// TestInit checks names, shapes and the range of the initial values.
func TestInit(t *testing.T) {
	net := initialized(t, nn.Seq(conv.New2D(4, 32, 3, conv.Groups(2)), conv.MaxPool2D(2)))
	for i, want := range []struct {
		name  string
		shape tensor.Shape
	}{{"0.weight", tensor.Shape{32, 2, 3, 3}}, {"0.bias", tensor.Shape{32}}} {
		p := nn.Params(net)[i]
		if p.Name != want.name || !p.Shape().Equal(want.shape) {
			t.Errorf("parameter %d is %s %v, want %s %v", i, p.Name, p.Shape(), want.name, want.shape)
		}
		bound := float32(1 / math.Sqrt(2*3*3))
		largest := tensor.Max(tensor.Abs(p.Value)).Data()[0]
		if largest > bound || largest < 0.8*bound {
			t.Errorf("largest initial value of %s is %v, want just below %v", p.Name, largest, bound)
		}
	}
}

// TestLiteral: a literal works once nn.Init built it, keeps parameters that it
// brings, and says so if it was not built.
func TestLiteral(t *testing.T) {
	x := tensor.Uniform(1, -1, 1, 1, 2, 4, 4)
	l := &conv.Conv2D{In: 2, Out: 3, Kernel: [2]int{3, 1}}
	v := l.Forward(grad.NewTape(grad.Evaluation, 1).Input(x))
	wantError(t, "unbuilt literal", v.Err(), "grad: Conv2D: no parameters; call nn.Init or load weights")

	l = &conv.Conv2D{In: 2, Out: 3, Kernel: [2]int{3, 1}}
	l.Bias = grad.NewParam(grad.Constant(7), 3)
	bias := l.Bias
	initialized(t, l)
	if l.Bias != bias || l.Weight == nil {
		t.Errorf("Init made bias %p and weight %p, want bias %p and a new weight", l.Bias, l.Weight, bias)
	}
	y := l.Forward(grad.NewTape(grad.Evaluation, 1).Input(x))
	want := conv.Forward2D(x, l.Weight.Value, tensor.Full[float32](7, 3), conv.Settings{})
	if !y.Data().Equal(want) {
		t.Errorf("Forward = %v, want %v", y.Data(), want)
	}
}

func wantError(t *testing.T, name string, got error, want string) {
	t.Helper()
	if got == nil || got.Error() != want {
		t.Errorf("%s: error %q, want %q", name, got, want)
	}
}

// TestShapeErrors: a message names the place, what came and what was wanted.
func TestShapeErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		x     tensor.Shape
		want  string
	}{
		{"channels", conv.New2D(3, 4, 3), tensor.Shape{2, 5, 8, 8}, "nn: Seq.1 (Conv2D): input has 5 channels, want 3"},
		{"channels of groups", conv.New2D(4, 4, 3, conv.Groups(2)), tensor.Shape{2, 2, 8, 8}, "nn: Seq.1 (Conv2D): input has 2 channels, want 4"},
		{"rank", conv.New2D(3, 4, 3), tensor.Shape{3, 8, 8}, "nn: Seq.1 (Conv2D): input has shape [3 8 8], want [batch channels rows columns]"},
		{"too small", conv.New2D(3, 4, 5, conv.Pad(0, 1)), tensor.Shape{1, 3, 4, 4},
			"nn: Seq.1 (Conv2D): picture of 4×4 with padding [0 0 1 1] is smaller than the kernel's 5×5 (dilation [1 1])"},
		{"too small for dilation", conv.New2D(3, 4, 3, conv.Dilation(4, 1)), tensor.Shape{1, 3, 8, 8},
			"nn: Seq.1 (Conv2D): picture of 8×8 with padding [0 0 0 0] is smaller than the kernel's 3×3 (dilation [4 1])"},
		{"pool rank", conv.MaxPool2D(2), tensor.Shape{8, 8}, "nn: Seq.1 (MaxPool2D): input has shape [8 8], want [batch channels rows columns]"},
		{"pool too small", conv.AvgPool2D(3), tensor.Shape{1, 1, 2, 3},
			"nn: Seq.1 (AvgPool2D): picture of 2×3 with padding [0 0 0 0] is smaller than the kernel's 3×3 (dilation [1 1])"},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := initialized(t, nn.Seq(nn.ReLU, c.layer, nn.Flatten))
			tape := grad.NewTape(grad.Training, 1)
			y := net.Forward(tape.Input(tensor.Zeros(c.x...)))
			wantError(t, c.name, y.Err(), c.want)
			wantError(t, c.name+": Backward", y.Backward(), c.want)
		})
	}
}

// TestSettingErrors: settings that cannot be are found by nn.Init and by Forward.
func TestSettingErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		want  string
	}{
		{"stride", conv.New2D(3, 4, 3, conv.Stride(1, -2)), "stride -2 in columns, want at least 1"},
		{"dilation", conv.New2D(3, 4, 3, conv.Dilation(-1, 1)), "dilation -1 in rows, want at least 1"},
		{"padding", conv.New2D(3, 4, 3, conv.Pad(0, -1)), "padding [0 0 -1 -1], want none negative"},
		{"negative groups", conv.New2D(3, 4, 3, conv.Groups(-1)), "-1 groups, want at least 1"},
		{"groups", conv.New2D(3, 4, 3, conv.Groups(2)), "3 input and 4 output channels do not divide into 2 groups"},
		{"groups of outputs", conv.New2D(4, 3, 3, conv.Groups(2)), "4 input and 3 output channels do not divide into 2 groups"},
		{"kernel", conv.New2D(3, 4, 0), "kernel [0 0], want at least 1 in rows and columns"},
		{"channels", conv.New2D(0, 4, 3), "0 input and 4 output channels, want at least 1"},
		{"huge stride", conv.New2D(3, 4, 3, conv.Stride(1, 1<<30)), "stride 1073741824, want at most 1048576"},
		{"huge padding", conv.New2D(3, 4, 3, conv.Pad(1<<21, 0)), "padding 2097152, want at most 1048576"},
		{"huge kernel", conv.New2D(3, 4, 1<<30), "kernel 1073741824, want at most 1048576"},
		{"huge pool", conv.MaxPool2D(1<<30, conv.Same), "kernel 1073741824, want at most 1048576"},
		{"pool kernel", conv.MaxPool2D(0), "kernel [0 0], want at least 1 in rows and columns"},
		{"pool stride", conv.AvgPool2D(2, conv.Stride(-1, 1)), "stride -1 in rows, want at least 1"},
		{"pool padding", conv.MaxPool2D(3, conv.Pad(2, 1)), "padding [2 2 1 1] is more than half of the kernel [3 3]"},
		{"pool groups", conv.MaxPool2D(3, conv.Groups(2)), "2 groups, want none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := nn.Init(1, nn.Seq(nn.ReLU, c.layer))
			if err == nil || !strings.HasPrefix(err.Error(), "nn: Init: 1: conv: ") || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("Init: error %q, want place 1 and %q", err, c.want)
			}
			tape := grad.NewTape(grad.Evaluation, 1)
			err = nn.Seq(nn.ReLU, c.layer).Forward(tape.Input(tensor.Zeros(1, 3, 8, 8))).Err()
			if err == nil || !strings.HasPrefix(err.Error(), "nn: Seq.1 (") || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("Forward: error %q, want place Seq.1 and %q", err, c.want)
			}
		})
	}
}

// TestPlainErrors: the plain functions panic with what came and what was wanted.
func TestPlainErrors(t *testing.T) {
	z := func(s ...int) *tensor.Tensor { return tensor.Zeros(s...) }
	for _, c := range []struct {
		name string
		f    func()
		want string
	}{
		{"channels", func() { conv.Forward2D(z(1, 2, 4, 4), z(3, 3, 3, 3), nil, conv.Settings{}) }, "conv: Forward2D: input has 2 channels, want 3"},
		{"weight", func() { conv.Forward2D(z(1, 2, 4, 4), z(3, 2, 3), nil, conv.Settings{}) },
			"conv: Forward2D: weight has shape [3 2 3], want [out in/groups rows columns]"},
		{"bias", func() { conv.Forward2D(z(1, 2, 4, 4), z(3, 2, 3, 3), z(2), conv.Settings{}) }, "conv: Forward2D: bias has shape [2], want [3]"},
		{"kernel", func() { conv.Forward2D(z(1, 2, 4, 4), z(3, 2, 0, 3), nil, conv.Settings{}) },
			"conv: Forward2D: kernel [0 3], want at least 1 in rows and columns"},
		{"groups", func() { conv.Forward2D(z(1, 4, 4, 4), z(3, 2, 3, 3), nil, conv.Settings{Groups: 2}) },
			"conv: Forward2D: 3 output channels do not divide into 2 groups"},
		{"data gradient", func() { conv.DataGrad2D(z(1, 3, 4, 4), z(3, 2, 3, 3), tensor.Shape{1, 2, 4, 4}, conv.Settings{}) },
			"conv: DataGrad2D: gradient of the output has shape [1 3 4 4], want [1 3 2 2]"},
		{"weight gradient", func() { conv.WeightGrad2D(z(2, 3, 2, 2), z(1, 2, 4, 4), tensor.Shape{3, 2, 3, 3}, conv.Settings{}) },
			"conv: WeightGrad2D: gradient of the output has shape [2 3 2 2], want [1 3 2 2]"},
		{"pool", func() { conv.PoolMax2D(z(1, 1, 2, 2), [2]int{3, 3}, conv.Settings{}) },
			"conv: MaxPool2D: picture of 2×2 with padding [0 0 0 0] is smaller than the kernel's 3×3 (dilation [1 1])"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %q, want %q", got, c.want)
				}
			}()
			c.f()
		})
	}
}

// TestDeterminism: two runs of a network with every layer of the package give the
// same bits, gradients included.
func TestDeterminism(t *testing.T) {
	for _, level := range cpu.Available {
		previous := cpu.Set(level)
		net := initialized(t, nn.Seq(conv.New2D(3, 8, 3, conv.Same), conv.MaxPool2D(2), conv.New2D(8, 4, 3, conv.Stride(2, 2)), conv.AvgPool2D(2)))
		x := tensor.Uniform(1, -1, 1, 4, 3, 16, 18)
		var first []*tensor.Tensor
		for range 2 {
			tape := grad.NewTape(grad.Training, 1)
			y := net.Forward(tape.Input(x))
			if err := y.BackwardFrom(nil); err != nil {
				t.Fatal(err)
			}
			got := []*tensor.Tensor{y.Data().Clone()}
			for _, p := range nn.Params(net) {
				got = append(got, tape.ParamGrad(p).Clone())
			}
			if first == nil {
				first = got
			}
			for i := range got {
				if !got[i].Equal(first[i]) {
					t.Errorf("level %v: array %d is %v, want %v", level, i, got[i], first[i])
				}
			}
		}
		cpu.Set(previous)
	}
}

// TestConcurrent: a layer may be applied by many goroutines, each on its own tape.
func TestConcurrent(t *testing.T) {
	net := initialized(t, nn.Seq(conv.New2D(3, 8, 3, conv.Same), nn.ReLU, conv.MaxPool2D(2)))
	x := tensor.Uniform(1, -1, 1, 2, 3, 12, 14)
	weight := nn.Params(net)[0]
	run := func() (y, dw *tensor.Tensor, err error) {
		tape := grad.NewTape(grad.Training, 1)
		v := net.Forward(tape.Input(x))
		err = v.BackwardFrom(nil)
		return v.Data(), tape.ParamGrad(weight), err
	}
	y, dw, err := run()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			y2, dw2, err := run()
			if err != nil || !y2.Equal(y) || !dw2.Equal(dw) {
				t.Errorf("result %v, gradient %v, error %v, want %v and %v", y2, dw2, err, y, dw)
			}
		})
	}
	wait.Wait()
}
