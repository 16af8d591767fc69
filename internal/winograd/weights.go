package winograd

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Weights are the kernels of a convolution, each 3×3 contiguous elements: the one
// that takes input channel c to output channel o begins at Data[o·O + c·C].
type Weights struct {
	Data    []float32
	Out, In int  // channels
	O, C    int  // distances
	Flip    bool // turns each kernel by half a turn, as the gradient of the input needs it

	transforms *transforms
	dst        *gemm.Packed
	taps       [9]int
}

// chunk is how many input channels are transformed at a time: their taps, for a
// panel of output channels, fit the smallest first cache.
const chunk = 32

// Pack transforms the kernels for tiles of the given size and leaves them in dst,
// a matrix [Out × In] for each point. They serve any [Conv] of that tile, best one
// that is few if they are; see [Conv.Few].
func (w *Weights) Pack(dst *gemm.Packed, tile int, few bool) {
	w.transforms, w.dst = current(tile), dst
	points := (tile + 2) * (tile + 2)
	if few {
		dst.ReserveB(points, w.Out, w.In)
	} else {
		dst.ReserveA(points, w.Out, w.In)
	}
	for i := range w.taps {
		w.taps[i] = i * maxLanes
		if w.Flip {
			w.taps[i] = (8 - i) * maxLanes
		}
	}
	parallel.For(dst.Panels(), w)
	w.transforms, w.dst = nil, nil
}

// Do implements [parallel.Task]; a part is a panel.
func (w *Weights) Do(_, i int) {
	// The taps of a kernel, of all rows of the panel side by side.
	taps, room := mem.Get(chunk*9*maxLanes), mem.Get(len(scratch{}))
	var rows [maxLanes]int
	for k := 0; k < w.In; {
		p := w.dst.Panel(i, k)
		n := min(chunk, p.Depth)
		for first := 0; first < p.Vectors; first += w.transforms.lanes {
			rows := rows[:min(p.Vectors-first, w.transforms.lanes)]
			for r := range rows {
				rows[r] = r * w.O
			}
			src := w.Data[(p.First+first)*w.O+k*w.C:]
			if w.C == 9 {
				gemm.PackCols(taps, maxLanes, src, rows, 9*n)
			} else {
				for c := range n {
					gemm.PackCols(taps[c*9*maxLanes:], maxLanes, src[c*w.C:], rows, 9)
				}
			}
			w.transforms.kernel(p.Data[first:], w.dst.Apart(), p.Pitch, taps, 9*maxLanes, &w.taps, n, len(rows), (*scratch)(room))
		}
		k += n
	}
	mem.Put(taps)
	mem.Put(room)
}
