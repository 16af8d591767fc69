package rnn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Layer is a recurrent layer of this package: [RNN], [LSTM], [GRU] and their
// convolutional kin.
type Layer interface {
	// Forward applies the layer to sequences from states of zeros.
	Forward(x *grad.Var) *grad.Var
	// ForwardState applies the layer to sequences from an initial state, and
	// returns the final one as well.
	ForwardState(x, state *grad.Var) (y, final *grad.Var)

	settings() settings
	parts() *stack
}

// settings are those of any layer.
type settings struct {
	name       string
	cell       *cell
	in, hidden int
	proj       int // 0 means that there is no projection
	layers     int
	space      int // axes of the places of a state
	kernel     int // along each of them

	noBias, bidirectional, timeFirst bool
	dropout                          float64

	err error // a setting that the layer found wrong
}

// The limits of settings, since a file may say what they are: sizes that are computed
// from them do not overflow.
const (
	maxLayers = 1024
	maxSize   = 1 << 24 // features or channels, and the side of a kernel
)

// check reports settings that cannot be.
func (s *settings) check() error {
	unit := "hidden units"
	in := "inputs"
	if s.space > 0 {
		in, unit = "input channels", "hidden channels"
	}
	err := s.err
	switch {
	case err != nil:
	case s.in < 1 || s.hidden < 1 || s.layers < 1:
		err = fmt.Errorf("%d %s, %d %s and %d layers, want at least 1", s.in, in, s.hidden, unit, s.layers)
	case s.layers > maxLayers:
		err = fmt.Errorf("%d layers, want at most %d", s.layers, maxLayers)
	case max(s.in, s.hidden) > maxSize:
		err = fmt.Errorf("%d %s and %d %s, want at most %d", s.in, in, s.hidden, unit, maxSize)
	case s.kernel > maxSize:
		err = fmt.Errorf("kernel %d, want at most %d", s.kernel, maxSize)
	case s.space > 0 && (s.kernel < 1 || s.kernel%2 == 0):
		err = fmt.Errorf("kernel %d, want an odd number", s.kernel)
	case s.proj < 0 || s.proj >= s.hidden:
		err = fmt.Errorf("projection to %d values, want fewer than the %d hidden units", s.proj, s.hidden)
	case !(s.dropout >= 0 && s.dropout < 1):
		err = fmt.Errorf("dropout %v, want at least 0 and less than 1", s.dropout)
	}
	if err != nil {
		return fmt.Errorf("rnn: %s: %w", s.name, err)
	}
	return nil
}

func (s *settings) directions() int {
	if s.bidirectional {
		return 2
	}
	return 1
}

// output returns the features or channels that a direction puts out.
func (s *settings) output() int { return cmp.Or(s.proj, s.hidden) }

// stack holds the parameters of a stack of layers.
type stack struct {
	layers [][]weights // for each layer, of its directions
	proj   int         // the option [Proj] of a layer that lacks the setting
}

// unprojected reports the option [Proj] for a layer that has no projection.
func (k *stack) unprojected() error {
	if k.proj != 0 {
		return fmt.Errorf("projection to %d values, want none; only LSTM has one", k.proj)
	}
	return nil
}

// weights are the parameters of a layer in one direction; nil where there is none.
type weights struct{ wih, whh, bih, bhh, whr *grad.Param }

// build makes the parameters that are missing.
func (k *stack) build(s settings) error {
	if err := s.check(); err != nil {
		return err
	}
	gates := s.cell.gates * s.hidden
	taps := 1.0
	kernel := make([]int, s.space)
	for i := range kernel {
		kernel[i] = s.kernel
		taps *= float64(s.kernel)
	}
	start := grad.Uniform(1 / math.Sqrt(float64(s.hidden)*taps))
	param := func(shape ...int) *grad.Param { return grad.NewParam(start, shape...) }
	for len(k.layers) < s.layers {
		in := s.in
		if len(k.layers) > 0 {
			in = s.directions() * s.output()
		}
		var layer []weights
		for range s.directions() {
			w := weights{
				wih: param(append([]int{gates, in}, kernel...)...),
				whh: param(append([]int{gates, s.output()}, kernel...)...),
			}
			if !s.noBias {
				w.bih, w.bhh = param(gates), param(gates)
			}
			if s.proj > 0 {
				w.whr = param(s.proj, s.hidden)
			}
			layer = append(layer, w)
		}
		k.layers = append(k.layers, layer)
	}
	return nil
}

