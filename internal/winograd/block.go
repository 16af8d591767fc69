package winograd

import (
	"slices"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
)

// block is a block of tiles at work. Its three steps are shared among the workers
// unless these have blocks of their own.
type block struct {
	conv       *Conv
	rows, cols [2]int // of tiles, those of rows counted on over all pictures
	in, out    strip
	v          gemm.Packed // the transformed input, a matrix [XChannels × tiles] for each point
	m          []float32   // the products, a matrix [YChannels × tiles] for each point
	mRow       int         // distance of its rows
	mApart     int         // distance of its matrices
	call       gemm.Call
	few        gemm.Matrix // v, where it is not packed
}

// strip is the part of a channel that a block of tiles sees, or makes up: the
// rows of one picture, then those of the next. The tiles of a channel and those of
// the next lie alike. Tiles beyond the last one fill up the lanes of the transforms.
type strip struct {
	size, pitch int
	tiles       int
	offs        []int // where each tile begins
	rows        []rowCopy
	width       int // of the rows to copy
}

// rowCopy is a row of a strip that is a row of a channel.
type rowCopy struct{ strip, channel int }

// begin empties a strip and sets its pitch.
func (s *strip) begin(pitch int) {
	*s = strip{pitch: pitch, offs: s.offs[:0], rows: s.rows[:0]}
}

// fill makes the number of tiles a multiple of lanes with tiles at an offset.
func (s *strip) fill(lanes, offset int) {
	for s.tiles = len(s.offs); len(s.offs)%lanes > 0; {
		s.offs = append(s.offs, offset)
	}
}

// last returns where the last tile begins.
func (s *strip) last() int { return s.offs[len(s.offs)-1] }

// reserve makes room for the lists of the largest block, so that it does not matter
// which worker gets it.
func (b *block) reserve() {
	g, c := &b.conv.grid, b.conv
	for _, s := range []*strip{&b.in, &b.out} {
		s.offs = slices.Grow(s.offs[:0], g.rows*g.across+c.transforms.lanes)
		s.rows = slices.Grow(s.rows[:0], g.rows*(c.Tile+2))
	}
}

// run computes block i.
func (b *block) run(i int) {
	c := b.conv
	g := &c.grid
	first, left := i%g.down*g.rows, i/g.down*g.across
	b.rows = [2]int{first, min(first+g.rows, c.N*g.tiles[0])}
	b.cols = [2]int{left, min(left+g.across, g.tiles[1])}
	b.setIn()
	b.setOut()
	tiles, points := len(b.in.offs), (c.Tile+2)*(c.Tile+2)

	b.v.ReserveB(points, tiles, c.XChannels)
	b.mRow = tiles
	b.mApart = gemm.Spread(c.YChannels * b.mRow)
	if size := points * b.mApart; cap(b.m) < size {
		mem.Put(b.m)
		b.m = mem.Get(size)
	} else {
		b.m = b.m[:size]
	}
	parallel.For(ceilDiv(c.XChannels, b.channels()), (*inputs)(b))
	b.call = gemm.Call{
		Batch: points, M: c.YChannels, N: tiles, K: c.XChannels, A: c.Weights, B: &b.v,
		C: b.m, CRow: b.mRow, CBatch: b.mApart,
	}
	if c.Few() {
		p := b.v.Panel(0, 0)
		b.few = gemm.Matrix{Data: p.Data, Batch: b.v.Apart(), I: 1, K: p.Pitch}
		b.call.N, b.call.B = b.in.tiles, &b.few
	}
	b.call.Run()
	parallel.For(ceilDiv(c.YChannels, b.channels()), (*outputs)(b))
}

// channels returns how many channels are a part, some 10 µs of work.
func (b *block) channels() int { return ceilDiv(2048, len(b.in.offs)) }

// release holds on to nothing but lists of offsets.
func (b *block) release() {
	b.v.Release()
	mem.Put(b.m)
	b.m, b.call, b.few = nil, gemm.Call{}, gemm.Matrix{}
}

// pictures calls f for each picture of the block and its rows of tiles, lo ≤ r < hi.
func (b *block) pictures(f func(n, lo, hi int)) {
	down := b.conv.grid.tiles[0]
	for r := b.rows[0]; r < b.rows[1]; {
		n := r / down
		hi := min(b.rows[1], (n+1)*down)
		f(n, r-n*down, hi-n*down)
		r = hi
	}
}

// place adds rows of tiles to a strip, from an offset on.
func (b *block) place(s *strip, offset, rows int) {
	t := b.conv.Tile
	for r := range rows {
		for j := range b.cols[1] - b.cols[0] {
			s.offs = append(s.offs, offset+(r*s.pitch+j)*t)
		}
	}
}

