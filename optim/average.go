package optim

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Average gathers an average of the weights of a network while it trains, which
// often predicts better than the last weights. It is made by [NewEMA] or
// [NewSWA], and corresponds to torch.optim.swa_utils.AveragedModel.
//
//	ema := optim.NewEMA(nn.Params(net), 0.999)
//	…
//	err = opt.Step(tape)
//	err = ema.Update()   // after every step
//	…
//	ema.Swap()           // the network has the averages
//	ema.Swap()           // and its own weights again
//
// With nn.AverageSteps and nn.AverageEpochs a Trainer does so. Buffers, such as
// the statistics of batch normalisation, are not averaged: the network keeps its
// own (use_buffers=False in PyTorch). For an average over few steps they fit; for
// one over epochs nn.UpdateNorms finds those that belong to the averages.
type Average struct {
	params  []*grad.Param
	avg     []*tensor.Tensor
	n       int // updates
	decay   float64
	equal   bool
	swapped bool
	take    float32 // the part of the weights in the update at hand
	err     error
}

// NewEMA returns an exponential moving average of parameters. The first update
// takes the weights as they are; then, with weights w,
//
//	a ← a + (1−decay)·(w − a)
//
// Decays are from 0 to below 1, such as 0.999, for an average over about the last
// 1/(1−decay) updates. (Polyak and Juditsky 1992.)
func NewEMA(params []*grad.Param, decay float64) *Average {
	a := newAverage(params)
	a.decay = decay
	if !(decay >= 0 && decay < 1) {
		a.err = fmt.Errorf("optim: NewEMA: decay %v, want at least 0 and less than 1", decay)
	}
	return a
}

// NewSWA returns the mean of the weights at every update, as stochastic weight
// averaging uses it towards the end of training, once in an epoch, at a learning
// rate that stays high: at update n
//
//	a ← a + (w − a)/n
//
// (Izmailov et al. 2018, arXiv 1803.05407.)
func NewSWA(params []*grad.Param) *Average {
	a := newAverage(params)
	a.equal = true
	return a
}

func newAverage(params []*grad.Param) *Average {
	a := &Average{}
	for _, p := range params {
		if !p.Buffer() {
			a.params = append(a.params, p)
		}
	}
	return a
}

// Update takes the weights into the average. It is an error if a parameter has no
// value, while the network has the averages, and if the decay cannot be.
func (a *Average) Update() error {
	switch {
	case a.err != nil:
		return a.err
	case a.swapped:
		return errors.New("optim: Average: the network has the averages; Swap before Update")
	}
	for _, p := range a.params {
		if p.Value == nil {
			return fmt.Errorf("optim: Average: parameter %q has no value", p.Name)
		}
	}
	if a.avg == nil {
		for _, p := range a.params {
			a.avg = append(a.avg, tensor.Make[float32](p.Shape()...))
		}
	}
	a.n++
	switch {
	case a.n == 1:
		a.take = 1
	case a.equal:
		a.take = float32(1 / float64(a.n))
	default:
		a.take = float32(1 - a.decay)
	}
	parallel.For(len(a.params), a)
	return nil
}

// Do updates the average of one parameter; it implements the task of an update.
func (a *Average) Do(_, i int) {
	avg, w := a.avg[i].Data(), a.params[i].Value.Data()
	if a.n == 1 {
		copy(avg, w)
		return
	}
	for j, v := range avg {
		avg[j] = v + float32(a.take*(w[j]-v))
	}
}

// Updates returns the number of updates.
func (a *Average) Updates() int { return a.n }

// Swap exchanges the weights of the network with the averages; a second call
// exchanges them back. Before the first update both are the same, and nothing is
// exchanged.
func (a *Average) Swap() {
	if a.n == 0 {
		return
	}
	for i, p := range a.params {
		avg, w := a.avg[i].Data(), p.Value.Data()
		for j, v := range avg {
			avg[j], w[j] = w[j], v
		}
	}
	a.swapped = !a.swapped
}

// Swapped reports whether the network has the averages.
func (a *Average) Swapped() bool { return a.swapped }

// State returns what was gathered, by PyTorch's names: the number of updates,
// "n_averaged", and for each parameter w its average, "module.w". It is empty
// before the first update, and shares memory with the average. The network must
// have its own weights.
func (a *Average) State() map[string]tensor.Any {
	m := map[string]tensor.Any{}
	if a.n > 0 {
		m["n_averaged"] = tensor.New([]int{a.n})
	}
	for i, t := range a.avg {
		m["module."+a.params[i].Name] = t
	}
	return m
}

// SetState continues with a state that State returned. A missing, surplus or
// wrong-shaped entry is an error, and nothing is changed.
func (a *Average) SetState(m map[string]tensor.Any) error {
	if a.swapped {
		return errors.New("optim: Average: the network has the averages; Swap before SetState")
	}
	if len(m) == 0 {
		a.n, a.avg = 0, nil
		return nil
	}
	n, ok := m["n_averaged"].(*tensor.Ints)
	if !ok || n.Len() != 1 || n.Item() < 1 {
		return fmt.Errorf("optim: Average: state %q is no number of updates: %w", "n_averaged", ErrState)
	}
	if len(m) != len(a.params)+1 {
		return fmt.Errorf("optim: Average: state has %d averages, want those of %d parameters: %w", len(m)-1, len(a.params), ErrState)
	}
	avg := make([]*tensor.Tensor, len(a.params))
	for i, p := range a.params {
		name := "module." + p.Name
		v, ok := m[name].(*tensor.Tensor)
		if !ok {
			return fmt.Errorf("optim: Average: state %q is missing: %w", name, ErrState)
		}
		if !v.Shape().Equal(p.Shape()) {
			return fmt.Errorf("optim: Average: state %q has shape %v, want %v: %w", name, v.Shape(), p.Shape(), ErrState)
		}
		avg[i] = v.Clone()
	}
	a.n, a.avg = n.Item(), avg
	return nil
}
