package depthwise

import (
	"slices"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/vec"
)

// budget is how many floats of padded planes a part works on at a time: some 16 KiB,
// which stay in the first cache until the kernels have read them. Where rows are long,
// four rows of the output are more.
const budget = 1 << 12

// pass is how planes of a source are placed, with zeros around them, in scratch
// memory, and which output is computed from there. Large planes are cut into strips
// of rows of the output; of small ones, several are placed at once.
//
// Row r of a strip begins at start + r·pitch. Its columns follow each other, those of
// the padding on the left first; what is right of the picture it shares with the next
// row. In the layout split its even columns follow each other, and from odd on the
// odd ones. Where start and pitch can do it, the picture's columns begin at multiples
// of a vector, which spares stores that cross lines of the cache.
type pass struct {
	in     [2]int // size of a plane of the source
	spread int    // distance at which its rows and columns are placed
	before [2]int // padding
	stride int
	out    [2]int // size of a plane of the output
	kernel int    // rows

	special    int // index of the kernel in the tables, 0 if it is not there
	layout     layout
	small      bool // in the layout direct: there are routines for planes of this size
	least      int  // rows for which the weight's kernel is made
	start      int
	pitch, odd int
	rows       int // of the output in a strip
	strips     int
	plane      int // floats of a strip of a plane
}

// layout is how the columns of a row lie in scratch memory.
type layout int

const (
	single layout = iota // one after the other
	split                // the even ones, then the odd ones
	pairs                // one after the other; a vector holds a row and the next
	direct               // planes are not placed: there are routines that take them as they are
	merged               // one after the other; rows and columns see every second tap of the kernel
)

// setPass sets c.pass and what follows from it.
func (c *Conv) setPass(in [2]int, spread int, before [2]int, stride int, out [2]int) {
	c.pass = pass{in: in, spread: spread, before: before, stride: stride, out: out, kernel: c.Kernel[0]}
	if c.k == nil {
		return
	}
	p := &c.pass
	if c.Kernel[0] == c.Kernel[1] {
		p.special = max(0, slices.Index(sizes, c.Kernel[0]))
	}
	if p.isSmall(c.k) {
		p.layout, p.small, p.rows, p.strips, p.plane = direct, true, out[0], 1, in[0]*in[1]
		return
	}
	if c.isDirect() {
		p.layout, p.pitch = direct, in[1]
		p.cut()
		return
	}
	if spread > 1 && c.k.data[p.special][0] != nil {
		c.setMerged()
		return
	}
	left, width := before[1], spread*(in[1]-1)+1
	wanted := (out[1]-1)*stride + c.Kernel[1] // columns that the kernel sees
	if stride == 1 {
		p.pitch = width + max(left, wanted-left-width)
		if p.pitch+out[1] <= lanes && c.k.forward[p.special][pairs] != nil {
			p.layout = pairs
		} else {
			p.start, p.pitch = up(left)-left, up(p.pitch)
		}
	} else {
		p.layout = split
		p.start = up(left/2) - left/2
		p.odd = up((max(left+width, wanted) + 1) / 2)
		p.pitch = 2 * p.odd
	}
	steps := ceilDiv(p.kernel, stride) // rows of the output that see a row
	if p.layout == pairs {
		steps = (p.kernel+1)/2*2 - 1
	}
	p.least = max(steps, 1)
	p.cut()
	if p.special == 0 && c.what != weight {
		c.offsets()
	}
}

// setMerged sets c.pass for the gradient of a stride of 2 by routines that do without
// zeros between the elements of the output's gradient.
func (c *Conv) setMerged() {
	p, half := &c.pass, c.Kernel[0]/2
	p.layout, p.spread = merged, 1
	p.before = [2]int{half - c.Before[0]/2, half - c.Before[1]/2}
	p.pitch = up(max(p.before[1]+p.in[1], (p.out[1]+1)/2+1+half))
	p.cut()
}

