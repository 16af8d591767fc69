package data

import (
	"fmt"
	"math"
	"sync"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// MixUp blends every sample of ds with another one:
//
//	x = λ·x[i] + (1-λ)·x[j]        y = λ·y[i] + (1-λ)·y[j]
//
// The partner j, any sample of ds, and λ of the distribution Beta(alpha, alpha)
// are chosen anew for every sample and epoch. Classes c become targets with 1 at
// c and 0 elsewhere: shape [Classes], as cross-entropy takes them; targets that
// are numbers are blended as they are. Further inputs are blended like x, so none
// of them may hold what has no mean, such as the numbers of words; see [Zip].
//
// Source: Zhang et al., mixup: Beyond empirical risk minimization, 2018, with
// alpha 0.2 for ImageNet and 1 for CIFAR-10. There, a batch is blended with a
// permutation of itself and one λ; here, the partner comes from the whole data
// set and each sample has its own λ, as the paper defines it, so that a sample
// does not depend on the batch it is in.
func MixUp(ds Dataset, alpha float64) Dataset { return newMixed("MixUp", ds, alpha, mixUp) }

// CutMix replaces a rectangle of every picture of ds by that of another one. The
// rectangle has a share of about 1-λ of the pixels and the proportions of the
// picture; its middle is anywhere in the picture, whose edges may cut it off.
// Targets are blended as by [MixUp], with the share of the pixels that remain as
// λ. Shapes: X [C, H, W].
//
// Source: Yun et al., CutMix: Regularization strategy to train strong
// classifiers with localizable features, 2019, with alpha 1. Partner and λ, of
// the distribution Beta(alpha, alpha), are chosen as MixUp does, for each sample
// instead of for each batch. Further inputs, of which no part could be replaced, are
// an error.
func CutMix(ds Dataset, alpha float64) Dataset {
	m := newMixed("CutMix", ds, alpha, cutMix)
	if n := len(m.spec.More); m.spec.Err == nil && n > 0 {
		m.spec.Err = fmt.Errorf("data: CutMix: samples have %d further inputs, want none", n)
	}
	if s := m.spec.X; m.spec.Err == nil && (len(s) != 3 || s.Size() == 0) {
		m.spec.Err = fmt.Errorf("data: CutMix: samples have shape %v, want [C, H, W]", s)
	}
	return m
}

// mixed is a data set whose samples are made of two of another one.
type mixed struct {
	op    string
	ds    Dataset
	inner Spec
	spec  Spec
	alpha float64
	mix   func(x, partner *tensor.Tensor, lambda float64, r *Rand) float64
	pool  sync.Pool // of *mixing
}

// mixing is what one Read needs.
type mixing struct {
	x    *tensor.Tensor   // of the partner
	more []*tensor.Tensor // likewise
	y    [2]tensor.Any    // of both
	rand Rand
}

func newMixed(op string, ds Dataset, alpha float64, mix func(x, partner *tensor.Tensor, lambda float64, r *Rand) float64) *mixed {
	m := &mixed{op: op, ds: ds, inner: ds.Spec(), spec: ds.Spec(), alpha: alpha, mix: mix}
	switch {
	case m.spec.Err != nil:
	case !(alpha > 0 && alpha <= largest):
		m.spec.Err = fmt.Errorf("data: %s: alpha is %v, want more than 0 and at most %d", op, alpha, largest)
	case m.spec.Classes > 0 && len(m.spec.Y) > 0:
		m.spec.Err = fmt.Errorf("data: %s: the target is not one class: shape %v", op, m.spec.Y)
	case m.spec.Classes > 0:
		m.spec.Y, m.spec.Classes = tensor.Shape{m.spec.Classes}, 0
	}
	m.pool.New = func() any {
		a, b := NewSample(m.inner), NewSample(m.inner)
		return &mixing{x: b.X, more: b.More, y: [2]tensor.Any{a.Y, b.Y}}
	}
	return m
}

func (m *mixed) Len() int   { return m.ds.Len() }
func (m *mixed) Spec() Spec { return m.spec }

func (m *mixed) Read(i int, dst Sample) error {
	if err := m.spec.check(m.op, i, m.Len(), dst); err != nil {
		return err
	}
	if dst.fixed {
		return fmt.Errorf("data: Cache: %s is random; put it above the Cache", m.op)
	}
	s := m.pool.Get().(*mixing)
	defer m.pool.Put(s)
	s.rand = newRand("data."+m.op, dst, i)
	j := s.rand.IntN(m.Len())
	lambda := s.rand.beta(m.alpha)
	// What lies below must not repeat these random numbers.
	seed := rng.Mix(dst.Seed)
	if err := m.ds.Read(i, Sample{X: dst.X, Y: s.y[0], More: dst.More, Seed: seed, Epoch: dst.Epoch}); err != nil {
		return err
	}
	if err := m.ds.Read(j, Sample{X: s.x, Y: s.y[1], More: s.more, Seed: seed, Epoch: dst.Epoch}); err != nil {
		return fmt.Errorf("data: %s: partner %d: %w", m.op, j, err)
	}
	lambda = m.mix(dst.X, s.x, lambda, &s.rand)
	for k, x := range dst.More { // of MixUp alone, which leaves lambda as it is
		m.mix(x, s.more[k], lambda, &s.rand)
	}
	y := dst.Y.(*tensor.Tensor).Data()
	clear(y)
	if err := m.addTarget(y, s.y[0], lambda); err != nil {
		return err
	}
	return m.addTarget(y, s.y[1], 1-lambda)
}

// addTarget adds a share of a target to y.
func (m *mixed) addTarget(y []float32, target tensor.Any, share float64) error {
	switch t := target.(type) {
	case *tensor.Ints:
		c := t.Item()
		if c < 0 || c >= len(y) {
			return fmt.Errorf("data: %s: label %d, want 0 to %d", m.op, c, len(y)-1)
		}
		y[c] += float32(share)
	case *tensor.Tensor:
		for k, v := range t.Data() {
			y[k] += float32(float32(share) * v)
		}
	}
	return nil
}

// mixUp blends x with its partner and returns the share of x.
func mixUp(x, partner *tensor.Tensor, lambda float64, _ *Rand) float64 {
	v := x.Data()
	vec.Lin2(v, v, float32(lambda), partner.Data(), float32(1-lambda), 0)
	return lambda
}

// cutMix replaces a part of x by that of its partner and returns the share of x.
func cutMix(x, partner *tensor.Tensor, lambda float64, r *Rand) float64 {
	h, w := x.Dim(-2), x.Dim(-1)
	a := cut(h, w, lambda, r)
	for c := range x.Dim(0) {
		for i := range a.h {
			at := (c*h+a.top+i)*w + a.left
			copy(x.Data()[at:][:a.w], partner.Data()[at:])
		}
	}
	return 1 - float64(a.h)*float64(a.w)/(float64(h)*float64(w))
}

// cut returns the part of a picture of h×w pixels that is replaced.
func cut(h, w int, lambda float64, r *Rand) area {
	half := math.Sqrt(1-lambda) / 2
	interval := func(n int) (from, size int) {
		middle, reach := r.IntN(n), int(half*float64(n))
		from = max(middle-reach, 0)
		return from, min(middle+reach, n) - from
	}
	var a area
	a.left, a.w = interval(w)
	a.top, a.h = interval(h)
	return a
}
