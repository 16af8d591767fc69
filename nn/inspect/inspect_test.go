package inspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/inspect"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/google/pprof/profile"
)

// network returns an initialised network for pictures [2, 6, 6].
func network(t *testing.T) *nn.Sequential {
	t.Helper()
	net, err := nn.Init(2, nn.Seq(conv.New2D(2, 4, 3, conv.Same), nn.ReLU, nn.Flatten, nn.NewLinear(144, 8), nn.ReLU, nn.NewLinear(8, 3)))
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// fit trains a network for three epochs of four steps.
func fit(t *testing.T, net nn.Module, observers ...grad.Observer) error {
	t.Helper()
	x := tensor.Uniform(1, -1, 1, 20, 2, 6, 6)
	labels := tensor.Make[int](20)
	for i := range 20 {
		labels.Data()[i] = i % 3
	}
	tr := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.01)}
	opts := []nn.Option{nn.Epochs(3)}
	for _, o := range observers {
		opts = append(opts, nn.Observe(o))
	}
	_, err := tr.Fit(t.Context(), data.NewLoader(data.Tensors(x, labels), data.BatchSize(5)), opts...)
	return err
}

func TestProfile(t *testing.T) {
	var p inspect.Profile
	if err := fit(t, network(t), &p); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range p.Costs() {
		got = append(got, fmt.Sprintf("%s %s %v %d %d", c.Layer, c.Op, c.Output, c.Calls, c.Bytes))
		if c.Forward <= 0 || c.Backward <= 0 {
			t.Errorf("%s takes %v forward and %v backward, want more than nothing", c.Op, c.Forward, c.Backward)
		}
	}
	want := []string{
		"0 Conv2D [5 4 6 6] 12 2880", "1 ReLU [5 4 6 6] 12 2880", "3 Linear [5 8] 12 160", "4 ReLU [5 8] 12 160",
		"5 Linear [5 3] 12 60", " CrossEntropy [] 12 68",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("costs are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s := p.String(); strings.Count(s, "\n") != 8 || !strings.Contains(s, "[5 4 6 6]     12") {
		t.Errorf("table is\n%s", s)
	}
	testPprof(t, &p)
	testTrace(t, &p)
	p.Reset()
	if n := len(p.Costs()); n != 0 {
		t.Errorf("%d costs after Reset, want none", n)
	}
}

// testPprof reads the profile as go tool pprof does.
func testPprof(t *testing.T, p *inspect.Profile) {
	var b bytes.Buffer
	if err := p.WritePprof(&b); err != nil {
		t.Fatal(err)
	}
	prof, err := profile.ParseData(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(prof.Sample); n != 12 {
		t.Errorf("%d samples, want one for each of six operations, forward and backward", n)
	}
	var frames []string
	for _, l := range prof.Sample[0].Location {
		frames = append(frames, l.Line[0].Function.Name)
	}
	if got := strings.Join(frames, " < "); got != "Conv2D < 0 < forward" {
		t.Errorf("frames are %s, want Conv2D < 0 < forward", got)
	}
	cost := p.Costs()[0]
	if v := prof.Sample[0].Value; v[0] != 12 || v[1] != int64(cost.Forward) || v[2] != int64(cost.Bytes) {
		t.Errorf("values of the first sample are %v, want those of %+v", v, cost)
	}
}

func testTrace(t *testing.T, p *inspect.Profile) {
	var b bytes.Buffer
	if err := p.WriteTrace(&b); err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name, Cat, Ph string
			Ts, Dur       float64
		}
	}
	if err := json.Unmarshal(b.Bytes(), &trace); err != nil {
		t.Fatal(err)
	}
	if n := len(trace.TraceEvents); n != 12*12 {
		t.Errorf("%d events, want 12 in each of 12 steps", n)
	}
	end := 0.0
	for i, e := range trace.TraceEvents {
		if e.Ph != "X" || e.Ts < end-1 || e.Dur < 0 { // the clock of an event is read after its work
			t.Fatalf("event %d is %+v, after one that ends at %v µs", i, e, end)
		}
		end = e.Ts + e.Dur
	}
	if e := trace.TraceEvents[6]; e.Name != "CrossEntropy" || e.Cat != "backward" {
		t.Errorf("the first event backward is %s %q, want CrossEntropy", e.Cat, e.Name)
	}
}

