package conv_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestAxisOptions: options take one number for all axes or one for each.
func TestAxisOptions(t *testing.T) {
	want := conv.Settings{Stride: [2]int{2, 2}, Dilation: [2]int{3, 3}, Pad: [4]int{1, 1, 1, 1}}
	opts := []conv.Option{conv.Stride(2), conv.Dilation(3), conv.Pad(1)}
	for name, got := range map[string]conv.Settings{
		"New2D":          conv.New2D(1, 1, 3, opts...).Settings,
		"NewTranspose2D": conv.NewTranspose2D(1, 1, 3, opts...).Settings,
		"MaxPool2D":      conv.MaxPool2D(3, opts...).Settings,
		"AvgPool2D":      conv.AvgPool2D(3, opts...).Settings,
		"LPPool2D":       conv.LPPool2D(2, 3, opts...).Settings,
	} {
		if got != want {
			t.Errorf("%s: settings %+v, want %+v", name, got, want)
		}
	}
	line := conv.Settings1D{Stride: 2, Dilation: 3, Pad: [2]int{1, 1}, Same: true, Groups: 1}
	opts = append(opts, conv.Same, conv.Groups(1))
	for name, got := range map[string]conv.Settings1D{
		"New1D":          conv.New1D(1, 1, 3, opts...).Settings1D,
		"NewTranspose1D": conv.NewTranspose1D(1, 1, 3, opts...).Settings1D,
		"MaxPool1D":      conv.MaxPool1D(3, opts...).Settings1D,
		"AvgPool1D":      conv.AvgPool1D(3, opts...).Settings1D,
	} {
		if got != line {
			t.Errorf("%s: settings %+v, want %+v", name, got, line)
		}
	}
	s := conv.NewSeparable2D(2, 3, 5, conv.Stride(2, 1), conv.Same, conv.NoBias)
	if want := (conv.Settings{Stride: [2]int{2, 1}, Same: true, Groups: 2}); s.Depthwise.Settings != want || !s.Depthwise.NoBias {
		t.Errorf("NewSeparable2D: depthwise part %+v, want settings %+v without bias", s.Depthwise, want)
	}
	if s.Pointwise.Settings != (conv.Settings{}) || s.Pointwise.Kernel != [2]int{1, 1} || !s.Pointwise.NoBias {
		t.Errorf("NewSeparable2D: pointwise part %+v, want a kernel of 1×1 without bias", s.Pointwise)
	}
	if l := conv.NewTranspose2D(1, 1, 3, conv.Stride(3), conv.OutputPad(2)); l.OutputPad != [2]int{2, 2} {
		t.Errorf("NewTranspose2D: output padding %v, want [2 2]", l.OutputPad)
	}
	if l := conv.NewTranspose2D(1, 1, 3, conv.Stride(3), conv.OutputPad(2, 1)); l.OutputPad != [2]int{2, 1} {
		t.Errorf("NewTranspose2D: output padding %v, want [2 1]", l.OutputPad)
	}
	// The numbers are copied when the option is made.
	steps := []int{2, 3}
	o := conv.Stride(steps...)
	steps[0] = 9
	if got := conv.New2D(1, 1, 3, o).Stride; got != [2]int{2, 3} {
		t.Errorf("stride %v, want [2 3]", got)
	}
}

// settingError is a layer that cannot be, and why.
type settingError struct {
	name  string
	layer nn.Module
	want  string
}

// check meets the error in nn.Init and in Forward.
func (c settingError) check(t *testing.T, x ...int) {
	t.Helper()
	t.Run(c.name, func(t *testing.T) {
		_, err := nn.Init(1, nn.Seq(nn.ReLU, c.layer))
		if err == nil || !strings.HasPrefix(err.Error(), "nn: Init: 1") || !strings.Contains(err.Error(), ": conv: ") || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("Init: error %q, want place 1 and %q", err, c.want)
		}
		tape := grad.NewTape(grad.Evaluation, 1)
		err = nn.Seq(nn.ReLU, c.layer).Forward(tape.Input(tensor.Zeros(x...))).Err()
		if err == nil || !strings.HasPrefix(err.Error(), "nn: Seq.1 (") || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("Forward: error %q, want place Seq.1 and %q", err, c.want)
		}
	})
}

