package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

var binaries = []struct {
	name string
	f    func(a, b *Tensor) *Tensor
	to   func(dst, a, b *Tensor) *Tensor
	want func(a, b float64) float64
}{
	{"Add", Add, AddTo, func(a, b float64) float64 { return a + b }},
	{"Sub", Sub, SubTo, func(a, b float64) float64 { return a - b }},
	{"Mul", Mul, MulTo, func(a, b float64) float64 { return a * b }},
	{"Div", Div, DivTo, func(a, b float64) float64 { return a / b }},
	{"Maximum", Maximum, MaximumTo, math.Max},
	{"Minimum", Minimum, MinimumTo, math.Min},
	{"Pow", Pow, PowTo, math.Pow},
}

// elementTol bounds the relative error of one element: a few units in the last
// place of float32.
const elementTol = 4.0 / (1 << 23)

func TestBinary(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, s := range [][3][]int{ // a, b, result
			{{}, {}, {}},
			{{5}, {5}, {5}},
			{{0}, {1}, {0}},
			{{3, 1}, {2}, {3, 2}},
			{{2, 3, 4}, {2, 3, 4}, {2, 3, 4}},
			{{2, 1, 4}, {3, 1}, {2, 3, 4}},
			{{}, {4, 33}, {4, 33}},
			{{2, 8, 1, 1}, {2, 8, 5, 5}, {2, 8, 5, 5}},
			{{3, 0, 2}, {2}, {3, 0, 2}},
			{{70, 1}, {1, 90}, {70, 90}},
		} {
			for _, a := range strided(r, s[0]...) {
				for _, b := range strided(r, s[1]...) {
					for _, op := range binaries {
						want := func(i []int) float64 {
							return op.want(float64(bcast(a, i)), float64(bcast(b, i)))
						}
						got := op.f(a, b)
						if !got.Shape().Equal(s[2]) {
							t.Fatalf("%s(%v, %v) has shape %v, want %v", op.name, s[0], s[1], got.Shape(), s[2])
						}
						near(t, op.name, got, elementTol, want)
						for _, dst := range strided(r, s[2]...) {
							op.to(dst, a, b)
							if op.name != "Pow" && !dst.Equal(got) { // NaN
								t.Errorf("%sTo to strides %v = %v, want %v", op.name, dst.Strides(), dst, got)
							}
						}
					}
				}
			}
		}
	})
}

var unaries = []struct {
	name string
	f    func(x *Tensor) *Tensor
	to   func(dst, x *Tensor) *Tensor
	want func(x float64) float64
}{
	{"Neg", Neg, NegTo, func(x float64) float64 { return -x }},
	{"Abs", Abs, AbsTo, math.Abs},
	{"Sqrt", Sqrt, SqrtTo, math.Sqrt},
	{"Exp", Exp, ExpTo, math.Exp},
	{"Log", Log, LogTo, math.Log},
	{"Tanh", Tanh, TanhTo, math.Tanh},
	{"Sigmoid", Sigmoid, SigmoidTo, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
	{"Erf", Erf, ErfTo, math.Erf},
	{"Square", Square, SquareTo, func(x float64) float64 { return x * x }},
	{"Recip", Recip, RecipTo, func(x float64) float64 { return 1 / x }},
	{"AddScalar", func(x *Tensor) *Tensor { return AddScalar(x, 3) },
		func(dst, x *Tensor) *Tensor { return AddScalarTo(dst, x, 3) }, func(x float64) float64 { return x + 3 }},
	{"MulScalar", func(x *Tensor) *Tensor { return MulScalar(x, 3) },
		func(dst, x *Tensor) *Tensor { return MulScalarTo(dst, x, 3) }, func(x float64) float64 { return x * 3 }},
	{"PowScalar", func(x *Tensor) *Tensor { return PowScalar(x, 3) },
		func(dst, x *Tensor) *Tensor { return PowScalarTo(dst, x, 3) }, func(x float64) float64 { return x * x * x }},
	{"PowScalar 2", func(x *Tensor) *Tensor { return PowScalar(x, 2) },
		func(dst, x *Tensor) *Tensor { return PowScalarTo(dst, x, 2) }, func(x float64) float64 { return x * x }},
	{"Clamp", func(x *Tensor) *Tensor { return Clamp(x, -0.5, 0.75) },
		func(dst, x *Tensor) *Tensor { return ClampTo(dst, x, -0.5, 0.75) },
		func(x float64) float64 { return min(max(x, -0.5), 0.75) }},
}

func TestUnary(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, s := range [][]int{{}, {1}, {0, 3}, {7}, {3, 4, 5}, {60, 50}} {
			for _, x := range strided(r, s...) {
				for _, op := range unaries {
					got := op.f(x)
					near(t, op.name, got, elementTol, func(i []int) float64 { return op.want(float64(x.At(i...))) })
					bits := func(a *Tensor) *Bools { return Or(Eq(a, got), Ne(a, a)) } // NaN counts as equal
					for _, dst := range strided(r, s...) {
						if !AllTrue(bits(op.to(dst, x))) {
							t.Errorf("%sTo to strides %v = %v, want %v", op.name, dst.Strides(), dst, got)
						}
					}
					if y := x.Clone(); !AllTrue(bits(op.to(y, y))) {
						t.Errorf("%sTo in place = %v, want %v", op.name, y, got)
					}
				}
			}
		}
	})
}

