package vec

import (
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
)

// maxULP bounds the error of Exp, Log, Tanh, Sigmoid and Erf, genericULP that of
// the generic versions; doc.go repeats both.
const (
	maxULP     = 2
	genericULP = 0.55
)

var transcendental = []struct {
	name  string
	f     func(dst, x []float32)
	truth func(float64) float64
}{
	{"Exp", Exp, math.Exp},
	{"Log", Log, math.Log},
	{"Tanh", Tanh, math.Tanh},
	{"Sigmoid", Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
	{"Erf", Erf, math.Erf},
}

// ulps returns |got - want| in units of the last place of want as a float32; it
// says 0.5 where got is want correctly rounded.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	switch {
	case same(got, w):
		return 0.5
	case got != got || w != w || got == w: // NaN, or a zero of the wrong sign
		return math.Inf(1)
	}
	clip := func(x float64) float64 { return max(-0x1p128, min(x, 0x1p128)) }
	_, e := math.Frexp(clip(want))
	return math.Abs(clip(float64(got))-clip(want)) / math.Ldexp(1, max(e-24, -149))
}

// forFloats calls f with slices that together hold all float32 bit patterns if
// GANNET_EXHAUSTIVE is 1, else a sample of some two million and the
// special ones.
func forFloats(t *testing.T, f func(x []float32)) {
	x := make([]float32, 1<<14)
	step := uint64(1)
	if os.Getenv("GANNET_EXHAUSTIVE") != "1" {
		step = 2503 // prime: all exponents, many mantissas
		f(special)
	}
	for b := newRand(t).Uint64() % step; b < 1<<32; {
		n := 0
		for ; n < len(x) && b < 1<<32; n++ {
			x[n] = math.Float32frombits(uint32(b))
			b += step
		}
		f(x[:n])
	}
}

func TestAccuracy(t *testing.T) {
	for _, k := range transcendental {
		t.Run(k.name, func(t *testing.T) {
			worst := make([]float64, len(cpu.Available))
			at := make([]float32, len(cpu.Available))
			y := make([]float32, 1<<14)
			forFloats(t, func(x []float32) {
				truth := make([]float64, len(x))
				for i, v := range x {
					truth[i] = k.truth(float64(v))
				}
				for j, l := range cpu.Available {
					prev := cpu.Set(l)
					k.f(y[:len(x)], x)
					cpu.Set(prev)
					for i, v := range x {
						if e := ulps(y[i], truth[i]); e > worst[j] {
							worst[j], at[j] = e, v
						}
					}
				}
			})
			for j, l := range cpu.Available {
				t.Logf("level=%v: %.3f ULP at %g", l, worst[j], at[j])
				bound := float64(maxULP)
				if l == cpu.Generic {
					bound = genericULP
				}
				if worst[j] > bound {
					t.Errorf("level=%v: error %.3f ULP at %g (%#x), want at most %v", l, worst[j], at[j], math.Float32bits(at[j]), bound)
				}
			}
		})
	}
}

// The error of GELU is at most geluError·(1 + x²)·|GELU(x)| + geluFar, that of
// GELUGrad at most geluGradError·|dy|; doc.go repeats both.
const (
	geluError     = 8 * 0x1p-24
	geluFar       = 1e-16
	geluGradError = 3 * 0x1p-24
)

