package conv_test

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
)

func TestResize(t *testing.T) {
	for _, c := range []layerCase{
		{"nearest", conv.Upsample(2), nntest.Values(1, 2, 2, 2, 3), tensor.Shape{2, 2, 4, 6}},
		{"nearest_smaller", conv.UpsampleTo(2, 3), nntest.Values(1, 2, 2, 5, 4), tensor.Shape{2, 2, 2, 3}},
		{"bilinear", conv.Upsample(1.5, conv.Bilinear), nntest.Values(1, 2, 2, 3, 4), tensor.Shape{2, 2, 4, 6}},
		{"bilinear_smaller", conv.UpsampleTo(2, 2, conv.Bilinear), nntest.Values(1, 2, 2, 5, 3), tensor.Shape{2, 2, 2, 2}},
		{"corners", conv.UpsampleTo(5, 4, conv.Bilinear, conv.AlignCorners), nntest.Values(1, 2, 2, 3, 3), tensor.Shape{2, 2, 5, 4}},
		{"unequal", &conv.Resize{Scale: [2]float64{1, 3}}, nntest.Values(1, 2, 1, 3, 2), tensor.Shape{2, 1, 3, 6}},
	} {
		c.run(t)
	}
}

// TestResizeKeeps: a constant picture stays constant, and the corners stay where
// they are if they are to.
func TestResizeKeeps(t *testing.T) {
	for _, l := range []*conv.Resize{
		conv.Upsample(1.37), conv.Upsample(0.6, conv.Bilinear), conv.Upsample(2.3, conv.Bilinear), conv.Upsample(2.3, conv.Bilinear, conv.AlignCorners),
	} {
		y := l.Interpolate(tensor.Full[float32](0.3, 1, 2, 7, 9))
		if want := tensor.Full[float32](0.3, y.Shape()...); !tensor.AllClose(y, want, 1e-6, 0) {
			t.Errorf("%+v of a constant is %v, want %v", *l, y, want)
		}
	}
	x := nntest.Values(1, 1, 1, 3, 4)
	y := conv.UpsampleTo(7, 9, conv.Bilinear, conv.AlignCorners).Interpolate(x)
	for _, at := range [][4]int{{0, 0, 0, 0}, {0, 3, 0, 8}, {2, 0, 6, 0}, {2, 3, 6, 8}} {
		if got, want := y.At(0, 0, at[2], at[3]), x.At(0, 0, at[0], at[1]); got != want {
			t.Errorf("corner %v is %v, want %v", at[2:], got, want)
		}
	}
}

// TestInterpolate: the plain function gives what the layer gives, also for views.
func TestInterpolate(t *testing.T) {
	x := nntest.Values(1, 2, 3, 5, 4)
	for _, l := range []*conv.Resize{conv.Upsample(1.5), conv.UpsampleTo(3, 9, conv.Bilinear)} {
		want := apply(l, x.Transpose(2, 3))
		if got := l.Interpolate(x.Transpose(2, 3)); !got.Equal(want) {
			t.Errorf("%+v: Interpolate = %v, want %v", *l, got, want)
		}
	}
	defer func() {
		if got, want := recover(), "conv: Resize: input has shape [3 4], want [batch channels rows columns]"; got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	conv.Upsample(2).Interpolate(tensor.Zeros(3, 4))
}

func TestResizeErrors(t *testing.T) {
	for _, c := range []settingError{
		{"none", &conv.Resize{}, "scale [0 0] and size [0 0], want one of them"},
		{"both", &conv.Resize{Scale: [2]float64{1, 1}, Size: [2]int{1, 1}}, "scale [1 1] and size [1 1], want one of them"},
		{"scale", conv.Upsample(-2), "scale [-2 -2], want more than 0 and at most 1048576 in rows and columns"},
		{"one scale", &conv.Resize{Scale: [2]float64{2, 0}}, "scale [2 0], want more than 0 and at most 1048576 in rows and columns"},
		{"nan", conv.Upsample(math.NaN()), "scale [NaN NaN], want more than 0 and at most 1048576 in rows and columns"},
		{"infinite", conv.Upsample(math.Inf(1)), "scale [+Inf +Inf], want more than 0 and at most 1048576 in rows and columns"},
		{"size", conv.UpsampleTo(0, 3), "size [0 3], want at least 1 in rows and columns"},
		{"huge", conv.UpsampleTo(1<<30, 3), "size 1073741824, want at most 1048576"},
		{"corners", conv.Upsample(2, conv.AlignCorners), "AlignCorners without Bilinear, want both: nearest pixels have no corners to align"},
	} {
		c.check(t, 1, 3, 8, 8)
	}
	for _, c := range []shapeError{
		{"rank", conv.Upsample(2), tensor.Shape{3, 8, 8}, " (Resize): input has shape [3 8 8], want [batch channels rows columns]"},
		{"empty", conv.UpsampleTo(2, 2), tensor.Shape{1, 1, 0, 3}, " (Resize): picture of 0×3 becomes one of 2×2, want 1 to 1048576 rows and columns"},
		{"nothing left", conv.Upsample(0.1), tensor.Shape{1, 1, 8, 20}, " (Resize): picture of 8×20 becomes one of 0×2, want 1 to 1048576 rows and columns"},
		{"too large", conv.Upsample(1 << 20), tensor.Shape{0, 1, 1, 2}, " (Resize): picture of 1×2 becomes one of 1048576×1048577, want 1 to 1048576 rows and columns"},
	} {
		c.check(t)
	}
}

func TestShuffle(t *testing.T) {
	for _, c := range []layerCase{
		{"shuffle", conv.PixelShuffle(2), nntest.Values(1, 2, 8, 2, 3), tensor.Shape{2, 2, 4, 6}},
		{"unshuffle", conv.PixelUnshuffle(3), nntest.Values(1, 2, 2, 3, 6), tensor.Shape{2, 18, 1, 2}},
	} {
		c.run(t)
	}
}

// TestShuffleUndone: one undoes the other, also where there is nothing to do.
func TestShuffleUndone(t *testing.T) {
	for _, s := range []tensor.Shape{{2, 3, 4, 6}, {1, 1, 2, 2}, {2, 0, 4, 4}, {2, 1, 4, 0}, {0, 1, 2, 2}} {
		x := nntest.Values(1, s...)
		y := apply(conv.PixelUnshuffle(2), x)
		if got := apply(conv.PixelShuffle(2), y); !got.Equal(x) {
			t.Errorf("shuffled again: %v, want %v", got, x)
		}
	}
}

func TestShuffleErrors(t *testing.T) {
	for _, c := range []settingError{
		{"factor", conv.PixelShuffle(0), "factor 0, want 1 to 1024"},
		{"large factor", conv.PixelUnshuffle(1 << 16), "factor 65536, want 1 to 1024"},
	} {
		c.check(t, 1, 3, 8, 8)
	}
	for _, c := range []shapeError{
		{"rank", conv.PixelShuffle(2), tensor.Shape{4, 8}, " (PixelShuffle): input has shape [4 8], want [batch channels rows columns]"},
		{"channels", conv.PixelShuffle(2), tensor.Shape{1, 6, 8, 8}, " (PixelShuffle): input has 6 channels, want a multiple of 4"},
		{"size", conv.PixelUnshuffle(2), tensor.Shape{1, 1, 8, 7}, " (PixelUnshuffle): picture of 8×7, want multiples of 2"},
	} {
		c.check(t)
	}
}
