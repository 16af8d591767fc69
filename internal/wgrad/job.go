package wgrad

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// job is a [Call] at work. Its parts are panels of channels, or some taps of one.
type job struct {
	*Call
	kernel        *kernel
	width, height int // of the output; rows that join up are one
	taps          int
	tiles, panels int // into which taps and channels are cut
	groups        int // of tiles, each a part
	step          extent
	slab          slab
	packed        []float32 // dY of the slab: panel after panel, pixel after pixel
	packer        packer
}

// extent is a number of pictures, rows and columns of the output.
type extent struct{ pictures, rows, cols int }

func (e extent) pixels() int { return e.pictures * e.rows * e.cols }

// slab is the range of pixels at work. All are whole pictures, or whole rows of
// one, or a part of one row, so that they follow each other.
type slab struct {
	picture, row, col int // the first pixel
	extent
}

func (j *job) set(c *Call) {
	*j = job{Call: c, kernel: currentKernel(), width: c.X.Width, height: c.X.Height, taps: len(c.X.Offsets)}
	if c.X.Stride == [2]int{1, 1} && c.X.Pitch == c.X.Width {
		j.width, j.height = j.width*j.height, 1
	}
	j.tiles, j.panels = ceilDiv(j.taps, j.kernel.taps), ceilDiv(c.Channels, 2*j.kernel.lanes)
	if j.tiles < 8 && j.tiles*j.panels%2 == 1 && j.taps >= 16 {
		j.tiles++ // two workers do alike, and no tile gets too low
	}
	j.step = j.cut()
	work := c.Channels * j.taps * j.step.pixels()
	j.groups = max(1, min(work/grain, maxParts)/j.panels)
	j.groups = min(j.groups, j.tiles)
}

// cut returns the size of slabs, about equal and within the bounds.
func (j *job) cut() extent {
	limit := min(max(slabWork/(j.channels()*j.taps), slabPixels), 16*slabPixels)
	limit = max(min(limit, slabSize/j.channels()), 1)
	share := func(n, size int) int { // of n things of the size, how many go into a slab
		return ceilDiv(n, ceilDiv(n, max(limit/size, 1)))
	}
	switch {
	case j.width*j.height <= limit:
		return extent{share(j.Pictures, j.width*j.height), j.height, j.width}
	case j.width <= limit:
		return extent{1, share(j.height, j.width), j.width}
	}
	return extent{1, 1, share(j.width, 1)}
}

// run goes through the slabs.
func (j *job) run() {
	j.packed = mem.Get(j.step.pixels() * j.channels())
	s := &j.slab
	for s.picture = 0; s.picture < j.Pictures; s.picture += j.step.pictures {
		s.pictures = min(j.step.pictures, j.Pictures-s.picture)
		for s.row = 0; s.row < j.height; s.row += j.step.rows {
			s.rows = min(j.step.rows, j.height-s.row)
			for s.col = 0; s.col < j.width; s.col += j.step.cols {
				s.cols = min(j.step.cols, j.width-s.col)
				j.packer = packer{j}
				parallel.For(j.panels*j.packer.chunks(), &j.packer)
				parallel.For(j.panels*j.groups, j)
			}
		}
	}
	mem.Put(j.packed)
}

// channels returns the number of channels filled up to whole vectors.
func (j *job) channels() int { return ceilDiv(j.Channels, j.kernel.lanes) * j.kernel.lanes }

// panel returns the first channel of a panel, how many it has, and its width.
func (j *job) panel(i int) (first, n, width int) {
	first = i * 2 * j.kernel.lanes
	width = min(2*j.kernel.lanes, j.channels()-first)
	return first, min(width, j.Channels-first), width
}

// Do implements [parallel.Task].
func (j *job) Do(_, part int) {
	panel, group := part/j.groups, part%j.groups
	room := mem.Get(stripTiles * maxTaps * maxWidth)
	hi := (group + 1) * j.tiles / j.groups
	for lo := group * j.tiles / j.groups; lo < hi; lo += stripTiles {
		j.strip(room, panel, lo, min(lo+stripTiles, hi))
	}
	mem.Put(room)
}

