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

// TestPooling takes inputs of at most 30 elements for maxima: they lie apart.
func TestPooling(t *testing.T) {
	for _, c := range []layerCase{
		{"max_1D", conv.MaxPool1D(2), nntest.Spread(1, 2, 2, 5), tensor.Shape{2, 2, 2}},
		{"max_1D_overlap", conv.MaxPool1D(3, conv.Stride(1), conv.Pad(1), conv.Dilation(2)), nntest.Spread(1, 2, 2, 7), tensor.Shape{2, 2, 5}},
		{"mean_1D", conv.AvgPool1D(3, conv.Stride(2), conv.Pad(1)), nntest.Values(1, 2, 3, 6), tensor.Shape{2, 3, 3}},
		{"mean_1D_same", conv.AvgPool1D(3, conv.Same), nntest.Values(1, 2, 2, 7), tensor.Shape{2, 2, 3}},
		{"adaptive_max", conv.AdaptiveMaxPool2D(2, 3), nntest.Spread(1, 2, 1, 3, 5), tensor.Shape{2, 1, 2, 3}},
		{"adaptive_max_more", conv.AdaptiveMaxPool2D(3, 4), nntest.Spread(1, 2, 1, 2, 3), tensor.Shape{2, 1, 3, 4}},
		{"adaptive_mean", conv.AdaptiveAvgPool2D(2, 3), nntest.Values(1, 2, 2, 5, 4), tensor.Shape{2, 2, 2, 3}},
		{"adaptive_max_1D", conv.AdaptiveMaxPool1D(3), nntest.Spread(1, 2, 2, 7), tensor.Shape{2, 2, 3}},
		{"adaptive_mean_1D", conv.AdaptiveAvgPool1D(3), nntest.Values(1, 2, 2, 7), tensor.Shape{2, 2, 3}},
		{"global_max", conv.GlobalMaxPool, nntest.Spread(1, 2, 3, 2, 2), tensor.Shape{2, 3}},
		{"global_max_1D", conv.GlobalMaxPool, nntest.Spread(1, 2, 3, 4), tensor.Shape{2, 3}},
		{"global_mean", conv.GlobalAvgPool, nntest.Values(1, 2, 3, 4, 5), tensor.Shape{2, 3}},
		{"global_mean_3D", conv.GlobalAvgPool, nntest.Values(1, 2, 2, 3, 2, 2), tensor.Shape{2, 2}},
		{"power_1", conv.LPPool2D(1, 2), nntest.Values(1, 2, 2, 3, 4), tensor.Shape{2, 2, 1, 2}},
		{"power_2", conv.LPPool2D(2, 2, conv.Stride(1)), nntest.Positive(1, 2, 2, 3, 4), tensor.Shape{2, 2, 2, 3}},
		{"power_3_pad", conv.LPPool2D(3, 2, conv.Pad(1), conv.Dilation(2)), nntest.Positive(1, 2, 2, 4, 3), tensor.Shape{2, 2, 2, 2}},
	} {
		c.run(t)
	}
}

// TestGlobalIsAdaptive: a global pool is an adaptive one to a single pixel.
func TestGlobalIsAdaptive(t *testing.T) {
	x := nntest.Values(1, 2, 3, 50, 70)
	for _, c := range []struct {
		global   nn.Module
		adaptive nn.Module
	}{{conv.GlobalAvgPool, conv.AdaptiveAvgPool2D(1, 1)}, {conv.GlobalMaxPool, conv.AdaptiveMaxPool2D(1, 1)}} {
		got, want := apply(c.global, x), apply(c.adaptive, x).Reshape(2, 3)
		if !tensor.AllClose(got, want, 1e-5, 1e-6) {
			t.Errorf("%v of a large picture is %v, want %v", c.global, got, want)
		}
	}
}

// apply applies a layer without parameters.
func apply(l nn.Module, x *tensor.Tensor) *tensor.Tensor {
	return l.Forward(grad.NewTape(grad.Evaluation, 1).Input(x)).Data()
}

// TestPoolingSpecialValues: a NaN is passed on and takes the gradient, and of equal
// maxima the first takes it.
func TestPoolingSpecialValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name string
		x    []float32
		y    float32
		at   int // of the gradient
	}{
		{"equal", []float32{1, 3, 3, 3}, 3, 1},
		{"nan", []float32{inf, 1, nan, 3}, nan, 2},
		{"-inf", []float32{-inf, -inf, -inf, -inf}, -inf, 0},
	} {
		for _, l := range []nn.Module{conv.GlobalMaxPool, conv.AdaptiveMaxPool1D(1), conv.MaxPool1D(4)} {
			tape := grad.NewTape(grad.Gradients, 1)
			x := tape.Input(tensor.New(c.x, 1, 1, 4)).RequireGrad()
			y := l.Forward(x)
			if err := y.BackwardFrom(nil); err != nil {
				t.Fatal(err)
			}
			if got := y.Data().Data()[0]; got != c.y && (got == got || c.y == c.y) {
				t.Errorf("%s: %T of %v is %v, want %v", c.name, l, c.x, got, c.y)
			}
			want := tensor.Zeros(1, 1, 4)
			want.Set(1, 0, 0, c.at)
			if got := x.Grad(); !got.Equal(want) {
				t.Errorf("%s: gradient of %T for %v is %v, want %v", c.name, l, c.x, got, want)
			}
		}
	}
}

