package vec

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/internal/cpu"
)

// A kernelCase is one elementwise kernel for the tests and benchmarks.
type kernelCase struct {
	name  string
	n     int // slices; the first outs of order are written
	outs  []int
	run   func(s [][]float32)
	exact bool // the same bits on every level, not only on those with assembly
	// scale bounds the size of the terms of an inexact result of x: levels
	// differ by at most tolerance·scale.
	scale func(x []float64) float64
}

const tolerance = 0x1p-21

var first = []int{0}

func binaryCase(name string, f func(dst, a, b []float32)) kernelCase {
	return kernelCase{name: name, n: 3, outs: first, exact: true, run: func(s [][]float32) { f(s[0], s[1], s[2]) }}
}

func scalarCase(name string, f func(dst, a []float32, s float32)) kernelCase {
	return kernelCase{name: name, n: 2, outs: first, exact: true, run: func(s [][]float32) { f(s[0], s[1], 0.7) }}
}

func unaryCase(name string, exact bool, f func(dst, x []float32)) kernelCase {
	return kernelCase{name: name, n: 2, outs: first, exact: exact, run: func(s [][]float32) { f(s[0], s[1]) },
		scale: func(x []float64) float64 {
			y := []float32{float32(x[1])}
			prev := cpu.Set(cpu.Generic)
			f(y, y)
			cpu.Set(prev)
			return max(math.Abs(float64(y[0])), 0x1p-126)
		}}
}

var cases = []kernelCase{
	binaryCase("Add", Add), binaryCase("Sub", Sub), binaryCase("Mul", Mul), binaryCase("Div", Div),
	binaryCase("Max", Max), binaryCase("Min", Min),
	scalarCase("AddScalar", AddScalar), scalarCase("MulScalar", MulScalar),
	scalarCase("MaxScalar", MaxScalar), scalarCase("MinScalar", MinScalar),
	scalarCase("Clamp", func(dst, x []float32, s float32) { Clamp(dst, x, -s, s) }),
	scalarCase("SubFrom", func(dst, a []float32, s float32) { SubFrom(dst, s, a) }),
	scalarCase("DivInto", func(dst, a []float32, s float32) { DivInto(dst, s, a) }),
	{name: "Fill", n: 1, outs: first, exact: true, run: func(s [][]float32) { Fill(s[0], 0.7) }},
	{name: "Axpy", n: 2, outs: first, run: func(s [][]float32) { Axpy(s[0], s[1], 0.7) },
		scale: func(x []float64) float64 { return math.Abs(x[0]) + math.Abs(x[1]) }},
	{name: "MulAdd", n: 3, outs: first, run: func(s [][]float32) { MulAdd(s[0], s[1], s[2]) },
		scale: func(x []float64) float64 { return math.Abs(x[0]) + math.Abs(x[1]*x[2]) }},
	{name: "ScaleShift", n: 2, outs: first, run: func(s [][]float32) { ScaleShift(s[0], s[1], 0.7, -0.3) },
		scale: func(x []float64) float64 { return math.Abs(x[1]) + 1 }},
	{name: "Lin2", n: 3, outs: first, run: func(s [][]float32) { Lin2(s[0], s[1], 0.7, s[2], -0.3, 0.2) },
		scale: func(x []float64) float64 { return math.Abs(x[1]) + math.Abs(x[2]) + 1 }},
	unaryCase("Exp", false, Exp), unaryCase("Log", false, Log), unaryCase("Tanh", false, Tanh),
	unaryCase("Sigmoid", false, Sigmoid), unaryCase("Erf", false, Erf),
	{name: "GELU", n: 2, outs: first, run: func(s [][]float32) { GELU(s[0], s[1]) },
		scale: func(x []float64) float64 { return math.Abs(x[1]) + 0x1p-126 }},
	unaryCase("Sqrt", true, Sqrt), unaryCase("Abs", true, Abs), unaryCase("Neg", true, Neg),
	unaryCase("Recip", true, Recip), unaryCase("Square", true, Square), unaryCase("ReLU", true, ReLU),
	binaryCase("ReLUGrad", ReLUGrad), binaryCase("TanhGrad", TanhGrad), binaryCase("SigmoidGrad", SigmoidGrad),
	{name: "GELUGrad", n: 3, outs: first, run: func(s [][]float32) { GELUGrad(s[0], s[1], s[2]) },
		scale: func(x []float64) float64 { return math.Abs(x[1]) + 0x1p-126 }},
	{name: "ExpSum", n: 2, outs: first, run: func(s [][]float32) { ExpSum(s[0], s[1], 0.7) },
		scale: func(x []float64) float64 { return max(math.Exp(x[1]-0.7), 0x1p-126) }},
	{name: "LSTM", n: 7, outs: []int{0, 1, 2, 3, 4, 5}, run: func(s [][]float32) { LSTM(s[0], s[1], s[2], s[3], s[4], s[5], s[6]) },
		scale: func(x []float64) float64 { return math.Abs(x[6]) + 1 }},
	{name: "LSTMGrad", n: 12, outs: []int{0, 1, 2, 3, 4}, run: func(s [][]float32) {
		LSTMGrad(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11])
	}, scale: func(x []float64) float64 {
		for i := range x {
			x[i] = math.Abs(x[i])
		}
		dc, dh, i, f, g, o, before := x[4], x[5], x[7], x[8], x[9], x[10], x[11]
		return dh*o*(1+o) + (dc+dh*o)*(1+g*i*(1+i)+before*f*(1+f)+i*(1+g*g)+f)
	}},
	{name: "GRU", n: 6, outs: []int{0, 1, 2, 3}, run: func(s [][]float32) { GRU(s[0], s[1], s[2], s[3], s[4], s[5]) },
		scale: func(x []float64) float64 { return math.Abs(x[1]) + math.Abs(x[4]) + math.Abs(x[5]) + 2 }},
	{name: "GRUGrad", n: 10, outs: []int{0, 1, 2, 3, 4}, exact: true, run: func(s [][]float32) {
		GRUGrad(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9])
	}},
	{name: "SGD", n: 2, outs: first, exact: true, run: func(s [][]float32) { SGD(s[0], s[1], 0.1, 0.01) }},
	{name: "SGDMomentum", n: 3, outs: []int{0, 2}, exact: true, run: func(s [][]float32) {
		SGDMomentum(s[0], s[1], s[2], SGDConfig{LR: 0.1, Momentum: 0.9, Dampening: 0.1, Decay: 0.01})
	}},
	{name: "SGDNesterov", n: 3, outs: []int{0, 2}, exact: true, run: func(s [][]float32) {
		SGDMomentum(s[0], s[1], s[2], SGDConfig{LR: 0.1, Momentum: 0.9, Nesterov: true})
	}},
	{name: "Adam", n: 4, outs: []int{0, 2, 3}, exact: true, run: func(s [][]float32) {
		Adam(s[0], s[1], s[2], s[3], adamStep(3, false))
	}},
	{name: "AdamW", n: 4, outs: []int{0, 2, 3}, exact: true, run: func(s [][]float32) {
		Adam(s[0], s[1], s[2], s[3], adamStep(3, true))
	}},
}