// isSmall returns whether there is a routine for the planes as they are.
func (p *pass) isSmall(k *kernels) bool {
	if k.small[0] == nil || sizes[p.special] != 3 || p.spread != 1 || p.out[0] > 8 || p.out[1] > 7 {
		return false
	}
	if p.stride == 1 {
		return p.before == [2]int{1, 1} && p.in == p.out
	}
	return p.before[1]+p.in[1] <= lanes
}

// isDirect returns whether there is a routine for planes of any size as they are. Where
// two rows share a vector, the others are faster.
func (c *Conv) isDirect() bool {
	p := &c.pass
	switch {
	case p.spread > 1 || p.stride == 1 && p.out[1] < lanes/2:
		return false
	case c.what == weight:
		return c.k.directWeight[p.special][p.stride-1] != nil
	}
	return c.k.direct[p.special][p.stride-1] != nil
}

// lanes is the number of floats in the widest vector.
const lanes = 16

// up rounds up to a multiple of a vector.
func up(n int) int { return (n + lanes - 1) &^ (lanes - 1) }

// cut chooses the strips. Their rows are even in number, so that all have the rows of
// the source at places of the same parity.
func (p *pass) cut() {
	p.rows, p.strips = p.out[0], 1
	if p.height(p.rows)*p.pitch > budget {
		most := max(4, (budget/p.pitch-p.kernel)/p.stride+1)
		if p.layout == merged {
			most = max(4, 2*(budget/p.pitch-p.kernel))
		}
		p.strips = ceilDiv(p.out[0], most)
		p.rows = (ceilDiv(p.out[0], p.strips) + 1) &^ 1
		p.strips = ceilDiv(p.out[0], p.rows)
	}
	p.plane = p.height(p.rows) * p.pitch
}

// height returns the number of rows that a strip takes for so many of the output.
func (p *pass) height(rows int) int {
	h := p.seen(rows)
	if p.layout == pairs {
		h++ // what the last vector has beside the last row
	}
	return h
}

// seen returns the number of rows, of the padded source, that so many of the output see.
func (p *pass) seen(rows int) int {
	if p.layout == merged {
		return (rows+1)/2 + 1 + p.kernel/2 // one more than needed if the padding is even
	}
	return (rows-1)*p.stride + p.kernel
}

// top returns the first row, of the padded source, that a row of the output sees.
func (p *pass) top(row int) int {
	if p.layout == merged {
		return row / 2
	}
	return row * p.stride
}

// strip is a part of the output's rows.
type strip struct{ first, rows int }

// next goes on to the next strip, or the first if t is zero; it returns whether there
// is one.
func (p *pass) next(t *strip) bool {
	t.first += t.rows
	t.rows = min(p.rows, p.out[0]-t.first)
	return t.rows > 0
}

// offsets computes where the taps are.
func (c *Conv) offsets() {
	c.offs = c.offs[:0]
	for h := range c.Kernel[0] {
		for w := range c.Kernel[1] {
			o := h*c.pass.pitch + w
			if c.pass.layout == split {
				o = h*c.pass.pitch + w/2 + w%2*c.pass.odd
			}
			c.offs = append(c.offs, o)
		}
	}
}

// scratch is what one part works with.
type scratch struct {
	*Conv
	planes int       // how many fit
	memory []float32 // padded planes
	sums   []float32 // planes of the output that are added to others
	turned []float32 // weights
}

// newScratch returns the scratch memory for a part of so many channels.
func (c *Conv) newScratch(channels int) scratch {
	p := &c.pass
	s := scratch{Conv: c, planes: max(1, budget/p.plane)}
	if c.what == weight {
		channels *= c.N
	}
	s.planes = max(1, min(s.planes, channels))
	padded := p.start + s.planes*p.plane + p.pitch + slack
	if p.layout == direct {
		padded = 0
	}
	sums := 0
	if c.what != weight && (c.add || c.M > 1) {
		sums = s.planes * p.rows * p.out[1]
	}
	s.memory = mem.Get(padded + sums + c.taps())
	s.sums = s.memory[padded:][:sums]
	s.turned = s.memory[padded+sums:][:c.taps()]
	clear(s.memory[:padded])
	return s
}

