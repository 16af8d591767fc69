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
		var y [][]float32
		for i, z := range []problem{
			{tile: 2, n: 2, c: 5, o: 7, in: [2]int{9, 13}, pad: [4]int{1, 1, 1, 1}, bias: true},
			{tile: 4, n: 2, c: 9, o: 19, in: [2]int{14, 15}, pad: [4]int{1, 1, 0, 2}, add: true},
			{tile: 4, n: 1, c: 33, o: 16, in: [2]int{8, 8}, pad: [4]int{1, 1, 1, 1}, flip: true},
		} {
			y = append(y, z.data(uint64(i)).run())
		}
		cpu.Set(previous)
		want := uint32(0x85a71249)
		if l == cpu.Generic {
			want = 0x55ee6a31
		}
		if got := digest.Of(y...); got != want {
			t.Errorf("level=%v: digest is %#08x, want %#08x", l, got, want)
		}
	}
}
