package vec

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
)

// sumError bounds the error of a sum relative to the sum of the absolute
// terms; doc.go derives it.
const sumError = 135 * 0x1p-24

// A reduction returns the kernel's result, the sum in float64 and the sum of
// the absolute terms.
var reductions = []struct {
	name string
	run  func(x, y []float32) float32
	term func(x, y float64) float64
	// slack is what each term may be off before it is added.
	slack float64
}{
	{"Sum", func(x, _ []float32) float32 { return Sum(x) }, func(x, _ float64) float64 { return x }, 0},
	{"Dot", Dot, func(x, y float64) float64 { return x * y }, 0},
	{"SumSquaredDev", func(x, _ []float32) float32 { return SumSquaredDev(x, 0.25) },
		func(x, _ float64) float64 { return (x - 0.25) * (x - 0.25) }, 3 * 0x1p-24},
	{"ExpSum", func(x, y []float32) float32 { return ExpSum(append([]float32{}, y...), x, 1) },
		func(x, _ float64) float64 { return math.Exp(float64(float32(x) - 1)) }, maxULP * 0x1p-23},
}

func TestReductions(t *testing.T) {
	r := newRand(t)
	for _, k := range reductions {
		t.Run(k.name, func(t *testing.T) {
			for _, n := range lengths(testing.Short()) {
				x, y := guard(gaussian(r, n, false), r.IntN(17)), guard(gaussian(r, n, false), r.IntN(17))
				Min(x.data, x.data, x.data)
				MinScalar(x.data, x.data, 20) // in reach of ExpSum
				var want, size float64
				for i, v := range x.data {
					w := k.term(float64(v), float64(y.data[i]))
					want += w
					size += math.Abs(w)
				}
				for _, l := range cpu.Available {
					prev := cpu.Set(l)
					got := k.run(x.data, y.data)
					cpu.Set(prev)
					if d := math.Abs(float64(got) - want); !(d <= (sumError+k.slack)*size) {
						t.Fatalf("level=%v/n=%d: %s = %v, want %v", l, n, k.name, got, want)
					}
				}
			}
		})
	}
}

// The result depends on the level and the values, not on where they lie.
func TestReductionsIgnoreAlignment(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for _, k := range reductions {
			for _, n := range []int{1, 33, 1000, sumPiece + 5} {
				x, y := gaussian(r, n, false), gaussian(r, n, false)
				want := k.run(x, y)
				for offset := range 17 {
					gx, gy := guard(x, offset), guard(y, 16-offset)
					if got := k.run(gx.data, gy.data); !same(got, want) {
						t.Fatalf("%s of %d at offset %d = %v, want %v", k.name, n, offset, got, want)
					}
				}
			}
		}
	})
}

func TestExpSumStoresExp(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 15, 50, sumPiece + 3} {
			x := gaussian(r, n, true)
			got, want := make([]float32, n), make([]float32, n)
			ExpSum(got, x, 1.5)
			AddScalar(want, x, -1.5)
			Exp(want, want)
			for i := range got {
				if !same(got[i], want[i]) {
					t.Fatalf("n=%d: ExpSum stored %v for %v, want %v", n, got[i], x[i], want[i])
				}
			}
		}
	})
}

func TestMaxOfMinOf(t *testing.T) {
	r := newRand(t)
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	forLevels(t, func(t *testing.T) {
		if a, b := MaxOf(nil), MinOf(nil); a != -inf || b != inf {
			t.Errorf("of nothing: MaxOf = %v, MinOf = %v, want -Inf, +Inf", a, b)
		}
		for _, n := range lengths(testing.Short())[1:] {
			g := guard(gaussian(r, n, false), r.IntN(17))
			x := g.data
			at := r.IntN(n)
			for _, v := range []float32{x[at], 1e9, -1e9, inf, -inf, nan} {
				x[at] = v
				hi, lo := x[0], x[0]
				for _, v := range x {
					hi, lo = max(hi, v), min(lo, v)
				}
				if a, b := MaxOf(x), MinOf(x); !same(a, hi) || !same(b, lo) {
					t.Fatalf("n=%d, x[%d]=%v: MaxOf = %v, MinOf = %v, want %v, %v", n, at, v, a, b, hi, lo)
				}
			}
		}
	})
}
