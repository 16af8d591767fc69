package im2col

import (
	"math"
	"math/rand/v2"
	"testing"
)

// special are values that arithmetic treats specially.
var special = []float32{
	0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.SmallestNonzeroFloat32,
}

// TestStrided compares take and add, to the bit, with their formulas: for numbers of
// columns up to two vectors and a tail, at every alignment. What lies between and around the
// columns stays as it is.
func TestStrided(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for cols := 1; cols <= 35; cols++ {
			for step := 1; step <= 4; step++ {
				for rows := 1; rows <= 3; rows++ {
					checkStrided(t, r, rows, cols, step)
				}
			}
		}
	})
}

func checkStrided(t *testing.T, r *rand.Rand, rows, cols, step int) {
	t.Helper()
	const guard = 40
	values := func(n int) []float32 {
		x := random(r, n)
		for i := range x {
			if r.IntN(8) == 0 {
				x[i] = special[r.IntN(len(special))]
			}
		}
		return x
	}
	near, far := cols+r.IntN(3), (cols-1)*step+1+r.IntN(5)
	compact, apart := values((rows-1)*near+cols), values((rows-1)*far+(cols-1)*step+1)

	from := guard + r.IntN(17)
	got := values(from + len(compact) + guard)
	want := append([]float32(nil), got...)
	take(got[from:][:len(compact)], near, apart, far, step, rows, cols)
	for i := range rows {
		for j := range cols {
			want[from+i*near+j] = apart[i*far+j*step]
		}
	}
	same(t, "take", rows, cols, step, got, want)

	got = append(append(values(from), apart...), values(guard)...)
	want = append([]float32(nil), got...)
	add(got[from:][:len(apart)], far, compact, near, step, rows, cols)
	for i := range rows {
		for j := range cols {
			want[from+i*far+j*step] += compact[i*near+j]
		}
	}
	same(t, "add", rows, cols, step, got, want)
}

// same compares bits; one NaN is as good as another.
func same(t *testing.T, name string, rows, cols, step int, got, want []float32) {
	t.Helper()
	for i, g := range got {
		if w := want[i]; math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
			t.Fatalf("%s of %d×%d, step %d: element %d is %v, want %v", name, rows, cols, step, i, g, w)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 0))
	src, dst := random(r, 56*113), random(r, 56*56)
	b.SetBytes(int64(4 * len(dst)))
	for b.Loop() {
		take(dst, 56, src, 113, 2, 56, 56)
	}
}
