package wgrad

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/digest"
)

// TestRecordedBits compares levels that no machine has together with recorded digests:
// the generic one is the same on all architectures, and so are those that fuse.
func TestRecordedBits(t *testing.T) {
	levels(t, func(t *testing.T, k *kernel) {
		var dw [][]float32
		for i, p := range []problem{
			plain(2, 3, 19, 12, 13, [2]int{3, 3}),
			{pictures: 3, in: 5, out: 33, height: 6, width: 7, kernel: [2]int{5, 2}, dilation: [2]int{1, 2}, add: true},
		} {
			dw = append(dw, p.data(uint64(i)).run())
		}
		want := uint32(0x5c71de82)
		if k.level == cpu.Generic {
			want = 0xc6acf1da
		}
		if got := digest.Of(dw...); got != want {
			t.Errorf("digest is %#08x, want %#08x", got, want)
		}
	})
}
