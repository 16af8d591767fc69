package winograd

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Weights are the kernels of a convolution, the elements of each contiguous: the one
// that takes input channel c to output channel o begins at Data[o·O + c·C].
type Weights struct {
	Data    []float32
	Out, In int  // channels
	O, C    int  // distances
	Flip    bool // turns each kernel by half a turn, as the gradient of the input needs it

	transforms *transforms
	dst        *gemm.Packed
	taps       taps
}

// chunk is how many input channels are transformed at a time: their taps, for a
// panel of output channels, fit the smallest first cache.
const chunk = 32

// Pack transforms the kernels for a form and leaves them in dst, a matrix [Out × In]
// for each point. They serve any [Conv] of that form, best one that is few if they are;
// see [Conv.Few].
func (w *Weights) Pack(dst *gemm.Packed, form Form, few bool) {
	w.transforms, w.dst = current(form), dst
	points, size := form.points()*form.points(), form.Kernel*form.Kernel
	if few {
		dst.ReserveB(points, w.Out, w.In)
	} else {
		dst.ReserveA(points, w.Out, w.In)
	}
	for i := range size {
		w.taps[i] = i * maxLanes
		if w.Flip {
			w.taps[i] = (size - 1 - i) * maxLanes
		}
	}
	parallel.For(dst.Panels(), w)
	w.transforms, w.dst = nil, nil
}

// Do implements [parallel.Task]; a part is a panel.
func (w *Weights) Do(_, i int) {
	// The taps of a kernel, of all rows of the panel side by side.
	size := w.transforms.Kernel * w.transforms.Kernel
	taps, room := mem.Get(chunk*size*maxLanes), mem.Get(len(scratch{}))
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
			if w.C == size {
				gemm.PackCols(taps, maxLanes, src, rows, size*n)
			} else {
				for c := range n {
					gemm.PackCols(taps[c*size*maxLanes:], maxLanes, src[c*w.C:], rows, size)
				}
			}
			w.transforms.kernel(p.Data[first:], w.dst.Apart(), p.Pitch, taps, size*maxLanes, &w.taps, n, len(rows), (*scratch)(room))
		}
		k += n
	}
	mem.Put(taps)
	mem.Put(room)
}
