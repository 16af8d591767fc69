package winograd

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa avx2 -out ../winograd_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../winograd_avx512_amd64.s
//go:generate go -C _asm run . -isa neon -out ../winograd_neon_arm64.s

// Form is a form of the algorithm, F(Tile×Tile, Kernel×Kernel): the rows and columns
// of the tiles of the output, and of the kernels. There are F(2×2, 3×3), F(4×4, 3×3) and
// F(2×2, 5×5). The zero Form is none.
type Form struct{ Tile, Kernel int }

// points are the rows and columns of the patch that a tile sees.
func (f Form) points() int { return f.Tile + f.Kernel - 1 }

// Forms lists those that there are.
var Forms = []Form{{2, 3}, {4, 3}, {2, 5}}

// transforms is one implementation of the transforms for one form. They do what
// inputGeneric, outputGeneric, kernelGeneric, gradientGeneric and weightGeneric say, for
// offsets whose number is a multiple of lanes, 1 ≤ rows ≤ lanes and n ≥ 1, which for the
// weights is a multiple of lanes too. kernel may read lanes elements where it needs rows.
type transforms struct {
	level cpu.Level
	Form
	lanes int

	input    func(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)
	output   func(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)
	kernel   func(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)
	gradient func(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)
	weight   func(dst []float32, pitch int, src []float32, stride, n int, room *scratch)
}

// taps are the places of the elements of a kernel, row by row.
type taps [25]int

// scratch is where transforms keep what does not fit the registers. Its address must be
// a multiple of mem.Align: the assembly stores whole vectors there. That of memory from
// package mem is.
type scratch [36 * maxLanes]float32

// maxLanes are the most lanes of any implementation.
const maxLanes = 16

// implementations lists them, best first; generic is always there.
var implementations = append(archTransforms, generic(Forms[0]), generic(Forms[1]), generic(Forms[2]))

func generic(f Form) *transforms {
	return &transforms{cpu.Generic, f, 4,
		func(dst []float32, stride int, src []float32, pitch int, offs []int, _ *scratch) {
			inputGeneric(f, dst, stride, src, pitch, offs)
		},
		func(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, _ *scratch) {
			outputGeneric(f, dst, pitch, offs, src, stride, bias)
		},
		func(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, _ *scratch) {
			kernelGeneric(f, dst, stride, pitch, src, step, taps, n, rows)
		},
		func(dst []float32, stride int, src []float32, pitch int, offs []int, _ *scratch) {
			gradientGeneric(f, dst, stride, src, pitch, offs)
		},
		func(dst []float32, pitch int, src []float32, stride, n int, _ *scratch) {
			weightGeneric(f, dst, pitch, src, stride, n)
		},
	}
}

// current returns the implementation for the level in force.
func current(form Form) *transforms {
	for _, f := range implementations {
		if f.Form == form && cpu.Has(f.level) {
			return f
		}
	}
	panic("winograd: no transforms for this form")
}
