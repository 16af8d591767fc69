package conv_test

import (
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// layerCase is a layer with an input for the suite of nntest.
type layerCase struct {
	name  string
	layer nn.Module
	x     *tensor.Tensor
	y     tensor.Shape
}

func (c layerCase) run(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		l := initialized(t, c.layer)
		nntest.Run(t, nntest.Case{
			Inputs: []*tensor.Tensor{c.x}, Params: nn.Params(l), Shape: c.y, Batch: []int{0},
			F: func(x ...*grad.Var) *grad.Var { return l.Forward(x[0]) },
		})
	})
}

func TestConv1D(t *testing.T) {
	for _, c := range []layerCase{
		{"3", conv.New1D(2, 3, 3), nntest.Values(1, 3, 2, 6), tensor.Shape{3, 3, 4}},
		{"same_stride", conv.New1D(2, 3, 4, conv.Same, conv.Stride(2)), nntest.Values(1, 2, 2, 7), tensor.Shape{2, 3, 4}},
		{"groups_dilation", conv.New1D(4, 2, 3, conv.Groups(2), conv.Dilation(2), conv.Pad(1), conv.NoBias), nntest.Values(1, 2, 4, 6), tensor.Shape{2, 2, 4}},
	} {
		c.run(t)
	}
}

// TestApply1D makes the weight and the bias inputs, which are then strided, too.
func TestApply1D(t *testing.T) {
	s := conv.Settings1D{Pad: [2]int{1, 0}, Stride: 2}
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 2, 2, 7), nntest.Values(2, 3, 2, 3), nntest.Values(3, 3)},
		Shape:  tensor.Shape{2, 3, 3},
		Batch:  []int{0},
		F:      func(x ...*grad.Var) *grad.Var { return conv.Apply1D(x[0], x[1], x[2], s) },
	})
}

