package rnn

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/im2col"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
)

// slide are convolutions as the [products] of a layer, as in [ConvRNN]. A product
// is one of a matrix with the patches of a state, gathered as in package conv. A
// row is a picture of height 1.
type slide struct {
	plane, kernel [2]int
	taps          int
	offsets       []int // of the products over all steps
	state         []int // of those of the steps
	at            []int
	padder        padder
	patches       im2col.Patches
	planes        im2col.Planes
}

// set takes in the shapes of a channel and of a kernel.
func (p *slide) set(plane, kernel tensor.Shape) {
	p.plane, p.kernel = [2]int{1, plane[0]}, [2]int{1, kernel[0]}
	if len(plane) == 2 {
		p.plane, p.kernel = [2]int(plane), [2]int(kernel)
	}
	p.taps = p.kernel[0] * p.kernel[1]
}

// padded returns the sizes of a channel with zeros around it.
func (p *slide) padded() (height, width int) {
	return p.plane[0] + p.kernel[0] - 1, p.plane[1] + p.kernel[1] - 1
}

// gather describes the patches of padded channels, for a kernel as it is or
// flipped. It returns the offsets, in the memory that it is given.
func (p *slide) gather(dst *im2col.Patches, src []float32, offsets []int, channels int, flipped bool) []int {
	h, w := p.padded()
	one := [2]int{1, 1}
	window := im2col.Window{Kernel: p.kernel, Stride: one, Dilation: one, Out: p.plane, Flipped: flipped}
	offsets = window.Offsets(offsets, channels)
	*dst = im2col.Patches{
		Src: src, Picture: channels * h * w, Pitch: w, Width: p.plane[1], Height: p.plane[0], Offsets: offsets,
	}
	return offsets
}

// all makes p.patches those of the channels that begin at the given places.
func (p *slide) all(x []float32, at []int, channels int, flipped bool) {
	h, w := p.padded()
	p.padder = padder{p, mem.Get(len(at) * channels * h * w), x, at, channels}
	parallel.For(len(at), &p.padder)
	p.offsets = p.gather(&p.patches, p.padder.dst, p.offsets, channels, flipped)
}

// release gives back what all took.
func (p *slide) release() {
	mem.Put(p.padder.dst)
	p.padder = padder{}
}

func (p *slide) input(s *scan, d *direction, i int) {
	w := s.cell.input[i]
	p.all(s.x, d.xAt, s.in, false)
	k := s.in * p.taps
	s.call = gemm.Call{
		Batch: s.total, M: w.n * s.size, N: s.area, K: k, A: s.inputWeight(d, i, k), SharedA: true, B: &p.patches,
		C: d.z[w.at*s.cSize:], CRow: s.area, CBatch: s.zSize, Init: gemm.RowBias, Bias: d.bias[w.gate*s.size:],
	}
	s.call.Run()
	p.release()
}

func (p *slide) pack(s *scan, d *direction) {
	channels := s.gates * s.size
	if !s.backward {
		if k := s.size * p.taps; d.packed == nil {
			s.a = gemm.Matrix{Data: d.whh, I: k, K: 1}
			d.state.SetA(channels, k, &s.a)
		}
		p.state = p.gather(&p.patches, nil, p.state, s.size, false)
		return
	}
	turned := mem.Get(len(d.whh))
	p.turn(turned, d.whh, channels, s.size)
	s.a = gemm.Matrix{Data: turned, I: channels * p.taps, K: 1}
	d.state.SetA(s.size, channels*p.taps, &s.a)
	mem.Put(turned)
	p.state = p.gather(&p.patches, nil, p.state, channels, true)
}

// turn writes w [out, in, taps] to dst as [in, out, taps].
func (p *slide) turn(dst, w []float32, out, in int) {
	for o := range out {
		for i := range in {
			copy(dst[(i*out+o)*p.taps:][:p.taps], w[(o*in+i)*p.taps:])
		}
	}
}

