package data

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gannet-ml/gannet/tensor"
)

// applier is the part of a [Transform] that works on samples.
type applier interface {
	Apply(dst, src *tensor.Tensor, r *Rand) error
}

// preparer is a [Transform] of others. Once it knows the shape of its inputs, it
// can make ahead what Apply would otherwise make for every sample.
type preparer interface {
	prepare(in tensor.Shape) (applier, error)
}

// maxSample bounds the values of samples that transforms, whose settings a file
// may give, enlarge.
const maxSample = 1 << 26

// after returns the shape that t makes of in, if it is one to work with.
func after(t Transform, in tensor.Shape) (tensor.Shape, error) {
	if t == nil {
		return nil, errors.New("the transform is nil")
	}
	out, err := t.Shape(in)
	if err != nil {
		return nil, err
	}
	if err := out.Check(); err != nil {
		return nil, err
	}
	if n := out.Size(); n > max(maxSample, in.Size()) {
		return nil, fmt.Errorf("a sample of shape %v has %d values, want at most %d", out, n, maxSample)
	}
	return out, nil
}

// chain applies transforms one after the other to inputs of one shape.
type chain struct {
	steps  []applier
	shapes []tensor.Shape // of the input of each step, and of the result
	reads  bool           // whether the input of step 0 lies in the chain's own memory
	pool   sync.Pool      // of *links
}

// links is the memory for one run of a chain.
type links struct {
	inputs []*tensor.Tensor // of each step
	rand   Rand
}

// newChain prepares transforms for inputs of a shape.
func newChain(transforms []Transform, in tensor.Shape, reads bool) (*chain, error) {
	c := &chain{shapes: []tensor.Shape{in}, reads: reads}
	for k, t := range transforms {
		out, err := after(t, in)
		var step applier = t
		if p, ok := t.(preparer); ok && err == nil {
			step, err = p.prepare(in)
		}
		if err != nil {
			return nil, fmt.Errorf("transform %d: %w", k, err)
		}
		c.steps, c.shapes = append(c.steps, step), append(c.shapes, out)
		in = out
	}
	c.pool.New = func() any { return c.newLinks() }
	return c, nil
}

// out returns the shape of the result.
func (c *chain) out() tensor.Shape { return c.shapes[len(c.steps)] }

// newLinks lays the inputs out in two buffers by turns.
func (c *chain) newLinks() *links {
	var buffers [2][]float32
	inputs := c.shapes[:len(c.steps)]
	for k, s := range inputs {
		if n := s.Size(); (k > 0 || c.reads) && n > len(buffers[k%2]) {
			buffers[k%2] = make([]float32, n)
		}
	}
	l := &links{inputs: make([]*tensor.Tensor, len(inputs))}
	for k, s := range inputs {
		if k > 0 || c.reads {
			l.inputs[k] = tensor.New(buffers[k%2][:s.Size()], s...)
		}
	}
	return l
}

// Apply runs the chain on src.
func (c *chain) Apply(dst, src *tensor.Tensor, r *Rand) error {
	l := c.pool.Get().(*links)
	defer c.pool.Put(l)
	random, err := c.run(l, dst, src, *r)
	if random >= 0 {
		r.next++ // tells a chain around this one that it is random
	}
	return err
}

// run applies all steps, of which step k gets child k of r. It returns the first
// step that drew a number, or -1.
func (c *chain) run(l *links, dst, src *tensor.Tensor, r Rand) (random int, err error) {
	random = -1
	if len(c.steps) == 0 {
		copy(dst.Data(), src.Data())
		return random, nil
	}
	for k, t := range c.steps {
		out := dst
		if k+1 < len(c.steps) {
			out = l.inputs[k+1]
		}
		l.rand = r.child(k)
		if err := t.Apply(out, src, &l.rand); err != nil {
			return random, fmt.Errorf("transform %d: %w", k, err)
		}
		if random < 0 && l.rand.next > 0 {
			random = k
		}
		src = out
	}
	return random, nil
}
