package nn

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// normalize is the operation of [LayerNorm], [RMSNorm], [GroupNorm] and
// [InstanceNorm]; its inputs are x, and, if present, weight, bias, and the running
// mean and variance. With x in row-major order cut into rows, and each row into
// blocks that share a weight and a bias,
//
//	y = (x − mean)·scale·weight + bias    scale = 1/√(var + ε)
//
// where mean and variance are those of the row, or, for RMSNorm, 0 and the mean of
// the squares. It saves mean and scale of each row.
type normalize struct {
	Layer    string
	Axes     tensor.Shape // the last axes, which make a row, or
	Channels int          // the size of axis 1, which is cut into
	Groups   int
	Eps      float64
	Momentum float64

	Uncentered, Frozen bool

	rows, cycle, blocks, size int // rows; rows until the weights repeat; blocks of a row; elements of a block
}

func (op *normalize) Name() string     { return op.Layer }
func (*normalize) Needs() grad.Needs   { return grad.Needs{In: 0b00011} }
func (op *normalize) perChannel() bool { return op.Groups > 0 }

func (op *normalize) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if op.perChannel() {
		if len(x) < 2 || x[1] != op.Channels {
			return fmt.Errorf("input has shape %v, want [batch %d …]", x, op.Channels)
		}
		op.cycle, op.blocks, op.size = op.Groups, op.Channels/op.Groups, x[2:].Size()
		op.rows = x[0] * op.Groups
	} else {
		lead := len(x) - len(op.Axes)
		if lead < 0 || !x[lead:].Equal(op.Axes) {
			return fmt.Errorf("input has shape %v, want its last axes to be %v", x, op.Axes)
		}
		op.cycle, op.blocks, op.size = 1, op.Axes.Size(), 1
		op.rows = x[:lead].Size()
	}
	out[0] = append(out[0][:0], x...)
	return nil
}

// normRows is the working state: a part of a task is a number of rows.
type normRows struct {
	normalize
	perPart      int
	running      bool // mean and scale are those of the running statistics
	x, y, dx, dy []float32
	weight, bias []float32 // nil if absent
	mean, scale  []float32 // of each row
	dev          []float32 // Σ (x − mean)² of each row
	dots, sums   []float32 // Σ dy·x̂ and Σ dy of each block
	shape        [2]int    // of dots and sums, for loop.SumTo
	stride       [2]int
	addX         bool
	backward     bool
}

// rowPart is the number of elements worth a part.
const rowPart = 1 << 14

func (op *normalize) state(c *grad.Call) *normRows {
	s := grad.Work[normRows](c)
	s.normalize = *op
	s.perPart = max(1, rowPart/max(1, op.blocks*op.size))
	s.running = c.Inputs()[3] != nil && (op.Frozen || !c.Train())
	s.mean, s.scale = c.Save(0, op.rows), c.Save(1, op.rows)
	s.x, s.weight = c.InData(0), c.InData(1)
	return s
}

func (s *normRows) run() { parallel.For((s.rows+s.perPart-1)/s.perPart, s) }

func (op *normalize) Forward(c *grad.Call) {
	s := op.state(c)
	s.y, s.bias, s.dev, s.backward = c.Out(0).Data(), c.InData(2), nil, false
	n := op.blocks * op.size
	switch {
	case s.running:
		s.recall(c.InData(3), c.InData(4))
	case op.perChannel() && n == 1 && op.rows > 0:
		c.Fail(fmt.Errorf("input has shape %v, want more than one value to normalise", c.InShape(0)))
		return
	default:
		s.dev = c.Scratch(op.rows)
	}
	if op.rows*n == 0 { // leaves the statistics as they are, and has gradients of 0
		clear(s.mean)
		clear(s.scale)
		return
	}
	s.run()
	if c.Inputs()[3] != nil && !s.running {
		s.stage(c.Stage(3).Data(), c.Stage(4).Data())
	}
}

// recall sets mean and scale from the running statistics.
func (s *normRows) recall(mean, variance []float32) {
	for r := range s.rows {
		s.mean[r] = mean[r%s.cycle]
		s.scale[r] = float32(1 / math.Sqrt(float64(variance[r%s.cycle])+s.Eps))
	}
}

// stage moves the running statistics towards the mean over the batch of those of
// the rows.
func (s *normRows) stage(mean, variance []float32) {
	n := float64(s.rows / s.cycle)
	for c := range s.cycle {
		var sum, dev float64
		for r := c; r < s.rows; r += s.cycle {
			sum += float64(s.mean[r])
			dev += float64(s.dev[r])
		}
		m := s.Momentum
		mean[c] = float32(float64((1-m)*float64(mean[c])) + float64(m*sum/n))
		variance[c] = float32(float64((1-m)*float64(variance[c])) + float64(m*dev/n/float64(s.blocks*s.size-1)))
	}
}

func (op *normalize) Backward(c *grad.Call) {
	s := op.state(c)
	s.dy, s.backward = c.GradOutData(0), true
	// What the gradients of weight and bias need is needed for that of x, too.
	blocks := op.rows * op.blocks
	s.dots, s.sums = c.Scratch(blocks), s.dy
	if op.size != 1 {
		s.sums = c.Scratch(blocks)
	}
	s.dx, s.addX = c.BeginGrad(0)
	if op.rows*op.blocks*op.size == 0 {
		clear(s.dots)
		clear(s.sums)
	} else {
		s.run()
	}
	if s.dx != nil {
		c.EndGrad(0)
	}
	s.sumTo(c, 1, s.dots)
	s.sumTo(c, 2, s.sums)
}

