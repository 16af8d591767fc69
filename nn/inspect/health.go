package inspect

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Health watches for signs that a network does not learn: units of ReLU that are 0
// for every sample, gradients that vanish or explode, values that are not finite.
// It is a [grad.Observer]; its zero value is ready to be given to nn.Observe. It is
// used by one goroutine.
type Health struct {
	// Every is how often it looks: at one step of so many, since looking costs
	// about as much as an elementwise operation on everything. 0 means 10.
	Every int

	signs  []*Sign // in the order in which they were first met
	byCall map[call]*Sign
}

// EachEpoch is an [nn.Callback] that forgets, when an epoch begins, what was seen
// before. Units die in the course of training: one that still lived in the first
// steps counts as dead only if these are forgotten.
func (h *Health) EachEpoch(e *nn.Event) error {
	if e.Kind == nn.EpochBegin {
		h.Reset()
	}
	return nil
}

// Sign is what one operation of a network showed in the steps that were watched.
type Sign struct {
	Layer string // path of the layer, see [grad.Call.Layer]
	Op    string // name of the operation

	Samples int     // seen, along axis 0 of the output
	Output  float64 // root mean square of the output
	Zeros   float64 // share of its elements that are 0
	Grad    float64 // root mean square of the gradient with respect to the output; 0 if it has none

	// Units and Dead are for ReLU: how many units its output has, and how many of
	// them were 0 for every sample. A unit is a channel, axis 1, of outputs with four
	// axes or more, and an element of the last axis of others.
	Units, Dead int

	// Weight and WeightGrad are root mean squares of the first parameter that trains
	// and of its gradient; 0 if there is none.
	Weight, WeightGrad float64

	// NotFinite is the step, counted from 0, in which the output or a gradient was
	// first seen to hold NaN or an infinity, or -1.
	NotFinite int

	output, gradient, weight, weightGrad mean
	zeros                                int
	alive                                []bool // by unit
}

// mean gathers a mean of squares.
type mean struct {
	sum float64
	n   int
}

func (m *mean) root() float64 {
	if m.n == 0 {
		return 0
	}
	return math.Sqrt(m.sum / float64(m.n))
}

// add takes in the elements of x and reports whether all are finite. Elements that
// are not do not count.
func (m *mean) add(x []float32) (finite bool) {
	finite = true
	for _, v := range x {
		if v-v != 0 { // NaN, or ∞ − ∞
			finite = false
			continue
		}
		m.sum += float64(v) * float64(v)
		m.n++
	}
	return finite
}

// Forward implements [grad.Observer].
func (h *Health) Forward(c *grad.Call, _ time.Duration) {
	s := h.sign(c)
	if s == nil {
		return
	}
	y := c.Outputs()[0].Data()
	x := dense(y)
	if y.Rank() > 0 {
		s.Samples += y.Dim(0)
	}
	s.note(c, s.output.add(x))
	for _, v := range x {
		if v == 0 {
			s.zeros++
		}
	}
	if s.Op == "ReLU" && y.Rank() > 1 {
		s.units(x, y.Shape())
	}
}

// units notes which units of an output of ReLU are not 0.
func (s *Sign) units(x []float32, shape tensor.Shape) {
	units, size := shape[len(shape)-1], 1
	if len(shape) >= 4 {
		units, size = shape[1], shape[2:].Size()
	}
	if len(s.alive) != units {
		s.alive = make([]bool, units)
	}
	for i, v := range x {
		if v != 0 {
			s.alive[i/size%units] = true
		}
	}
}

// Backward implements [grad.Observer].
func (h *Health) Backward(c *grad.Call, _ time.Duration) {
	s := h.sign(c)
	if s == nil {
		return
	}
	if g := c.GradOut(0); g != nil {
		s.note(c, s.gradient.add(dense(g)))
	}
	for _, v := range c.Inputs() {
		p := v.Param()
		if p == nil || !p.Trainable() {
			continue
		}
		if g := v.Tape().ParamGrad(p); g != nil {
			s.note(c, s.weightGrad.add(g.Data()))
			s.weight.add(p.Value.Data())
		}
		break
	}
}

// dense returns the elements of x in any order.
func dense(x *tensor.Tensor) []float32 {
	if !x.Contiguous() {
		x = x.Clone()
	}
	return x.Data()
}

// note notes the step in which a value was first not finite.
func (s *Sign) note(c *grad.Call, finite bool) {
	if !finite && s.NotFinite < 0 {
		s.NotFinite = int(step(c))
	}
}