func (p *slide) forward(s *scan, w *worker, d *direction, first, n int, states []float32, at []int) {
	p.step(w, states, at, s.size)
	w.call = gemm.Call{
		Batch: n, M: s.gates * s.size, N: s.area, K: s.size * p.taps, A: d.stateWeight(), SharedA: true, B: &w.patches,
		C: d.z[first*s.zSize+s.state*s.cSize:], CRow: s.area, CBatch: s.zSize, Init: gemm.FromC,
	}
	w.call.Run()
	mem.Put(w.padder.dst)
}

// step makes w.patches those of the channels of a step.
func (p *slide) step(w *worker, x []float32, at []int, channels int) {
	height, width := p.padded()
	w.padder = padder{p, mem.Get(len(at) * channels * height * width), x, at, channels}
	for i := range at {
		w.padder.Do(0, i)
	}
	w.patches = p.patches
	w.patches.Src, w.patches.Picture, w.patches.Offsets = w.padder.dst, channels*height*width, p.state
}

func (p *slide) back(s *scan, w *worker, d *direction, first, n int) {
	channels := s.gates * s.size
	for j := range n {
		w.at[j] = (first+j)*s.zSize + s.state*s.cSize
	}
	p.step(w, d.dz, w.at[:n], channels)
	w.call = gemm.Call{
		Batch: n, M: s.size, N: s.area, K: channels * p.taps, A: &d.state, SharedA: true, B: &w.patches,
		C: w.dh, CRow: s.area, CBatch: s.cSize, Init: initial(s.passes),
	}
	w.call.Run()
	mem.Put(w.padder.dst)
}

func (p *slide) weight(s *scan, d *direction, dst []float32, w window, x []float32, at []int, channels int, add bool) {
	p.all(x, at, channels, false)
	p.planes = im2col.Planes{Src: d.dz, Base: w.at * s.cSize, Picture: s.zSize, Size: s.area}
	s.call = gemm.Call{
		M: w.n * s.size, N: channels * p.taps, K: s.total * s.area, A: &p.planes, B: (*im2col.Transposed)(&p.patches),
		C: dst, CRow: channels * p.taps, Init: initial(add),
	}
	s.call.Run()
	p.release()
}

func (p *slide) inputGradient(s *scan, d *direction, dst []float32) {
	turned := mem.Get(len(d.wih))
	p.at = ints(p.at, s.total)
	for i, w := range s.input {
		channels := w.n * s.size
		p.turn(turned, d.wih[w.gate*s.size*s.in*p.taps:], channels, s.in)
		for r := range p.at {
			p.at[r] = r*s.zSize + w.at*s.cSize
		}
		p.all(d.dz, p.at, channels, true)
		s.a = gemm.Matrix{Data: turned, I: channels * p.taps, K: 1}
		s.call = gemm.Call{
			Batch: s.total, M: s.in, N: s.area, K: channels * p.taps, A: &s.a, SharedA: true, B: &p.patches,
			C: dst, CRow: s.area, CBatch: s.xSize, Init: initial(i > 0),
		}
		s.call.Run()
		p.release()
	}
	mem.Put(turned)
}

// padder copies channels into larger ones with zeros around them; a part is a
// step.
type padder struct {
	*slide
	dst, src []float32
	at       []int
	channels int
}

// Do implements [parallel.Task].
func (p *padder) Do(_, i int) {
	height, width := p.padded()
	top, left := p.kernel[0]/2, p.kernel[1]/2
	src, dst := p.src[p.at[i]:], p.dst[i*p.channels*height*width:][:p.channels*height*width]
	clear(dst)
	for c := range p.channels {
		for r := range p.plane[0] {
			copy(dst[(c*height+top+r)*width+left:][:p.plane[1]], src[(c*p.plane[0]+r)*p.plane[1]:])
		}
	}
}