// stripTiles is how many tiles are transposed together, so that what they write
// to a row of DW fills cache lines.
const stripTiles = 4

// strip adds what the slab contributes to the tiles lo ≤ i < hi of a panel. room
// is for their transpose.
func (j *job) strip(room []float32, panel, lo, hi int) {
	s, x := &j.slab, &j.X
	first, n, width := j.panel(panel)
	tap, end := j.start(lo), j.start(hi)
	dw, c := j.DW[first*j.taps+tap:], room[:(end-tap)*width]
	if s.first() && !j.Add {
		clear(c)
	} else {
		read(c, width, dw, j.taps, end-tap, n)
	}
	at := x.Base + s.picture*x.Picture + s.row*x.Stride[0]*x.Pitch + s.col*x.Stride[1]
	for i := lo; i < hi; i++ {
		t := j.start(i)
		j.kernel.tile(c[(t-tap)*width:], x.Offsets[t:j.start(i+1)], x.Src[at:], j.packed[first*s.pixels():], width/j.kernel.lanes,
			s.pictures, s.rows, s.cols, x.Picture, x.Stride[0]*x.Pitch, x.Stride[1])
	}
	write(dw, j.taps, c, width, end-tap, n)
}

// start returns the first tap of a tile.
func (j *job) start(tile int) int { return tile * j.taps / j.tiles }

// read transposes n rows of taps values into c; what is left of its width
// becomes 0.
func read(c []float32, width int, dw []float32, ld, taps, n int) {
	if n < width {
		clear(c)
	}
	var rows [maxWidth]int
	gemm.PackCols(c, width, dw, multiples(rows[:n], ld), taps)
}

// write transposes c back, some rows at a time: the rows are often a power of two
// apart, so that lines of all of them would drive each other from the first cache.
func write(dw []float32, ld int, c []float32, width, taps, n int) {
	var cols [stripTiles * maxTaps]int
	multiples(cols[:taps], width)
	for i := 0; i < n; i += 8 {
		gemm.PackCols(dw[i*ld:], ld, c[i:], cols[:taps], min(8, n-i))
	}
}

// first returns whether the slab is the first.
func (s *slab) first() bool { return s.picture == 0 && s.row == 0 && s.col == 0 }

// multiples fills dst with the multiples of step.
func multiples(dst []int, step int) []int {
	for i := range dst {
		dst[i] = i * step
	}
	return dst
}

// packer is the job of rewriting dY for a slab; a part is a chunk of a panel.
// Parts are in the order of those that will read them, so that the same worker
// does.
type packer struct{ *job }

// chunk is the number of pixels in a part of the packing.
const chunk = 512

func (p *packer) chunks() int { return ceilDiv(p.slab.pixels(), chunk) }

// Do implements [parallel.Task].
func (p *packer) Do(_, part int) {
	s, pixels := &p.slab, p.DY.Size
	first, n, width := p.panel(part / p.chunks())
	lo := part % p.chunks() * chunk
	hi := min(lo+chunk, s.pixels())
	dst := p.packed[first*s.pixels():][lo*width : hi*width]
	if n < width {
		clear(dst)
	}
	for k := (s.picture*p.height+s.row)*p.width + s.col + lo; len(dst) > 0; {
		length := min(len(dst)/width, pixels-k%pixels)
		src := p.DY.Src[p.DY.Base+k/pixels*p.DY.Picture+first*pixels+k%pixels:]
		for i := 0; i < n; i += p.kernel.lanes {
			p.vector(dst[i:], width, src[i*pixels:], min(n-i, p.kernel.lanes), length)
		}
		dst, k = dst[length*width:], k+length
	}
}

// vector packs up to a vector of channels of one picture.
func (p *packer) vector(dst []float32, width int, src []float32, channels, length int) {
	if k := p.kernel; k.pack != nil && channels == k.lanes && length >= k.lanes {
		k.pack(dst, width, src, p.DY.Size, length)
		return
	}
	var offsets [maxWidth / 2]int
	gemm.PackCols(dst, width, src, multiples(offsets[:channels], p.DY.Size), length)
}
