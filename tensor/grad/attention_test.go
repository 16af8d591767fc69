package grad_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// attends is one of the ops of attention. x are queries, keys, values and, for
// AdditiveAttention, the vector.
type attends func(x []*grad.Var, a grad.Attention) (y, weights *grad.Var)

var attention = map[string]attends{
	"ScaledDotProduct": func(x []*grad.Var, a grad.Attention) (y, weights *grad.Var) {
		return grad.ScaledDotProduct(x[0], x[1], x[2], a)
	},
	"AdditiveAttention": func(x []*grad.Var, a grad.Attention) (y, weights *grad.Var) {
		return grad.AdditiveAttention(x[0], x[1], x[2], x[3], a)
	},
}

// attentionInputs returns as many inputs as the op takes.
func attentionInputs(op string, batch, queries, keys, size, width int) []*tensor.Tensor {
	x := []*tensor.Tensor{values(1, batch, queries, size), values(2, batch, keys, size), values(3, batch, keys, width)}
	if op == "AdditiveAttention" {
		x = append(x, values(4, size))
	}
	return x
}

// TestAttention runs the suite that every operation passes.
func TestAttention(t *testing.T) {
	for op, f := range attention {
		run := func(name string, c nntest.Case, a grad.Attention, more func(a grad.Attention, x []*grad.Var) grad.Attention) {
			if c.Inputs == nil {
				c.Inputs = attentionInputs(op, 3, 4, 5, 4, 6)
			}
			n := len(attentionInputs(op, 1, 1, 1, 1, 1))
			c.F = func(x ...*grad.Var) *grad.Var {
				a := a
				if more != nil {
					a = more(a, x[n:])
				}
				y, weights := f(x[:n], a)
				if a.Weights {
					return grad.Add(grad.Sum(y), grad.Sum(grad.Square(weights)))
				}
				return y
			}
			t.Run(op+"/"+name, func(t *testing.T) { nntest.Run(t, c) })
		}
		with := func(more ...*tensor.Tensor) []*tensor.Tensor {
			return append(attentionInputs(op, 3, 4, 5, 4, 6), more...)
		}
		n := len(with())
		batch := []int{0, 1, 2}
		run("plain", nntest.Case{Shape: tensor.Shape{3, 4, 6}, Batch: batch}, grad.Attention{}, nil)
		run("heads", nntest.Case{Shape: tensor.Shape{3, 4, 6}, Batch: batch}, grad.Attention{Heads: 2}, nil)
		run("causal", nntest.Case{Batch: batch}, grad.Attention{Heads: 2, Causal: true}, nil)
		run("weights", nntest.Case{}, grad.Attention{Heads: 2, Causal: true, Weights: true}, nil)
		run("dropout", nntest.Case{Train: true}, grad.Attention{Heads: 2, Dropout: 0.4, Causal: true}, nil)
		run("dropout, weights", nntest.Case{Train: true}, grad.Attention{Dropout: 0.4, Weights: true}, nil)
		for _, s := range []tensor.Shape{{4, 5}, {2, 4, 5}, {3, 1, 4, 5}, {3, 2, 1, 5}, {1, 5}, {5}} {
			run(fmt.Sprint("mask of ", s), nntest.Case{Inputs: with(values(5, s...))}, grad.Attention{Heads: 2},
				func(a grad.Attention, x []*grad.Var) grad.Attention {
					a.Mask = x[0]
					return a
				})
		}
		lengths := with(tensor.New([]float32{2, 4, 1}, 3), tensor.New([]float32{5, 3, 1}, 3, 1))
		run("lengths", nntest.Case{Inputs: lengths, Constant: []int{n, n + 1}, Batch: append(batch, n, n+1)}, grad.Attention{Heads: 2, Causal: true},
			func(a grad.Attention, x []*grad.Var) grad.Attention {
				a.QueryLengths, a.KeyLengths = x[0], x[1]
				return a
			})
		run("33 keys of 20 features", nntest.Case{Inputs: attentionInputs(op, 1, 17, 33, 20, 18), Batch: batch}, grad.Attention{}, nil)
	}
	t.Run("ScaledDotProduct/itself", func(t *testing.T) {
		nntest.Run(t, nntest.Case{Inputs: []*tensor.Tensor{values(1, 2, 3, 4)}, Batch: []int{0}, F: func(x ...*grad.Var) *grad.Var {
			y, _ := grad.ScaledDotProduct(x[0], x[0], x[0], grad.Attention{Heads: 2})
			return y
		}})
	})
	t.Run("ScaledDotProduct/parts of one", func(t *testing.T) {
		nntest.Run(t, nntest.Case{Inputs: []*tensor.Tensor{values(1, 2, 3, 12)}, Batch: []int{0}, F: func(x ...*grad.Var) *grad.Var {
			part := func(i int) *grad.Var { return grad.Slice(x[0], 2, 4*i, 4*i+4) }
			y, _ := grad.ScaledDotProduct(part(0), part(1), part(2), grad.Attention{Heads: 2, Scale: 0.7})
			return y
		}})
	})
	t.Run("ClearPadding", func(t *testing.T) {
		nntest.Run(t, nntest.Case{
			Inputs: []*tensor.Tensor{values(1, 3, 4, 2), tensor.New([]float32{2, 4, 1}, 3)}, Shape: tensor.Shape{3, 4, 2},
			Batch: []int{0, 1}, Constant: []int{1}, F: func(x ...*grad.Var) *grad.Var { return grad.ClearPadding(x[0], x[1]) },
		})
	})
}