func TestNaNStays(t *testing.T) {
	x := New([]float32{float32(math.NaN()), 1}, 2)
	for name, got := range map[string]*Tensor{
		"Maximum": Maximum(x, Scalar[float32](0)), "Minimum": Minimum(Scalar[float32](0), x), "Clamp": Clamp(x, 0, 2),
	} {
		if v := got.At(0); v == v {
			t.Errorf("%s of NaN is %v, want NaN", name, v)
		}
	}
}

func TestWhere(t *testing.T) {
	mask := New([]bool{true, false, false, true}, 2, 2)
	a := New([]float32{1, 2}, 2)
	b := New([]float32{30, 40}, 2, 1)
	is(t, "Where", Where(mask, a, b), []float32{1, 30, 40, 2}, 2, 2)
	is(t, "Where of a row", Where(mask.Index(0, 0), a.Unsqueeze(0), b), []float32{1, 30, 1, 40}, 2, 2)
	is(t, "Where of integers", Where(mask.Transpose(0, 1), Full(1, 2, 2), Scalar(0)), []int{1, 0, 0, 1}, 2, 2)
	c := New([]float32{1, 2, 3, 4}, 2, 2)
	is(t, "WhereTo in place", WhereTo(c, mask, c, Scalar[float32](9)), []float32{1, 9, 9, 4}, 2, 2)
	is(t, "WhereTo in place of b", WhereTo(c, mask, Scalar[float32](8), c), []float32{8, 9, 9, 8}, 2, 2)
	panics(t, "Where: shapes [2 2] and [2 3]", func() { Where(mask, Zeros(3), b) })
}

func TestArithPanics(t *testing.T) {
	panics(t, "Add: shapes [2 3] and [4] do not broadcast", func() { Add(Zeros(2, 3), Zeros(4)) })
	panics(t, "AddTo: dst has shape [3], want [2 3]", func() { AddTo(Zeros(3), Zeros(2, 3), Zeros(3)) })
	panics(t, "ExpTo: dst has shape [1 3], want [3]", func() { ExpTo(Zeros(1, 3), Zeros(3)) })
	panics(t, "Clamp: bounds 2 and 1", func() { Clamp(Zeros(3), 2, 1) })
	panics(t, "WhereTo: shape [3] does not broadcast to [2]", func() { WhereTo(Zeros(2), Make[bool](3), Zeros(2), Zeros(2)) })
}

func TestArithAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x, b, dst := strided(r, 50, 70, 20)[1], randn(r, 70, 1), Zeros(50, 70, 20)
	mask, first := Make[bool](70, 20), x.Index(0, 0)
	for _, op := range binaries {
		noAllocation(t, op.name, func() { op.to(dst, x, b) })
	}
	for _, op := range unaries {
		noAllocation(t, op.name, func() { op.to(dst, x) })
	}
	noAllocation(t, "WhereTo", func() { WhereTo(dst, mask, x, b) })
	noAllocation(t, "LtTo", func() { LtTo(mask, first, b) })
	view := new(Tensor)
	noAllocation(t, "views", func() {
		x.TransposeTo(view, 0, 2)
		view.SliceTo(view, 1, 3, 9)
		view.UnsqueezeTo(view, 1)
		view.SqueezeTo(view, 1)
		view.IndexTo(view, 0, 1)
		dst.ReshapeTo(view, 50, -1)
		dst.PermuteTo(view, 2, 0, 1)
		dst.ExpandTo(view, dst.Shape())
		dst.FlattenTo(view, 1, 2)
		view.Bind(dst.Data(), Shape{1400, 50})
		view.BindStrided(dst.Data(), Shape{2, 3}, []int{5, 1})
	})
	noAllocation(t, "Copy", func() { dst.Copy(x); dst.Copy(b) })
}

func TestArithSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	x, b := strided(r, 90, 40, 30)[2], randn(r, 40, 1)
	for _, op := range binaries[:6] {
		sameBits(t, op.name, func() *Tensor { return op.f(x, b) })
	}
	for _, op := range unaries {
		sameBits(t, op.name, func() *Tensor { return op.f(Abs(x)) })
	}
}

// A larger workload than fits a part must not see other data than its own.
func TestAddLarge(t *testing.T) {
	x, y := Arange(0, 300000, 1).Reshape(300, 1000), Arange(0, 1000, 1)
	sum := Add(x, y)
	for i := range 300 {
		for j := range 1000 {
			if got, want := sum.At(i, j), float32(i*1000+2*j); got != want {
				t.Fatalf("at %d, %d is %v, want %v", i, j, got, want)
			}
		}
	}
}