// shapeError is an input that a layer cannot take, and why.
type shapeError struct {
	name  string
	layer nn.Module
	x     tensor.Shape
	want  string
}

func (c shapeError) check(t *testing.T) {
	t.Helper()
	t.Run(c.name, func(t *testing.T) {
		net := initialized(t, nn.Seq(nn.ReLU, c.layer))
		y := net.Forward(grad.NewTape(grad.Training, 1).Input(tensor.Zeros(c.x...)))
		wantError(t, c.name, y.Err(), "nn: Seq.1"+c.want)
	})
}

// TestOptionErrors: a wrong count of numbers, and options that have no meaning for
// a layer, are found by nn.Init and by Forward.
func TestOptionErrors(t *testing.T) {
	for _, c := range []settingError{
		{"stride", conv.New2D(3, 4, 3, conv.Stride(1, 2, 3)), "stride [1 2 3] has 3 numbers, want 1 or 2"},
		{"no stride", conv.New2D(3, 4, 3, conv.Stride()), "stride [] has 0 numbers, want 1 or 2"},
		{"dilation", conv.MaxPool2D(3, conv.Dilation(1, 2, 3)), "dilation [1 2 3] has 3 numbers, want 1 or 2"},
		{"padding", conv.NewTranspose2D(3, 4, 3, conv.Pad(1, 2, 3, 4)), "padding [1 2 3 4] has 4 numbers, want 1 or 2"},
		{"output padding", conv.NewTranspose2D(3, 4, 3, conv.OutputPad(1, 2, 3)), "output padding [1 2 3] has 3 numbers, want 1 or 2"},
		{"the first", conv.New2D(3, 4, 3, conv.Pad(), conv.Stride()), "stride [] has 0 numbers, want 1 or 2"},
		{"not transposed", conv.New2D(3, 4, 3, conv.OutputPad(1)), "output padding [1], which only transposed convolutions have"},
		{"pool", conv.AvgPool2D(3, conv.OutputPad(1)), "output padding [1], which only transposed convolutions have"},
		{"separable", conv.NewSeparable2D(3, 4, 3, conv.Stride(1, 2, 3)), "stride [1 2 3] has 3 numbers, want 1 or 2"},
		{"separable groups", conv.NewSeparable2D(3, 4, 3, conv.Groups(3)), "3 groups, want none: there are as many as channels"},
		{"separable channels", conv.NewSeparable2D(0, 3, 3), "0 input and 0 output channels, want at least 1"},
		{"separable part", &conv.Separable2D{Depthwise: conv.New2D(3, 3, 3)}, "a part is nil, want a depthwise and a pointwise convolution"},
	} {
		c.check(t, 1, 3, 8, 8)
	}
	for _, c := range []settingError{
		{"stride 1D", conv.New1D(3, 4, 3, conv.Stride(1, 2)), "stride [1 2] has 2 numbers, want 1"},
		{"dilation 1D", conv.MaxPool1D(3, conv.Dilation(1, 2)), "dilation [1 2] has 2 numbers, want 1"},
		{"padding 1D", conv.NewTranspose1D(3, 4, 3, conv.Pad()), "padding [] has 0 numbers, want 1"},
		{"output padding 1D", conv.NewTranspose1D(3, 4, 3, conv.OutputPad(1, 1)), "output padding [1 1] has 2 numbers, want 1"},
		{"not transposed 1D", conv.New1D(3, 4, 3, conv.OutputPad(0)), "output padding [0], which only transposed convolutions have"},
	} {
		c.check(t, 1, 3, 8)
	}
}
