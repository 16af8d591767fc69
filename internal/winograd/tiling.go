package winograd

import "slices"

// Shape is the geometry of a convolution of N pictures with square kernels, at a stride
// of 1:
//
//	y[n,o,i,j] = Σ_c,a,b w[o,c,a,b] · x[n, c, i+a−Before[0], j+b−Before[1]]
//
// where x is 0 outside of the picture. Channel c of picture n of the input begins at
// n·XPicture + c·In[0]·In[1], and that of the output alike.
type Shape struct {
	Form                        // of the algorithm, and the size of the kernels
	N                    int    // pictures
	XChannels, YChannels int    // of input and output
	In, Out              [2]int // rows and columns of input and output
	Before               [2]int // rows above the input and columns to its left that are 0
	XPicture, YPicture   int    // distances of pictures
}

// grid says how the tiles of all pictures are cut into blocks. A block is some
// rows of tiles, counted on from one picture to the next, and the columns of a
// stripe, which is the whole width if that is not very large.
type grid struct {
	tiles   [2]int // rows and columns of tiles in a picture
	across  int    // columns of tiles in a stripe
	stripes int
	rows    int // rows of tiles in a block
	down    int // blocks in a stripe
}

// cut chooses the blocks, of at most so many tiles, from the shape alone.
func (s *Shape) cut(most, lanes int) grid {
	g := grid{tiles: [2]int{ceilDiv(s.Out[0], s.Tile), ceilDiv(s.Out[1], s.Tile)}}
	g.stripes = ceilDiv(g.tiles[1], most)
	g.across = ceilDiv(g.tiles[1], g.stripes)
	g.stripes = ceilDiv(g.tiles[1], g.across)
	g.rows = bestRows(most/g.across, g.across, lanes)
	g.down = ceilDiv(s.N*g.tiles[0], g.rows)
	return g
}

// blocks returns their number.
func (g *grid) blocks() int { return g.stripes * g.down }

// bestRows returns how many rows of tiles, at most limit, fill the lanes best: of
// the upper half of them, since small blocks cost more.
func bestRows(limit, across, lanes int) int {
	best, idle := 1, 1.0
	for r := max(limit/2, 1); r <= limit; r++ {
		tiles := r * across
		if waste := float64(-tiles&(lanes-1)) / float64(tiles); waste <= idle {
			best, idle = r, waste
		}
	}
	return best
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// tiling is where the tiles of a block lie.
type tiling struct {
	shape      *Shape
	grid       *grid
	lanes      int
	rows, cols [2]int // of tiles, those of rows counted on over all pictures
	in, out    strip
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
func (b *tiling) reserve(shape *Shape, grid *grid, lanes int) {
	b.shape, b.grid, b.lanes = shape, grid, lanes
	for _, s := range []*strip{&b.in, &b.out} {
		s.offs = slices.Grow(s.offs[:0], grid.rows*grid.across+lanes)
		s.rows = slices.Grow(s.rows[:0], grid.rows*shape.points())
	}
}

// set lays out block i. If direct, the output itself is the strip of the output.
func (b *tiling) set(i int, direct bool) {
	g := b.grid
	first, left := i%g.down*g.rows, i/g.down*g.across
	b.rows = [2]int{first, min(first+g.rows, b.shape.N*g.tiles[0])}
	b.cols = [2]int{left, min(left+g.across, g.tiles[1])}
	b.setIn()
	b.setOut(direct)
}

// pictures calls f for each picture of the block and its rows of tiles, lo ≤ r < hi.
func (b *tiling) pictures(f func(n, lo, hi int)) {
	down := b.grid.tiles[0]
	for r := b.rows[0]; r < b.rows[1]; {
		n := r / down
		hi := min(b.rows[1], (n+1)*down)
		f(n, r-n*down, hi-n*down)
		r = hi
	}
}

// place adds rows of tiles to a strip, from an offset on.
func (b *tiling) place(s *strip, offset, rows int) {
	t := b.shape.Tile
	for r := range rows {
		for j := range b.cols[1] - b.cols[0] {
			s.offs = append(s.offs, offset+(r*s.pitch+j)*t)
		}
	}
}

// setIn lays out the rows of the input, as many as the tiles have and the kernel sees
// beyond them.
func (b *tiling) setIn() {
	c, s := b.shape, &b.in
	t, more := c.Tile, c.Kernel-1
	s.begin((b.cols[1]-b.cols[0])*t + more)
	first := b.cols[0]*t - c.Before[1] // the column of the input where the strip begins
	lo, hi := max(first, 0), min(first+s.pitch, c.In[1])
	s.width = max(hi-lo, 0)
	b.pictures(func(n, r0, r1 int) {
		b.place(s, s.size, r1-r0)
		for i := range (r1-r0)*t + more {
			if y := r0*t - c.Before[0] + i; y >= 0 && y < c.In[0] && s.width > 0 {
				s.rows = append(s.rows, rowCopy{s.size + lo - first, n*c.XPicture + y*c.In[1] + lo})
			}
			s.size += s.pitch
		}
	})
	s.fill(b.lanes, s.last())
}

// setOut lays out the rows of the output. In a strip of its own, the tiles that fill up
// come after all others; in the output itself they are the last one again, with the same
// result.
func (b *tiling) setOut(direct bool) {
	c, s := b.shape, &b.out
	t := c.Tile
	s.begin((b.cols[1] - b.cols[0]) * t)
	first := b.cols[0] * t
	if direct {
		s.pitch = c.Out[1]
		b.pictures(func(n, r0, r1 int) {
			b.place(s, n*c.YPicture+r0*t*s.pitch+first, r1-r0)
		})
		s.fill(b.lanes, s.last())
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
	s.fill(b.lanes, s.size)
	s.size += t * s.pitch
}

// copyIn copies the rows of a channel that s is of to memory for it.
func (s *strip) copyIn(dst, channel []float32) {
	for _, r := range s.rows {
		copy(dst[r.strip:][:s.width], channel[r.channel:])
	}
}
