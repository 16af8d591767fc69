package tensor

import (
	"math"
	"slices"
	"testing"
)

func TestCreate(t *testing.T) {
	is(t, "Zeros", Zeros(2), []float32{0, 0}, 2)
	is(t, "Ones", Ones(1, 2), []float32{1, 1}, 1, 2)
	is(t, "Full", Full(true, 2), []bool{true, true}, 2)
	is(t, "Scalar", Scalar(uint8(3)), []uint8{3})
	is(t, "Range", Range(2, 5), []int{2, 3, 4}, 3)
	is(t, "Range of none", Range(5, 2), nil, 0)
	is(t, "Arange", Arange(0, 1, 0.25), []float32{0, 0.25, 0.5, 0.75}, 4)
	is(t, "Arange down", Arange(3, 0, -2), []float32{3, 1}, 2)
	is(t, "Arange of none", Arange(3, 0, 1), nil, 0)
	is(t, "Linspace", Linspace(-1, 1, 5), []float32{-1, -0.5, 0, 0.5, 1}, 5)
	is(t, "Linspace of one", Linspace(2, 9, 1), []float32{2}, 1)
	is(t, "Eye", Eye(2), []float32{1, 0, 0, 1}, 2, 2)
	x := Make[int](2, 3)
	x.Slice(1, 1, 3).Fill(4)
	is(t, "Fill of a view", x, []int{0, 4, 4, 0, 4, 4}, 2, 3)
	panics(t, "Arange", func() { Arange(0, 1, 0) })
	panics(t, "Arange", func() { Arange(0, math.Inf(1), 1) })
	panics(t, "negative", func() { Linspace(0, 1, -1) })
}

func TestRandom(t *testing.T) {
	const n = 100000
	u, z, b, p := Uniform(1, -2, 4, n), Normal(1, 3, 2, n), Bernoulli(1, 0.3, n), Permutation(1, n)
	for _, c := range []struct {
		name      string
		got, want float64
		tol       float64 // five standard deviations
	}{
		{"mean of Uniform", float64(Mean(u).Item()), 1, 0.03},
		{"variance of Uniform", float64(Var(u, 1).Item()), 3, 0.05},
		{"mean of Normal", float64(Mean(z).Item()), 3, 0.035},
		{"variance of Normal", float64(Var(z, 1).Item()), 4, 0.1},
		{"mean of Bernoulli", float64(CountTrue(b)) / n, 0.3, 0.008},
	} {
		if math.Abs(c.got-c.want) > c.tol {
			t.Errorf("%s = %v, want %v ± %v", c.name, c.got, c.want, c.tol)
		}
	}
	if lo, hi := Min(u).Item(), Max(u).Item(); lo < -2 || hi >= 4 {
		t.Errorf("Uniform(-2, 4) reaches from %v to %v", lo, hi)
	}
	sorted := slices.Clone(p.Data())
	slices.Sort(sorted)
	if !slices.Equal(sorted, Range(0, n).Data()) || p.Equal(Range(0, n)) {
		t.Error("Permutation is not a permutation, or is the identity")
	}
	if !AllTrue(Bernoulli(1, 1, 100)) || AnyTrue(Bernoulli(1, 0, 100)) {
		t.Error("Bernoulli(1) is not always true, or Bernoulli(0) not always false")
	}
	// Elements depend on seed and position alone.
	if !Normal(1, 3, 2, 7, 11).Flatten(0, 1).Equal(z.Slice(0, 0, 77)) {
		t.Error("Normal depends on the shape")
	}
	if Uniform(2, -2, 4, n).Equal(u) {
		t.Error("Uniform does not depend on the seed")
	}
	if got := Uniform(1, 1, math.Nextafter32(1, 2), 1000); !got.Equal(Ones(1000)) {
		t.Error("Uniform reaches its upper bound")
	}
}

func TestConvert(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	f := New([]float32{-1.5, 0, 2.9, 300, inf, -inf, nan}, 7)
	i := New([]int{-1, 0, 2, 300}, 4)
	b := New([]uint8{0, 1, 255}, 3)
	m := New([]bool{false, true}, 2)
	is(t, "floats to ints", Convert[int](f), []int{-1, 0, 2, 300, math.MaxInt, math.MinInt, 0}, 7)
	is(t, "floats to bytes", Convert[uint8](f), []uint8{0, 0, 2, 255, 255, 0, 0}, 7)
	is(t, "floats to bools", Convert[bool](f), []bool{true, false, true, true, true, true, true}, 7)
	is(t, "ints to floats", Convert[float32](i), []float32{-1, 0, 2, 300}, 4)
	is(t, "ints to bytes", Convert[uint8](i), []uint8{0, 0, 2, 255}, 4)
	is(t, "ints to bools", Convert[bool](i), []bool{true, false, true, true}, 4)
	is(t, "bytes to floats", Convert[float32](b), []float32{0, 1, 255}, 3)
	is(t, "bytes to ints", Convert[int](b), []int{0, 1, 255}, 3)
	is(t, "bytes to bools", Convert[bool](b), []bool{false, true, true}, 3)
	is(t, "bools to floats", Convert[float32](m), []float32{0, 1}, 2)
	is(t, "bools to ints", Convert[int](m), []int{0, 1}, 2)
	is(t, "bools to bytes", Convert[uint8](m), []uint8{0, 1}, 2)
	is(t, "ints to ints", Convert[int](i.Slice(0, 1, 3)), []int{0, 2}, 2)
	is(t, "a view", Convert[float32](count(2, 2).Transpose(0, 1)), []float32{0, 2, 1, 3}, 2, 2)
	panics(t, "ConvertTo: dst has shape [3], want [4]", func() { ConvertTo(Zeros(3), i) })
	dst := Zeros(3)
	noAllocation(t, "ConvertTo", func() { ConvertTo(dst, b) })
}

func TestWorkers(t *testing.T) {
	before := SetWorkers(3)
	defer SetWorkers(before)
	if got := Workers(); got != 3 {
		t.Errorf("Workers = %d, want 3", got)
	}
	if got := SetWorkers(0); got != 3 {
		t.Errorf("SetWorkers returns %d, want 3", got)
	}
	if got := Workers(); got < 1 {
		t.Errorf("Workers = %d with the default setting", got)
	}
}
