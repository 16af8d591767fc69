package nn_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// names returns the paths of a network's parameters.
func names(m nn.Module) []string {
	var list []string
	for _, p := range nn.Params(m) {
		list = append(list, p.Name)
	}
	return list
}

// identity is what the modules below are made of, where Forward does not matter.
type identity struct{}

func (identity) Forward(x *grad.Var) *grad.Var { return x }

type residual struct {
	Conv1, Conv2 *conv.Conv2D
	Norm1, Norm2 *nn.BatchNorm
}

func newResidual(channels int) *residual {
	return &residual{
		Conv1: conv.New2D(channels, channels, 3, conv.Same), Norm1: nn.NewBatchNorm(channels),
		Conv2: conv.New2D(channels, channels, 3, conv.Same), Norm2: nn.NewBatchNorm(channels),
	}
}

func (r *residual) Forward(x *grad.Var) *grad.Var {
	h := grad.ReLU(r.Norm1.Forward(r.Conv1.Forward(x)))
	return grad.ReLU(grad.Add(r.Norm2.Forward(r.Conv2.Forward(h)), x))
}

type nested struct {
	identity
	Stem   nn.Module
	Blocks []nn.Module
	Pair   [2]*nn.Linear
	Head   nn.Linear // by value
	Scale  *grad.Param
	Absent *nn.Linear
	None   *grad.Param
}

type tagged struct {
	identity
	First   *nn.Linear  `gannet:"fc"`
	Rest    []nn.Module `gannet:"."`
	Ignored *nn.Linear  `gannet:"-"`
	Gamma   *grad.Param `gannet:"weight_g"`
	hidden  *nn.Linear  `gannet:"-"`
}

// Base is embedded in the module derived.
type Base struct{ Weight *grad.Param }

type derived struct {
	identity
	Base
	RunningMean *grad.Param
	HTTPScale   *grad.Param
	Conv2D      *grad.Param
}

// part holds parameters and is no module, since its Forward takes two arguments.
type part struct{ Query, Key *nn.Linear }

func (p *part) Forward(x, y *grad.Var) *grad.Var {
	return grad.Add(p.Query.Forward(x), p.Key.Forward(y))
}

type parts struct {
	identity
	Attention *part
	Plain     part
	Missing   *part
	Many      []part
}

// value is a module that is no pointer.
type value struct{ Inner *nn.Linear }

func (v value) Forward(x *grad.Var) *grad.Var { return v.Inner.Forward(x) }

type values struct {
	identity
	A value
	B []value
}

// listed lists its parameters itself.
type listed struct {
	identity
	secret *grad.Param
}

func (l *listed) Parameters(yield func(string, *grad.Param) bool) { yield("secret_l0", l.secret) }

func one() *grad.Param { return grad.NewParam(grad.Constant(1), 1) }

func TestParamNames(t *testing.T) {
	cases := []struct {
		name string
		m    nn.Module
		want string
	}{
		{"linear", nn.NewLinear(2, 3), "weight bias"},
		{"no bias", &nn.Linear{In: 2, Out: 3, NoBias: true}, "weight"},
		{"seq", nn.Seq(nn.ReLU, nn.NewLinear(2, 3), nn.Seq(nn.NewLinear(3, 1))), "1.weight 1.bias 2.0.weight 2.0.bias"},
		{"batch norm", nn.NewBatchNorm(2), "weight bias running_mean running_var"},
		{"rnn", rnn.New(2, 3, rnn.Tanh, rnn.Layers(2)), "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 weight_ih_l1 weight_hh_l1 bias_ih_l1 bias_hh_l1"},
		{"block", newResidual(2), "conv1.weight conv1.bias conv2.weight conv2.bias " +
			"norm1.weight norm1.bias norm1.running_mean norm1.running_var norm2.weight norm2.bias norm2.running_mean norm2.running_var"},
		{"nested", &nested{
			Stem: nn.NewLinear(1, 1), Blocks: []nn.Module{nn.NewLinear(1, 1), nil, &nn.Linear{In: 1, Out: 1, NoBias: true}},
			Pair: [2]*nn.Linear{nil, nn.NewLinear(1, 1)}, Head: nn.Linear{In: 1, Out: 1}, Scale: one(),
		}, "stem.weight stem.bias blocks.0.weight blocks.0.bias blocks.2.weight pair.1.weight pair.1.bias head.weight head.bias scale"},
		{"tags", &tagged{
			First: nn.NewLinear(1, 1), Rest: []nn.Module{nn.NewLinear(1, 1)}, Ignored: nn.NewLinear(1, 1), Gamma: one(), hidden: nn.NewLinear(1, 1),
		}, "fc.weight fc.bias 0.weight 0.bias weight_g"},
		{"embedded", &derived{Base: Base{one()}, RunningMean: one(), HTTPScale: one(), Conv2D: one()},
			"weight running_mean http_scale conv2_d"},
		{"parts that are no modules", &parts{
			Attention: &part{Query: nn.NewLinear(1, 1), Key: &nn.Linear{In: 1, Out: 1, NoBias: true}},
			Plain:     part{Query: &nn.Linear{In: 1, Out: 1, NoBias: true}},
			Many:      []part{{}, {Key: &nn.Linear{In: 1, Out: 1, NoBias: true}}},
		}, "attention.query.weight attention.query.bias attention.key.weight plain.query.weight many.1.key.weight"},
		{"value", value{nn.NewLinear(1, 1)}, "inner.weight inner.bias"},
		{"values", &values{A: value{nn.NewLinear(1, 1)}, B: []value{{nn.NewLinear(1, 1)}}}, "a.inner.weight a.inner.bias b.0.inner.weight b.0.inner.bias"},
		{"listed", nn.Seq(&listed{secret: one()}), "0.secret_l0"},
		{"none", nn.Seq(nn.ReLU, nn.Flatten), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := nn.Init(1, c.m)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(names(m), " "); got != c.want {
				t.Errorf("parameters are %s, want %s", got, c.want)
			}
			for _, p := range nn.Params(m) {
				if p.Value == nil {
					t.Errorf("parameter %s has no value after Init", p.Name)
				}
			}
		})
	}
}

