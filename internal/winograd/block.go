package winograd

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
)

// block is a block of tiles at work. Its three steps are shared among the workers
// unless these have blocks of their own.
type block struct {
	tiling
	conv *Conv
	v    gemm.Packed // the transformed input, a matrix [XChannels × tiles] for each point
	m    products    // a matrix [YChannels × tiles] for each point
	call gemm.Call
	few  gemm.Matrix // v, where it is not packed
}

// products are matrices of so many columns, one for each point. Rows are row elements
// apart, a multiple of the lanes, and matrices apart.
type products struct {
	data       []float32
	row, apart int
}

// reserve makes room for matrices of rows×columns.
func (m *products) reserve(points, rows, columns int) {
	m.row = columns
	m.apart = gemm.Spread(rows * columns)
	if size := points * m.apart; cap(m.data) < size {
		mem.Return(m.data)
		m.data = mem.Borrow(size)
	} else {
		m.data = m.data[:size]
	}
}

// release gives the memory back.
func (m *products) release() {
	mem.Return(m.data)
	*m = products{}
}

// run computes block i.
func (b *block) run(i int) {
	c := b.conv
	b.set(i, c.direct())
	tiles, points := len(b.in.offs), c.points()*c.points()
	b.v.ReserveB(points, tiles, c.XChannels)
	b.m.reserve(points, c.YChannels, tiles)
	parallel.For(ceilDiv(c.XChannels, b.channels()), (*inputs)(b))
	b.call = gemm.Call{
		Batch: points, M: c.YChannels, N: tiles, K: c.XChannels, A: c.Weights, B: &b.v,
		C: b.m.data, CRow: b.m.row, CBatch: b.m.apart,
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
func (b *tiling) channels() int { return ceilDiv(2048, len(b.in.offs)) }

// release holds on to nothing but lists of offsets.
func (b *block) release() {
	b.v.Release()
	b.m.release()
	b.call, b.few = gemm.Call{}, gemm.Matrix{}
}

// direct reports whether tiles are written to the output itself: if none hangs over the
// border and the result is not to be added to what is there.
func (c *Conv) direct() bool {
	return !c.Add && !c.Few() && c.Out[0]%c.Tile == 0 && c.Out[1]%c.Tile == 0
}

// inputs is a block whose parts are channels of the input to transform.
type inputs block

// Do implements [parallel.Task].
func (b *inputs) Do(_, i int) {
	c, s := b.conv, &b.in
	channels := b.channels()
	strip, room := mem.Get(s.size), mem.Get(len(scratch{}))
	clear(strip)
	plane := c.In[0] * c.In[1]
	for k := i * channels; k < min((i+1)*channels, c.XChannels); k++ {
		s.copyIn(strip, c.X[k*plane:])
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
	channels := b.channels()
	strip, room := mem.Get(s.size), mem.Get(len(scratch{}))
	plane := c.Out[0] * c.Out[1]
	for k := i * channels; k < min((i+1)*channels, c.YChannels); k++ {
		var bias float32
		if c.Bias != nil {
			bias = c.Bias[k]
		}
		y, m := c.Y[k*plane:], b.m.data[k*b.m.row:]
		if c.direct() {
			c.transforms.output(y, s.pitch, s.offs, m, b.m.apart, bias, (*scratch)(room))
			if c.Finish != nil {
				(*block)(b).finish(k)
			}
			continue
		}
		c.transforms.output(strip, s.pitch, s.offs, m, b.m.apart, bias, (*scratch)(room))
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