// parameters yields the parameters under PyTorch's names.
func (k *stack) parameters(yield func(name string, p *grad.Param) bool) {
	for l, layer := range k.layers {
		for d, w := range layer {
			suffix := fmt.Sprintf("_l%d%s", l, [...]string{"", "_reverse"}[d])
			for _, p := range []struct {
				name string
				p    *grad.Param
			}{{"weight_ih", w.wih}, {"weight_hh", w.whh}, {"bias_ih", w.bih}, {"bias_hh", w.bhh}, {"weight_hr", w.whr}} {
				if p.p != nil && !yield(p.name+suffix, p.p) {
					return
				}
			}
		}
	}
}

// forward applies the layers one after the other, from a state that may be nil. It
// returns the final state if that is wanted, else nil.
func (k *stack) forward(s settings, x, state *grad.Var, final bool) (y, last *grad.Var) {
	t := x.Tape()
	fail := func(err error) (y, last *grad.Var) {
		v := t.Fail(s.name, err)
		return v, v
	}
	if err := s.check(); err != nil || len(k.layers) == 0 {
		return fail(cmp.Or(err, grad.ErrNoParams))
	}
	x, lengths, err := split(x)
	if err != nil {
		return fail(err)
	}
	if s.space == 0 && len(x.Shape()) > 3 {
		x = grad.Flatten(x, 2)
	}
	h0, c0, err := s.states(state, len(k.layers))
	if err != nil {
		return fail(err)
	}
	var few [2][8]*grad.Var // more cost an allocation
	hs, cs := few[0][:0], few[1][:0]
	for l, layer := range k.layers {
		if l > 0 {
			x = grad.Dropout(x, s.dropout)
		}
		n := len(layer)
		at := func(v *grad.Var) *grad.Var {
			if v == nil || len(k.layers) == 1 {
				return v
			}
			return grad.Slice(v, 0, l*n, (l+1)*n)
		}
		out := s.apply(x, lengths, at(h0), at(c0), layer)
		x = out[0]
		hs = append(hs, out[1])
		cs = append(cs, out[len(out)-1])
	}
	y = join(x, lengths)
	if !final {
		return y, nil
	}
	if last = concat(hs); s.cell.memory {
		last = grad.Tuple(last, concat(cs))
	}
	return y, last
}

// concat joins the states of layers.
func concat(states []*grad.Var) *grad.Var {
	if len(states) == 1 {
		return states[0]
	}
	return grad.Concat(0, states...)
}

// states takes an initial state apart.
func (s *settings) states(state *grad.Var, layers int) (h0, c0 *grad.Var, err error) {
	if state == nil || state.Err() != nil {
		return nil, nil, nil
	}
	want := 1
	if s.cell.memory {
		want = 2
	}
	if n := state.Parts(); n != want {
		return nil, nil, fmt.Errorf("initial state is of %d parts, want %d", n, want)
	}
	h0 = state.Part(0)
	if want == 2 {
		c0 = state.Part(1)
	}
	for i, v := range []*grad.Var{h0, c0} {
		if n := layers * s.directions(); v != nil && (len(v.Shape()) != 3+s.space || v.Shape()[0] != n) {
			places := [...]string{"", " width", " height width"}[s.space]
			return nil, nil, fmt.Errorf("initial state has shape %v, want [%d batch %d%s]", v.Shape(), n, [...]int{s.output(), s.hidden}[i], places)
		}
	}
	return h0, c0, nil
}

// apply applies one layer.
func (s *settings) apply(x, lengths, h0, c0 *grad.Var, layer []weights) []*grad.Var {
	in := [inWeights + 2*perDirection]*grad.Var{x, lengths, h0, c0}
	for d, w := range layer {
		at := inWeights + d*perDirection
		for i, p := range [perDirection]*grad.Param{wih: w.wih, whh: w.whh, bih: w.bih, bhh: w.bhh, whr: w.whr} {
			in[at+i] = grad.Use(x, p)
		}
	}
	op := recurrent{name: s.name, cell: s.cell, space: s.space, directions: len(layer), timeFirst: s.timeFirst}
	return grad.ApplyMulti(op, in[:inWeights+len(layer)*perDirection]...)
}
