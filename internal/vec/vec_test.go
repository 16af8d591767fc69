package vec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
)

func inputs(r *rand.Rand, c *kernelCase, n int, hard bool) [][]float32 {
	in := make([][]float32, c.n)
	for i := range in {
		in[i] = gaussian(r, n, hard)
	}
	if n := len(in); n == 4 { // Adam's v is a mean of squares
		Abs(in[3], in[3])
	}
	return in
}

// compare checks the slices of two runs on the same inputs.
func compare(t *testing.T, c *kernelCase, l cpu.Level, in, got, want [][]float32, exact bool) {
	t.Helper()
	for j := range got {
		for i, g := range got[j] {
			w := want[j][i]
			if same(g, w) {
				continue
			}
			x := make([]float32, len(in))
			x64 := make([]float64, len(in))
			for j := range in {
				x[j] = in[j][i]
				x64[j] = float64(x[j])
			}
			if !exact && math.Abs(float64(g)-float64(w)) <= tolerance*c.scale(x64) {
				continue
			}
			t.Fatalf("%s/level=%v/n=%d: slice %d, element %d of inputs %v = %v (%#x), want %v (%#x)",
				c.name, l, len(in[0]), j, i, x, g, math.Float32bits(g), w, math.Float32bits(w))
		}
	}
}

// Every kernel against its generic version: lengths, alignments, guards.
func TestLevelsAgree(t *testing.T) {
	r := newRand(t)
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			for _, n := range lengths(testing.Short()) {
				in := inputs(r, c, n, c.exact)
				want := runOn(t, c, cpu.Generic, in, 0)
				for _, l := range vectorLevels {
					compare(t, c, l, in, runOn(t, c, l, in, r.IntN(17)), want, c.exact)
				}
			}
		})
	}
}

// AVX2 and AVX-512 give the same bits, for any bits.
func TestVectorLevelsAreOne(t *testing.T) {
	if len(vectorLevels) < 2 {
		t.Skip("this machine has fewer than two levels with assembly")
	}
	r := newRand(t)
	for i := range cases {
		c := &cases[i]
		for range 20 {
			in := inputs(r, c, 1000, true)
			for _, s := range in {
				for i := range s {
					if r.IntN(2) == 0 {
						s[i] = math.Float32frombits(r.Uint32())
					}
				}
			}
			want := runOn(t, c, vectorLevels[0], in, 0)
			for _, l := range vectorLevels[1:] {
				compare(t, c, l, in, runOn(t, c, l, in, r.IntN(17)), want, true)
			}
		}
	}
}

// An element's result depends on its inputs alone, not on where it stands.
func TestPositionIndependence(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for i := range cases {
			c := &cases[i]
			in := inputs(r, c, 150, true)
			want := runOn(t, c, cpu.Current(), in, 0)
			for range 40 {
				lo := r.IntN(150)
				hi := lo + r.IntN(151-lo)
				part, wantPart := make([][]float32, c.n), make([][]float32, c.n)
				for j := range in {
					part[j], wantPart[j] = in[j][lo:hi], want[j][lo:hi]
				}
				compare(t, c, cpu.Current(), part, runOn(t, c, cpu.Current(), part, r.IntN(17)), wantPart, true)
			}
		}
	})
}

// dst may be any of the inputs. Where it is an input already, that one is
// given twice.
func TestInPlace(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for i := range cases {
			c := &cases[i]
			if len(c.outs) > 1 {
				continue
			}
			for alias := 1; alias < c.n; alias++ {
				in := inputs(r, c, 75, true)
				in[0] = in[alias]
				want := runOn(t, c, cpu.Current(), in, 0)
				s := make([][]float32, c.n)
				for j := range in {
					s[j] = append([]float32{}, in[j]...)
				}
				s[0] = s[alias]
				c.run(s)
				compare(t, c, cpu.Current(), in, s[:1], want[:1], true)
			}
		}
	})
}

func TestMaxMinRules(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	neg0 := float32(math.Copysign(0, -1))
	tests := []struct{ a, b, max, min float32 }{
		{1, 2, 2, 1}, {2, 1, 2, 1}, {nan, 1, nan, nan}, {1, nan, nan, nan}, {nan, nan, nan, nan},
		{0, neg0, neg0, neg0}, {neg0, 0, 0, 0}, {inf, -inf, inf, -inf}, {nan, inf, nan, nan}, {-inf, nan, nan, nan},
	}
	forLevels(t, func(t *testing.T) {
		for _, tt := range tests {
			var got [4]float32
			a, b := []float32{tt.a}, []float32{tt.b}
			Max(got[0:1], a, b)
			Min(got[1:2], a, b)
			MaxScalar(got[2:3], a, tt.b)
			MinScalar(got[3:4], a, tt.b)
			for i, want := range []float32{tt.max, tt.min, tt.max, tt.min} {
				if !same(got[i], want) {
					t.Errorf("%s(%v, %v) = %v, want %v", []string{"Max", "Min", "MaxScalar", "MinScalar"}[i], tt.a, tt.b, got[i], want)
				}
			}
		}
	})
}

func TestClampRules(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	neg0 := float32(math.Copysign(0, -1))
	tests := []struct{ x, lo, hi, want float32 }{
		{-1, 0, 6, 0}, {3, 0, 6, 3}, {7, 0, 6, 6}, {inf, 0, 6, 6}, {-inf, 0, 6, 0}, {nan, 0, 6, nan}, {neg0, 0, 6, neg0}, {0, neg0, 6, 0},
		{0, -6, neg0, 0}, {neg0, -6, 0, neg0}, {5, 2, 2, 2}, {5, -inf, inf, 5}, {nan, -inf, inf, nan},
	}
	forLevels(t, func(t *testing.T) {
		for _, tt := range tests {
			var y [1]float32
			if Clamp(y[:], []float32{tt.x}, tt.lo, tt.hi); !same(y[0], tt.want) {
				t.Errorf("Clamp(%v, %v, %v) = %v, want %v", tt.x, tt.lo, tt.hi, y[0], tt.want)
			}
		}
	})
}

