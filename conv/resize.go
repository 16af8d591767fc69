package conv

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Resize is a layer that makes pictures larger or smaller, by a factor or to a
// size, with the semantics of torch.nn.functional.interpolate. An output pixel i
// of n lies at the place s of the input's m, counted from 0, where r is 1/Scale
// or, given a Size, m/n:
//
//	nearest                    s = i·r, rounded down: the value there
//	bilinear                   s = (i+½)·r − ½, at least 0
//	bilinear and AlignCorners  s = i·(m−1)/(n−1), so that the corners are kept
//
// rows and columns alike. Bilinear blends the pixels around s by their distances
// from it. Shapes: x [N, C, H, W], y [N, C, ⌊Scale·H⌋, ⌊Scale·W⌋] or [N, C, Size].
// A picture that becomes smaller is sampled, not averaged; pool it for that.
type Resize struct {
	Scale        [2]float64 // factors of rows and columns, or zero
	Size         [2]int     // rows and columns of the output, or zero if there is a Scale
	Bilinear     bool       // in place of the nearest pixel
	AlignCorners bool       // the corners' pixels stay at the corners, for Bilinear
}

// ResizeOption changes how a [Resize] makes its pixels.
type ResizeOption func(*Resize)

// Bilinear blends four pixels in place of taking the nearest one.
func Bilinear(r *Resize) { r.Bilinear = true }

// AlignCorners keeps the pixels at the corners at the corners, for [Bilinear].
func AlignCorners(r *Resize) { r.AlignCorners = true }

// Upsample returns a layer that makes pictures scale times as large, with the
// nearest pixels unless an option says otherwise. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	conv.Upsample(2)
//	conv.Upsample(1.5, conv.Bilinear)
func Upsample(scale float64, opts ...ResizeOption) *Resize {
	return newResize(Resize{Scale: [2]float64{scale, scale}}, opts)
}

// UpsampleTo is [Upsample] to a size of h rows and w columns.
func UpsampleTo(h, w int, opts ...ResizeOption) *Resize {
	return newResize(Resize{Size: [2]int{h, w}}, opts)
}

func newResize(r Resize, opts []ResizeOption) *Resize {
	for _, f := range opts {
		f(&r)
	}
	return &r
}

// Build checks the settings. nn.Init and nn.Load call it.
func (l *Resize) Build() error {
	if err := l.check(); err != nil {
		return fmt.Errorf("conv: Resize: %w", err)
	}
	return nil
}

func (l *Resize) check() error {
	byScale, bySize := l.Scale != [2]float64{}, l.Size != [2]int{}
	switch {
	case byScale == bySize:
		return fmt.Errorf("scale %v and size %v, want one of them", l.Scale, l.Size)
	case byScale && !(min(l.Scale[0], l.Scale[1]) > 0 && max(l.Scale[0], l.Scale[1]) <= limit):
		return fmt.Errorf("scale %v, want more than 0 and at most %d in rows and columns", l.Scale, limit)
	case bySize && min(l.Size[0], l.Size[1]) < 1:
		return fmt.Errorf("size %v, want at least 1 in rows and columns", l.Size)
	case l.AlignCorners && !l.Bilinear:
		return fmt.Errorf("AlignCorners without Bilinear, want both: nearest pixels have no corners to align")
	}
	return bounded("size", l.Size[:]...)
}

// Forward applies the layer to x [N, C, H, W].
//
//go:noinline
func (l *Resize) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(resize{Resize: *l}, x)
}

// Interpolate applies the layer to a tensor x [N, C, H, W] outside of a tape. It
// panics if the shape or the settings do not fit.
func (l *Resize) Interpolate(x *tensor.Tensor) *tensor.Tensor {
	op := resize{Resize: *l}
	out := []tensor.Shape{nil}
	if err := op.Infer([]tensor.Shape{x.Shape()}, out); err != nil {
		panic(fmt.Sprintf("conv: Resize: %v", err))
	}
	y := tensor.Make[float32](out[0]...)
	w := &resizer{}
	w.prepare(&op)
	w.x, w.y = dense(x), y.Data()
	parallel.For(x.Dim(0)*x.Dim(1), w)
	return y
}

// resize is the operation.
type resize struct {
	Resize
	in, out [2]int
}

func (*resize) Name() string { return "Resize" }

func (op *resize) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if err := op.check(); err != nil {
		return err
	}
	if len(x) != 4 {
		return fmt.Errorf("input has shape %v, want [batch channels rows columns]", x)
	}
	op.in, op.out = [2]int{x[2], x[3]}, op.Size
	for i := range 2 {
		if op.Size == [2]int{} {
			op.out[i] = int(min(float64(op.in[i])*op.Scale[i], limit+1))
		}
	}
	if min(op.in[0], op.in[1], op.out[0], op.out[1]) < 1 || max(op.out[0], op.out[1]) > limit {
		return fmt.Errorf("picture of %d×%d becomes one of %d×%d, want 1 to %d rows and columns", x[2], x[3], op.out[0], op.out[1], limit)
	}
	out[0] = append(out[0][:0], x[0], x[1], op.out[0], op.out[1])
	return nil
}

