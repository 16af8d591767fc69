package gemm

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/digest"
)

// TestRecordedBits compares levels that no machine has together with recorded digests:
// the generic one is the same on all architectures, and so are those that fuse.
func TestRecordedBits(t *testing.T) {
	levels(t, func(t *testing.T, k *kernel) {
		var c [][]float32
		for i, p := range []product{
			{batch: 1, m: 23, n: 37, k: 211, init: ColBias},
			{batch: 3, m: 7, n: 50, k: 64, init: RowBias, transA: true},
			{batch: 1, m: 300, n: 5, k: 700, init: FromC, transB: true},
			{batch: 1, m: 64, n: 64, k: 64, packA: true, packB: true},
		} {
			c = append(c, p.data(uint64(i)).run())
		}
		want := uint32(0xc168432d)
		if k.level == cpu.Generic {
			want = 0xa6655269
		}
		if got := digest.Of(c...); got != want {
			t.Errorf("digest is %#08x, want %#08x", got, want)
		}
	})
}
