package tensor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var reductions = []struct {
	name string
	f    func(x *Tensor, axes ...int) *Tensor
	to   func(dst, x *Tensor) *Tensor
	want func(v []float64) float64
}{
	{"Sum", Sum, SumTo, sum},
	{"Mean", Mean, MeanTo, func(v []float64) float64 { return sum(v) / float64(len(v)) }},
	{"Prod", Prod, ProdTo, func(v []float64) float64 {
		p := 1.0
		for _, x := range v {
			p *= x
		}
		return p
	}},
	{"Max", Max, MaxTo, func(v []float64) float64 { return slices.Max(v) }},
	{"Min", Min, MinTo, func(v []float64) float64 { return slices.Min(v) }},
	{"Norm", Norm, NormTo, func(v []float64) float64 { return math.Sqrt(squares(v, 0)) }},
	{"Var 0", func(x *Tensor, axes ...int) *Tensor { return Var(x, 0, axes...) },
		func(dst, x *Tensor) *Tensor { return VarTo(dst, x, 0) }, func(v []float64) float64 { return variance(v, 0) }},
	{"Var 1", func(x *Tensor, axes ...int) *Tensor { return Var(x, 1, axes...) },
		func(dst, x *Tensor) *Tensor { return VarTo(dst, x, 1) }, func(v []float64) float64 { return variance(v, 1) }},
	{"Std 1", func(x *Tensor, axes ...int) *Tensor { return Std(x, 1, axes...) },
		func(dst, x *Tensor) *Tensor { return StdTo(dst, x, 1) }, func(v []float64) float64 { return math.Sqrt(variance(v, 1)) }},
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

func squares(v []float64, mean float64) float64 {
	s := 0.0
	for _, x := range v {
		s += (x - mean) * (x - mean)
	}
	return s
}

func variance(v []float64, correction float64) float64 {
	n := float64(len(v))
	if n <= correction {
		return math.NaN()
	}
	return squares(v, sum(v)/n) / (n - correction)
}

// collect returns the elements of x that belong to an output at an index of
// the shape with its axes kept.
func collect(x *Tensor, kept Shape, index []int) []float64 {
	part := x
	for i, k := range index {
		if kept[i] == x.Shape()[i] {
			part = part.Slice(i, k, k+1)
		}
	}
	var v []float64
	for _, f := range part.Clone().Data() {
		v = append(v, float64(f))
	}
	return v
}

func TestReduce(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, c := range []struct{ shape, axes, want []int }{
			{[]int{}, nil, []int{}},
			{[]int{5}, nil, []int{}},
			{[]int{5}, []int{0}, []int{}},
			{[]int{1, 5}, []int{-2}, []int{5}},
			{[]int{3, 4}, nil, []int{}},
			{[]int{3, 4}, []int{0}, []int{4}},
			{[]int{3, 4}, []int{1}, []int{3}},
			{[]int{3, 4, 5}, []int{-1, 0}, []int{4}},
			{[]int{3, 4, 5}, []int{1}, []int{3, 5}},
			{[]int{2, 3, 4, 5}, []int{0, 2, 3}, []int{3}},
			{[]int{2, 3, 4, 5}, []int{3, 1}, []int{2, 4}},
			{[]int{0, 3}, []int{1}, []int{0}},
			{[]int{60, 70}, []int{0}, []int{70}},
			{[]int{60, 70}, []int{1}, []int{60}},
		} {
			for _, x := range strided(r, c.shape...) {
				kept := x.Shape().KeepDims(c.axes...)
				for _, op := range reductions {
					got := op.f(x, c.axes...)
					if !got.Shape().Equal(c.want) {
						t.Fatalf("%s of %v over %v has shape %v, want %v", op.name, c.shape, c.axes, got.Shape(), c.want)
					}
					wide := got.Reshape(kept...)
					near(t, op.name, wide, 1e-5, func(i []int) float64 { return op.want(collect(x, kept, i)) })
					for _, dst := range strided(r, kept...) {
						op.to(dst, x)
						if !AllTrue(Or(Eq(dst, wide), Ne(wide, wide))) {
							t.Errorf("%sTo to strides %v = %v, want %v", op.name, dst.Strides(), dst, wide)
						}
					}
				}
			}
		}
	})
}

func TestReduceDestination(t *testing.T) {
	x := New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	is(t, "SumTo a row without its axis", SumTo(Zeros(3), x), []float32{5, 7, 9}, 3)
	is(t, "SumTo a scalar", SumTo(Zeros(), x), []float32{21})
	is(t, "SumTo the same shape", SumTo(Zeros(2, 3), x), x.Data(), 2, 3)
	panics(t, "SumTo: shape [2] does not broadcast to [2 3]", func() { SumTo(Zeros(2), x) })
}

func TestReduceEmpty(t *testing.T) {
	x := Zeros(0, 2)
	is(t, "Sum", Sum(x, 0), []float32{0, 0}, 2)
	is(t, "Prod", Prod(x), []float32{1})
	for name, got := range map[string]*Tensor{"Mean": Mean(x, 0), "Var": Var(x, 0, 0), "Var of one": Var(Zeros(1, 2), 1, 0)} {
		if !AllTrue(Ne(got, got)) {
			t.Errorf("%s = %v, want NaN", name, got)
		}
	}
	panics(t, "Max", func() { Max(x) })
	panics(t, "Min", func() { Min(x, 0) })
	panics(t, "ArgMax", func() { ArgMax(x, 0) })
	is(t, "Max without outputs", Max(x, 1), nil, 0)
	is(t, "ArgMax without outputs", ArgMax(Zeros(0, 0), 0), nil, 0)
	panics(t, "axis 2 out of range", func() { Sum(x, 2) })
	panics(t, "axis 1 named twice", func() { Sum(x, 1, -1) })
}