func (*resize) Needs() grad.Needs { return grad.Needs{} }

func (op *resize) Forward(c *grad.Call) {
	w := grad.Work[resizer](c)
	w.prepare(op)
	w.x, w.y, w.backward = c.InData(0), c.Out(0).Data(), false
	parallel.For(c.InShape(0)[:2].Size(), w)
}

func (op *resize) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	w := grad.Work[resizer](c)
	w.prepare(op)
	w.x, w.y, w.backward, w.add = dx, c.GradOutData(0), true, add
	parallel.For(c.InShape(0)[:2].Size(), w)
	c.EndGrad(0)
}

// resizer is the working state: planes of the input and of the output, or their
// gradients, and what each row and column of the output is made of.
type resizer struct {
	op       *resize
	rows     []blend
	columns  []blend
	x, y     []float32
	add      bool // Backward adds to x
	backward bool
}

// blend is a place between two neighbouring elements, and their weights.
type blend struct {
	lo, hi   int
	wlo, whi float32
}

func (w *resizer) prepare(op *resize) {
	w.op = op
	w.rows = op.blends(w.rows[:0], 0)
	w.columns = op.blends(w.columns[:0], 1)
}

// blends appends the places of all output elements of an axis.
func (op *resize) blends(dst []blend, axis int) []blend {
	in, out := op.in[axis], op.out[axis]
	// The distance of places. PyTorch has the one of nearest pixels in float32,
	// and with it decides where i·r comes close to an integer.
	step, step32 := float64(in)/float64(out), float32(in)/float32(out)
	if s := op.Scale[axis]; s > 0 {
		step, step32 = 1/s, float32(1/s)
	}
	if op.AlignCorners {
		step = float64(in-1) / float64(max(out-1, 1))
	}
	for i := range out {
		if !op.Bilinear {
			at := min(int(float32(i)*step32), in-1)
			dst = append(dst, blend{at, at, 1, 0})
			continue
		}
		at := float64(i) * step
		if !op.AlignCorners {
			at = max((float64(i)+0.5)*step-0.5, 0)
		}
		lo := min(int(at), in-1)
		t := float32(at - math.Floor(at))
		dst = append(dst, blend{lo, min(lo+1, in-1), 1 - t, t})
	}
	return dst
}

// Do handles one channel of one picture.
func (w *resizer) Do(_, plane int) {
	in, out := w.op.in[0]*w.op.in[1], w.op.out[0]*w.op.out[1]
	x, y := w.x[plane*in:][:in], w.y[plane*out:][:out]
	if w.backward && !w.add {
		clear(x)
	}
	wi, wo := w.op.in[1], w.op.out[1]
	for i, r := range w.rows {
		lo, hi, to := x[r.lo*wi:][:wi], x[r.hi*wi:][:wi], y[i*wo:][:wo]
		switch {
		case w.backward && w.op.Bilinear:
			w.bilinearBackward(lo, hi, to, r)
		case w.backward:
			w.nearestBackward(lo, to)
		case w.op.Bilinear:
			w.bilinear(to, lo, hi, r)
		case i > 0 && w.rows[i-1].lo == r.lo:
			copy(to, y[(i-1)*wo:])
		default:
			w.nearest(to, lo)
		}
	}
}

func (w *resizer) nearest(y, x []float32) {
	for j, c := range w.columns {
		y[j] = x[c.lo]
	}
}

func (w *resizer) nearestBackward(dx, dy []float32) {
	for j, c := range w.columns {
		dx[c.lo] += dy[j]
	}
}

// No step of these is fused, so that they have the same bits everywhere.

func (w *resizer) bilinear(y, lo, hi []float32, r blend) {
	for j, c := range w.columns {
		a := float32(c.wlo*lo[c.lo]) + float32(c.whi*lo[c.hi])
		b := float32(c.wlo*hi[c.lo]) + float32(c.whi*hi[c.hi])
		y[j] = float32(r.wlo*a) + float32(r.whi*b)
	}
}

func (w *resizer) bilinearBackward(lo, hi, dy []float32, r blend) {
	for j, c := range w.columns {
		a, b := r.wlo*dy[j], r.whi*dy[j]
		lo[c.lo] += float32(c.wlo * a)
		lo[c.hi] += float32(c.whi * a)
		hi[c.lo] += float32(c.wlo * b)
		hi[c.hi] += float32(c.whi * b)
	}
}
