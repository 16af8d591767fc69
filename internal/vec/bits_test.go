package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/digest"
)

// recorded are digests of results at the levels with assembly, which agree whatever
// the architecture. Those of sums are for the levels but AVX-512, whose order differs.
var recorded = map[string]uint32{
	"Add": 0x4409cc2c, "Sub": 0xa66ed44d, "Mul": 0x48a7fbcc, "Div": 0x7f1aa20c,
	"Max": 0x39598820, "Min": 0xc9dfb371, "AddScalar": 0x66ac8c9e, "MulScalar": 0xb9c70f25,
	"MaxScalar": 0xdbe0a0a7, "MinScalar": 0x836afd06, "SubFrom": 0xa8f2b4e9, "DivInto": 0x50e06f9b,
	"Fill": 0x37cf4e62, "Axpy": 0x48ac0288, "MulAdd": 0xc64c0091, "ScaleShift": 0x47f20922,
	"Lin2": 0x4a57b9a5, "Exp": 0xea0f74e4, "Log": 0x374ab522, "Tanh": 0x5558a055,
	"Sigmoid": 0x86cb2f85, "Erf": 0x9036beea, "GELU": 0x3e362c7e, "Sqrt": 0xcecd7fd2,
	"Abs": 0xeb25ad2f, "Neg": 0x29bd0f2e, "Recip": 0x79d2b346, "Square": 0x3816288b,
	"ReLU": 0x83b3c974, "ReLUGrad": 0x19b89903, "TanhGrad": 0xf2406955, "SigmoidGrad": 0x4715c49f,
	"GELUGrad": 0x7e50b089, "ExpSum": 0x0f4e9700, "SGD": 0x3fdf9c9a, "SGDMomentum": 0x0122e742,
	"SGDNesterov": 0xf585a7e2, "Adam": 0x99040d84, "AdamW": 0x259c3c78, "sums of 3": 0x53d609d0,
	"sums of 5": 0xa8ec3677, "sums of 1021": 0x6b959a0f, "sums of 9001": 0x9d982a1e,
}

// TestRecordedBits compares levels that no machine has together.
func TestRecordedBits(t *testing.T) {
	check := func(l cpu.Level, name string, x ...[]float32) {
		if got := digest.Of(x...); got != recorded[name] {
			t.Errorf("level=%v: digest of %s is %#08x, want %#08x", l, name, got, recorded[name])
		}
	}
	for _, l := range vectorLevels {
		previous := cpu.Set(l)
		r := rand.New(rand.NewPCG(7, 7))
		for _, c := range cases {
			x := make([][]float32, c.n)
			for i := range x {
				x[i] = numbers(r, 5003)
			}
			if c.n == 4 { // Adam's v is a mean of squares
				Abs(x[3], x[3])
			}
			c.run(x)
			check(l, c.name, x...)
		}
		for _, n := range []int{3, 5, 1021, 9001} {
			x, y := bounded(r, n), bounded(r, n)
			sums := []float32{MaxOf(x), MinOf(x)}
			for _, k := range reductions {
				sums = append(sums, k.run(x, y))
			}
			if l != cpu.AVX512 {
				check(l, fmt.Sprintf("sums of %d", n), sums)
			}
		}
		cpu.Set(previous)
	}
}

// bounded returns n numbers of at most 30.
func bounded(r *rand.Rand, n int) []float32 {
	x := numbers(r, n)
	for i, v := range x {
		if !(v >= -30 && v <= 30) {
			x[i] = 0.3
		}
	}
	return x
}

// numbers returns n numbers, the same on every machine: some of any bits, some special,
// most of usual size.
func numbers(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch r.IntN(8) {
		case 0:
			x[i] = math.Float32frombits(r.Uint32())
		case 1:
			x[i] = special[r.IntN(len(special))]
		default:
			x[i] = (r.Float32() - 0.5) * float32(int(1)<<r.IntN(6))
		}
	}
	return x
}
