package nn

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Predictor computes the outputs of a network, in evaluation mode, for any number
// of goroutines at once. It works on a copy of the weights, packed for speed, so
// that training may go on meanwhile.
//
// A network is traced once for each of a few batch sizes, and its intermediate
// results are laid out in one arena that is used again and again. The result for
// a sample has the same bits in any batch. It may differ in the last digits from that
// of Forward: batch normalisation after a convolution is brought into its weights.
type Predictor struct {
	in     []tensor.Shape // of a sample
	out    tensor.Shape   // likewise
	net    Module
	values map[*grad.Param]*tensor.Tensor

	running chan struct{} // holds a token for every plan at work
	mu      sync.Mutex
	closed  bool
	first   *grad.Plan           // whose packed weights the others share
	idle    [largest + 1][]*plan // by the logarithm of the batch size
}

// largest is the logarithm of the largest batch that a plan is made for. Larger
// batches are cut, which bounds memory and costs next to nothing.
const largest = 6

// maxSample bounds the values of a sample, whose shape a file may give.
const maxSample = 1 << 30

// plan is a grad.Plan with the headers that feeding it takes.
type plan struct {
	*grad.Plan
	size int
	x    []tensor.Tensor // of each input
	y    tensor.Tensor
}

// NewPredictor returns a predictor for an initialised network whose samples have
// the given shape, without the batch axis:
//
//	p, err := nn.NewPredictor(net, tensor.Shape{3, 32, 32})
//
// More are the shapes of further inputs; the network gets all of them as a
// [grad.Tuple].
//
// Forward of the network must not depend on values: it is traced once for each batch
// size, which computes nothing, and what it recorded is repeated.
func NewPredictor(net Module, sample tensor.Shape, more ...tensor.Shape) (*Predictor, error) {
	in := append([]tensor.Shape{sample}, more...)
	if err := checkSample(in); err != nil {
		return nil, fmt.Errorf("nn: NewPredictor: %w", err)
	}
	params, err := collect(net)
	if err != nil {
		return nil, fmt.Errorf("nn: NewPredictor: %w", err)
	}
	p := &Predictor{
		net: net, values: map[*grad.Param]*tensor.Tensor{},
		running: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	for _, s := range in {
		p.in = append(p.in, s.Clone())
	}
	for _, q := range params {
		if q.Value == nil {
			return nil, fmt.Errorf("nn: NewPredictor: parameter %q has no value; call nn.Init or load weights", q.path)
		}
		p.values[q.Param] = q.Value.Clone()
	}
	first, err := p.trace(1)
	if err != nil {
		return nil, err
	}
	p.out = first.Out(0).Shape()[1:].Clone()
	p.first = first.Plan
	p.idle[0] = append(p.idle[0], first)
	return p, nil
}

// checkSample reports shapes of the inputs of a sample, which may come from a file,
// that cannot be.
func checkSample(in []tensor.Shape) error {
	left := maxSample
	for i, s := range in {
		what := "sample"
		if len(in) > 1 {
			what = fmt.Sprintf("input %d", i)
		}
		if err := s.Check(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		n := s.Size()
		if n > left {
			return fmt.Errorf("%s: shape %v has %d values, want at most %d", what, s, n, left)
		}
		left -= n
	}
	return nil
}

// zeros returns the inputs of so many samples.
func zeros(n int, in []tensor.Shape) []*tensor.Tensor {
	x := make([]*tensor.Tensor, len(in))
	for i, s := range in {
		x[i] = tensor.Make[float32](append(tensor.Shape{n}, s...)...)
	}
	return x
}

// InputShape returns the shape of an input, without the batch axis; of a network of
// several inputs, that of the first.
func (p *Predictor) InputShape() tensor.Shape { return p.in[0] }

// InputShapes returns the shapes of all inputs, without the batch axis. The caller
// must not change them.
func (p *Predictor) InputShapes() []tensor.Shape { return p.in }

// OutputShape returns the shape of an output, without the batch axis.
func (p *Predictor) OutputShape() tensor.Shape { return p.out }

// trace makes a plan for batches of a size.
func (p *Predictor) trace(size int) (made *plan, err error) {
	t := grad.NewTape(grad.Evaluation|grad.Trace, 0)
	t.Values(p.values)
	defer func() {
		if t.Err() != nil { // user code may have tripped over an empty result
			recover()
			made, err = nil, t.Err()
		}
	}()
	zero := zeros(size, p.in)
	x := feed(t, zero[0], zero[1:])
	y := p.net.Forward(x)
	if t.Err() != nil {
		return nil, t.Err()
	}
	if n := y.Parts(); n > 1 {
		return nil, fmt.Errorf("nn: Predict: output is a tuple of %d, want one", n)
	}
	if s := y.Shape(); len(s) == 0 || s[0] != size || p.first != nil && !s[1:].Equal(p.out) {
		return nil, fmt.Errorf("nn: Predict: output has shape %v for a batch of %d, want a batch of as many", s, size)
	}
	in := make([]*grad.Var, len(p.in))
	for i := range in {
		in[i] = x.Part(i)
	}
	g, err := t.Plan(in, []*grad.Var{y}, p.first)
	if err != nil {
		return nil, err
	}
	return &plan{Plan: g, size: size, x: make([]tensor.Tensor, len(in))}, nil
}

// take returns an idle plan for batches of 1<<log samples, or a new one.
func (p *Predictor) take(log int) (*plan, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errors.New("nn: Predict: the predictor is closed")
	}
	if l := len(p.idle[log]); l > 0 {
		q := p.idle[log][l-1]
		p.idle[log] = p.idle[log][:l-1]
		p.mu.Unlock()
		return q, nil
	}
	p.mu.Unlock()
	return p.trace(1 << log)
}

func (p *Predictor) put(log int, q *plan) {
	p.mu.Lock()
	p.idle[log] = append(p.idle[log], q)
	p.mu.Unlock()
}

// Predict returns the outputs for a batch x [N, …], with one of as many samples for
// every further input, in new memory. N may be any number. It returns the error of
// ctx if that is done first.
func (p *Predictor) Predict(ctx context.Context, x *tensor.Tensor, more ...*tensor.Tensor) (*tensor.Tensor, error) {
	if err := p.checkInputs(x, more); err != nil {
		return nil, err
	}
	shape := append(tensor.Shape{x.Dim(0)}, p.out...)
	if err := shape.Check(); err != nil { // inputs without values may be any number
		return nil, fmt.Errorf("nn: Predict: output: %w", err)
	}
	y := tensor.Make[float32](shape...)
	if err := p.PredictInto(ctx, y, x, more...); err != nil {
		return nil, err
	}
	return y, nil
}

// PredictInto writes the outputs for a batch x [N, …], with one of as many samples
// for every further input, to dst [N, …]. In the steady state it allocates nothing.
// If it returns an error, what dst holds is undefined.
func (p *Predictor) PredictInto(ctx context.Context, dst, x *tensor.Tensor, more ...*tensor.Tensor) error {
	if err := p.checkInputs(x, more); err != nil {
		return err
	}
	if !batchOf(dst, p.out) {
		return misfit("output", dst, p.out)
	}
	n := x.Dim(0)
	if dst.Dim(0) != n {
		return fmt.Errorf("nn: Predict: output is for %d samples, input has %d", dst.Dim(0), n)
	}
	for at := 0; at < n; {
		log := largest
		for 1<<log > n-at {
			log--
		}
		if err := p.part(ctx, dst, x, more, at, log); err != nil {
			return err
		}
		at += 1 << log
	}
	return nil
}

// checkInputs reports inputs of another number, shape or number of samples than
// there should be.
func (p *Predictor) checkInputs(x *tensor.Tensor, more []*tensor.Tensor) error {
	if n := 1 + len(more); n != len(p.in) {
		return fmt.Errorf("nn: Predict: %d inputs, want %d", n, len(p.in))
	}
	if !batchOf(x, p.in[0]) {
		return p.misfit(0, x)
	}
	for i, m := range more {
		if !batchOf(m, p.in[i+1]) {
			return p.misfit(i+1, m)
		}
		if m.Dim(0) != x.Dim(0) {
			return fmt.Errorf("nn: Predict: input %d has %d samples, input 0 has %d", i+1, m.Dim(0), x.Dim(0))
		}
	}
	return nil
}

// batchOf reports whether x is a batch of samples of a shape.
func batchOf(x *tensor.Tensor, sample tensor.Shape) bool {
	if x == nil {
		return false
	}
	s := x.Shape()
	return len(s) == len(sample)+1 && s[1:].Equal(sample)
}

// misfit is the error of input i that is not what it should be.
func (p *Predictor) misfit(i int, x *tensor.Tensor) error {
	if len(p.in) == 1 {
		return misfit("input", x, p.in[0])
	}
	return misfit(fmt.Sprintf("input %d", i), x, p.in[i])
}

func misfit(what string, x *tensor.Tensor, want tensor.Shape) error {
	if x == nil {
		return fmt.Errorf("nn: Predict: %s is nil, want a batch of %v", what, want)
	}
	return fmt.Errorf("nn: Predict: %s has shape %v, want a batch of %v", what, x.Shape(), want)
}

// part predicts 1<<log samples from number at on.
func (p *Predictor) part(ctx context.Context, dst, x *tensor.Tensor, more []*tensor.Tensor, at, log int) error {
	select {
	case p.running <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.running }()
	q, err := p.take(log)
	if err != nil {
		return err
	}
	defer p.put(log, q)
	q.In(0).Copy(x.SliceTo(&q.x[0], 0, at, at+q.size))
	for i, m := range more {
		q.In(i + 1).Copy(m.SliceTo(&q.x[i+1], 0, at, at+q.size))
	}
	if err := q.Run(ctx); err != nil {
		return err
	}
	dst.SliceTo(&q.y, 0, at, at+q.size).Copy(q.Out(0))
	return nil
}

// Close lets go of the weights and gives working memory back to the library's
// pool, see tensor.FreeMemory. It waits for running predictions;
// later ones return an error. Closing again does nothing.
func (p *Predictor) Close() {
	p.mu.Lock()
	closed := p.closed
	p.closed = true
	p.mu.Unlock()
	if closed {
		return
	}
	for range cap(p.running) {
		p.running <- struct{}{}
	}
	defer func() {
		for range cap(p.running) {
			<-p.running
		}
	}()
	for _, list := range p.idle {
		for _, q := range list {
			q.Close()
		}
	}
	clear(p.idle[:])
	p.first, p.values, p.net = nil, nil, nil
}