// slack is more than kernels read beyond the last plane: a vector, and the columns
// of a kernel.
const slack = 64

// placed is a source for the kernels, and the distance of its planes.
type placed struct {
	src   []float32
	plane int
}

// place brings a strip of planes of a source to where the kernels want it.
func (s *scratch) place(t *strip, src []float32, srcPlane, planes int) placed {
	if s.pass.layout == direct {
		return placed{src, srcPlane}
	}
	s.fill(t, 0, s.pass.plane, src, srcPlane, planes)
	return placed{s.memory[s.pass.start:], s.pass.plane}
}

// placeAll does so for channels of pictures; it returns the distance of channels too.
func (s *scratch) placeAll(t *strip, x []float32, channels, pictures int) (from placed, channel int) {
	size, plane := s.In[0]*s.In[1], s.pass.plane
	if s.pass.layout == direct || channels == 1 {
		return s.place(t, x, s.C*size, pictures), size
	}
	for i := range pictures {
		s.fill(t, i*plane, pictures*plane, x[i*s.C*size:], size, channels)
	}
	return placed{s.memory[s.pass.start:], plane}, pictures * plane
}

// fill places a strip of planes of a source into memory, from at on, dstPlane floats
// apart. Around them the memory is zero already; only rows that other strips have used
// are cleared.
func (s *scratch) fill(t *strip, at, dstPlane int, src []float32, srcPlane, planes int) {
	p := &s.pass
	top := p.top(t.first)
	lo := max(0, (top-p.before[0]+p.spread-1)/p.spread)
	hi := min(p.in[0], (top+p.seen(t.rows)-1-p.before[0])/p.spread+1)
	first := p.before[0] + p.spread*lo - top // row of the strip that row lo goes to
	if p.strips > 1 {
		end := first + p.spread*(hi-lo-1) + 1
		if hi <= lo {
			first, end = 0, 0
		}
		clear(s.memory[:p.start+first*p.pitch])
		clear(s.memory[p.start+end*p.pitch : p.start+p.plane])
	}
	if hi <= lo {
		return
	}
	dst := s.memory[p.start+at+first*p.pitch:]
	src = src[lo*p.in[1]:]
	left := p.before[1]
	switch {
	case p.spread > 1:
		s.k.spread(dst[left:], dstPlane, p.spread*p.pitch, src, srcPlane, planes, hi-lo, p.in[1])
	case p.layout != split:
		s.k.copy(dst[left:], dstPlane, p.pitch, src, srcPlane, planes, hi-lo, p.in[1])
	case left%2 == 0:
		s.k.split(dst[left/2:], dstPlane, p.pitch, src, srcPlane, planes, hi-lo, p.in[1], p.odd)
	default:
		s.k.split(dst[p.odd+left/2:], dstPlane, p.pitch, src, srcPlane, planes, hi-lo, p.in[1], 1-p.odd)
	}
}

// convolve computes strips of planes of an output that begins at dst, or adds to them.
func (s *scratch) convolve(dst []float32, dstPlane int, from placed, t *strip, w []float32, wPlane int, b []float32, bStep, planes int, add bool) {
	size := t.rows * s.pass.out[1]
	if !add {
		s.kernel(dst, dstPlane, from, t, w, wPlane, b, bStep, planes)
		return
	}
	s.kernel(s.sums, size, from, t, w, wPlane, b, bStep, planes)
	for i := range planes {
		to := dst[i*dstPlane:][:size]
		vec.Add(to, to, s.sums[i*size:])
	}
}

