package depthwise

import (
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Shape is that of a depthwise convolution. Pairs are rows, columns. No size is 0
// but N, Stride is 1 or 2 and the same on both axes, and Before is less than Kernel.
// There may be any padding behind the picture; it follows from Out.
type Shape struct {
	N, C                            int // pictures, input channels
	M                               int // output channels that see an input channel
	In, Kernel, Stride, Before, Out [2]int
}

// Conv computes a depthwise convolution and its gradients. It is working state: one
// goroutine uses it at a time. The zero value is ready once Shape is set.
type Conv struct {
	Shape
	k *kernels // nil for the generic level
	job
	pass pass
	part int // channels in a part

	// Finish, if not nil, is given pieces of the channels of the output of Forward when
	// they are computed, as rows, to change them while they are in the cache.
	Finish gemm.Finisher
	offs   []int // of the taps, for kernels of sizes without a routine
}

// job is the call at work.
type job struct {
	what       what
	y, x, w, b []float32
	add        bool
}

type what int

const (
	forward what = iota
	data
	weight
)

// grain is the number of products that make a part, some 5 µs of work.
const grain = 1 << 18

// Forward computes y = convolution of x with w, plus b, or plus y if add; b may be
// nil. Shapes: x [N, C, In], w [C·M, Kernel], b [C·M], y [N, C·M, Out].
func (c *Conv) Forward(y, x, w, b []float32, add bool) {
	if b == nil {
		b = none
	}
	c.begin(job{what: forward, y: y, x: x, w: w, b: b, add: add})
	c.setPass(c.In, 1, c.Before, c.Stride[0], c.Out)
	c.run(c.N, c.M*c.pixels()*c.taps())
}

// Data computes the gradient with respect to the input, dx, or adds to it.
func (c *Conv) Data(dx, dy, w []float32, add bool) {
	c.begin(job{what: data, y: dy, x: dx, w: w, b: none, add: add})
	before := [2]int{c.Kernel[0] - 1 - c.Before[0], c.Kernel[1] - 1 - c.Before[1]}
	c.setPass(c.Out, c.Stride[0], before, 1, c.In)
	c.run(c.N, c.M*c.pixels()*c.taps())
}

// Weight computes the gradient with respect to the weight, dw, or adds to it.
func (c *Conv) Weight(dw, dy, x []float32, add bool) {
	c.begin(job{what: weight, y: dy, x: x, w: dw, add: add})
	c.setPass(c.In, 1, c.Before, c.Stride[0], c.Out)
	c.run(1, c.N*c.M*c.pixels()*c.taps())
}

// none is the bias where there is none.
var none = []float32{0}

func (c *Conv) begin(j job) {
	c.job, c.k = j, nil
	for i := range archKernels {
		if cpu.Has(archKernels[i].level) {
			c.k = &archKernels[i]
			break
		}
	}
}

func (s *Shape) pixels() int { return s.Out[0] * s.Out[1] }
func (s *Shape) taps() int   { return s.Kernel[0] * s.Kernel[1] }

// run cuts the channels of each of n pictures into parts, by the number of products
// that a channel has, and runs them.
func (c *Conv) run(n, work int) {
	c.part = ceilDiv(c.C, ceilDiv(c.C, max(1, grain/max(work, 1))))
	parallel.For(n*c.partsEach(), c)
	c.job = job{}
}

func (c *Conv) partsEach() int { return ceilDiv(c.C, c.part) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// Do implements [parallel.Task]; a part is some channels, of one picture unless the
// sums go over all of them.
func (c *Conv) Do(_, i int) {
	n, lo := i/c.partsEach(), i%c.partsEach()*c.part
	hi := min(lo+c.part, c.C)
	if c.k == nil {
		c.generic(n, lo, hi)
		return
	}
	s := c.newScratch(hi - lo)
	switch c.what {
	case forward:
		c.forwardPart(&s, n, lo, hi)
	case data:
		c.dataPart(&s, n, lo, hi)
	case weight:
		c.weightPart(&s, lo, hi)
	}
	mem.Put(s.memory)
}

// forwardPart computes channels of a picture.
func (c *Conv) forwardPart(s *scratch, n, lo, hi int) {
	in, out, kk := c.In[0]*c.In[1], c.pixels(), c.taps()
	for ch := lo; ch < hi; ch += s.planes {
		planes := min(s.planes, hi-ch)
		for t := (strip{}); c.pass.next(&t); {
			x := s.place(&t, c.x[(n*c.C+ch)*in:], in, planes)
			for m := range c.M {
				o := ch*c.M + m
				b, step := c.b, 0
				if len(c.b) > 1 {
					b, step = c.b[o:], c.M
				}
				y := c.y[(n*c.C*c.M+o)*out+t.first*c.Out[1]:]
				s.convolve(y, c.M*out, x, &t, c.w[o*kk:], c.M*kk, b, step, planes, c.add)
				if c.Finish != nil {
					for i := range planes {
						c.Finish.Row(y[i*c.M*out:][:t.rows*c.Out[1]], n, o+i*c.M, t.first*c.Out[1])
					}
				}
			}
		}
	}
}

// dataPart computes the input's gradient for channels of a picture.
func (c *Conv) dataPart(s *scratch, n, lo, hi int) {
	in, out, kk := c.In[0]*c.In[1], c.pixels(), c.taps()
	for ch := lo; ch < hi; ch += s.planes {
		planes := min(s.planes, hi-ch)
		for t := (strip{}); c.pass.next(&t); {
			for m := range c.M {
				o := ch*c.M + m
				dy := s.place(&t, c.y[(n*c.C*c.M+o)*out:], c.M*out, planes)
				dx := c.x[(n*c.C+ch)*in+t.first*c.In[1]:]
				s.convolve(dx, in, dy, &t, c.w[o*kk:], c.M*kk, c.b, 0, planes, c.add || m > 0)
			}
		}
	}
}

// weightPart computes the weights' gradient for channels: as many of them at a time
// as fit into scratch memory with a few pictures, which share the work of joining the
// lanes of the sums. More pictures would be far from each other in memory; channels
// are neighbours, so that the kernels can fetch what comes next.
func (c *Conv) weightPart(s *scratch, lo, hi int) {
	in, out, kk := c.In[0]*c.In[1], c.pixels(), c.taps()
	if !c.add {
		clear(c.w[lo*c.M*kk : hi*c.M*kk])
	}
	pictures := min(c.N, s.planes, 4)
	channels := s.planes / max(pictures, 1)
	for n := 0; n < c.N; n += pictures {
		some := min(pictures, c.N-n)
		for ch := lo; ch < hi; ch += channels {
			many := min(channels, hi-ch)
			for t := (strip{}); c.pass.next(&t); {
				x, xChannel := s.placeAll(&t, c.x[(n*c.C+ch)*in:], many, some)
				for m := range c.M {
					o := ch*c.M + m
					dy := c.y[(n*c.C*c.M+o)*out+t.first*c.Out[1]:]
					s.correlate(c.w[o*kk:], dy, x, xChannel, &t, many, some)
				}
			}
		}
	}
}
