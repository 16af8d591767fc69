package wgrad

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/im2col"
)

// Call describes the gradient of a weight. Owners keep a Call and use it again,
// so that [Call.Run] allocates nothing. The fields may change between runs.
type Call struct {
	X        im2col.Patches // what the taps see
	DY       im2col.Planes  // the gradient of the output
	Pictures int
	Channels int // of the output

	DW  []float32 // element (o, t) is DW[o*len(X.Offsets) + t]
	Add bool      // to what DW holds, instead of to 0

	job job
}

// Sizes that guide the cutting of work. They change speed, never results; tests
// change them to prove it.
var (
	// slabPixels bounds the pixels of a slab: a panel of dY for so many takes at
	// most an eighth of the second cache. Where there are so few weights that a
	// slab would have less than slabWork multiplications, too few to share among
	// workers, it has up to 16 times as many pixels.
	slabPixels = max(cpu.Cache.L2/8/(4*maxWidth), 512)
	slabWork   = 16 * grain

	// slabSize bounds the elements of dY that are rewritten at a time.
	slabSize = 1 << 20

	// grain is the least number of multiplications worth a part, about 10 µs.
	grain = 512 << 10

	// maxParts is where cutting for the sake of parallelism ends.
	maxParts = 32
)

// Run computes the gradient. It panics if the sizes do not fit the slices.
func (c *Call) Run() {
	if c.Channels == 0 || len(c.X.Offsets) == 0 {
		return
	}
	if c.Pictures*c.X.Width*c.X.Height == 0 {
		if !c.Add {
			clear(c.DW[:c.Channels*len(c.X.Offsets)])
		}
		return
	}
	c.check()
	c.job.set(c)
	c.job.run()
	c.job = job{} // holds on to nothing
}

// check verifies what the routines below trust.
func (c *Call) check() {
	x, pixels := &c.X, c.X.Width*c.X.Height
	if c.Channels < 0 || c.Pictures < 0 || c.DY.Size != pixels {
		panic(fmt.Sprintf("wgrad: Run: %d channels, %d pictures of %d pixels, want none negative and %d×%d pixels",
			c.Channels, c.Pictures, c.DY.Size, x.Height, x.Width))
	}
	last := slices.Max(x.Offsets) + x.Base + (c.Pictures-1)*x.Picture + (x.Height-1)*x.Pitch + x.Width - 1
	if last >= len(x.Src) || slices.Min(x.Offsets)+x.Base < 0 {
		panic(fmt.Sprintf("wgrad: Run: X has %d elements, want %d", len(x.Src), last+1))
	}
	if need := c.DY.Base + (c.Pictures-1)*c.DY.Picture + c.Channels*pixels; len(c.DY.Src) < need {
		panic(fmt.Sprintf("wgrad: Run: DY has %d elements, want %d", len(c.DY.Src), need))
	}
	if need := c.Channels * len(x.Offsets); len(c.DW) < need {
		panic(fmt.Sprintf("wgrad: Run: DW has %d elements, want %d", len(c.DW), need))
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