// kernel runs the kernel for the size and layout.
func (s *scratch) kernel(dst []float32, dstPlane int, from placed, t *strip, w []float32, wPlane int, b []float32, bStep, planes int) {
	p, cols := &s.pass, s.pass.out[1]
	if p.layout == merged {
		s.merge(dst, dstPlane, from, t, w, wPlane, planes)
		return
	}
	if p.special > 0 {
		step := 1
		if s.what == data {
			w, step = w[s.taps()-1:], -1
		}
		if p.layout == direct {
			f := s.k.direct[p.special][p.stride-1]
			if p.small {
				f = s.k.small[p.stride-1]
			}
			f(dst, dstPlane, from.src, from.plane, w, wPlane, step, b, bStep, planes,
				t.rows, cols, p.in[0], p.in[1], p.before[0]-p.top(t.first), p.before[1])
			return
		}
		s.k.forward[p.special][p.layout](dst, dstPlane, from.src, from.plane, p.pitch, p.odd, w, wPlane, step, b, bStep, planes, t.rows, cols)
		return
	}
	for i := range planes {
		copy(s.turned, w[i*wPlane:])
		if s.what == data {
			slices.Reverse(s.turned)
		}
		s.k.taps(dst[i*dstPlane:], from.src[i*from.plane:], p.stride*p.pitch, s.offs, s.turned, b[i*bStep:], t.rows, cols)
	}
}

// merge runs the kernels for the rows that see the even rows of the kernel and for those
// that see the odd ones, by turns.
func (s *scratch) merge(dst []float32, dstPlane int, from placed, t *strip, w []float32, wPlane, planes int) {
	p, k := &s.pass, s.Kernel[0]
	for first := range min(2, t.rows) {
		odd := (first + s.Before[0]) % 2
		at := 1 // row of the source that the first row of the output sees
		if odd == 0 {
			at = first
		}
		s.k.data[p.special][odd](dst[first*p.out[1]:], dstPlane, 2*p.out[1], from.src[at*p.pitch:], from.plane, p.pitch, s.Before[1]%2,
			w[(k-odd)*k-1:], wPlane, planes, (t.rows+1-first)/2, p.out[1])
	}
}

// correlate adds what strips of planes give to the weights' gradients.
func (s *scratch) correlate(dw, dy []float32, from placed, srcChannel int, t *strip, channels, planes int) {
	p, out, cols := &s.pass, s.pixels(), s.pass.out[1]
	dyChannel, dyPlane, dwStep := s.M*out, s.C*s.M*out, s.M*s.taps()
	if p.layout == direct {
		f := s.k.directWeight[p.special][p.stride-1]
		if p.small {
			f = s.k.smallWeight[p.stride-1]
		}
		f(dw, dwStep, dy, dyChannel, dyPlane, from.src, srcChannel, from.plane, channels, planes,
			t.rows, cols, p.in[0], p.in[1], p.before[0]-p.top(t.first), p.before[1])
		return
	}
	if f := s.k.weight[p.special][p.layout]; f != nil && t.rows >= p.least {
		f(dw, dwStep, dy, dyChannel, dyPlane, from.src, srcChannel, from.plane, p.pitch, p.odd, channels, planes, t.rows, cols)
		return
	}
	// Row by row of the kernel, in pieces of 5, 3 and 1 columns.
	for h := range s.Kernel[0] {
		for w := 0; w < s.Kernel[1]; {
			i := len(pieces) - 1
			for pieces[i] > s.Kernel[1]-w {
				i--
			}
			f, first, odd := s.k.row[i][single], w, 0
			if p.layout == split {
				f, first, odd = s.k.row[i][split], w/2, p.odd
				if w%2 == 1 { // the even ones are behind
					first, odd = p.odd+w/2, 1-p.odd
				}
			}
			f(dw[h*s.Kernel[1]+w:], dwStep, dy, dyChannel, dyPlane, from.src[h*p.pitch+first:],
				srcChannel, from.plane, p.stride*p.pitch, odd, channels, planes, t.rows, cols)
			w += pieces[i]
		}
	}
}
