package optim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// update gives p a value and takes it into the average.
func update(t *testing.T, a *optim.Average, p *grad.Param, w ...float32) {
	t.Helper()
	p.Value.Copy(vector(w...))
	if err := a.Update(); err != nil {
		t.Fatal(err)
	}
}

// TestAverageGolden compares averages with those of PyTorch.
func TestAverageGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/averages.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Weights, SWA, EMA [][]float32 }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	p := newParam("p", 0, 0, 0, 0)
	params := []*grad.Param{p}
	for _, c := range []struct {
		name string
		a    *optim.Average
		want [][]float32
	}{{"EMA", optim.NewEMA(params, 0.9), file.EMA}, {"SWA", optim.NewSWA(params), file.SWA}} {
		t.Run("Golden/"+c.name, func(t *testing.T) {
			for i, w := range file.Weights {
				update(t, c.a, p, w...)
				c.a.Swap()
				near(t, fmt.Sprintf("average after update %d", i+1), p.Value.Data(), c.want[i])
				if !c.a.Swapped() {
					t.Error("Swapped = false after Swap")
				}
				c.a.Swap()
				if !p.Value.Equal(vector(w...)) || c.a.Swapped() {
					t.Errorf("weights after two swaps are %v, want %v", p.Value, w)
				}
			}
			if got := c.a.Updates(); got != len(file.Weights) {
				t.Errorf("Updates = %d, want %d", got, len(file.Weights))
			}
		})
	}
}

// TestAverageBuffers checks that buffers stay those of the network.
func TestAverageBuffers(t *testing.T) {
	p, buffer := newParam("p", 1), grad.NewBuffer(grad.Constant(0), 1)
	buffer.Name, buffer.Value = "buffer", vector(1)
	a := optim.NewSWA([]*grad.Param{p, buffer})
	update(t, a, p, 1)
	buffer.Value.Fill(5)
	update(t, a, p, 3)
	a.Swap()
	if p.Value.Item() != 2 || buffer.Value.Item() != 5 {
		t.Errorf("swapped in %v and buffer %v, want 2 and 5", p.Value, buffer.Value)
	}
}

// TestAverageState compares an average that goes on with one that continues from
// its state.
func TestAverageState(t *testing.T) {
	for name, make := range map[string]func(p []*grad.Param) *optim.Average{
		"EMA": func(p []*grad.Param) *optim.Average { return optim.NewEMA(p, 0.7) },
		"SWA": optim.NewSWA,
	} {
		p, q := newParam("p", 0, 0), newParam("p", 0, 0)
		a, b := make([]*grad.Param{p}), make([]*grad.Param{q})
		if n := len(a.State()); n != 0 {
			t.Errorf("%s: state before the first update has %d entries, want 0", name, n)
		}
		update(t, a, p, 1, 2)
		update(t, a, p, 0.3, 5)
		if err := b.SetState(a.State()); err != nil {
			t.Fatal(err)
		}
		update(t, a, p, -1, 3)
		update(t, b, q, -1, 3)
		a.Swap()
		b.Swap()
		if !p.Value.Equal(q.Value) {
			t.Errorf("%s: continued from the state at %v, want %v", name, q.Value, p.Value)
		}
		a.Swap()
		if err := a.SetState(nil); err != nil || a.Updates() != 0 {
			t.Errorf("%s: SetState(nil) = %v and leaves %d updates, want none", name, err, a.Updates())
		}
	}
}

func TestAverageErrors(t *testing.T) {
	p := newParam("p", 1, 2)
	params := []*grad.Param{p}
	ones, n := tensor.Ones(2), tensor.New([]int{3})
	for _, c := range []struct {
		name  string
		state map[string]tensor.Any
		want  string
	}{
		{"no updates", map[string]tensor.Any{"module.p": ones}, `state "n_averaged" is no number of updates`},
		{"0 updates", map[string]tensor.Any{"module.p": ones, "n_averaged": tensor.New([]int{0})}, `state "n_averaged" is no number of updates`},
		{"missing", map[string]tensor.Any{"module.q": ones, "n_averaged": n}, `state "module.p" is missing`},
		{"surplus", map[string]tensor.Any{"module.p": ones, "module.q": ones, "n_averaged": n}, "state has 2 averages, want those of 1 parameters"},
		{"shape", map[string]tensor.Any{"module.p": tensor.Ones(3), "n_averaged": n}, `state "module.p" has shape [3], want [2]`},
	} {
		a := optim.NewSWA(params)
		update(t, a, p, 1, 2)
		err := a.SetState(c.state)
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, optim.ErrState) {
			t.Errorf("%s: SetState = %v, want %s, an ErrState", c.name, err, c.want)
		}
		if a.Updates() != 1 {
			t.Errorf("%s: %d updates after the error, want 1", c.name, a.Updates())
		}
	}
	for _, decay := range []float64{-0.1, 1, math.NaN()} {
		if err := optim.NewEMA(params, decay).Update(); err == nil || !strings.HasPrefix(err.Error(), "optim: NewEMA: decay ") {
			t.Errorf("Update with decay %v = %v, want an error", decay, err)
		}
	}
	a := optim.NewSWA(params)
	a.Swap() // nothing to exchange yet
	update(t, a, p, 1, 2)
	a.Swap()
	if err := a.Update(); err == nil {
		t.Error("Update takes averages into the average")
	}
	if err := a.SetState(nil); err == nil {
		t.Error("SetState forgets the weights of the network")
	}
	if err := optim.NewSWA([]*grad.Param{grad.NewParam(grad.Constant(0), 2)}).Update(); err == nil {
		t.Error("Update takes a parameter without a value")
	}
}

// TestAverageAllocations checks that an update allocates nothing once it has been
// done.
func TestAverageAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a := optim.NewEMA([]*grad.Param{newParam("p", 1, 2), newParam("q", 1)}, 0.9)
	step := func() {
		if err := a.Update(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(10, step); n != 0 {
		t.Errorf("an update makes %v allocations, want 0", n)
	}
}
