package winograd

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Conv describes a convolution of N pictures with kernels of 3×3:
//
//	y[n,o,i,j] = bias[o] + Σ_c,a,b w[o,c,a,b] · x[n, c, i+a−Before[0], j+b−Before[1]]
//
// where x is 0 outside of the picture. Channel c of picture n begins at
// X[n·XPicture + c·In[0]·In[1]]; Y is laid out alike. Owners keep a Conv and use it
// again, so that [Conv.Run] allocates nothing. The fields may change between runs.
type Conv struct {
	Tile               int    // rows and columns of a tile of the output: 2 or 4
	N                  int    // pictures
	XChannels          int    // of the input
	YChannels          int    // of the output
	In, Out            [2]int // rows and columns of input and output
	Before             [2]int // rows above the input and columns to its left that are 0
	X, Y               []float32
	XPicture, YPicture int           // distances of pictures
	Weights            *gemm.Packed  // by [Weights.Pack] for this tile
	Bias               []float32     // of the output channels, or nil
	Add                bool          // adds to Y
	Finish             gemm.Finisher // is given pieces of channels of Y, as rows, when they are computed, or nil

	transforms *transforms
	grid       grid
	workers    [parallel.MaxWorkers]*block // those that have worked
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

// Sizes that guide the cutting of work. They change speed, never results; tests
// change them to prove it.
var (
	// most bounds the tiles of a block.
	most = 128

	// enough blocks are worth sharing among the workers; fewer are taken one after
	// the other, and the workers share each.
	enough = 8
)

// Few reports whether there are so few tiles that the weights should be packed
// for it.
func (c *Conv) Few() bool {
	return c.N*ceilDiv(c.Out[0], c.Tile)*ceilDiv(c.Out[1], c.Tile) < min(gemm.Narrow(), c.YChannels)
}

// Run computes the convolution. It panics if the sizes do not fit the slices.
func (c *Conv) Run() {
	c.check()
	if c.N == 0 || c.YChannels == 0 || c.Out[0] == 0 || c.Out[1] == 0 {
		return
	}
	c.transforms = current(c.Tile)
	c.grid = c.cut()
	blocks := c.grid.stripes * c.grid.down
	for i := range min(parallel.Workers(), blocks) {
		c.worker(i)
	}
	if blocks >= enough {
		parallel.For(blocks, (*sharing)(c))
	} else {
		for i := range blocks {
			c.worker(0).run(i)
		}
	}
	for _, b := range c.workers {
		if b != nil {
			b.release()
		}
	}
}

// worker returns the block of a worker, with room for its lists.
func (c *Conv) worker(i int) *block {
	if c.workers[i] == nil {
		c.workers[i] = &block{conv: c}
	}
	c.workers[i].reserve()
	return c.workers[i]
}

// sharing is a Conv whose parts are blocks.
type sharing Conv

// Do implements [parallel.Task].
func (c *sharing) Do(worker, i int) { (*Conv)(c).worker(worker).run(i) }

// check verifies what the routines below trust.
func (c *Conv) check() {
	if c.N == 0 {
		return
	}
	need := func(picture, channels int, size [2]int) int { return (c.N-1)*picture + channels*size[0]*size[1] }
	if x, y := need(c.XPicture, c.XChannels, c.In), need(c.YPicture, c.YChannels, c.Out); len(c.X) < x || len(c.Y) < y {
		panic(fmt.Sprintf("winograd: Run: input and output have %d and %d elements, want %d and %d", len(c.X), len(c.Y), x, y))
	}
	if c.Bias != nil && len(c.Bias) < c.YChannels {
		panic(fmt.Sprintf("winograd: Run: bias has %d elements, want %d", len(c.Bias), c.YChannels))
	}
}

// cut chooses the blocks, from the shape alone.
func (c *Conv) cut() grid {
	g := grid{tiles: [2]int{ceilDiv(c.Out[0], c.Tile), ceilDiv(c.Out[1], c.Tile)}}
	g.stripes = ceilDiv(g.tiles[1], most)
	g.across = ceilDiv(g.tiles[1], g.stripes)
	g.stripes = ceilDiv(g.tiles[1], g.across)
	g.rows = bestRows(most/g.across, g.across, c.transforms.lanes)
	g.down = ceilDiv(c.N*g.tiles[0], g.rows)
	return g
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

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