func TestReLURules(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	neg0 := float32(math.Copysign(0, -1))
	tests := []struct{ x, y, grad float32 }{
		{2, 2, 7}, {-2, 0, 0}, {0, 0, 0}, {neg0, neg0, 0}, {inf, inf, 7}, {-inf, 0, 0}, {nan, nan, 0},
		{math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat32, 7},
	}
	forLevels(t, func(t *testing.T) {
		for _, tt := range tests {
			var y, g [1]float32
			ReLU(y[:], []float32{tt.x})
			ReLUGrad(g[:], []float32{7}, y[:])
			if !same(y[0], tt.y) || !same(g[0], tt.grad) {
				t.Errorf("ReLU(%v) = %v, gradient %v, want %v, %v", tt.x, y[0], g[0], tt.y, tt.grad)
			}
		}
	})
}

// The formulas themselves, on numbers that are easy to follow.
func TestByHand(t *testing.T) {
	tests := []struct {
		name string
		run  func(dst []float32)
		want float32
	}{
		{"Add", func(d []float32) { Add(d, []float32{3}, []float32{5}) }, 8},
		{"Sub", func(d []float32) { Sub(d, []float32{3}, []float32{5}) }, -2},
		{"Mul", func(d []float32) { Mul(d, []float32{3}, []float32{5}) }, 15},
		{"Div", func(d []float32) { Div(d, []float32{3}, []float32{4}) }, 0.75},
		{"AddScalar", func(d []float32) { AddScalar(d, []float32{3}, 5) }, 8},
		{"MulScalar", func(d []float32) { MulScalar(d, []float32{3}, 5) }, 15},
		{"Clamp", func(d []float32) { Clamp(d, []float32{7}, -6, 6) }, 6},
		{"SubFrom", func(d []float32) { SubFrom(d, 5, []float32{3}) }, 2},
		{"DivInto", func(d []float32) { DivInto(d, 3, []float32{4}) }, 0.75},
		{"Fill", func(d []float32) { Fill(d, 5) }, 5},
		{"Axpy", func(d []float32) { Axpy(d, []float32{3}, 5) }, 17},
		{"MulAdd", func(d []float32) { MulAdd(d, []float32{3}, []float32{5}) }, 17},
		{"ScaleShift", func(d []float32) { ScaleShift(d, []float32{3}, 5, 7) }, 22},
		{"Lin2", func(d []float32) { Lin2(d, []float32{3}, 5, []float32{7}, 11, 13) }, 105},
		{"Sqrt", func(d []float32) { Sqrt(d, []float32{9}) }, 3},
		{"Abs", func(d []float32) { Abs(d, []float32{-9}) }, 9},
		{"Neg", func(d []float32) { Neg(d, []float32{-9}) }, 9},
		{"Recip", func(d []float32) { Recip(d, []float32{4}) }, 0.25},
		{"Square", func(d []float32) { Square(d, []float32{-3}) }, 9},
		{"TanhGrad", func(d []float32) { TanhGrad(d, []float32{4}, []float32{0.5}) }, 3},
		{"SigmoidGrad", func(d []float32) { SigmoidGrad(d, []float32{4}, []float32{0.25}) }, 0.75},
		{"GELUGrad", func(d []float32) { GELUGrad(d, []float32{4}, []float32{0}) }, 2},
	}
	forLevels(t, func(t *testing.T) {
		for _, tt := range tests {
			dst := []float32{2}
			if tt.run(dst); dst[0] != tt.want {
				t.Errorf("%s = %v, want %v", tt.name, dst[0], tt.want)
			}
		}
	})
}

func TestShortInputPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Add with a short input did not panic")
		}
	}()
	Add(make([]float32, 3), make([]float32, 3), make([]float32, 2, 8)) // capacity does not count
}

// Slices on the caller's stack stay there.
func TestNoAllocation(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		n := testing.AllocsPerRun(10, func() {
			var x, y [8]float32
			Exp(y[:], x[:])
			Add(x[:], x[:], y[:])
			x[0] = Dot(x[:], y[:])
		})
		if n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}

// FuzzLevels gives every level the same elements and wants the same bits, or
// nearly so for inexact kernels.
func FuzzLevels(f *testing.F) {
	f.Add(uint8(0), uint8(3), uint32(0x3f800000), uint32(0xff800000), uint32(1))
	f.Add(uint8(17), uint8(40), uint32(0x42b17218), uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, which, n uint8, x, y, z uint32) {
		c := &cases[int(which)%len(cases)]
		in := make([][]float32, c.n)
		for j := range in {
			in[j] = make([]float32, n)
			for i := range in[j] {
				in[j][i] = math.Float32frombits([]uint32{x, y, z}[(i+j)%3] + uint32(i/3))
			}
		}
		want := runOn(t, c, cpu.Generic, in, 0)
		for i, l := range vectorLevels {
			got := runOn(t, c, l, in, int(x%16))
			if c.exact {
				compare(t, c, l, in, got, want, true)
			} else if i == 0 {
				want = got
			} else {
				compare(t, c, l, in, got, want, true)
			}
		}
	})
}
