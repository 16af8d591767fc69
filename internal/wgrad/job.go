package wgrad

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// job is a [Call] at work. It goes from slab to slab; its parts multiply panels of
// one, or some taps of a panel, and meanwhile pack the next.
type job struct {
	*Call
	kernel        *kernel
	width, height int // of the output; rows that join up are one
	taps          int
	tiles, panels int // into which taps and channels are cut
	groups        int // of tiles, each a part
	step          extent
	slab, next    slab      // to multiply and to pack, both maybe empty
	packed, ahead []float32 // their dY: panel after panel, pixel after pixel
}

// extent is a number of pictures, rows and columns of the output.
type extent struct{ pictures, rows, cols int }

func (e extent) pixels() int { return e.pictures * e.rows * e.cols }

// slab is a range of pixels. All are whole pictures, or whole rows of
// one, or a part of one row, so that they follow each other.
type slab struct {
	picture, row, col int // the first pixel
	extent
}

func (j *job) set(c *Call) {
	*j = job{Call: c, kernel: currentKernel(), width: c.X.Width, height: c.X.Height, taps: len(c.X.Offsets)}
	if c.X.Pitch == c.X.Width { // rows join up
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
	j.next = j.from(0, 0, 0)
	size := j.next.pixels() * j.channels()
	j.ahead = mem.Get(size)
	if j.after(j.next).pixels() > 0 {
		j.packed = mem.Get(size)
	}
	for {
		groups, chunks := j.parts()
		parallel.For(j.panels*(groups+chunks), j)
		if j.next.pixels() == 0 {
			break
		}
		j.slab, j.next = j.next, j.after(j.next)
		j.packed, j.ahead = j.ahead, j.packed
	}
	mem.Put(j.packed)
	mem.Put(j.ahead)
}

// from returns the slab that begins at a pixel.
func (j *job) from(picture, row, col int) slab {
	return slab{picture, row, col, extent{
		min(j.step.pictures, j.Pictures-picture), min(j.step.rows, j.height-row), min(j.step.cols, j.width-col),
	}}
}

// after returns the slab after s, which is empty if s is the last.
func (j *job) after(s slab) slab {
	switch {
	case s.col+s.cols < j.width:
		return j.from(s.picture, s.row, s.col+s.cols)
	case s.row+s.rows < j.height:
		return j.from(s.picture, s.row+s.rows, 0)
	case s.picture+s.pictures < j.Pictures:
		return j.from(s.picture+s.pictures, 0, 0)
	}
	return slab{}
}

// chunk is the number of pixels in a part that packs.
const chunk = 512

// parts returns how many parts of each panel multiply and how many pack.
func (j *job) parts() (groups, chunks int) {
	if j.slab.pixels() > 0 {
		groups = j.groups
	}
	return groups, ceilDiv(j.next.pixels(), chunk)
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
	groups, chunks := j.parts()
	panel, i := part/(groups+chunks), part%(groups+chunks)
	if i < groups {
		j.multiply(panel, i)
	} else {
		j.pack(panel, i-groups)
	}
}

// multiply adds what the slab contributes to a group of the tiles of a panel.
func (j *job) multiply(panel, group int) {
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
	at := x.Base + s.picture*x.Picture + s.row*x.Pitch + s.col
	for i := lo; i < hi; i++ {
		t := j.start(i)
		j.kernel.tile(c[(t-tap)*width:], x.Offsets[t:j.start(i+1)], x.Src[at:], j.packed[first*s.pixels():], width/j.kernel.lanes,
			s.pictures, s.rows, s.cols, x.Picture, x.Pitch, 1)
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

// pack rewrites a chunk of a panel of the next slab.
func (j *job) pack(panel, part int) {
	s, pixels := &j.next, j.DY.Size
	first, n, width := j.panel(panel)
	lo := part * chunk
	hi := min(lo+chunk, s.pixels())
	dst := j.ahead[first*s.pixels():][lo*width : hi*width]
	if n < width {
		clear(dst)
	}
	for k := (s.picture*j.height+s.row)*j.width + s.col + lo; len(dst) > 0; {
		length := min(len(dst)/width, pixels-k%pixels)
		src := j.DY.Src[j.DY.Base+k/pixels*j.DY.Picture+first*pixels+k%pixels:]
		for i := 0; i < n; i += j.kernel.lanes {
			j.packVector(dst[i:], width, src[i*pixels:], min(n-i, j.kernel.lanes), length)
		}
		dst, k = dst[length*width:], k+length
	}
}

// packVector packs up to a vector of channels of one picture.
func (j *job) packVector(dst []float32, width int, src []float32, channels, length int) {
	if k := j.kernel; k.pack != nil && channels == k.lanes && length >= k.lanes {
		k.pack(dst, width, src, j.DY.Size, length)
		return
	}
	var offsets [maxWidth / 2]int
	gemm.PackCols(dst, width, src, multiples(offsets[:channels], j.DY.Size), length)
}
