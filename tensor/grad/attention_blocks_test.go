package grad

import (
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// TestAttentionBlocks: how queries are cut into blocks, and whether weights are kept or
// computed again, changes no bit.
func TestAttentionBlocks(t *testing.T) {
	defer func(a, b, c int) { blockWeights, blockQueries, keptWeights = a, b, c }(blockWeights, blockQueries, keptWeights)
	ops := map[string]func(x []*Var, a Attention) (*Var, *Var){
		"ScaledDotProduct":  func(x []*Var, a Attention) (*Var, *Var) { return ScaledDotProduct(x[0], x[1], x[2], a) },
		"AdditiveAttention": func(x []*Var, a Attention) (*Var, *Var) { return AdditiveAttention(x[0], x[1], x[2], x[3], a) },
	}
	for name, f := range ops {
		for _, a := range []Attention{{Heads: 2}, {Causal: true}, {Dropout: 0.3, Heads: 2}, {Dropout: 0.3, Causal: true, Weights: true}} {
			var want []*tensor.Tensor
			for _, sizes := range [][3]int{{1 << 16, 64, 1 << 22}, {1, 1, 1 << 22}, {1, 3, 0}, {1 << 16, 64, 0}} {
				blockWeights, blockQueries, keptWeights = sizes[0], sizes[1], sizes[2]
				got := attendOnce(t, f, a)
				if want == nil {
					want = got
				}
				for i := range got {
					if !got[i].Equal(want[i]) {
						t.Errorf("%s, %+v: with sizes %v part %d is %v, want %v", name, a, sizes, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// attendOnce returns the result and all gradients of attention with lengths and a mask.
func attendOnce(t *testing.T, f func(x []*Var, a Attention) (*Var, *Var), a Attention) []*tensor.Tensor {
	t.Helper()
	tape := NewTape(Training, 1)
	var x []*Var
	for i, s := range []tensor.Shape{{3, 10, 4}, {3, 9, 4}, {3, 9, 6}, {4}, {10, 9}} {
		x = append(x, tape.Input(tensor.Uniform(uint64(i), -1, 1, s...)).RequireGrad())
	}
	a.Mask = x[4]
	a.QueryLengths, a.KeyLengths = tape.Input(tensor.New([]float32{10, 4, 1}, 3)), tape.Input(tensor.New([]float32{9, 1, 5}, 3))
	y, _ := f(x, a)
	if err := y.BackwardFrom(nil); err != nil {
		t.Fatal(err)
	}
	out := []*tensor.Tensor{y.Data().Clone()}
	for _, v := range x {
		if g := v.Grad(); g != nil { // the vector is no input of ScaledDotProduct
			out = append(out, g.Clone())
		}
	}
	return out
}