func adamStep(t float64, decoupled bool) AdamStep {
	p := AdamStep{LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.1, Decoupled: decoupled}
	p.StepSize = p.LR / (1 - math.Pow(p.Beta1, t))
	p.RootCorrection = math.Sqrt(1 - math.Pow(p.Beta2, t))
	return p
}

var seedFlag = flag.Uint64("seed", 0, "seed of the random data, 0 takes the time")

// newRand returns a generator whose seed the test log shows.
func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// forLevels runs f once under each level that this machine has.
func forLevels(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Available {
		t.Run("level="+l.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(l))
			f(t)
		})
	}
}

// vectorLevels are the levels with assembly.
var vectorLevels = cpu.Available[1:]

var special = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-126, 0x1.fffffcp-127,
	math.MaxFloat32, -math.MaxFloat32, 0.625, 0.9375, 88.7, 89, -87.5, -103.9, -105, 0.5, -0.5, 10, -10, -14.2,
}

// gaussian returns n numbers, of which some are special if hard.
func gaussian(r *rand.Rand, n int, hard bool) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * math.Exp(r.NormFloat64()))
		if hard && r.IntN(3) == 0 {
			x[i] = special[r.IntN(len(special))]
		}
	}
	return x
}

// guarded is a copy of data between guard words, at an offset.
type guarded struct {
	all  []float32
	data []float32
}

const guardLen = 20

var guardBits = uint32(0x7fc0dead)

func guard(data []float32, offset int) guarded {
	all := make([]float32, guardLen+offset+len(data)+guardLen)
	for i := range all {
		all[i] = math.Float32frombits(guardBits)
	}
	g := guarded{all, all[guardLen+offset:][:len(data)]}
	copy(g.data, data)
	return g
}

func (g *guarded) check(t *testing.T, what string) {
	t.Helper()
	head := len(g.all) - guardLen - len(g.data)
	for i, v := range g.all {
		if (i < head || i >= head+len(g.data)) && math.Float32bits(v) != guardBits {
			t.Fatalf("%s: guard word %d from the start was overwritten with %v", what, i-head, v)
		}
	}
}

// same reports equal bits, all NaN being one.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// runOn runs c at a level on guarded copies of in and returns the slices.
func runOn(t *testing.T, c *kernelCase, l cpu.Level, in [][]float32, offset int) [][]float32 {
	t.Helper()
	defer cpu.Set(cpu.Set(l))
	g := make([]guarded, len(in))
	s := make([][]float32, len(in))
	for i := range in {
		g[i] = guard(in[i], (offset+3*i)%17)
		s[i] = g[i].data
	}
	c.run(s)
	for i := range g {
		g[i].check(t, fmt.Sprintf("%s/level=%v/n=%d/slice=%d", c.name, l, len(in[0]), i))
	}
	return s
}

// lengths holds all up to two vectors of each kind over the unrolled turns, and
// the neighborhoods of the piece sizes.
func lengths(short bool) []int {
	var l []int
	for n := range 100 {
		l = append(l, n)
	}
	l = append(l, expPiece-1, expPiece+1, sumPiece-1, sumPiece, sumPiece+1, 2*sumPiece+77)
	if !short {
		l = append(l, piece-1, piece, piece+1, 2*piece+33)
	}
	return l
}