type unexportedParam struct {
	identity
	weight *grad.Param
}

type unexportedModule struct {
	identity
	inner []*nn.Linear
}

type unexportedPart struct {
	identity
	attention *part
}

type mapped struct {
	identity
	Heads map[string]*nn.Linear
}

// references refers to parameters and holds none.
type references struct {
	identity
	last *grad.Var
	tape *grad.Tape
	note string
}

func TestUnreachable(t *testing.T) {
	cases := []struct {
		name string
		m    nn.Module
		want string
	}{
		{"unexported parameter", &unexportedParam{weight: one()},
			"nn: Init: the network: field weight of nn_test.unexportedParam holds a parameter or module and is not exported"},
		{"deep inside", nn.Seq(nn.ReLU, &unexportedModule{inner: []*nn.Linear{nil}}),
			"nn: Init: 1: field inner of nn_test.unexportedModule holds a parameter or module and is not exported"},
		{"behind a pointer", &unexportedPart{attention: &part{}},
			"nn: Init: the network: field attention of nn_test.unexportedPart holds a parameter or module and is not exported"},
		{"behind an interface", &hidden{inner: nn.NewLinear(1, 1)},
			"nn: Init: the network: field inner of nn_test.hidden holds a parameter or module and is not exported"},
		{"map", nn.Seq(&mapped{Heads: map[string]*nn.Linear{"a": nn.NewLinear(1, 1)}}),
			"nn: Init: 0.heads: a map of parameters or modules has no order; use a slice or fields"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := nn.Init(1, c.m)
			if err == nil || err.Error() != c.want {
				t.Errorf("Init: %v, want %s", err, c.want)
			}
			if m != nil {
				t.Errorf("Init returns %v with the error, want nil", m)
			}
			defer func() {
				if recover() == nil {
					t.Error("Params does not panic")
				}
			}()
			nn.Params(c.m)
		})
	}
	if _, err := nn.Init(1, &references{last: &grad.Var{}, tape: grad.NewTape(grad.Training, 1), note: "seen"}); err != nil {
		t.Errorf("Init of a module that only refers to a tape: %v", err)
	}
}

func TestTied(t *testing.T) {
	a, b := nn.NewLinear(3, 3), nn.NewLinear(3, 3)
	b.Weight = a.Weight
	net, err := nn.Init(1, nn.Seq(a, nn.Tanh, b))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(names(net), " "), "0.weight 0.bias 2.bias"; got != want {
		t.Fatalf("parameters are %s, want %s", got, want)
	}
	tape := grad.NewTape(grad.Training, 1)
	if err := grad.Sum(net.Forward(tape.Input(tensor.Ones(2, 3)))).Backward(); err != nil {
		t.Fatal(err)
	}
	count := 0
	for p := range tape.Params {
		if p == a.Weight {
			count++
		}
	}
	if count != 1 {
		t.Errorf("the tied weight has %d gradients, want 1", count)
	}
}

