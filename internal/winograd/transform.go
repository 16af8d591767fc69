package winograd

import "github.com/gannet-ml/gannet/internal/cpu"

// transforms is one implementation of the transforms for one size of tile. They
// do what inputGeneric, outputGeneric and kernelGeneric say, for offsets whose
// number is a multiple of lanes, 1 ≤ rows ≤ lanes and n ≥ 1. The last may read
// lanes elements where it needs rows.
type transforms struct {
	level cpu.Level
	tile  int
	lanes int

	input  func(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)
	output func(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)
	kernel func(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)
}

// scratch is where transforms keep what does not fit the registers. Its address must be
// a multiple of mem.Align: the assembly stores whole vectors there. That of memory from
// package mem is.
type scratch [36 * maxLanes]float32

// maxLanes are the most lanes of any implementation.
const maxLanes = 16

// implementations lists them, best first; generic is always there.
var implementations = append(archTransforms, generic(2), generic(4))

func generic(tile int) *transforms {
	return &transforms{cpu.Generic, tile, 4,
		func(dst []float32, stride int, src []float32, pitch int, offs []int, _ *scratch) {
			inputGeneric(tile, dst, stride, src, pitch, offs)
		},
		func(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, _ *scratch) {
			outputGeneric(tile, dst, pitch, offs, src, stride, bias)
		},
		func(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, _ *scratch) {
			kernelGeneric(tile, dst, stride, pitch, src, step, taps, n, rows)
		},
	}
}

// current returns the implementation for the level in force.
func current(tile int) *transforms {
	for _, f := range implementations {
		if f.tile == tile && cpu.Has(f.level) {
			return f
		}
	}
	panic("winograd: no transforms for this tile")
}
