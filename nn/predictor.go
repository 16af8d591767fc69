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
// a sample has the same bits in any batch.
type Predictor struct {
	in, out tensor.Shape // of a sample
	net     Module
	values  map[*grad.Param]*tensor.Tensor

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
	x, y tensor.Tensor
}

// NewPredictor returns a predictor for an initialised network whose samples have
// the given shape, without the batch axis:
//
//	p, err := nn.NewPredictor(net, tensor.Shape{3, 32, 32})
//
// Forward of the network must not depend on the values it computes: it runs once
// for each batch size, and what it recorded is repeated.
func NewPredictor(net Module, sample tensor.Shape) (*Predictor, error) {
	if err := checkSample(sample); err != nil {
		return nil, fmt.Errorf("nn: NewPredictor: %w", err)
	}
	params, err := collect(net)
	if err != nil {
		return nil, fmt.Errorf("nn: NewPredictor: %w", err)
	}
	p := &Predictor{
		in: sample.Clone(), net: net, values: map[*grad.Param]*tensor.Tensor{},
		running: make(chan struct{}, runtime.GOMAXPROCS(0)),
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

// checkSample reports a shape of a sample, which may come from a file, that cannot
// be.
func checkSample(sample tensor.Shape) error {
	if err := sample.Check(); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	if n := sample.Size(); n > maxSample {
		return fmt.Errorf("a sample of shape %v has %d values, want at most %d", sample, n, maxSample)
	}
	return nil
}

// InputShape returns the shape of an input, without the batch axis.
func (p *Predictor) InputShape() tensor.Shape { return p.in }

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
	x := t.Input(tensor.Make[float32](append(tensor.Shape{size}, p.in...)...))
	y := p.net.Forward(x)
	if t.Err() != nil {
		return nil, t.Err()
	}
	if s := y.Shape(); len(s) == 0 || s[0] != size || p.first != nil && !s[1:].Equal(p.out) {
		return nil, fmt.Errorf("nn: Predict: output has shape %v for a batch of %d, want a batch of as many", s, size)
	}
	g, err := t.Plan([]*grad.Var{x}, []*grad.Var{y}, p.first)
	if err != nil {
		return nil, err
	}
	return &plan{Plan: g, size: size}, nil
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

// Predict returns the outputs for a batch x [N, …], in new memory. N may be any
// number. It returns the error of ctx if that is done first.
func (p *Predictor) Predict(ctx context.Context, x *tensor.Tensor) (*tensor.Tensor, error) {
	if err := p.check("input", x, p.in); err != nil {
		return nil, err
	}
	shape := append(tensor.Shape{x.Dim(0)}, p.out...)
	if err := shape.Check(); err != nil { // inputs without values may be any number
		return nil, fmt.Errorf("nn: Predict: output: %w", err)
	}
	y := tensor.Make[float32](shape...)
	if err := p.PredictInto(ctx, y, x); err != nil {
		return nil, err
	}
	return y, nil
}

// PredictInto writes the outputs for a batch x [N, …] to dst [N, …]. In the steady
// state it allocates nothing. If it returns an error, what dst holds is
// undefined.
func (p *Predictor) PredictInto(ctx context.Context, dst, x *tensor.Tensor) error {
	if err := p.check("input", x, p.in); err != nil {
		return err
	}
	if err := p.check("output", dst, p.out); err != nil {
		return err
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
		if err := p.part(ctx, dst, x, at, log); err != nil {
			return err
		}
		at += 1 << log
	}
	return nil
}

func (p *Predictor) check(what string, x *tensor.Tensor, want tensor.Shape) error {
	if s := x.Shape(); len(s) != len(want)+1 || !s[1:].Equal(want) {
		return fmt.Errorf("nn: Predict: %s has shape %v, want a batch of %v", what, s, want)
	}
	return nil
}

// part predicts 1<<log samples from number at on.
func (p *Predictor) part(ctx context.Context, dst, x *tensor.Tensor, at, log int) error {
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
	q.In(0).Copy(x.SliceTo(&q.x, 0, at, at+q.size))
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