// TestPowerPoolZeros: a window of zeros has the gradient 0 for p > 1, and 1 for
// the sum.
func TestPowerPoolZeros(t *testing.T) {
	for p, want := range map[float64]float32{0.5: 0, 1: 1, 2: 0, 3: 0} {
		tape := grad.NewTape(grad.Gradients, 1)
		x := tape.Input(tensor.Zeros(1, 1, 2, 2)).RequireGrad()
		y := conv.LPPool2D(p, 2).Forward(x)
		if err := y.BackwardFrom(nil); err != nil {
			t.Fatal(err)
		}
		if got := x.Grad(); !got.Equal(tensor.Full(want, 1, 1, 2, 2)) || y.Data().Data()[0] != 0 {
			t.Errorf("p = %v: %v with gradient %v, want 0 with gradient %v", p, y.Data(), got, want)
		}
	}
	// No absolute values, as in PyTorch.
	x := tensor.New([]float32{-1, -2, 0, 1}, 1, 1, 2, 2)
	for p, want := range map[float64]float64{1: -2, 2: math.Sqrt(6), 3: math.NaN(), 1.5: math.NaN()} {
		got := float64(apply(conv.LPPool2D(p, 2), x).Data()[0])
		if math.Abs(got-want) > 1e-6 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("p = %v: LPPool2D of %v is %v, want %v", p, x, got, want)
		}
	}
}

func TestPoolingErrors(t *testing.T) {
	for _, c := range []settingError{
		{"adaptive", conv.AdaptiveAvgPool2D(0, 3), "output of 0×3, want at least 1×1"},
		{"adaptive huge", conv.AdaptiveMaxPool2D(1, 1<<30), "output of 1073741824, want at most 1048576"},
		{"power", conv.LPPool2D(0, 2), "power 0, want a finite number above 0"},
		{"infinite power", conv.LPPool2D(math.Inf(1), 2), "power +Inf, want a finite number above 0"},
		{"power of nan", conv.LPPool2D(math.NaN(), 2), "power NaN, want a finite number above 0"},
		{"power padding", conv.LPPool2D(2, 3, conv.Pad(2)), "padding [2 2 2 2] is more than half of the kernel [3 3]"},
		{"global", conv.GlobalPool("median"), `"median", want "avg" or "max"`},
	} {
		c.check(t, 1, 3, 8, 8)
	}
	settingError{"adaptive 1D", conv.AdaptiveMaxPool1D(-1), "output of -1, want at least 1"}.check(t, 1, 3, 8)
	for _, c := range []shapeError{
		{"adaptive rank", conv.AdaptiveAvgPool2D(2, 2), tensor.Shape{3, 8, 8}, " (AdaptiveAvgPool2D): input has shape [3 8 8], want [batch channels rows columns]"},
		{"adaptive empty", conv.AdaptiveMaxPool2D(2, 2), tensor.Shape{1, 1, 8, 0},
			" (AdaptiveMaxPool2D): input has shape [1 1 8 0], want no axis but the batch and the channels empty"},
		{"adaptive rank 1D", conv.AdaptiveMaxPool1D(2), tensor.Shape{3, 8}, " (AdaptiveMaxPool1D): input has shape [3 8], want [batch channels length]"},
		{"adaptive large", conv.AdaptiveAvgPool2D(1<<20, 1<<20), tensor.Shape{1, 1, 1, 1},
			" (AdaptiveAvgPool2D): the result has shape [1 1 1048576 1048576], want at most 1073741824 values"},
		{"global rank", conv.GlobalAvgPool, tensor.Shape{3, 8}, " (GlobalAvgPool): input has shape [3 8], want [batch channels …] with at least one further axis"},
		{"global empty", conv.GlobalMaxPool, tensor.Shape{3, 8, 0},
			" (GlobalMaxPool): input has shape [3 8 0], want no axis but the batch and the channels empty"},
		{"power rank", conv.LPPool2D(2, 2), tensor.Shape{3, 8}, " (LPPool2D): input has shape [3 8], want [batch channels rows columns]"},
	} {
		c.check(t)
	}
}
