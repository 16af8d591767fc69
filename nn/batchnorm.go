package nn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// BatchNorm normalises each channel of x [N, Features, …], as PyTorch's
// BatchNorm1d and BatchNorm2d:
//
//	y = (x − mean)/√(var + ε) · weight + bias
//
// While training, mean and variance are those of the batch, over all axes but
// the channel's, and the optimizer's step moves the running statistics towards
// them: running ← (1−Momentum)·running + Momentum·batch, the variance with its
// unbiased estimate. Otherwise the running statistics are used. (Ioffe and
// Szegedy 2015, arXiv 1502.03167.)
type BatchNorm struct {
	Features int
	Eps      float64 // ε; 0 means 1e-5
	Momentum float64 // 0 means 0.1
	// Frozen makes the layer use its running statistics while training, too, and
	// leave them as they are; [Freeze] sets it. Files do not keep it.
	Frozen bool `gannet:"-"`

	Weight, Bias            *grad.Param // start at 1 and 0
	RunningMean, RunningVar *grad.Param // buffers, start at 0 and 1
}

// NewBatchNorm returns a batch normalisation of so many channels.
func NewBatchNorm(features int) *BatchNorm {
	l := &BatchNorm{Features: features}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing.
func (l *BatchNorm) Build() error {
	if err := checkBatch("BatchNorm", l.Features, l.Eps, l.Momentum); err != nil {
		return err
	}
	makeAffine(&l.Weight, &l.Bias, []int{l.Features})
	makeRunning(&l.RunningMean, &l.RunningVar, l.Features)
	return nil
}

// checkBatch reports settings of a normalisation with running statistics that
// cannot be.
func checkBatch(layer string, features int, eps, momentum float64) error {
	switch {
	case features < 1:
		return fmt.Errorf("nn: %s: %d features, want at least 1", layer, features)
	case !(momentum >= 0 && momentum <= 1):
		return fmt.Errorf("nn: %s: momentum %v, want at most 1 and none negative", layer, momentum)
	}
	return checkEps(layer, eps)
}

// makeRunning makes running statistics that are missing.
func makeRunning(mean, variance **grad.Param, features int) {
	if *mean == nil {
		*mean = grad.NewBuffer(grad.Constant(0), features)
	}
	if *variance == nil {
		*variance = grad.NewBuffer(grad.Constant(1), features)
	}
}

// Forward implements [Module].
func (l *BatchNorm) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("BatchNorm", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	op := batchNorm{Eps: cmp.Or(l.Eps, 1e-5), Momentum: cmp.Or(l.Momentum, 0.1), Frozen: l.Frozen}
	return grad.Apply(op, x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), grad.Use(x, l.RunningMean), grad.Use(x, l.RunningVar))
}

// batchNorm is the operation; its inputs are x, weight, bias and the running mean
// and variance. It saves the mean and 1/√(var+ε) of each channel.
type batchNorm struct {
	Eps, Momentum float64
	Frozen        bool
}

func (*batchNorm) Name() string { return "BatchNorm" }

func (op *batchNorm) Infer(in, out []tensor.Shape) error {
	x, c := in[0], in[1].Size()
	if len(x) < 2 || x[1] != c {
		return fmt.Errorf("input has shape %v, want [batch %d …]", x, c)
	}
	out[0] = append(out[0][:0], x...)
	return nil
}

func (*batchNorm) Needs() grad.Needs { return grad.Needs{In: 0b00011} }

// channels is the working state: a part of a task is a channel, whose values lie
// in n rows.
type channels struct {
	batchNorm
	n, c, size      int
	train           bool
	x, y, dx, dy    []float32
	weight, bias    []float32
	mean, scale     []float32 // of each channel; scale is 1/√(var+ε)
	runMean, runVar []float32 // staged
	dWeight, dBias  []float32
	addX            bool
	backward        bool
}

func (op *batchNorm) channels(c *grad.Call) *channels {
	s := grad.Work[channels](c)
	x := c.InShape(0)
	s.batchNorm, s.n, s.c, s.size, s.train = *op, x[0], x[1], x[2:].Size(), c.Train() && !op.Frozen
	s.mean, s.scale = c.Save(0, s.c), c.Save(1, s.c)
	s.x, s.weight = c.InData(0), c.InData(1)
	return s
}

// row returns the values of channel c in sample n.
func (s *channels) row(x []float32, n, c int) []float32 { return x[(n*s.c+c)*s.size:][:s.size] }

func (op *batchNorm) Forward(c *grad.Call) {
	s := op.channels(c)
	s.y, s.bias, s.backward = c.Out(0).Data(), c.InData(2), false
	if s.train {
		if s.n*s.size == 1 {
			c.Fail(fmt.Errorf("input has shape %v, want more than one value for each channel while training", c.InShape(0)))
			return
		}
		s.runMean, s.runVar = c.Stage(3).Data(), c.Stage(4).Data()
	} else {
		s.runMean, s.runVar = c.InData(3), c.InData(4)
	}
	if s.n*s.size == 0 { // leaves the statistics as they are, and has gradients of 0
		clear(s.mean)
		clear(s.scale)
		return
	}
	parallel.For(s.c, s)
}