// TestInit checks that a value depends on the seed and the path alone.
func TestInit(t *testing.T) {
	initial := func(seed uint64, m nn.Module) map[string]*tensor.Tensor {
		t.Helper()
		m, err := nn.Init(seed, m)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]*tensor.Tensor{}
		for _, p := range nn.Params(m) {
			values[p.Name] = p.Value
		}
		return values
	}
	small := initial(1, nn.Seq(nn.NewLinear(3, 4)))
	large := initial(1, nn.Seq(nn.NewLinear(3, 4), nn.NewLinear(4, 4), nn.NewLinear(4, 2)))
	for name, v := range small {
		if !v.Equal(large[name]) {
			t.Errorf("%s in a larger network is %v, want %v", name, large[name], v)
		}
	}
	other := initial(2, nn.Seq(nn.NewLinear(3, 4)))
	if small["0.weight"].Equal(other["0.weight"]) {
		t.Error("seeds 1 and 2 give the same values")
	}
	if large["1.weight"].Equal(large["0.weight"].Reshape(4, 3)) || large["1.bias"].Equal(large["0.bias"]) {
		t.Error("two layers have the same values")
	}
	const bound = 0.57735026 // 1/√3
	for _, v := range small["0.weight"].Data() {
		if v < -bound || v > bound {
			t.Errorf("weight %v, want at most ±%v", v, bound)
		}
	}

	l := nn.NewLinear(2, 2)
	l.Weight.Value = tensor.Ones(2, 2)
	initial(1, l)
	if !l.Weight.Value.Equal(tensor.Ones(2, 2)) {
		t.Errorf("Init changes a value to %v, want it kept", l.Weight.Value)
	}
	huge := nn.NewLinear(math.MaxInt, math.MaxInt)
	if _, err := nn.Init(1, huge); err == nil || !strings.Contains(err.Error(), `parameter "weight"`) {
		t.Errorf("Init of a weight beyond memory: %v, want an error", err)
	}
}

// TestErrorPlace checks the wording of errors made inside of a network.
func TestErrorPlace(t *testing.T) {
	shift := nn.Func("Shift", func(x *grad.Var) *grad.Var { return grad.Add(x, x.Tape().Const(tensor.Zeros(7))) })
	block := newResidual(4)
	cases := []struct {
		name string
		net  nn.Module
		x    tensor.Shape
		want string
	}{
		{"seq", nn.Seq(nn.Flatten, nn.ReLU, nn.ReLU, nn.NewLinear(10, 2)), tensor.Shape{1, 3, 4},
			"nn: Seq.3 (Linear): input has 12 features, want 10"},
		{"first", nn.Seq(nn.NewLinear(10, 2), nn.ReLU), tensor.Shape{1, 12},
			"nn: Seq.0 (Linear): input has 12 features, want 10"},
		{"nested", nn.Seq(nn.ReLU, nn.Seq(nn.NewLinear(10, 2))), tensor.Shape{1, 12},
			"nn: Seq.1.0 (Linear): input has 12 features, want 10"},
		{"deep", nn.Seq(nn.Seq(nn.ReLU, nn.Seq(nn.ReLU, nn.ReLU, nn.NewLinear(10, 2)))), tensor.Shape{1, 12},
			"nn: Seq.0.1.2 (Linear): input has 12 features, want 10"},
		{"after an inner seq", nn.Seq(nn.Seq(nn.ReLU), nn.NewLinear(10, 2)), tensor.Shape{1, 12},
			"nn: Seq.1 (Linear): input has 12 features, want 10"},
		{"op without parameters", nn.Seq(nn.ReLU, nn.Seq(nn.ReLU, shift)), tensor.Shape{1, 12},
			"nn: Seq.1.1 (Add): shapes [1 12] and [7] do not broadcast: axis -1 has sizes 12 and 7"},
		{"block", block, tensor.Shape{1, 3, 8, 8},
			"nn: conv1 (Conv2D): input has 3 channels, want 4"},
		{"block in a seq", nn.Seq(nn.ReLU, block), tensor.Shape{1, 3, 8, 8},
			"nn: Seq.1.conv1 (Conv2D): input has 3 channels, want 4"},
		{"layer alone", nn.NewLinear(10, 2), tensor.Shape{1, 12},
			"grad: Linear: input has 12 features, want 10"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			net, err := nn.Init(1, c.net)
			if err != nil {
				t.Fatal(err)
			}
			tape := grad.NewTape(grad.Training, 1)
			err = net.Forward(tape.Input(tensor.Zeros(c.x...))).Backward()
			if err == nil || err.Error() != c.want {
				t.Errorf("error is %v, want %s", err, c.want)
			}
			var e *grad.Error
			if !errors.As(err, &e) || e.Op == "" {
				t.Errorf("error is a %T, want a *grad.Error that names the operation", err)
			}
			// The tape serves again.
			tape.Reset()
			if tape.Err() != nil {
				t.Errorf("error after Reset: %v", tape.Err())
			}
		})
	}
}

