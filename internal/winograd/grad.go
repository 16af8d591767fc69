package winograd

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
)

// WeightGrad describes the gradient of a convolution with respect to its kernels,
//
//	dw[o,c,a,b] = Σ_n,i,j dy[n,o,i,j] · x[n, c, i+a−Before[0], j+b−Before[1]]
//
// see [Shape]. Owners keep one and use it again, so that [WeightGrad.Run] allocates
// nothing. The fields may change between runs.
type WeightGrad struct {
	Shape
	X, DY []float32
	DW    []float32 // the kernel from c to o begins at (o·XChannels + c)·Kernel²
	Add   bool      // adds to DW

	transforms *transforms
	grid       grid
	tiling     tiling
	v, u       products // a matrix [XChannels × tiles], or [YChannels × tiles], for each point
	sums       products // a matrix [YChannels × XChannels] for each point
	a, b       gemm.Matrix
	call       gemm.Call
}

// mostGrad bounds the tiles of a block, as most does for convolutions.
var mostGrad = 128

// Run computes the gradient. It panics if the sizes do not fit the slices.
func (g *WeightGrad) Run() {
	g.check()
	kernels := g.YChannels * g.XChannels
	if kernels == 0 {
		return
	}
	if g.N == 0 || g.Out[0] == 0 || g.Out[1] == 0 {
		if !g.Add {
			clear(g.DW[:kernels*g.Kernel*g.Kernel])
		}
		return
	}
	g.transforms = current(g.Form)
	g.grid = g.cut(mostGrad, g.transforms.lanes)
	g.tiling.reserve(&g.Shape, &g.grid, g.transforms.lanes)
	points := g.points() * g.points()
	g.sums.reserve(points, 1, kernels+g.transforms.lanes)
	for i := range g.grid.blocks() {
		g.tiling.set(i, false)
		tiles := len(g.tiling.in.offs)
		g.v.reserve(points, g.XChannels, tiles)
		g.u.reserve(points, g.YChannels, tiles)
		parallel.For(ceilDiv(g.XChannels+g.YChannels, g.tiling.channels()), (*gradInputs)(g))
		g.a = gemm.Matrix{Data: g.u.data, Batch: g.u.apart, I: g.u.row, K: 1}
		g.b = gemm.Matrix{Data: g.v.data, Batch: g.v.apart, I: g.v.row, K: 1}
		g.call = gemm.Call{
			Batch: points, M: g.YChannels, N: g.XChannels, K: g.tiling.in.tiles, A: &g.a, B: &g.b,
			C: g.sums.data, CRow: g.XChannels, CBatch: g.sums.apart,
		}
		if i > 0 {
			g.call.Init = gemm.FromC
		}
		g.call.Run()
	}
	parallel.For(ceilDiv(kernels, gradKernels), (*gradOutputs)(g))
	g.v.release()
	g.u.release()
	g.sums.release()
	g.a, g.b, g.call = gemm.Matrix{}, gemm.Matrix{}, gemm.Call{}
}

// check verifies what the routines below trust.
func (g *WeightGrad) check() {
	g.Shape.check("input and gradient", g.X, g.DY)
	if need := g.YChannels * g.XChannels * g.Kernel * g.Kernel; len(g.DW) < need {
		panic(fmt.Sprintf("winograd: Run: kernels have %d elements, want %d", len(g.DW), need))
	}
}

// gradInputs is a WeightGrad whose parts are channels to transform, of the input and
// then of the output's gradient.
type gradInputs WeightGrad

// Do implements [parallel.Task].
func (g *gradInputs) Do(_, i int) {
	t := &g.tiling
	in, out, room := mem.Get(t.in.size), mem.Get(t.out.size), mem.Get(len(scratch{}))
	clear(in)
	clear(out)
	channels := t.channels()
	for k := i * channels; k < min((i+1)*channels, g.XChannels+g.YChannels); k++ {
		if k < g.XChannels {
			t.in.copyIn(in, g.X[k*g.In[0]*g.In[1]:])
			g.transforms.input(g.v.data[k*g.v.row:], g.v.apart, in, t.in.pitch, t.in.offs, (*scratch)(room))
			continue
		}
		o := k - g.XChannels
		t.out.copyIn(out, g.DY[o*g.Out[0]*g.Out[1]:])
		g.transforms.gradient(g.u.data[o*g.u.row:], g.u.apart, out, t.out.pitch, t.out.offs, (*scratch)(room))
	}
	mem.Put(in)
	mem.Put(out)
	mem.Put(room)
}

// gradKernels is the number of kernels in a part of gradOutputs, some 10 µs of work and
// a multiple of the lanes.
const gradKernels = 512

// gradOutputs is a WeightGrad whose parts are kernels to interpolate.
type gradOutputs WeightGrad

// Do implements [parallel.Task].
func (g *gradOutputs) Do(_, i int) {
	size := g.Kernel * g.Kernel
	elements, room := mem.Get(2*size*gradKernels), mem.Get(len(scratch{}))
	first := i * gradKernels
	n := min(gradKernels, g.YChannels*g.XChannels-first)
	lanes := g.transforms.lanes
	g.transforms.weight(elements, gradKernels, g.sums.data[first:], g.sums.apart, ceilDiv(n, lanes)*lanes, (*scratch)(room))

	// Element after element of the kernels becomes kernel after kernel.
	var offs [25]int
	for e := range size {
		offs[e] = e * gradKernels
	}
	dw := g.DW[first*size:][:n*size]
	if !g.Add {
		gemm.PackCols(dw, size, elements, offs[:size], n)
	} else {
		turned := elements[size*gradKernels:][:n*size]
		gemm.PackCols(turned, size, elements, offs[:size], n)
		vec.Add(dw, dw, turned)
	}
	mem.Put(elements)
	mem.Put(room)
}