func TestGELUAccuracy(t *testing.T) {
	one := make([]float32, 1<<14)
	Fill(one, 1)
	y := make([]float32, len(one))
	forLevels(t, func(t *testing.T) {
		var worst, worstGrad float64
		forFloats(t, func(x []float32) {
			n := len(x)
			GELU(y[:n], x)
			for i, v := range x {
				u := max(float64(v), -20)
				truth := u * math.Erfc(-u/math.Sqrt2) / 2
				if d := math.Abs(float64(y[i])-truth) - geluFar; d > 0 {
					worst = max(worst, d/(math.Abs(truth)*(1+u*u)))
				}
				if (v != v) != (y[i] != y[i]) {
					t.Fatalf("GELU(%v) = %v", v, y[i])
				}
			}
			GELUGrad(y[:n], one[:n], x)
			for i, v := range x {
				u := min(max(float64(v), -20), 20)
				truth := math.Erfc(-u/math.Sqrt2)/2 + u*math.Exp(-u*u/2)/math.Sqrt(2*math.Pi)
				if v == v {
					worstGrad = max(worstGrad, math.Abs(float64(y[i])-truth))
				} else if y[i] == y[i] {
					t.Fatalf("GELUGrad(NaN) = %v, want NaN", y[i])
				}
			}
		})
		t.Logf("in units of 2⁻²⁴: GELU %.3f, GELUGrad %.3f", worst*0x1p24, worstGrad*0x1p24)
		if !(worst <= geluError) || !(worstGrad <= geluGradError) {
			t.Errorf("GELU error %g, want at most %g; GELUGrad error %g, want at most %g", worst, geluError, worstGrad, geluGradError)
		}
	})
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	neg0 := float32(math.Copysign(0, -1))
	const tiny = math.SmallestNonzeroFloat32
	tests := []struct {
		name    string
		f       func(dst, x []float32)
		x, want float32
	}{
		{"Exp", Exp, 0, 1}, {"Exp", Exp, neg0, 1}, {"Exp", Exp, inf, inf}, {"Exp", Exp, -inf, 0},
		{"Exp", Exp, 89, inf}, {"Exp", Exp, -104, 0}, {"Exp", Exp, -103.2, tiny}, {"Exp", Exp, tiny, 1},
		{"Log", Log, 0, -inf}, {"Log", Log, neg0, -inf}, {"Log", Log, 1, 0}, {"Log", Log, inf, inf},
		{"Log", Log, -1, nan}, {"Log", Log, -inf, nan}, {"Log", Log, -tiny, nan}, {"Log", Log, tiny, -103.27893},
		{"Tanh", Tanh, 0, 0}, {"Tanh", Tanh, neg0, neg0}, {"Tanh", Tanh, inf, 1}, {"Tanh", Tanh, -inf, -1}, {"Tanh", Tanh, tiny, tiny},
		{"Sigmoid", Sigmoid, 0, 0.5}, {"Sigmoid", Sigmoid, inf, 1}, {"Sigmoid", Sigmoid, -inf, 0}, {"Sigmoid", Sigmoid, -103.2, tiny},
		{"Erf", Erf, 0, 0}, {"Erf", Erf, neg0, neg0}, {"Erf", Erf, inf, 1}, {"Erf", Erf, -inf, -1}, {"Erf", Erf, tiny, tiny},
		{"GELU", GELU, 0, 0}, {"GELU", GELU, neg0, neg0}, {"GELU", GELU, inf, inf}, {"GELU", GELU, -inf, neg0},
		{"Sqrt", Sqrt, neg0, neg0}, {"Sqrt", Sqrt, -1, nan}, {"Sqrt", Sqrt, inf, inf},
		{"Abs", Abs, neg0, 0}, {"Abs", Abs, -inf, inf}, {"Neg", Neg, 0, neg0}, {"Recip", Recip, neg0, -inf},
	}
	for _, k := range transcendental {
		tests = append(tests, struct {
			name    string
			f       func(dst, x []float32)
			x, want float32
		}{k.name, k.f, nan, nan})
	}
	forLevels(t, func(t *testing.T) {
		for _, tt := range tests {
			var y [1]float32
			if tt.f(y[:], []float32{tt.x}); !same(y[0], tt.want) {
				t.Errorf("%s(%v) = %v, want %v", tt.name, tt.x, y[0], tt.want)
			}
		}
	})
}

// Gradients against central differences of the functions in float64.
func TestGradients(t *testing.T) {
	gelu := func(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 }
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	tests := []struct {
		name string
		f    func(float64) float64
		grad func(dst, dy, x []float32)
	}{
		{"Tanh", math.Tanh, func(dst, dy, x []float32) { Tanh(dst, x); TanhGrad(dst, dy, dst) }},
		{"Sigmoid", sigmoid, func(dst, dy, x []float32) { Sigmoid(dst, x); SigmoidGrad(dst, dy, dst) }},
		{"GELU", gelu, GELUGrad},
	}
	forLevels(t, func(t *testing.T) {
		for _, tt := range tests {
			for x := -6.0; x < 6; x += 0.37 {
				var got [1]float32
				tt.grad(got[:], []float32{2}, []float32{float32(x)})
				const h = 1e-5
				want := 2 * (tt.f(x+h) - tt.f(x-h)) / (2 * h)
				if math.Abs(float64(got[0])-want) > 2e-6 {
					t.Errorf("%sGrad at %v = %v, want %v", tt.name, x, got[0], want)
				}
			}
		}
	})
}