func TestUninitialised(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	net := nn.Seq(nn.NewLinear(2, 2))
	net.Forward(tape.Input(tensor.Zeros(1, 2)))
	if err := tape.Err(); err == nil || !strings.Contains(err.Error(), "nn: Seq.0 (Param): parameter of shape [2 2] has no value; call nn.Init or load weights") {
		t.Errorf("Forward without Init: %v, want an error", err)
	}
}

// TestFunc checks that the name of a function is kept.
func TestFunc(t *testing.T) {
	double := nn.Func("Double", func(x *grad.Var) *grad.Var { return grad.MulScalar(x, 2) })
	if got := double.String(); got != "Double" {
		t.Errorf("name is %q, want Double", got)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	if got := double.Forward(tape.Input(tensor.Ones(2))).Data().Data(); !slices.Equal(got, []float32{2, 2}) {
		t.Errorf("Double(1, 1) = %v, want 2, 2", got)
	}
}

// classifier embeds a module that lists its own parameters, so that it seems to
// list its own too.
type classifier struct {
	*rnn.RNN
	Head *nn.Linear
}

func (c *classifier) Forward(x *grad.Var) *grad.Var {
	return c.Head.Forward(rnn.Last.Forward(c.RNN.Forward(x)))
}

// loose holds a module in a field of no particular type.
type loose struct{ Part any }

func (l *loose) Forward(x *grad.Var) *grad.Var { return l.Part.(nn.Module).Forward(x) }

// circle holds itself.
type circle struct{ Next *circle }

func (c *circle) Forward(x *grad.Var) *grad.Var { return x }

// TestReached checks that no parameter stays behind untrained.
func TestReached(t *testing.T) {
	for _, c := range []struct {
		name string
		m    nn.Module
		want string
	}{
		{"embedded lister", &classifier{rnn.New(2, 3, rnn.Tanh), nn.NewLinear(3, 2)},
			"rnn.weight_ih_l0 rnn.weight_hh_l0 rnn.bias_ih_l0 rnn.bias_hh_l0 head.weight head.bias"},
		{"any", &loose{nn.NewLinear(1, 1)}, "part.weight part.bias"},
	} {
		if _, err := nn.Init(1, c.m); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var names []string
		for _, p := range nn.Params(c.m) {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: parameters %s, want %s", c.name, got, c.want)
		}
	}
	round := &circle{}
	round.Next = round
	if _, err := nn.Init(1, round); err == nil || !strings.Contains(err.Error(), "in a circle") {
		t.Errorf("Init of a module that holds itself: %v, want an error about a circle", err)
	}
}

// hidden has a layer where no type tells.
type hidden struct{ inner any }

func (h *hidden) Forward(x *grad.Var) *grad.Var { return x }

// chained is a struct with parameters that is no module, in a module.
type chained struct{ Next *link }

type link struct {
	Weight *grad.Param
	Next   *link
}

func (c *chained) Forward(x *grad.Var) *grad.Var { return x }

func TestCircle(t *testing.T) {
	l := &link{}
	l.Next = l
	if _, err := nn.Init(1, &chained{l}); err == nil || !strings.Contains(err.Error(), "nested more than") {
		t.Errorf("Init of a circle: %v, want an error", err)
	}
}

// TestNamesStay checks that looking at a network, alone or as a part of another,
// changes no name, under which optimizers keep their state.
func TestNamesStay(t *testing.T) {
	net := initialised(t, nn.Seq(nn.NewLinear(2, 2), nn.ReLU))
	outer := nn.Seq(net, nn.Softmax)
	p, err := nn.NewPredictor(outer, tensor.Shape{2})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	if _, err := nn.Summary(outer, tensor.Shape{2}); err != nil {
		t.Fatal(err)
	}
	if err := nn.SaveWeights(filepath.Join(t.TempDir(), "weights"), outer); err != nil {
		t.Fatal(err)
	}
	if got := net.Layers[0].(*nn.Linear).Weight.Name; got != "0.weight" {
		t.Errorf("the weight is called %q now, want 0.weight", got)
	}
}
