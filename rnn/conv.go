package rnn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/im2col"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvRNN is a recurrent layer whose state is a row of Hidden channels and whose
// products are 1-d convolutions along the row, padded to keep its width:
//
//	h_t = σ(W_ih ∗ x_t + b_ih + W_hh ∗ h_{t−1} + b_hh),  h_{−1} = 0
//
// For a picture whose rows are the steps (see [Rows]), a kernel of 3 lets each
// place of the state see its two neighbours, so that what a row knows spreads
// sideways as the rows go by. Shapes: x [N, T, In, W], y [N, T, Hidden, W];
// weight_ih_l0 [Hidden, In, Kernel], weight_hh_l0 [Hidden, Hidden, Kernel],
// biases [Hidden]. As in the layers of conv, ∗ is cross-correlation.
//
// All parameters start uniformly in ±1/√(Hidden·Kernel). Forward may run from
// many goroutines, each on its own tape. (After Shi et al.: Convolutional LSTM
// network, 2015, arXiv 1506.04214, with Elman's cell.)
type ConvRNN struct {
	In, Hidden int // channels
	Kernel     int // odd
	Layers     int // 0 means 1
	Activation Activation
	NoBias     bool

	cells []cell
}

// NewConv returns a convolutional recurrent layer. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	rnn.NewConv(3, 32, 3, rnn.ReLU)
func NewConv(in, hidden, kernel int, a Activation, opts ...Option) *ConvRNN {
	o := apply(opts)
	l := &ConvRNN{In: in, Hidden: hidden, Kernel: kernel, Layers: o.layers, Activation: a, NoBias: o.noBias}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvRNN) Build() error {
	if err := l.Activation.check(); err != nil {
		return fmt.Errorf("rnn: ConvRNN: %w", err)
	}
	if l.Layers == 0 {
		l.Layers = 1
	}
	switch {
	case l.In < 1 || l.Hidden < 1 || l.Layers < 1:
		return fmt.Errorf("rnn: ConvRNN: %d input channels, %d hidden channels and %d layers, want at least 1", l.In, l.Hidden, l.Layers)
	case l.Layers > maxLayers:
		return fmt.Errorf("rnn: ConvRNN: %d layers, want at most %d", l.Layers, maxLayers)
	case l.Kernel < 1 || l.Kernel%2 == 0:
		return fmt.Errorf("rnn: ConvRNN: kernel %d, want an odd number", l.Kernel)
	}
	start := grad.Uniform(1 / math.Sqrt(float64(l.Hidden*l.Kernel)))
	for len(l.cells) < l.Layers {
		in := l.In
		if len(l.cells) > 0 {
			in = l.Hidden
		}
		c := cell{wih: grad.NewParam(start, l.Hidden, in, l.Kernel), whh: grad.NewParam(start, l.Hidden, l.Hidden, l.Kernel)}
		if !l.NoBias {
			c.bih, c.bhh = grad.NewParam(start, l.Hidden), grad.NewParam(start, l.Hidden)
		}
		l.cells = append(l.cells, c)
	}
	return nil
}

// Parameters yields the parameters under the names of [RNN.Parameters].
func (l *ConvRNN) Parameters(yield func(name string, p *grad.Param) bool) {
	yieldCells(l.cells, yield)
}

