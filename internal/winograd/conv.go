package winograd

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Conv describes a convolution Y = bias + w ∗ X; see [Shape]. Owners keep a Conv and use
// it again, so that [Conv.Run] allocates nothing. The fields may change between runs.
type Conv struct {
	Shape
	X, Y    []float32
	Weights *gemm.Packed  // by [Weights.Pack] for this form
	Bias    []float32     // of the output channels, or nil
	Add     bool          // adds to Y
	Finish  gemm.Finisher // is given pieces of channels of Y, as rows, when they are computed, or nil

	transforms *transforms
	grid       grid
	workers    [parallel.MaxWorkers]*block // those that have worked
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
	c.transforms = current(c.Form)
	c.grid = c.cut(most, c.transforms.lanes)
	blocks := c.grid.blocks()
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
	c.workers[i].reserve(&c.Shape, &c.grid, c.transforms.lanes)
	return c.workers[i]
}

// sharing is a Conv whose parts are blocks.
type sharing Conv

// Do implements [parallel.Task].
func (c *sharing) Do(worker, i int) { (*Conv)(c).worker(worker).run(i) }

// check verifies what the routines below trust.
func (c *Conv) check() {
	c.Shape.check("input and output", c.X, c.Y)
	if c.N > 0 && c.Bias != nil && len(c.Bias) < c.YChannels {
		panic(fmt.Sprintf("winograd: Run: bias has %d elements, want %d", len(c.Bias), c.YChannels))
	}
}

// check verifies that there is an input x and an output, or its gradient, y.
func (s *Shape) check(what string, x, y []float32) {
	if s.N == 0 {
		return
	}
	need := func(picture, channels int, size [2]int) int { return (s.N-1)*picture + channels*size[0]*size[1] }
	if nx, ny := need(s.XPicture, s.XChannels, s.In), need(s.YPicture, s.YChannels, s.Out); len(x) < nx || len(y) < ny {
		panic(fmt.Sprintf("winograd: Run: %s have %d and %d elements, want %d and %d", what, len(x), len(y), nx, ny))
	}
}
