package conv

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Shuffle is a layer that makes larger pictures of many channels, r = Factor times
// as large, without computing anything:
//
//	y[n, c, h·r+i, w·r+j] = x[n, c·r²+i·r+j, h, w]   for 0 ≤ i, j < r
//
// or, with Undo, the other way round. Shapes: x [N, C·r², H, W], y [N, C, H·r, W·r],
// or with Undo x [N, C, H·r, W·r], y [N, C·r², H, W]. It is PyTorch's
// nn.PixelShuffle or nn.PixelUnshuffle. (Shi et al.: Real-time single image and
// video super-resolution using an efficient sub-pixel convolutional neural
// network, 2016, arXiv 1609.05158.)
type Shuffle struct {
	Factor int
	Undo   bool
}

// PixelShuffle returns a layer that makes pictures r times as large of r² times as
// many channels.
func PixelShuffle(r int) *Shuffle { return &Shuffle{Factor: r} }

// PixelUnshuffle returns a layer that undoes [PixelShuffle].
func PixelUnshuffle(r int) *Shuffle { return &Shuffle{Factor: r, Undo: true} }

// Build checks the settings. nn.Init and nn.Load call it.
func (l *Shuffle) Build() error {
	op := shuffle{Shuffle: *l}
	if err := op.check(); err != nil {
		return fmt.Errorf("conv: %s: %w", op.Name(), err)
	}
	return nil
}

// maxFactor bounds the factor, so that its square is no problem.
const maxFactor = 1 << 10

func (l *Shuffle) check() error {
	if l.Factor < 1 || l.Factor > maxFactor {
		return fmt.Errorf("factor %d, want 1 to %d", l.Factor, maxFactor)
	}
	return nil
}

// Forward applies the layer.
//
//go:noinline
func (l *Shuffle) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(shuffle{Shuffle: *l}, x)
}

// shuffle is the operation. Wide is the array of few channels, deep that of many.
type shuffle struct {
	Shuffle

	planes     int    // channels of wide, of all pictures
	size       [2]int // of a channel of deep
	wide, deep []float32
	widen      bool // copy from deep to wide
	add        bool // add in place of copying
}

func (op *shuffle) Name() string {
	if op.Undo {
		return "PixelUnshuffle"
	}
	return "PixelShuffle"
}

func (op *shuffle) Infer(in, out []tensor.Shape) error {
	x, r := in[0], op.Factor
	if err := op.check(); err != nil {
		return err
	}
	switch {
	case len(x) != 4:
		return fmt.Errorf("input has shape %v, want [batch channels rows columns]", x)
	case !op.Undo && x[1]%(r*r) != 0:
		return fmt.Errorf("input has %d channels, want a multiple of %d", x[1], r*r)
	case op.Undo && (x[2]%r != 0 || x[3]%r != 0):
		return fmt.Errorf("picture of %d×%d, want multiples of %d", x[2], x[3], r)
	}
	if op.Undo {
		op.planes, op.size = x[0]*x[1], [2]int{x[2] / r, x[3] / r}
		out[0] = append(out[0][:0], x[0], x[1]*r*r, x[2]/r, x[3]/r)
		return nil
	}
	op.planes, op.size = x[0]*(x[1]/(r*r)), [2]int{x[2], x[3]}
	out[0] = append(out[0][:0], x[0], x[1]/(r*r), x[2]*r, x[3]*r)
	return nil
}

func (*shuffle) Needs() grad.Needs { return grad.Needs{} }

func (op *shuffle) Forward(c *grad.Call) { op.run(c.Out(0).Data(), c.InData(0), !op.Undo, false) }

func (op *shuffle) Backward(c *grad.Call) {
	if dx, add := c.BeginGrad(0); dx != nil {
		op.run(dx, c.GradOutData(0), op.Undo, add)
		c.EndGrad(0)
	}
}

// run copies src to dst, or adds it: from deep to wide, or from wide to deep.
func (op *shuffle) run(dst, src []float32, widen, add bool) {
	op.wide, op.deep, op.widen, op.add = src, dst, widen, add
	if widen {
		op.wide, op.deep = dst, src
	}
	if len(dst) > 0 {
		parallel.For(op.planes, op)
	}
}

// Do handles one channel of wide.
func (op *shuffle) Do(_, plane int) {
	r, h, w := op.Factor, op.size[0], op.size[1]
	n := r * r * h * w
	wide, deep := op.wide[plane*n:][:n], op.deep[plane*n:][:n]
	for i := range r {
		for j := range r {
			for y := range h {
				op.row(wide[((y*r+i)*w)*r+j:], deep[((i*r+j)*h+y)*w:][:w])
			}
		}
	}
}

// row handles a row of deep, whose elements lie Factor apart in wide.
func (op *shuffle) row(wide, deep []float32) {
	r := op.Factor
	switch {
	case op.widen && op.add:
		for k, v := range deep {
			wide[k*r] += v
		}
	case op.widen:
		for k, v := range deep {
			wide[k*r] = v
		}
	case op.add:
		for k := range deep {
			deep[k] += wide[k*r]
		}
	default:
		for k := range deep {
			deep[k] = wide[k*r]
		}
	}
}