// Forward applies the layer to the sequences x, from a state of zeros, and
// returns the states of the last layer at all steps.
func (l *ConvRNN) Forward(x *grad.Var) *grad.Var {
	if len(l.cells) == 0 {
		return x.Tape().Fail("ConvRNN", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	for _, c := range l.cells {
		x = ApplyConv(x, grad.Use(x, c.wih), grad.Use(x, c.whh), grad.Use(x, c.bih), grad.Use(x, c.bhh), l.Activation)
	}
	return x
}

// ApplyConv runs one convolutional recurrent layer over the sequences x
// [N, T, In, W] as a single operation; see [ConvRNN]. The biases may be nil.
//
//go:noinline
func ApplyConv(x, wih, whh, bih, bhh *grad.Var, a Activation) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(convElman{Activation: a}, x, wih, whh, bih, bhh)
}

// convElman is the operation behind [ConvRNN]. Its inputs are x, wih, whh, bih
// and bhh, of which the last two may be absent. A row of a step is a picture of
// height 1, so each product is a matrix product over its patches, gathered as in
// package conv:
//
//	y_t = σ(Wih·patches(x_t) + b + Whh·patches(y_{t−1}))
//
// Backward goes from the last step to the first, with d_t the gradient with
// respect to σ's argument and Whh' the kernel flipped, its channels exchanged:
//
//	d_t = (dy_t + Whh'·patches(d_{t+1})) ⊙ σ'(y_t)
//	dWih = Σ_t d_t·patches(x_t)ᵀ   dWhh = Σ_t d_t·patches(y_{t−1})ᵀ
//	db = Σ_t d_t                   dx_t = Wih'·patches(d_t)
type convElman struct{ Activation Activation }

func (*convElman) Name() string { return "ConvRNN" }

func (op *convElman) Infer(in, out []tensor.Shape) error {
	if err := op.Activation.check(); err != nil {
		return err
	}
	x, wih, whh := in[0], in[1], in[2]
	switch {
	case len(x) != 4 || x[1] == 0:
		return fmt.Errorf("input has shape %v, want [batch steps channels width] with at least one step", x)
	case len(wih) != 3:
		return fmt.Errorf("input weight has shape %v, want [hidden channels kernel]", wih)
	case x[2] != wih[1]:
		return fmt.Errorf("input has %d channels, want %d", x[2], wih[1])
	case wih[2]%2 == 0:
		return fmt.Errorf("kernel %d, want an odd number", wih[2])
	case !whh.Equal(tensor.Shape{wih[0], wih[0], wih[2]}):
		return fmt.Errorf("recurrent weight has shape %v, want [%d %d %d]", whh, wih[0], wih[0], wih[2])
	}
	for _, b := range in[3:] {
		if b != nil && !b.Equal(tensor.Shape{wih[0]}) {
			return fmt.Errorf("bias has shape %v, want [%d]", b, wih[0])
		}
	}
	out[0] = append(out[0][:0], x[0], x[1], wih[0], x[3])
	return nil
}

func (*convElman) Needs() grad.Needs { return grad.Needs{In: 0b111, Out: 1} }

// convScan is the working state of a convElman.
type convScan struct {
	Activation
	n, t, in, h, k, w int
	y, d              []float32 // states and, in Backward, gradients [N, T, H, W]
	whh               gemm.Packed
	backward          bool

	call    gemm.Call // of the products over all steps
	a       gemm.Matrix
	patches im2col.Patches
	planes  im2col.Planes
	padder  im2col.Padder
	offsets []int
	work    [parallel.MaxWorkers]*convStep // of each worker, once it had something to do
}

type convStep struct {
	call    gemm.Call
	patches im2col.Patches
}

func (op *convElman) scan(c *grad.Call) *convScan {
	s := grad.Work[convScan](c)
	x, w := c.InShape(0), c.InShape(1)
	s.Activation, s.n, s.t, s.in, s.w, s.h, s.k = op.Activation, x[0], x[1], x[2], x[3], w[0], w[2]
	s.y = c.Out(0).Data()
	if n := max(s.in, s.h) * s.k; cap(s.offsets) < n {
		s.offsets = make([]int, n)
	}
	return s
}

// pad returns rows of channels with (k−1)/2 zeros on both sides, and their width.
func (s *convScan) pad(x []float32, channels int) ([]float32, int) {
	r := s.k / 2
	p, _, w := s.padder.Pad(x, s.n*s.t*channels, [2]int{1, s.w}, [2]int{0, r}, [2]int{0, r})
	return p, w
}

// gather describes the patches of padded rows of so many channels, width apart.
func (s *convScan) gather(src []float32, channels, width int, flipped bool) im2col.Patches {
	return im2col.Patches{
		Src: src, Picture: channels * width, Pitch: width, Stride: [2]int{1, 1}, Width: s.w, Height: 1,
		Offsets: im2col.Offsets(s.offsets, channels, width, width, [2]int{1, s.k}, [2]int{1, 1}, flipped),
	}
}

// turn writes w [out, in, k] to dst as [in, out, k].
func (s *convScan) turn(dst, w []float32, out, in int) {
	for o := range out {
		for i := range in {
			copy(dst[(i*out+o)*s.k:][:s.k], w[(o*in+i)*s.k:])
		}
	}
}

func (op *convElman) Forward(c *grad.Call) {
	s := op.scan(c)
	if s.n == 0 { // which for a gemm.Call means a batch of 1
		return
	}
	bias := c.Scratch(s.h)
	sumBiases(bias, c.InData(3), c.InData(4))
	xp, width := s.pad(c.InData(0), s.in)
	s.patches = s.gather(xp, s.in, width, false)
	s.a = gemm.Matrix{Data: c.InData(1), I: s.in * s.k, K: 1}
	s.call = gemm.Call{
		Batch: s.n * s.t, M: s.h, N: s.w, K: s.in * s.k, A: &s.a, SharedA: true, B: &s.patches,
		C: s.y, CRow: s.w, CBatch: s.h * s.w, Init: gemm.RowBias, Bias: bias,
	}
	s.call.Run()
	s.padder.Release()

	s.a = gemm.Matrix{Data: c.InData(2), I: s.h * s.k, K: 1}
	s.whh.SetA(s.h, s.h*s.k, &s.a)
	s.steps(false)
}

// steps runs the recurrence, forward or backward, block by block.
func (s *convScan) steps(backward bool) {
	width := s.w + s.k - 1
	s.patches = s.gather(nil, s.h, width, backward) // every block has padded rows of its own
	s.backward = backward
	parallel.For((s.n+block-1)/block, s)
}

// Do implements [parallel.Task]; a part is a block of sequences.
func (s *convScan) Do(worker, i int) {
	lo := i * block
	hi := min(lo+block, s.n)
	w := s.work[worker]
	if w == nil {
		w = new(convStep)
		s.work[worker] = w
	}
	row := s.h * s.w
	w.patches = s.patches
	w.patches.Src = mem.Get((hi - lo) * w.patches.Picture)
	clear(w.patches.Src)
	if s.backward {
		for t := s.t - 1; t >= 0; t-- {
			for n := lo; n < hi; n++ {
				at := (n*s.t + t) * row
				s.back(s.d[at:at+row], s.y[at:at+row])
			}
			if t > 0 {
				s.multiply(w, s.d, lo, hi, t, t-1)
			}
		}
	} else {
		for t := range s.t {
			if t > 0 {
				s.multiply(w, s.y, lo, hi, t-1, t)
			}
			for n := lo; n < hi; n++ {
				at := (n*s.t + t) * row
				s.apply(s.y[at : at+row])
			}
		}
	}
	mem.Put(w.patches.Src)
}

// multiply adds Whh·patches(x of one step) to x of another, for a block.
func (s *convScan) multiply(w *convStep, x []float32, lo, hi, from, to int) {
	r, width := s.k/2, s.w+s.k-1
	for n := lo; n < hi; n++ {
		src, dst := x[(n*s.t+from)*s.h*s.w:], w.patches.Src[(n-lo)*w.patches.Picture:]
		for i := range s.h {
			copy(dst[i*width+r:][:s.w], src[i*s.w:])
		}
	}
	w.call = gemm.Call{
		Batch: hi - lo, M: s.h, N: s.w, K: s.h * s.k, A: &s.whh, SharedA: true, B: &w.patches,
		C: x[(lo*s.t+to)*s.h*s.w:], CRow: s.w, CBatch: s.t * s.h * s.w, Init: gemm.FromC,
	}
	w.call.Run()
}

func (op *convElman) Backward(c *grad.Call) {
	s := op.scan(c)
	row := s.h * s.w
	s.d = c.Scratch(s.n * s.t * row)
	copy(s.d, c.GradOutData(0))
	turned := c.Scratch(s.h * s.h * s.k)
	s.turn(turned, c.InData(2), s.h, s.h)
	s.a = gemm.Matrix{Data: turned, I: s.h * s.k, K: 1}
	s.whh.SetA(s.h, s.h*s.k, &s.a)
	s.steps(true)

	if dw, add := c.BeginGrad(1); dw != nil {
		s.weight(dw, c.InData(0), s.in, add)
		c.EndGrad(1)
	}
	if dw, add := c.BeginGrad(2); dw != nil {
		before := c.Scratch(s.n * s.t * row) // y_{t−1}
		for n := range s.n {
			to := before[n*s.t*row:]
			clear(to[:row])
			copy(to[row:s.t*row], s.y[n*s.t*row:])
		}
		s.weight(dw, before, s.h, add)
		c.EndGrad(2)
	}
	for i := 3; i < 5; i++ {
		if db, add := c.BeginGrad(i); db != nil {
			if !add {
				clear(db)
			}
			for j := range s.n * s.t * s.h {
				db[j%s.h] += vec.Sum(s.d[j*s.w:][:s.w])
			}
			c.EndGrad(i)
		}
	}
	if dx, add := c.BeginGrad(0); dx != nil {
		turned := c.Scratch(s.in * s.h * s.k)
		s.turn(turned, c.InData(1), s.h, s.in)
		dp, width := s.pad(s.d, s.h)
		s.patches = s.gather(dp, s.h, width, true)
		s.a = gemm.Matrix{Data: turned, I: s.h * s.k, K: 1}
		s.call = gemm.Call{
			Batch: s.n * s.t, M: s.in, N: s.w, K: s.h * s.k, A: &s.a, SharedA: true, B: &s.patches,
			C: dx, CRow: s.w, CBatch: s.in * s.w,
		}
		if add {
			s.call.Init = gemm.FromC
		}
		if s.n > 0 {
			s.call.Run()
		}
		s.padder.Release()
		c.EndGrad(0)
	}
}

// weight computes Σ d·patches(x)ᵀ over all rows, or adds it to dw.
func (s *convScan) weight(dw, x []float32, channels int, add bool) {
	xp, width := s.pad(x, channels)
	s.patches = s.gather(xp, channels, width, false)
	s.planes = im2col.Planes{Src: s.d, Picture: s.h * s.w, Size: s.w}
	s.call = gemm.Call{
		M: s.h, N: channels * s.k, K: s.n * s.t * s.w, A: &s.planes, B: (*im2col.Transposed)(&s.patches),
		C: dw, CRow: channels * s.k,
	}
	if add {
		s.call.Init = gemm.FromC
	}
	s.call.Run()
	s.padder.Release()
}
