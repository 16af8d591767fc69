package loop

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/vec"
)

// TestSmall compares arrays of one run with the same work done by a job: they have the
// same bits.
func TestSmall(t *testing.T) {
	for i := range 2000 {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		prev := cpu.Set(cpu.Available[r.IntN(len(cpu.Available))])
		shape := make([]int, r.IntN(4))
		for a := range shape {
			shape[a] = r.IntN(12)
		}
		size, stride := 1, make([]int, len(shape))
		for a := len(shape) - 1; a >= 0; a-- {
			stride[a] = size
			if size *= shape[a]; shape[a] == 1 {
				stride[a] = r.IntN(4) // which nobody looks at
			}
		}
		x := Operand{Data: make([]float32, size), Stride: stride}
		for k := range x.Data {
			x.Data[k] = float32(r.NormFloat64())
		}
		out := func() Operand { return Operand{Data: make([]float32, size), Stride: stride} }

		got, want := out(), out()
		Run(Binary(vec.Mul), false, shape, got, x, x)
		j := jobs.Get()
		j.kernel = Binary(vec.Mul)
		j.run(false, shape, want, []Operand{x, x})
		if !sameBits(got.Data, want.Data) {
			t.Errorf("shape %v: products %v, want %v", shape, got.Data, want.Data)
		}

		kind, add := Kind(r.IntN(4)), r.IntN(2) == 0
		got, want = Operand{Data: []float32{2}, Stride: make([]int, len(shape))}, Operand{Data: []float32{2}, Stride: make([]int, len(shape))}
		Reduce(kind, add, shape, got, x)
		all := reductions.Get()
		all.kind, all.accumulate = kind, add
		all.run(shape, want, x)
		if !sameBits(got.Data, want.Data) {
			t.Errorf("shape %v, kind %d, to what is there %v: %v, want %v", shape, kind, add, got.Data, want.Data)
		}
		cpu.Set(prev)
	}
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}