// ScaleShift implements [grad.ChannelScaler].
func (op *batchNorm) ScaleShift(c *grad.Call) (scale, shift []float32) {
	if c.Train() && !op.Frozen {
		return nil, nil
	}
	weight, bias, mean, variance := c.InData(1), c.InData(2), c.InData(3), c.InData(4)
	scale, shift = c.Scratch(len(weight)), c.Scratch(len(weight))
	for i := range scale {
		a := float64(weight[i]) / math.Sqrt(float64(variance[i])+op.Eps)
		scale[i], shift[i] = float32(a), float32(float64(bias[i])-float64(a*float64(mean[i])))
	}
	return scale, shift
}

func (op *batchNorm) Backward(c *grad.Call) {
	s := op.channels(c)
	s.dy, s.backward = c.GradOutData(0), true
	// The three gradients of a channel come from the same sums, so all are
	// computed at once, in scratch memory.
	s.dWeight, s.dBias = c.Scratch(s.c), c.Scratch(s.c)
	s.dx, s.addX = c.BeginGrad(0)
	parallel.For(s.c, s)
	if s.dx != nil {
		c.EndGrad(0)
	}
	addTo(c, 1, s.dWeight)
	addTo(c, 2, s.dBias)
}

// addTo adds d to the gradient of input i.
func addTo(c *grad.Call, i int, d []float32) {
	g, add := c.BeginGrad(i)
	switch {
	case g == nil:
		return
	case add:
		vec.Add(g, g, d)
	default:
		copy(g, d)
	}
	c.EndGrad(i)
}

// Do implements [parallel.Task].
func (s *channels) Do(_, c int) {
	if s.backward {
		s.differentiate(c)
		return
	}
	if s.train {
		s.measure(c)
	} else {
		s.mean[c] = s.runMean[c]
		s.scale[c] = float32(1 / math.Sqrt(float64(s.runVar[c])+s.Eps))
	}
	a := s.scale[c] * s.weight[c]
	for n := range s.n {
		y := s.row(s.y, n, c)
		// Subtracting first keeps the digits that a shift by −mean·a would lose.
		vec.AddScalar(y, s.row(s.x, n, c), -s.mean[c])
		vec.ScaleShift(y, y, a, s.bias[c])
	}
}

// measure computes the statistics of a channel and stages the running ones.
func (s *channels) measure(c int) {
	count := float64(s.n * s.size)
	var sum, dev float64
	for n := range s.n {
		sum += float64(vec.Sum(s.row(s.x, n, c)))
	}
	mean := float32(sum / count)
	for n := range s.n {
		dev += float64(vec.SumSquaredDev(s.row(s.x, n, c), mean))
	}
	s.mean[c] = mean
	s.scale[c] = float32(1 / math.Sqrt(dev/count+s.Eps))
	m := s.Momentum
	s.runMean[c] = float32(float64((1-m)*float64(s.runMean[c])) + float64(m*float64(mean)))
	s.runVar[c] = float32(float64((1-m)*float64(s.runVar[c])) + float64(m*dev/(count-1)))
}

// differentiate computes, with x̂ = (x−mean)·scale and m values in the channel:
//
//	dbias = Σ dy    dweight = Σ dy·x̂
//	dx = weight·scale·(dy − dbias/m − x̂·dweight/m)    training
//	dx = weight·scale·dy                               otherwise
func (s *channels) differentiate(c int) {
	buf := mem.Get(s.size)
	defer mem.Put(buf)
	var sum, dot float64
	for n := range s.n {
		dy := s.row(s.dy, n, c)
		vec.AddScalar(buf, s.row(s.x, n, c), -s.mean[c])
		sum += float64(vec.Sum(dy))
		dot += float64(vec.Dot(buf, dy))
	}
	scale := float64(s.scale[c])
	s.dBias[c], s.dWeight[c] = float32(sum), float32(dot*scale)
	if s.dx == nil {
		return
	}
	a := scale * float64(s.weight[c])
	var b, k float64
	if s.train {
		m := float64(s.n * s.size)
		b, k = -a*scale*scale*dot/m, -a*sum/m
	}
	for n := range s.n {
		dx, dy := s.row(s.dx, n, c), s.row(s.dy, n, c)
		vec.AddScalar(buf, s.row(s.x, n, c), -s.mean[c])
		if s.addX {
			vec.Lin2(buf, dy, float32(a), buf, float32(b), float32(k))
			vec.Add(dx, dx, buf)
		} else {
			vec.Lin2(dx, dy, float32(a), buf, float32(b), float32(k))
		}
	}
}