// goldenLengths returns the lengths of a case, nil if it has none.
func goldenLengths(c *golden, t *grad.Tape, name string) *grad.Var {
	l := c.Floats(name)
	if l == nil {
		return nil
	}
	return t.Const(tensor.New(l, len(l)))
}

func TestGoldenAttention(t *testing.T) {
	nntest.Golden(t, "testdata/attention.json", 1e-5, func(c *golden, x []*grad.Var) []*grad.Var {
		tape := x[0].Tape()
		if c.Op == "ClearPadding" {
			return []*grad.Var{grad.ClearPadding(x[0], goldenLengths(c, tape, "lengths"))}
		}
		a := grad.Attention{
			Heads: c.Int("heads", 0), Scale: c.Float("scale", 0), Causal: c.Bool("causal"), Weights: c.Bool("weights"),
			QueryLengths: goldenLengths(c, tape, "queries"), KeyLengths: goldenLengths(c, tape, "keys"),
		}
		if c.Bool("mask") {
			a.Mask = x[len(x)-1]
		}
		if e := c.Ints("exclude"); e != nil {
			m := tensor.Zeros(e.Shape()...)
			for i, v := range e.Data() {
				if v == 1 {
					m.Data()[i] = float32(math.Inf(-1))
				}
			}
			a.Mask = tape.Const(m)
		}
		y, weights := attention[c.Op](x, a)
		if a.Weights {
			return []*grad.Var{y, weights}
		}
		return []*grad.Var{y}
	})
}

// TestAttentionAlone: in a batch with others of any lengths, results and gradients of
// a sequence have the bits that it gets alone, and padding, which is NaN, gets zeros.
func TestAttentionAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for op, f := range attention {
		for _, level := range nntest.Levels() {
			t.Run(op+"/level="+level.String(), func(t *testing.T) {
				defer cpu.Set(cpu.Set(level))
				for i := range 12 {
					n, tq, tk := 1+r.IntN(5), 1+r.IntN(40), 1+r.IntN(40)
					a := grad.Attention{Heads: 1 + r.IntN(2), Causal: r.IntN(2) == 0, Weights: true}
					all := attentionInputs(op, n, tq, tk, 2*(1+r.IntN(9)), 2*(1+r.IntN(9)))
					lengths := [2][]float32{}
					for range n {
						lengths[0] = append(lengths[0], float32(1+r.IntN(tq)))
						lengths[1] = append(lengths[1], float32(1+r.IntN(tk)))
					}
					fillPadding(all[0], lengths[0])
					fillPadding(all[1], lengths[1])
					fillPadding(all[2], lengths[1])
					got := attended(t, f, all, a, lengths)
					for j := range n {
						lq, lk := int(lengths[0][j]), int(lengths[1][j])
						one := append([]*tensor.Tensor(nil), all...)
						for p, l := range []int{lq, lk, lk} {
							one[p] = all[p].Slice(0, j, j+1).Slice(1, 0, l).Clone()
						}
						for p, want := range attended(t, f, one, a, [2][]float32{}) {
							own, rest := got[p].Slice(0, j, j+1), got[p].Slice(0, j, j+1)
							switch p {
							case 1: // weights
								own = own.Slice(2, 0, lq).Slice(3, 0, lk)
								rest = rest.Slice(2, lq, tq)
							default:
								l := []int{lq, 0, lq, lk, lk}[p]
								own, rest = own.Slice(1, 0, l), rest.Slice(1, l, rest.Dim(1))
							}
							if !own.Clone().Equal(want) {
								t.Fatalf("case %d, sequence %d of lengths %v: part %d is %v, want %v", i, j, lengths, p, own, want)
							}
							if rest.Len() > 0 && !rest.Clone().Equal(tensor.Zeros(rest.Shape()...)) {
								t.Fatalf("case %d, sequence %d of lengths %v: padding of part %d is %v, want zeros", i, j, lengths, p, rest)
							}
						}
					}
				}
			})
		}
	}
}