// TestForward1D: the plain function and the layer give the bits of a picture of
// one row.
func TestForward1D(t *testing.T) {
	x, w, b := nntest.Values(1, 2, 4, 9), nntest.Values(2, 6, 2, 3), nntest.Values(3, 6)
	s := conv.Settings1D{Stride: 2, Dilation: 3, Pad: [2]int{2, 1}, Groups: 2}
	row := conv.Settings{Stride: [2]int{1, 2}, Dilation: [2]int{1, 3}, Pad: [4]int{0, 0, 2, 1}, Groups: 2}
	want := conv.Forward2D(x.Unsqueeze(2), w.Unsqueeze(2), b, row).Squeeze(2)
	if got := conv.Forward1D(x, w, b, s); !got.Equal(want) {
		t.Errorf("Forward1D = %v, want %v", got, want)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	if got := conv.Apply1D(tape.Input(x), tape.Input(w), tape.Input(b), s); !got.Data().Equal(want) {
		t.Errorf("Apply1D = %v, want %v", got.Data(), want)
	}
}

func TestConv1DInit(t *testing.T) {
	net := initialized(t, nn.Seq(conv.New1D(4, 32, 3, conv.Groups(2)), conv.NewTranspose1D(32, 4, 3, conv.Groups(2))))
	for i, want := range []struct {
		name  string
		shape tensor.Shape
		fanIn int
	}{
		{"0.weight", tensor.Shape{32, 2, 3}, 2 * 3}, {"0.bias", tensor.Shape{32}, 2 * 3},
		{"1.weight", tensor.Shape{32, 2, 3}, 2 * 3}, {"1.bias", tensor.Shape{4}, 2 * 3},
	} {
		checkStart(t, nn.Params(net)[i], want.name, want.shape, want.fanIn)
	}
}

func TestConv1DErrors(t *testing.T) {
	for _, c := range []settingError{
		{"stride", conv.New1D(3, 4, 3, conv.Stride(-2)), "stride -2, want at least 1"},
		{"dilation", conv.New1D(3, 4, 3, conv.Dilation(-1)), "dilation -1, want at least 1"},
		{"padding", conv.New1D(3, 4, 3, conv.Pad(-1)), "padding [-1 -1], want none negative"},
		{"kernel", conv.New1D(3, 4, 0), "kernel 0, want at least 1"},
		{"groups", conv.New1D(3, 4, 3, conv.Groups(2)), "3 input and 4 output channels do not divide into 2 groups"},
		{"channels", conv.New1D(0, 4, 3), "0 input and 4 output channels, want at least 1"},
		{"huge stride", conv.New1D(3, 4, 3, conv.Stride(1<<30)), "stride 1073741824, want at most 1048576"},
		{"huge dilation", conv.New1D(3, 4, 3, conv.Dilation(1<<30)), "dilation 1073741824, want at most 1048576"},
		{"huge padding", conv.New1D(3, 4, 3, conv.Pad(1<<30)), "padding 1073741824, want at most 1048576"},
		{"huge kernel", conv.New1D(3, 4, 1<<30), "kernel 1073741824, want at most 1048576"},
		{"pool kernel", conv.MaxPool1D(0), "kernel 0, want at least 1"},
		{"pool stride", conv.AvgPool1D(2, conv.Stride(-1)), "stride -1, want at least 1"},
		{"pool padding", conv.MaxPool1D(3, conv.Pad(2)), "padding [2 2] is more than half of the kernel 3"},
		{"pool groups", conv.MaxPool1D(3, conv.Groups(2)), "2 groups, want none"},
		{"transposed kernel", conv.NewTranspose1D(3, 4, 0), "kernel 0, want at least 1"},
		{"output padding", conv.NewTranspose1D(3, 4, 3, conv.OutputPad(1)), "output padding 1, want less than the stride 1 or the dilation 1"},
	} {
		c.check(t, 1, 3, 8)
	}
	for _, c := range []shapeError{
		{"rank", conv.New1D(3, 4, 3), tensor.Shape{1, 3, 8, 8}, " (Conv1D): input has shape [1 3 8 8], want [batch channels length]"},
		{"channels", conv.New1D(3, 4, 3), tensor.Shape{2, 5, 8}, " (Conv1D): input has 5 channels, want 3"},
		{"too short", conv.New1D(3, 4, 3, conv.Dilation(3), conv.Pad(1)), tensor.Shape{1, 3, 4},
			" (Conv1D): sequence of 4 with padding [1 1] is shorter than the kernel's 3 (dilation 3)"},
		{"pool rank", conv.MaxPool1D(2), tensor.Shape{8, 8}, " (MaxPool1D): input has shape [8 8], want [batch channels length]"},
		{"pool too short", conv.AvgPool1D(3), tensor.Shape{1, 1, 2}, " (AvgPool1D): sequence of 2 with padding [0 0] is shorter than the kernel's 3 (dilation 1)"},
		{"transposed rank", conv.NewTranspose1D(3, 4, 3), tensor.Shape{3, 8}, " (ConvTranspose1D): input has shape [3 8], want [batch channels length]"},
		{"transposed channels", conv.NewTranspose1D(3, 4, 3), tensor.Shape{1, 4, 8}, " (ConvTranspose1D): input has 4 channels, want 3"},
	} {
		c.check(t)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x, w := tape.Input(tensor.Zeros(1, 2, 4)), tape.Input(tensor.Zeros(2, 2))
	wantError(t, "weight", conv.Apply1D(x, w, nil, conv.Settings1D{}).Err(), "grad: Conv1D: weight has shape [2 2], want [out in/groups length]")
	tape.Reset()
	x, w = tape.Input(tensor.Zeros(1, 2, 4)), tape.Input(tensor.Zeros(2, 2))
	wantError(t, "transposed weight", conv.ApplyTranspose1D(x, w, nil, conv.Settings1D{}, 0).Err(),
		"grad: ConvTranspose1D: weight has shape [2 2], want [in out/groups length]")
	for name, l := range map[string]nn.Module{"Conv1D": &conv.Conv1D{In: 2, Out: 3, Kernel: 1}, "ConvTranspose1D": &conv.ConvTranspose1D{In: 2, Out: 3, Kernel: 1}} {
		tape.Reset()
		wantError(t, name, l.Forward(tape.Input(tensor.Zeros(1, 2, 4))).Err(), "grad: "+name+": no parameters; call nn.Init or load weights")
	}
}
