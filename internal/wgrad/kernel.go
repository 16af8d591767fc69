package wgrad

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa avx2 -out ../wgrad_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../wgrad_avx512_amd64.s
//go:generate go -C _asm run . -isa neon -out ../wgrad_neon_arm64.s

// kernel is one implementation of the innermost routine.
type kernel struct {
	level cpu.Level

	// The largest tile is taps taps times two vectors of lanes channels.
	taps, lanes int

	// tile adds to a tile of the transposed gradient,
	//
	//	c[t*width+o] += Σ x[offsets[t] + p*picture+i*row+j*col] · dy[((p*rows+i)*cols+j)*width+o]
	//
	// for t < len(offsets) and o < width = vectors·lanes, in the order of the sum
	// p < pictures, i < rows, j < cols. There is at least one tap and one pixel,
	// and one vector or two.
	tile func(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int)

	// pack writes a vector of channels pixel by pixel,
	//
	//	dst[p*ld+i] = src[i*plane+p]    i < lanes, p < n
	//
	// for n of at least lanes. It is nil where there is no such routine.
	pack func(dst []float32, ld int, src []float32, plane, n int)
}

// kernels lists the implementations, best first; generic is always there.
var kernels = append(archKernels, &kernel{cpu.Generic, 4, 4, tileGeneric, nil})

// The largest tile of any kernel.
const (
	maxTaps  = 12
	maxWidth = 32
)

// currentKernel returns the kernel of the level in force.
func currentKernel() *kernel {
	for _, k := range kernels {
		if cpu.Has(k.level) {
			return k
		}
	}
	panic("wgrad: no kernel")
}
