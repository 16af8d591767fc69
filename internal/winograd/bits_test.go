package winograd

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/digest"
)

// TestRecordedBits compares levels that no machine has together with recorded digests:
// the generic one is the same on all architectures, and so are those that fuse.
func TestRecordedBits(t *testing.T) {
	for _, l := range cpu.Available {
		previous := cpu.Set(l)
		var results [][]float32
		for i, form := range Forms {
			for k, z := range []problem{
				{n: 2, c: 5, o: 7, in: [2]int{9, 13}, pad: [4]int{1, 1, 1, 1}, bias: true},
				{n: 2, c: 9, o: 19, in: [2]int{14, 15}, pad: [4]int{1, 1, 0, 2}, add: true},
				{n: 1, c: 33, o: 16, in: [2]int{8, 8}, pad: [4]int{2, 2, 2, 2}, flip: true},
			} {
				z.Form = form
				seed := uint64(3*i + k)
				dw, _ := z.grad(seed).run()
				results = append(results, z.data(seed).run(), dw)
			}
		}
		cpu.Set(previous)
		want := uint32(0x8b472180)
		if l == cpu.Generic {
			want = 0x1915336b
		}
		if got := digest.Of(results...); got != want {
			t.Errorf("level=%v: digest is %#08x, want %#08x", l, got, want)
		}
	}
}