// setIn lays out the rows of the input: two more than those of the tiles.
func (b *block) setIn() {
	c, s := b.conv, &b.in
	t := c.Tile
	s.begin((b.cols[1]-b.cols[0])*t + 2)
	first := b.cols[0]*t - c.Before[1] // the column of the input where the strip begins
	lo, hi := max(first, 0), min(first+s.pitch, c.In[1])
	s.width = max(hi-lo, 0)
	b.pictures(func(n, r0, r1 int) {
		b.place(s, s.size, r1-r0)
		for i := range (r1-r0)*t + 2 {
			if y := r0*t - c.Before[0] + i; y >= 0 && y < c.In[0] && s.width > 0 {
				s.rows = append(s.rows, rowCopy{s.size + lo - first, n*c.XPicture + y*c.In[1] + lo})
			}
			s.size += s.pitch
		}
	})
	s.fill(c.transforms.lanes, s.last())
}

// setOut lays out the rows of the output. If nothing hangs over the border and
// the result is not to be added to what is there, the strip is the output itself,
// and the tiles that fill up are the last one again, with the same result.
func (b *block) setOut() {
	c, s := b.conv, &b.out
	t := c.Tile
	s.begin((b.cols[1] - b.cols[0]) * t)
	first := b.cols[0] * t
	if c.direct() {
		s.pitch = c.Out[1]
		b.pictures(func(n, r0, r1 int) {
			b.place(s, n*c.YPicture+r0*t*s.pitch+first, r1-r0)
		})
		s.fill(c.transforms.lanes, s.last())
		return
	}
	s.width = min(s.pitch, c.Out[1]-first)
	b.pictures(func(n, r0, r1 int) {
		b.place(s, s.size, r1-r0)
		for i := range (r1 - r0) * t {
			if y := r0*t + i; y < c.Out[0] {
				s.rows = append(s.rows, rowCopy{s.size, n*c.YPicture + y*c.Out[1] + first})
			}
			s.size += s.pitch
		}
	})
	s.fill(c.transforms.lanes, s.size)
	s.size += t * s.pitch
}

// direct reports whether tiles are written to the output itself.
func (c *Conv) direct() bool {
	return !c.Add && !c.Few() && c.Out[0]%c.Tile == 0 && c.Out[1]%c.Tile == 0
}

// inputs is a block whose parts are channels of the input to transform.
type inputs block

// Do implements [parallel.Task].
func (b *inputs) Do(_, i int) {
	c, s := b.conv, &b.in
	channels := (*block)(b).channels()
	strip, room := mem.Get(s.size), mem.Get(len(scratch{}))
	clear(strip)
	plane := c.In[0] * c.In[1]
	for k := i * channels; k < min((i+1)*channels, c.XChannels); k++ {
		x := c.X[k*plane:]
		for _, r := range s.rows {
			copy(strip[r.strip:][:s.width], x[r.channel:])
		}
		for q := range b.v.Panels() {
			p := b.v.Panel(q, k)
			c.transforms.input(p.Data, b.v.Apart(), strip, s.pitch, s.offs[p.First:][:p.Vectors], (*scratch)(room))
		}
	}
	mem.Put(strip)
	mem.Put(room)
}

// outputs is a block whose parts are channels of the output.
type outputs block

// Do implements [parallel.Task].
func (b *outputs) Do(_, i int) {
	c, s := b.conv, &b.out
	channels := (*block)(b).channels()
	strip, room := mem.Get(s.size), mem.Get(len(scratch{}))
	plane := c.Out[0] * c.Out[1]
	for k := i * channels; k < min((i+1)*channels, c.YChannels); k++ {
		var bias float32
		if c.Bias != nil {
			bias = c.Bias[k]
		}
		y, m := c.Y[k*plane:], b.m[k*b.mRow:]
		if c.direct() {
			c.transforms.output(y, s.pitch, s.offs, m, b.mApart, bias, (*scratch)(room))
			if c.Finish != nil {
				(*block)(b).finish(k)
			}
			continue
		}
		c.transforms.output(strip, s.pitch, s.offs, m, b.mApart, bias, (*scratch)(room))
		for _, r := range s.rows {
			to, from := y[r.channel:][:s.width], strip[r.strip:]
			if c.Add {
				vec.Add(to, to, from)
			} else {
				copy(to, from)
			}
			if c.Finish != nil {
				c.Finish.Row(to, r.channel/c.YPicture, k, r.channel%c.YPicture)
			}
		}
	}
	mem.Put(strip)
	mem.Put(room)
}

// finish finishes the rows of an output channel that were written to the output itself.
func (b *block) finish(channel int) {
	c := b.conv
	t, pitch := c.Tile, c.Out[1]
	first := b.cols[0] * t
	y := c.Y[channel*c.Out[0]*pitch:]
	b.pictures(func(n, lo, hi int) {
		rows, width := (hi-lo)*t, (b.cols[1]-b.cols[0])*t
		if width == pitch { // rows follow each other
			width, rows = rows*pitch, 1
		}
		for r := range rows {
			at := (lo*t+r)*pitch + first
			c.Finish.Row(y[n*c.YPicture+at:][:width], n, channel, at)
		}
	})
}