func step(c *grad.Call) uint64 { return c.Outputs()[0].Tape().Step() }

// sign returns what is known of a call, or nil if its step is not watched.
func (h *Health) sign(c *grad.Call) *Sign {
	every := h.Every
	if every <= 0 {
		every = 10
	}
	if step(c)%uint64(every) != 0 {
		return nil
	}
	key := callOf(c)
	s := h.byCall[key]
	if s == nil {
		if h.byCall == nil {
			h.byCall = map[call]*Sign{}
		}
		s = &Sign{Layer: key.layer, Op: key.op, NotFinite: -1}
		h.byCall[key] = s
		h.signs = append(h.signs, s)
	}
	return s
}

// Reset forgets what was seen.
func (h *Health) Reset() { h.signs, h.byCall = nil, nil }

// Signs returns what each operation showed, in the order of the network.
func (h *Health) Signs() []Sign {
	list := make([]Sign, len(h.signs))
	for i, s := range h.signs {
		list[i] = Sign{
			Layer: s.Layer, Op: s.Op, Samples: s.Samples, NotFinite: s.NotFinite,
			Output: s.output.root(), Grad: s.gradient.root(), Weight: s.weight.root(), WeightGrad: s.weightGrad.root(),
			Zeros: float64(s.zeros) / float64(max(s.output.n, 1)), Units: len(s.alive),
		}
		for _, alive := range s.alive {
			if !alive {
				list[i].Dead++
			}
		}
	}
	return list
}

// String formats the signs as a table.
func (h *Health) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "layer\toperation\toutput\tzeros\tdead units\tgradient\tweight\tits gradient\t\n")
	for _, s := range h.Signs() {
		dead, weight, weightGrad := "", "", ""
		if s.Units > 0 {
			dead = fmt.Sprintf("%d of %d", s.Dead, s.Units)
		}
		if s.Weight > 0 || s.WeightGrad > 0 {
			weight, weightGrad = fmt.Sprintf("%.2e", s.Weight), fmt.Sprintf("%.2e", s.WeightGrad)
		}
		fmt.Fprintf(w, "%s\t%s\t%.2e\t%.1f %%\t%s\t%.2e\t%s\t%s\t\n", s.Layer, s.Op, s.Output, 100*s.Zeros, dead, s.Grad, weight, weightGrad)
	}
	w.Flush()
	return b.String()
}

// Limits of what [Health.Problems] reports.
const (
	// deadShare is the share of units of a ReLU that may be dead.
	deadShare = 0.1
	// vanishing is a gradient, relative to the weight, of which a learning rate of
	// 0.5 or less changes nothing: half a unit in the last place of a float32.
	vanishing = 1e-7
	// exploding is a gradient of which a learning rate of 0.01 changes the weight by
	// as much as there is of it.
	exploding = 100
)

// Problems says in words what should be looked at, in the order of the network:
//
//   - values that are not finite, and the step in which they were first seen,
//   - a ReLU of whose units a tenth or more are dead: they get no gradient and stay
//     dead; a lower learning rate or another activation helps,
//   - a gradient below 10⁻⁷ of its weight, which vanishes: the layer does not learn;
//     normalisation, residual connections or another initial scale help,
//   - a gradient above 100 times its weight, which explodes; clipping or a lower
//     learning rate help.
//
// Weights and gradients are compared by their root mean squares.
func (h *Health) Problems() []string {
	var list []string
	for _, s := range h.Signs() {
		add := func(format string, args ...any) {
			list = append(list, strings.TrimSpace(fmt.Sprintf("%s (%s)", s.Layer, s.Op))+": "+fmt.Sprintf(format, args...))
		}
		if s.NotFinite >= 0 {
			add("values that are not finite at step %d", s.NotFinite)
		}
		if s.Dead > 0 && float64(s.Dead) >= deadShare*float64(s.Units) {
			add("%d of %d units were 0 for all of %d samples", s.Dead, s.Units, s.Samples)
		}
		switch r := s.WeightGrad / s.Weight; { // NaN if there is no weight
		case r < vanishing:
			add("the gradient vanishes: %.1e for a weight of %.1e", s.WeightGrad, s.Weight)
		case r > exploding && s.Weight > 0:
			add("the gradient explodes: %.1e for a weight of %.1e", s.WeightGrad, s.Weight)
		}
	}
	return list
}
