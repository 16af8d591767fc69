package digest

import (
	"math"
	"testing"
)

func TestOf(t *testing.T) {
	quiet, other := float32(math.NaN()), math.Float32frombits(0xffc00001)
	// The checksum of the bytes 00 00 80 3f.
	if got := Of([]float32{1}); got != 0xaca16a6a {
		t.Errorf("Of(1) = %#x", got)
	}
	if Of([]float32{1, quiet}) != Of([]float32{1}, []float32{other}) {
		t.Error("slices or kinds of NaN make a difference")
	}
	if Of([]float32{0}) == Of([]float32{float32(math.Copysign(0, -1))}) {
		t.Error("the sign of zero makes no difference")
	}
}