// TestHealthy checks that a network that learns has no problems.
func TestHealthy(t *testing.T) {
	h := inspect.Health{Every: 5}
	if err := fit(t, network(t), &h); err != nil {
		t.Fatal(err)
	}
	if p := h.Problems(); p != nil {
		t.Errorf("problems %q, want none", p)
	}
	signs := h.Signs()
	if len(signs) != 6 {
		t.Fatalf("%d signs, want 6", len(signs))
	}
	s := signs[1]
	if s.Op != "ReLU" || s.Units != 4 || s.Dead != 0 || s.Samples != 15 { // steps 0, 5 and 10
		t.Errorf("first ReLU: %+v, want 4 units, none dead, in 15 samples", s)
	}
	if !(s.Zeros > 0.2 && s.Zeros < 0.8) || !(s.Output > 0.01 && s.Output < 1) || !(s.Grad > 0) {
		t.Errorf("first ReLU: %+v, want about half zeros", s)
	}
	if s = signs[0]; !(s.Weight > 0.05 && s.Weight < 0.5) || !(s.WeightGrad > 0) || s.Units != 0 {
		t.Errorf("convolution: %+v, want a weight and its gradient, and no units", s)
	}
	if table := h.String(); strings.Count(table, "\n") != 7 || !strings.Contains(table, "0 of 4") {
		t.Errorf("table is\n%s", table)
	}
	h.Reset()
	if n := len(h.Signs()); n != 0 {
		t.Errorf("%d signs after Reset, want none", n)
	}
}

func TestProblems(t *testing.T) {
	fill := func(p *grad.Param, v float32) { p.Value.Fill(v) }
	for _, c := range []struct {
		name   string
		change func(first *conv.Conv2D, hidden, last *nn.Linear)
		want   []string // each starts one problem
	}{
		{"dead channels", func(first *conv.Conv2D, _, _ *nn.Linear) {
			first.Bias.Value.Data()[1] = -100
		}, []string{"1 (ReLU): 1 of 4 units were 0 for all of 60 samples"}},
		{"dead layer", func(_ *conv.Conv2D, hidden, _ *nn.Linear) {
			fill(hidden.Bias, -100)
		}, []string{"0 (Conv2D): the gradient vanishes: 0.0e+00 for", "3 (Linear): the gradient vanishes", "4 (ReLU): 8 of 8 units", "5 (Linear): the gradient vanishes"}},
		{"vanishing", func(first *conv.Conv2D, hidden, last *nn.Linear) {
			fill(last.Weight, 1e-9)
			last.Weight.Frozen = true
		}, []string{"0 (Conv2D): the gradient vanishes", "3 (Linear): the gradient vanishes"}},
		{"not finite", func(_ *conv.Conv2D, hidden, last *nn.Linear) {
			fill(hidden.Bias, 10)
			last.Weight.Value.Data()[0] = float32(math.Inf(1))
		}, []string{"5 (Linear): values that are not finite at step 0", "(CrossEntropy): values that are not finite at step 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := network(t)
			c.change(net.Layers[0].(*conv.Conv2D), net.Layers[3].(*nn.Linear), net.Layers[5].(*nn.Linear))
			h := inspect.Health{Every: 1}
			err := fit(t, net, &h)
			if diverged := err != nil; diverged != (c.name == "not finite") {
				t.Fatal(err)
			}
			got := h.Problems()
			ok := len(got) == len(c.want)
			for i := 0; ok && i < len(got); i++ {
				ok = strings.HasPrefix(got[i], c.want[i])
			}
			if !ok {
				t.Errorf("problems are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestExploding(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	var h inspect.Health
	tape.Observe(&h)
	w := grad.NewParam(grad.Constant(0.01), 3)
	w.Name = "head.weight"
	if err := w.Init(1); err != nil {
		t.Fatal(err)
	}
	if err := grad.MulScalar(grad.Sum(grad.Mul(tape.Input(tensor.Ones(3)), tape.Use(w))), 5).Backward(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h.Problems(), "\n"); got != "head (Mul): the gradient explodes: 5.0e+00 for a weight of 1.0e-02" {
		t.Errorf("problems are %q", got)
	}
}