// fillPadding sets padding to NaN.
func fillPadding(x *tensor.Tensor, lengths []float32) {
	for i, l := range lengths {
		x.Index(0, i).Slice(0, int(l), x.Dim(1)).Fill(float32(math.NaN()))
	}
}

// attended returns the result, the weights and the gradients of queries, keys and
// values.
func attended(t *testing.T, f attends, x []*tensor.Tensor, a grad.Attention, lengths [2][]float32) []*tensor.Tensor {
	t.Helper()
	tape := grad.NewTape(grad.Gradients, 1)
	in := make([]*grad.Var, len(x))
	for i := range x {
		in[i] = tape.Input(x[i]).RequireGrad()
	}
	if lengths[0] != nil {
		a.QueryLengths = tape.Input(tensor.New(lengths[0], len(lengths[0])))
		a.KeyLengths = tape.Input(tensor.New(lengths[1], len(lengths[1])))
	}
	y, weights := f(in, a)
	if err := y.BackwardFrom(nil); err != nil {
		t.Fatal(err)
	}
	out := []*tensor.Tensor{y.Data().Clone(), weights.Data().Clone()}
	for _, v := range in[:3] {
		out = append(out, v.Grad().Clone())
	}
	return out
}

// TestAttentionNowhere: a query that is kept from every key gets zeros, and nothing
// flows back through it.
func TestAttentionNowhere(t *testing.T) {
	for op, f := range attention {
		tape := grad.NewTape(grad.Gradients, 1)
		var in []*grad.Var
		for _, x := range attentionInputs(op, 1, 2, 3, 4, 2) {
			in = append(in, tape.Input(x).RequireGrad())
		}
		inf := float32(math.Inf(-1))
		y, weights := f(in, grad.Attention{Weights: true, Mask: tape.Input(tensor.New([]float32{inf, inf, inf, 0, inf, 0}, 2, 3))})
		if err := y.BackwardFrom(nil); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]*tensor.Tensor{
			"result": y.Data().Index(1, 0), "weights": weights.Data().Index(2, 0), "gradient of the query": in[0].Grad().Index(1, 0),
			"gradient of the key": in[1].Grad().Index(1, 1), "gradient of the value": in[2].Grad().Index(1, 1),
		} {
			if !x.Clone().Equal(tensor.Zeros(x.Shape()...)) {
				t.Errorf("%s: %s is %v, want zeros", op, name, x)
			}
		}
	}
}

// TestAttentionDropout: of the weights some are 0 and the others divided by 1-p; and
// what is dropped depends on the step.
func TestAttentionDropout(t *testing.T) {
	const p = 0.25
	tape := grad.NewTape(grad.Train, 1)
	var last *tensor.Tensor
	for step := range 2 {
		q, k, v := tape.Input(values(1, 1, 32, 4)), tape.Input(values(2, 1, 32, 4)), tape.Input(tensor.Eye(32).Reshape(1, 32, 32))
		y, weights := grad.ScaledDotProduct(q, k, v, grad.Attention{Dropout: p, Weights: true})
		if err := y.Err(); err != nil {
			t.Fatal(err)
		}
		dropped := 0
		for i, got := range y.Data().Data() {
			want := float64(weights.Data().Data()[i] / (1 - p))
			switch {
			case got == 0:
				dropped++
			case math.Abs(float64(got)-want) > 1e-6*want:
				t.Fatalf("element %d is %v, want 0 or %v", i, got, want)
			}
		}
		if dropped < 180 || dropped > 340 { // 256 of 1024, more than five standard deviations
			t.Errorf("%d of 1024 weights are dropped, want about 256", dropped)
		}
		if step > 0 && y.Data().Equal(last) {
			t.Error("the same weights are dropped in both steps")
		}
		last = y.Data().Clone()
		tape.Reset()
	}
}

