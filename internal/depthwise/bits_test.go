package depthwise

import (
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/digest"
)

// TestRecordedBits compares levels that no machine has together, in y and x's gradient,
// with recorded digests: the generic one is the same on all architectures, and so are
// those that fuse.
func TestRecordedBits(t *testing.T) {
	everyLevel(t, func(t *testing.T, _ *rand.Rand) {
		r := rand.New(rand.NewPCG(3, 3))
		var all [][]float32
		for range 40 {
			s := randomShape(r)
			yn, xn, wn, bn := s.lens()
			y, x, w, b := random(r, yn), random(r, xn), random(r, wn), random(r, bn)
			dx, out := make([]float32, xn), make([]float32, yn)
			c := Conv{Shape: s}
			c.Data(dx, y, w, false)
			c.Forward(out, x, w, b, false)
			all = append(all, dx, out)
		}
		want := uint32(0xea109b18)
		if cpu.Current() == cpu.Generic {
			want = 0xaa7e061e
		}
		if got := digest.Of(all...); got != want {
			t.Errorf("digest is %#08x, want %#08x", got, want)
		}
	})
}
