package half

import (
	"math"
	"testing"
)

// Every number against the definition, (-1)^sign · 2^(exp-15) · 1.man, in float64.
func TestFloat32(t *testing.T) {
	for h := range 1 << 16 {
		exp, man := h>>10&31, float64(h&0x3ff)/1024
		want := math.Ldexp(1+man, exp-15)
		switch exp {
		case 0:
			want = math.Ldexp(man, -14)
		case 31:
			want = math.Inf(1)
			if man != 0 {
				want = math.NaN()
			}
		}
		if h>>15 == 1 {
			want = -want
		}
		got := float64(Float32(uint16(h)))
		if math.Signbit(got) != (h>>15 == 1) || got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("Float32(%#04x) = %v, want %v", h, got, want)
		}
	}
}
