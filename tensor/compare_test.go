package tensor

import (
	"math"
	"testing"
)

func TestComparisons(t *testing.T) {
	nan := float32(math.NaN())
	a, b := New([]float32{1, 2, 3, nan}, 4), New([]float32{2, 2, 2, nan}, 4)
	for _, c := range []struct {
		name   string
		floats *Bools
		ints   *Bools
		want   []bool
	}{
		{"Eq", Eq(a, b), Eq(Range(1, 5), Full(2, 1)), []bool{false, true, false, false}},
		{"Ne", Ne(a, b), Ne(Range(1, 5), Full(2, 1)), []bool{true, false, true, true}},
		{"Lt", Lt(a, b), Lt(Range(1, 5), Scalar(2)), []bool{true, false, false, false}},
		{"Le", Le(a, b), Le(Range(1, 5), Scalar(2)), []bool{true, true, false, false}},
		{"Gt", Gt(a, b), Gt(New([]int{1, 2, 3, 0}, 4), Scalar(2)), []bool{false, false, true, false}},
		{"Ge", Ge(a, b), Ge(New([]int{1, 2, 3, 0}, 4), Scalar(2)), []bool{false, true, true, false}},
	} {
		is(t, c.name, c.floats, c.want, 4)
		is(t, c.name+" of integers", c.ints, c.want, 4)
	}
	is(t, "Lt of a column and a row", Lt(count(2, 1), count(2)), []bool{false, true, false, false}, 2, 2)
	panics(t, "Eq: shapes [2] and [3]", func() { Eq(Zeros(2), Zeros(3)) })
	panics(t, "EqTo: dst has shape [3], want [2]", func() { EqTo(Make[bool](3), Zeros(2), Zeros(2)) })
}

func TestLogic(t *testing.T) {
	a, b := New([]bool{false, false, true, true}, 4), New([]bool{false, true, false, true}, 4)
	is(t, "And", And(a, b), []bool{false, false, false, true}, 4)
	is(t, "Or", Or(a, b), []bool{false, true, true, true}, 4)
	is(t, "Not", Not(a.Reshape(2, 2).Transpose(0, 1)), []bool{true, false, true, false}, 2, 2)
	empty := Make[bool](0)
	for _, c := range []struct {
		a        *Bools
		any, all bool
		n        int
	}{{a, true, false, 2}, {Not(And(a, Not(a))), true, true, 4}, {And(a, Not(a)), false, false, 0}, {empty, false, true, 0}} {
		if any, all, n := AnyTrue(c.a), AllTrue(c.a), CountTrue(c.a); any != c.any || all != c.all || n != c.n {
			t.Errorf("any, all, count of %v are %v, %v, %d, want %v, %v, %d", c.a, any, all, n, c.any, c.all, c.n)
		}
	}
	is(t, "count along an axis", Sum(Convert[float32](a.Reshape(2, 2)), 1), []float32{0, 2}, 2)
}

func TestEqualAndClose(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	one := New([]float32{1, 2}, 2)
	for _, c := range []struct {
		a, b         *Tensor
		equal, close bool
	}{
		{one, one.Clone(), true, true},
		{one, New([]float32{1, 9, 2, 9}, 2, 2).Index(1, 0), true, true},
		{one, New([]float32{1, 2.0001}, 2), false, true},
		{one, New([]float32{1, 2.1}, 2), false, false},
		{one, one.Unsqueeze(0), false, false},
		{Full(inf, 2), Full(inf, 2), true, true},
		{Full(inf, 2), Full(-inf, 2), false, false},
		{one, Full(inf, 2), false, false},
		{Full(nan, 2), Full(nan, 2), false, false},
		{Zeros(0), new(Tensor), true, true},
	} {
		if got := c.a.Equal(c.b); got != c.equal {
			t.Errorf("%v.Equal(%v) = %v, want %v", c.a, c.b, got, c.equal)
		}
		if got := AllClose(c.a, c.b, 1e-4, 0); got != c.close {
			t.Errorf("AllClose(%v, %v) = %v, want %v", c.a, c.b, got, c.close)
		}
	}
}
