package gemm

import (
	"math/rand/v2"
	"testing"
)

// mark is a Finisher that makes known which element it was given: once, and the last.
type mark struct{}

func (mark) Row(c []float32, matrix, m, n int) {
	for i := range c {
		c[i] = 2*c[i] + float32(matrix*10000+m*100+n+i)
	}
}

// Every element is finished once, when its sum is complete, whatever the blocks.
func TestFinish(t *testing.T) {
	levels(t, func(t *testing.T, k *kernel) {
		defer set(&blockK, 8)()
		defer set(&blockN, 2*k.nr)()
		defer set(&grain, 100)()
		defer set(&slab, 200)()
		r := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			p := product{batch: 1 + r.IntN(3), m: 1 + r.IntN(60), n: 1 + r.IntN(90), k: r.IntN(40)}
			a := Matrix{Data: random(r, p.batch*p.m*p.k), Batch: p.m * p.k, I: p.k, K: 1}
			b := Matrix{Data: random(r, p.batch*p.n*p.k), Batch: p.n * p.k, I: p.k, K: 1}
			c := Call{
				Batch: p.batch, M: p.m, N: p.n, K: p.k, A: &a, B: &b,
				C: make([]float32, p.batch*p.m*p.n), CRow: p.n, CBatch: p.m * p.n,
			}
			c.Run()
			want := append([]float32(nil), c.C...)
			for i := range want {
				matrix, m, n := i/(p.m*p.n), i/p.n%p.m, i%p.n
				mark{}.Row(want[i:i+1], matrix, m, n)
			}
			clear(c.C)
			c.Finish = mark{}
			c.Run()
			equal(t, "finished", c.C, want)
		}
	})
}