func TestAttentionErrors(t *testing.T) {
	one := func(shape ...int) *tensor.Tensor { return tensor.Zeros(shape...) }
	lengths := func(l ...float32) *tensor.Tensor { return tensor.New(l, len(l)) }
	for _, c := range []struct {
		q, k, v, mask, queries, keys *tensor.Tensor
		a                            grad.Attention
		want                         string
	}{
		{q: one(2, 4), want: "queries have shape [2 4], want [batch steps features]"},
		{v: one(2, 5, 0), want: "values have shape [2 5 0], want [batch steps features]"},
		{k: one(1, 5, 4), want: "queries, keys and values have shapes [2 3 4], [1 5 4] and [2 5 6], want the same batch"},
		{k: one(2, 5, 3), want: "queries have 4 features and keys 3, want the same"},
		{v: one(2, 4, 6), want: "keys have 5 steps and values 4, want the same, at least one"},
		{k: one(2, 0, 4), v: one(2, 0, 6), want: "keys have 0 steps and values 0, want the same, at least one"},
		{a: grad.Attention{Heads: 4}, want: "4 and 6 features for 4 heads, want multiples of that"},
		{a: grad.Attention{Heads: -1}, want: "-1 heads, want at least 1"},
		{a: grad.Attention{Dropout: 1}, want: "probability is 1, want at least 0 and less than 1"},
		{a: grad.Attention{Scale: math.Inf(1)}, want: "scale is +Inf, want a number"},
		{mask: one(3, 1), want: "mask has shape [3 1], want one that repeats to [2 1 3 5]"},
		{mask: one(1, 2, 1, 3, 5), want: "mask has shape [1 2 1 3 5], want one that repeats to [2 1 3 5]"},
		{queries: lengths(1), want: "lengths have shape [1], want [2]"},
		{keys: lengths(1, 2, 3), want: "lengths have shape [3], want [2]"},
		{queries: lengths(3, 4), want: "length 4 of sequence 1, want a whole number from 1 to 3"},
		{keys: lengths(0, 5), want: "length 0 of sequence 0, want a whole number from 1 to 5"},
		{keys: lengths(5, 1.5), want: "length 1.5 of sequence 1, want a whole number from 1 to 5"},
		{keys: lengths(5, float32(math.NaN())), want: "length NaN of sequence 1, want a whole number from 1 to 5"},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		in := func(x, otherwise *tensor.Tensor) *grad.Var {
			if x == nil {
				x = otherwise
			}
			if x == nil {
				return nil
			}
			return tape.Input(x)
		}
		a := c.a
		a.Mask, a.QueryLengths, a.KeyLengths = in(c.mask, nil), in(c.queries, nil), in(c.keys, nil)
		y, _ := grad.ScaledDotProduct(in(c.q, one(2, 3, 4)), in(c.k, one(2, 5, 4)), in(c.v, one(2, 5, 6)), a)
		if err := y.Err(); err == nil || err.Error() != "grad: ScaledDotProduct: "+c.want {
			t.Errorf("ScaledDotProduct: %v, want %s", err, c.want)
		}
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(one(2, 3, 4))
	if y, weights := grad.AdditiveAttention(x, x, x, tape.Input(one(3)), grad.Attention{Weights: true}); y.Err() == nil ||
		!strings.HasSuffix(y.Err().Error(), "AdditiveAttention: vector has shape [3], want [4]") || weights == nil {
		t.Errorf("AdditiveAttention: %v, want an error of the vector and weights that carry it", y.Err())
	}
	tape.Reset()
	if err := grad.ClearPadding(tape.Input(one(2)), tape.Input(one(2))).Err(); err == nil {
		t.Error("ClearPadding of an input without steps gives no error")
	}
	tape.Reset()
	if err := grad.ClearPadding(tape.Input(one(2, 3)), tape.Input(lengths(1, 4))).Err(); err == nil {
		t.Error("ClearPadding with a length that is too large gives no error")
	}
}