// sumTo adds values of the blocks to the gradient of input i, over all rows that
// share it.
func (s *normRows) sumTo(c *grad.Call, i int, blocks []float32) {
	g, add := c.BeginGrad(i)
	if g == nil {
		return
	}
	n := s.cycle * s.blocks
	s.shape, s.stride = [2]int{s.rows / s.cycle, n}, [2]int{n, 1}
	loop.SumTo(loop.Operand{Data: g, Stride: s.stride[1:]}, s.shape[1:], loop.Operand{Data: blocks, Stride: s.stride[:]}, s.shape[:], add)
	c.EndGrad(i)
}

// Do implements [parallel.Task].
func (s *normRows) Do(_, part int) {
	first := part * s.perPart
	for r := first; r < min(first+s.perPart, s.rows); r++ {
		if s.backward {
			s.differentiate(r)
			continue
		}
		if !s.running {
			s.measure(r)
		}
		s.apply(r)
	}
}

// row returns the elements of row r.
func (s *normRows) row(x []float32, r int) []float32 {
	n := s.blocks * s.size
	return x[r*n : (r+1)*n]
}

// of returns what row r reads of the weight or bias, nil if that is absent.
func (s *normRows) of(w []float32, r int) []float32 {
	if w == nil {
		return nil
	}
	return w[r%s.cycle*s.blocks:][:s.blocks]
}

// measure computes the statistics of a row.
func (s *normRows) measure(r int) {
	x := s.row(s.x, r)
	var mean float32
	if !s.Uncentered {
		mean = vec.Sum(x) / float32(len(x))
	}
	s.mean[r], s.dev[r] = mean, vec.SumSquaredDev(x, mean)
	s.scale[r] = float32(1 / math.Sqrt(float64(s.dev[r])/float64(len(x))+s.Eps))
}

// apply computes a row of the result.
func (s *normRows) apply(r int) {
	y, weight, bias := s.row(s.y, r), s.of(s.weight, r), s.of(s.bias, r)
	// Subtracting first keeps the digits that a shift by −mean·a would lose.
	vec.AddScalar(y, s.row(s.x, r), -s.mean[r])
	if s.size == 1 {
		vec.MulScalar(y, y, s.scale[r])
		if weight != nil {
			vec.Mul(y, y, weight)
		}
		if bias != nil {
			vec.Add(y, y, bias)
		}
		return
	}
	for b := range s.blocks {
		a, shift := s.scale[r], float32(0)
		if weight != nil {
			a *= weight[b]
		}
		if bias != nil {
			shift = bias[b]
		}
		block := y[b*s.size:][:s.size]
		vec.ScaleShift(block, block, a, shift)
	}
}

// differentiate computes, with x̂ = (x−mean)·scale, h = dy·weight and m values in
// the row:
//
//	dx = scale·(h − Σ h/m − x̂·Σ h·x̂/m)
//
// without the first sum if the mean is not subtracted, and without both if the
// statistics are the running ones. The sums over a row are those over its blocks
// of dy and dy·x̂, weighted; sums over blocks make the gradients of bias and weight.
func (s *normRows) differentiate(r int) {
	x, dy, weight := s.row(s.x, r), s.row(s.dy, r), s.of(s.weight, r)
	scale := s.scale[r]
	buf := mem.Get(2 * len(x))
	defer mem.Put(buf)
	dev, h := buf[:len(x)], buf[len(x):]
	vec.AddScalar(dev, x, -s.mean[r])

	dots, sums := s.dots[r*s.blocks:][:s.blocks], s.sums[r*s.blocks:][:s.blocks]
	if s.size == 1 {
		vec.Mul(dots, dev, dy)
	} else {
		for b := range s.blocks {
			at := b * s.size
			dots[b] = vec.Dot(dev[at:at+s.size], dy[at:])
			sums[b] = vec.Sum(dy[at : at+s.size])
		}
	}
	vec.MulScalar(dots, dots, scale)
	if s.dx == nil {
		return
	}

	var b, k float64 // dx = scale·h + b·(x−mean) + k
	if !s.running {
		a := float64(scale) / float64(len(x))
		b = -a * float64(scale) * float64(weightedSum(dots, weight))
		if !s.Uncentered {
			k = -a * float64(weightedSum(sums, weight))
		}
	}
	switch {
	case weight == nil:
		h = dy
	case s.size == 1:
		vec.Mul(h, dy, weight)
	default:
		for i, w := range weight {
			at := i * s.size
			vec.MulScalar(h[at:at+s.size], dy[at:], w)
		}
	}
	dx := s.row(s.dx, r)
	if s.addX {
		vec.Lin2(dev, h, scale, dev, float32(b), float32(k))
		vec.Add(dx, dx, dev)
	} else {
		vec.Lin2(dx, h, scale, dev, float32(b), float32(k))
	}
}

// weightedSum returns Σ x·weight, or Σ x if weight is nil.
func weightedSum(x, weight []float32) float32 {
	if weight == nil {
		return vec.Sum(x)
	}
	return vec.Dot(x, weight)
}
