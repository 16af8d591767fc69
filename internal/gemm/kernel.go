package gemm

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa avx2 -out ../gemm_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../gemm_avx512_amd64.s
//go:generate go -C _asm run . -isa neon -out ../gemm_neon_arm64.s

// kernel is one implementation of the innermost routine.
type kernel struct {
	level cpu.Level

	// mr and nr are the largest tile: rows of A times columns of B.
	mr, nr int

	// tile computes a tile of C,
	//
	//	c[i*ldc+j] = init[i*ldinit+j] + Σ a[p*rows+i]·b[p*ldb+j]    p < k, i < rows, j < cols
	//
	// with 1 ≤ rows ≤ mr and 1 ≤ cols ≤ nr. It may read nr columns of b and
	// touches no other elements of c and init, which may be the same or, with
	// ldinit 0, one row for all.
	tile func(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int)

	// strip, if there is one, computes what tile does for stripPanels[rows] panels of nr
	// columns side by side, which lie next apart in b. A tile of so few rows would wait
	// for its sums.
	strip func(c []float32, ldc int, init []float32, ldinit int, a, b []float32, next, ldb, k, rows int)
}

// stripPanels is the number of panels of a strip by its rows; others have no strips.
var stripPanels = [...]int{1: 4, 2: 2, 3: 2}

const maxStrip = 4 // panels

// stripWidth returns how many panels, of so many whole ones that are left, a panel of A
// goes through in one call: several in a strip, else 1.
func (k *kernel) stripWidth(rows, whole int) int {
	if k.strip != nil && rows < len(stripPanels) && stripPanels[rows] <= whole {
		return stripPanels[rows]
	}
	return 1
}

// kernels lists the implementations, best first; generic is always there.
var kernels = append(archKernels, &kernel{cpu.Generic, 4, 4, tileGeneric, nil})

// The largest tile of any kernel.
const (
	maxRows = 12
	maxCols = 32
)

// currentKernel returns the kernel of the level in force.
func currentKernel() *kernel {
	for _, k := range kernels {
		if cpu.Has(k.level) {
			return k
		}
	}
	panic("gemm: no kernel")
}
