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
	"Add": 0x4409cc2c, "Sub": 0x1689e493, "Mul": 0xbfadd6cd, "Div": 0x2265ead3,
	"Max": 0xda0cb36a, "Min": 0x716921a9, "AddScalar": 0xd006842d, "MulScalar": 0x0accc91b,
	"MaxScalar": 0x20f3e62a, "MinScalar": 0xc8a18af7, "Clamp": 0x4cae1421, "SubFrom": 0x8a328f0e, "DivInto": 0xdd9c8957,
	"Fill": 0x37cf4e62, "Axpy": 0x41432ef1, "MulAdd": 0x76850a54, "ScaleShift": 0xc3a1f040,
	"Lin2": 0x375e6461, "Exp": 0x22938260, "Log": 0x6a71d80d, "Tanh": 0x3cc3bca9,
	"Sigmoid": 0xcfde8fd8, "Erf": 0x666c458f, "GELU": 0xd3c82712, "Sqrt": 0x0a031f58,
	"Abs": 0xce2d0c6c, "Neg": 0x532e0ad9, "Recip": 0xa3c07405, "Square": 0xf55011ba,
	"ReLU": 0x83dcafbc, "ReLUGrad": 0xfa2aea24, "TanhGrad": 0x6e6c8c59, "SigmoidGrad": 0xcf67aed8,
	"GELUGrad": 0xd573cff8, "LSTM": 0xdc91f7da, "LSTMGrad": 0x9e76184a, "GRU": 0x1926abf4, "GRUGrad": 0x3030db1a,
	"ExpSum": 0x84f569dc, "SGD": 0xce1ccf24, "SGDMomentum": 0xac73a504,
	"SGDNesterov": 0x574698f7, "Adam": 0x1150dbe7, "AdamW": 0xf0866948, "sums of 3": 0x9e261952,
	"sums of 5": 0xe3f141e0, "sums of 1021": 0xc7e22364, "sums of 9001": 0x675d799e,
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
		for _, c := range cases {
			r := rand.New(rand.NewPCG(7, 7)) // anew, so that other cases do not matter
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
			r := rand.New(rand.NewPCG(7, 7))
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
