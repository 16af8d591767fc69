package workloads

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// all returns the cases of all suites.
func all(t *testing.T) []Case {
	var list []Case
	for _, s := range Suites {
		cases, err := Cases(s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, cases...)
	}
	return list
}

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range all(t) {
		if seen[c.ID()] {
			t.Errorf("%s is there twice", c.ID())
		}
		seen[c.ID()] = true
		if !(c.Amount > 0) || !(c.Work > 0) || c.Unit == "" || c.Bound.Kind == "" {
			t.Errorf("%s lacks an amount, work, unit or bound: %+v", c.ID(), c)
		}
		if words := strings.Fields(c.Line()); len(words) != 4+len(c.Args) {
			t.Errorf("the line %q has %d words, want %d", c.Line(), len(words), 4+len(c.Args))
		}
		if f, err := Find(c.Line()); err != nil || f.ID() != c.ID() {
			t.Errorf("Find(%q) = %v, %v, want %s", c.Line(), f, err, c.ID())
		}
	}
	for _, line := range []string{"", "gemm", "gemm NN sq64 1 64 64 65 -", "haste NN sq64 1"} {
		if _, err := Find(line); err == nil {
			t.Errorf("Find(%q): no error", line)
		}
	}
}

// TestRuns runs what is quick enough, twice.
func TestRuns(t *testing.T) {
	most := 0.3
	if testing.Short() {
		most = 0.05
	}
	for _, c := range all(t) {
		if c.Work > most {
			continue
		}
		run, err := c.New()
		if err != nil {
			t.Errorf("%s: %v", c.ID(), err)
			continue
		}
		for range 2 {
			start := time.Now()
			aside, err := run()
			if took := time.Since(start); err != nil || aside < 0 || aside >= took {
				t.Errorf("%s: a run of %v returns %v, %v", c.ID(), took, aside, err)
			}
		}
	}
}

// TestGFLOP compares the work of networks with that of their convolutions, linear
// and recurrent layers.
func TestGFLOP(t *testing.T) {
	if testing.Short() {
		t.Skip("large networks")
	}
	done := map[string]bool{}
	for _, n := range slices.Concat(trained, served) {
		if done[n.name] {
			continue
		}
		done[n.name] = true
		net, err := n.new()
		if err != nil {
			t.Fatal(err)
		}
		overview, err := nn.Summary(net, n.sample)
		if err != nil {
			t.Fatal(err)
		}
		weights := map[string]int{} // of each layer, without biases
		for _, p := range nn.Params(net) {
			if len(p.Shape()) > 1 {
				weights[p.Name[:strings.LastIndex(p.Name, ".")]] += p.Shape().Size()
			}
		}
		got := 0.
		for _, op := range overview.Operations {
			times := 1 // how often a weight is used
			switch s := op.Output; op.Name {
			case "Conv2D":
				times = s[2] * s[3]
			case "RNN":
				times = s[1]
			}
			got += 2e-9 * float64(times*weights[op.Layer])
			weights[op.Layer] = 0
		}
		if math.Abs(got-n.gflop) > 1e-4*got {
			t.Errorf("%s takes %.7g GFLOP, the list says %.7g", n.name, got, n.gflop)
		}
	}
}

// TestSource: what ends a network hands out its gradient.
func TestSource(t *testing.T) {
	p := grad.NewParam(grad.Normal(1), 2, 3)
	if err := p.Init(1); err != nil {
		t.Fatal(err)
	}
	g, tape := tensor.Normal(1, 0, 1, 2, 3), grad.NewTape(grad.Gradients, 1)
	var done time.Time
	end := grad.Apply(source{g, &done}, grad.MulScalar(tape.Use(p), 2))
	for range 2 {
		if err := end.BackwardFrom(nil); err != nil {
			t.Fatal(err)
		}
		if got, want := tape.ParamGrad(p), tensor.MulScalar(g, 2); !got.Equal(want) {
			t.Errorf("the gradient is %v, want %v", got, want)
		}
		tape.ZeroGrad()
	}
	if done.IsZero() {
		t.Error("no time was noted")
	}
}

func TestSeconds(t *testing.T) {
	runs := 0
	s, err := Run(func() (time.Duration, error) {
		runs++
		start := time.Now()
		for time.Since(start) < 2*time.Millisecond {
		}
		return time.Millisecond, nil
	}).Seconds()
	if err != nil || s < 0.9e-3 {
		t.Errorf("a run of 2 ms of which 1 counts takes %v, %v", s, err)
	}
	if runs < 20 || runs > 300 {
		t.Errorf("%d runs, want some for each sample", runs)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 100}, 3.5}} {
		if got := Median(c.v); got != c.want {
			t.Errorf("Median(%v) = %v, want %v", c.v, got, c.want)
		}
	}
}

// TestProcessorClock: processor time passes while the process works, not while it
// sleeps.
func TestProcessorClock(t *testing.T) {
	t.Setenv(ClockVariable, "processor")
	if runtime.GOOS != "linux" {
		t.Skip("other systems may have no such clock")
	}
	const nap = 200 * time.Millisecond
	before := now()
	time.Sleep(nap)
	if used := now() - before; used > nap/2 {
		t.Errorf("a sleep of %v took %v of processor time", nap, used)
	}
	before = now()
	for start := time.Now(); now() == before; {
		if time.Since(start) > 10*time.Second {
			t.Fatal("ten seconds of work took no processor time")
		}
	}
}