func TestArgMax(t *testing.T) {
	nan := float32(math.NaN())
	x := New([]float32{
		3, 1, 3, 0,
		1, nan, 9, nan,
		-1, -1, -5, -1,
	}, 3, 4)
	is(t, "ArgMax of rows", ArgMax(x, 1), []int{0, 1, 0}, 3)
	is(t, "ArgMin of rows", ArgMin(x, -1), []int{3, 1, 2}, 3)
	is(t, "ArgMax of columns", ArgMax(x, 0), []int{0, 1, 1, 1}, 4)
	is(t, "ArgMax of a view", ArgMax(x.Transpose(0, 1), 1), []int{0, 1, 1, 1}, 4)
	is(t, "ArgMax of the middle", ArgMax(x.Reshape(3, 2, 2), 1), []int{0, 0, 1, 0, 0, 0}, 3, 2)
	is(t, "ArgMax of a vector", ArgMax(x.Index(0, 2), 0), []int{0})
	dst := Make[int](6).Slice(0, 0, 3)
	noAllocation(t, "ArgMaxTo", func() { ArgMaxTo(dst, x, 1) })
	panics(t, "ArgMaxTo: dst has shape [3], want [4]", func() { ArgMaxTo(dst, x, 0) })
}

func TestTopK(t *testing.T) {
	nan := float32(math.NaN())
	x := New([]float32{1, 5, 3, 5, nan, 2, 2, nan}, 2, 4)
	v, i := TopK(x, 2, 1)
	is(t, "TopK indices", i, []int{1, 3, 0, 3}, 2, 2)
	if got := v.At(0, 0); got != 5 {
		t.Errorf("TopK value = %v, want 5", got)
	}
	i = second(TopK(x, 4, 1))
	is(t, "TopK of all", i, []int{1, 3, 2, 0, 0, 3, 1, 2}, 2, 4)
	i = second(TopK(x, 1, 0))
	is(t, "TopK of columns", i, []int{1, 0, 0, 1}, 1, 4)
	i = second(TopK(x, 0, 0))
	is(t, "TopK of none", i, nil, 0, 4)
	panics(t, "TopK: k is 5 for axis 1 of shape [2 4]", func() { TopK(x, 5, 1) })
	// The two methods, insertion and sorting, agree.
	r := rand.New(rand.NewPCG(3, 4))
	y := Convert[float32](Convert[int](MulScalar(randn(r, 30, 50), 4)))
	all, k := second(TopK(y, 50, 1)), second(TopK(y, 16, 1))
	if !all.Slice(1, 0, 16).Equal(k) {
		t.Errorf("TopK(16) = %v, want the head of TopK(50) = %v", k, all)
	}
}

func second(_ *Tensor, i *Ints) *Ints { return i }

func TestCumSum(t *testing.T) {
	x := New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	is(t, "CumSum of rows", CumSum(x, 1), []float32{1, 3, 6, 4, 9, 15}, 2, 3)
	is(t, "CumSum of columns", CumSum(x, 0), []float32{1, 2, 3, 5, 7, 9}, 2, 3)
	is(t, "CumSum of nothing", CumSum(Zeros(2, 0), 1), nil, 2, 0)
	is(t, "CumSum of nothing along 0", CumSum(Zeros(2, 0).Transpose(0, 1), 0), nil, 0, 2)
	is(t, "CumSum in place", CumSumTo(x, x, 0), []float32{1, 2, 3, 5, 7, 9}, 2, 3)
}

func TestReduceAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, x := range strided(r, 20, 30, 40) {
		for _, dst := range []*Tensor{Zeros(1, 30, 1), Zeros(40), Zeros(20, 30, 1)} {
			for _, op := range reductions {
				noAllocation(t, op.name, func() { op.to(dst, x) })
			}
		}
	}
}

func TestReduceSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	x := randn(r, 40, 60, 70)
	view := Zeros(70, 60, 40).Transpose(0, 2)
	view.Copy(x)
	for _, op := range reductions {
		for _, axes := range [][]int{nil, {0}, {2}, {0, 2}} {
			sameBits(t, op.name, func() *Tensor { return op.f(x, axes...) })
			if a, b := op.f(x, axes...), op.f(view, axes...); !a.Equal(b) {
				t.Errorf("%s over %v: a strided view gives other bits", op.name, axes)
			}
		}
	}
}

// Sum is linear, and the transpose of broadcasting: ⟨Sum x, y⟩ = ⟨x, Expand y⟩.
// Small integers make sums exact.
func TestSumLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	whole := func(shape ...int) *Tensor {
		return Convert[float32](Convert[int](MulScalar(randn(r, shape...), 5)))
	}
	x, z, y := whole(4, 5, 6), whole(4, 5, 6), whole(5, 1)
	if got, want := Sum(Add(x, z), 1), Add(Sum(x, 1), Sum(z, 1)); !got.Equal(want) {
		t.Errorf("Sum(x+z) = %v, want %v", got, want)
	}
	if got, want := Sum(Mul(SumTo(Zeros(5, 1), x), y)), Sum(Mul(x, y)); !got.Equal(want) {
		t.Errorf("⟨Sum x, y⟩ = %v, want ⟨x, Expand y⟩ = %v", got, want)
	}
}
