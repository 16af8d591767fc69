package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// maxError bounds the error of an element of C relative to
// (K+1)·(|init| + Σ|a·b|).
const maxError = 1.0 / (1 << 24)

// product is a multiplication with all it needs, for tests.
type product struct {
	batch, m, n, k       int
	transA, transB       bool // A is stored K×M, B is stored N×K
	sharedA, sharedB     bool
	packA, packB, custom bool // give the operands as Packed, or as a type of our own
	init                 Init
	gap                  int // unused elements between rows and matrices
}

func (p product) String() string {
	s := fmt.Sprintf("batch=%d/%dx%dx%d/init=%d/gap=%d", p.batch, p.m, p.n, p.k, p.init, p.gap)
	for _, f := range []struct {
		on   bool
		name string
	}{{p.transA, "transA"}, {p.transB, "transB"}, {p.sharedA, "sharedA"}, {p.sharedB, "sharedB"},
		{p.packA, "packA"}, {p.packB, "packB"}, {p.custom, "custom"}} {
		if f.on {
			s += "/" + f.name
		}
	}
	return s
}

// data are the operands of a product.
type data struct {
	c, bias []float32 // c is the initial content
	ma, mb  Matrix
	call    Call
}

// custom hides what an operand is.
type custom struct{ op Operand }

func (c custom) Pack(dst []float32, ld, batch, i0, n, k0, kc int) {
	c.op.Pack(dst, ld, batch, i0, n, k0, kc)
}

// matrices returns random matrices of n vectors of length k.
func matrices(r *rand.Rand, batch, n, k int, alongK bool, gap int) Matrix {
	m := Matrix{I: k + gap, K: 1}
	m.Batch = n*m.I + gap
	if !alongK {
		m = Matrix{I: 1, K: n + gap}
		m.Batch = k*m.K + gap
	}
	m.Data = random(r, batch*m.Batch)
	return m
}

func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*r.Float32() - 1
	}
	return s
}

const guard = 16 // floats before and after C

func (p product) data(seed uint64) *data {
	r := rand.New(rand.NewPCG(seed, 0))
	d := &data{}
	of := func(shared bool) int {
		if shared {
			return 1
		}
		return p.batch
	}
	d.ma = matrices(r, of(p.sharedA), p.m, p.k, !p.transA, p.gap)
	d.mb = matrices(r, of(p.sharedB), p.n, p.k, p.transB, p.gap)
	d.bias = random(r, max(p.m, p.n))
	row := p.n + p.gap
	matrix := p.m*row + p.gap
	d.c = random(r, p.batch*matrix+2*guard)
	d.call = Call{
		Batch: p.batch, M: p.m, N: p.n, K: p.k, A: &d.ma, B: &d.mb, SharedA: p.sharedA, SharedB: p.sharedB,
		CRow: row, CBatch: matrix, Init: p.init,
	}
	switch p.init {
	case RowBias:
		d.call.Bias = d.bias[:p.m]
	case ColBias:
		d.call.Bias = d.bias[:p.n]
	}
	if p.custom {
		d.call.A, d.call.B = custom{&d.ma}, custom{&d.mb}
	}
	if p.packA {
		d.call.A = PackA(p.m, p.k, d.call.A)
	}
	if p.packB {
		d.call.B = PackB(p.n, p.k, d.call.B)
	}
	return d
}

// run returns what C becomes, guards included.
func (d *data) run() []float32 {
	c := append([]float32(nil), d.c...)
	if d.call.Init != FromC {
		d.each(func(at, b, m, n int) { c[at] = float32(math.NaN()) })
	}
	d.call.C = c[guard : len(c)-guard]
	d.call.Run()
	return c
}

// each calls f with the place in C, guards included, of each element.
func (d *data) each(f func(at, b, m, n int)) {
	for b := range d.call.Batch {
		for m := range d.call.M {
			for n := range d.call.N {
				f(guard+b*d.call.CBatch+m*d.call.CRow+n, b, m, n)
			}
		}
	}
}

// verify compares C with a plain loop in float64, and the rest with what it was.
func (d *data) verify(t *testing.T, got []float32) {
	t.Helper()
	mine := make([]bool, len(got))
	bad := 0
	d.each(func(at, b, m, n int) {
		mine[at] = true
		var want float64
		switch d.call.Init {
		case FromC:
			want = float64(d.c[at])
		case RowBias:
			want = float64(d.bias[m])
		case ColBias:
			want = float64(d.bias[n])
		}
		size := math.Abs(want)
		ba, bb := b, b
		if d.call.SharedA {
			ba = 0
		}
		if d.call.SharedB {
			bb = 0
		}
		for k := range d.call.K {
			x := float64(d.ma.Data[ba*d.ma.Batch+m*d.ma.I+k*d.ma.K]) * float64(d.mb.Data[bb*d.mb.Batch+n*d.mb.I+k*d.mb.K])
			want += x
			size += math.Abs(x)
		}
		if e := math.Abs(float64(got[at]) - want); !(e <= maxError*float64(d.call.K+1)*size) && bad < 3 {
			bad++
			t.Errorf("C(%d,%d,%d) = %v, want %v ± %v", b, m, n, got[at], want, maxError*float64(d.call.K+1)*size)
		}
	})
	for i := range got {
		if !mine[i] && got[i] != d.c[i] {
			t.Fatalf("element %d, which is none of C, became %v, was %v", i-guard, got[i], d.c[i])
		}
	}
}

func equal(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %v, want the bits of %v", what, i-guard, got[i], want[i])
		}
	}
}

// levels runs f at every level that this machine has.
func levels(t *testing.T, f func(t *testing.T, k *kernel)) {
	for _, l := range cpu.Available {
		t.Run("level="+l.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(l))
			f(t, currentKernel())
		})
	}
}

func set(p *int, v int) (restore func()) {
	old := *p
	*p = v
	return func() { *p = old }
}

// TestEdges takes sizes at and around the edges of tiles and blocks.
func TestEdges(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	defer set(&blockK, 24)()
	defer set(&grain, 2000)()
	levels(t, func(t *testing.T, k *kernel) {
		var ms, ns []int
		for m := range 2*k.mr + 2 {
			ms = append(ms, m)
		}
		for n := range 2*k.nr + 2 {
			ns = append(ns, n)
		}
		i := 0
		for _, m := range ms {
			for _, n := range ns {
				i++
				p := product{batch: 1, m: m, n: n, k: []int{0, 1, 2, 3, 4, 5, 23, 24, 25, 49}[i%10], init: Init(i / 3 % 4), gap: i % 3}
				p.transA, p.transB = i%7 < 3, i%5 < 2
				d := p.data(uint64(i))
				d.verify(t, d.run())
				if t.Failed() {
					t.Fatal(p)
				}
			}
		}
	})
}

// TestStrips takes few rows and so many columns that they go through several panels at a
// time, and some that do not.
func TestStrips(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	defer set(&blockK, 8)()
	levels(t, func(t *testing.T, kern *kernel) {
		nr, i := kern.nr, 0
		for m := 1; m <= len(stripPanels); m++ {
			for _, n := range []int{2 * nr, 3*nr + 1, 4*nr - 1, 4 * nr, 4*nr + 1, 6 * nr, 9*nr + 5} {
				for _, k := range []int{1, 2, 3, 4, 5, 7, 8, 9, 20} {
					for bits := range 8 {
						i++
						p := product{batch: 1, m: m, n: n, k: k, init: Init(i % 4), gap: i % 3}
						p.transA, p.transB, p.packB = bits&1 > 0, bits&2 > 0, bits&4 > 0
						d := p.data(uint64(i))
						d.verify(t, d.run())
						if t.Failed() {
							t.Fatal(p)
						}
					}
				}
			}
		}
	})
}

// TestKinds takes all kinds of operands and initial values for a few sizes.
func TestKinds(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	defer set(&blockK, 24)()
	defer set(&grain, 5000)()
	levels(t, func(t *testing.T, _ *kernel) {
		for i, size := range [][4]int{{1, 30, 45, 30}, {3, 5, 40, 25}, {2, 70, 3, 60}, {5, 2, 2, 2}, {3, 20, 33, 24}, {1, 1, 100, 30}, {1, 100, 1, 30}} {
			for bits := range 1 << 7 {
				p := product{batch: size[0], m: size[1], n: size[2], k: size[3], init: Init(bits % 4), gap: bits % 3}
				p.transA, p.transB = bits&1 > 0, bits&2 > 0
				p.sharedA, p.sharedB = bits&4 > 0, bits&8 > 0
				p.packA, p.packB, p.custom = bits&16 > 0 && (p.sharedA || p.batch == 1), bits&32 > 0 && (p.sharedB || p.batch == 1), bits&64 > 0
				d := p.data(uint64(i))
				d.verify(t, d.run())
				if t.Failed() {
					t.Fatal(p)
				}
			}
		}
	})
}

// TestRandom takes random products and requires the same bits whatever the
// number of workers and the cutting, and of levels with assembly.
func TestRandom(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 10 {
		p := product{
			batch: 1 + r.IntN(4), m: 1 + r.IntN(60), n: 1 + r.IntN(110), k: r.IntN(90), init: Init(r.IntN(4)), gap: r.IntN(20),
			transA: r.IntN(2) > 0, transB: r.IntN(2) > 0, sharedA: r.IntN(2) > 0, sharedB: r.IntN(2) > 0, custom: r.IntN(2) > 0,
		}
		checkLevels(t, p, r.Uint64())
		if t.Failed() {
			t.Fatal(p)
		}
	}
}

// checkLevels verifies a product at every level and the equality of bits that
// the package promises.
func checkLevels(t *testing.T, p product, seed uint64) {
	t.Helper()
	var fused []float32
	for _, l := range cpu.Available {
		previous := cpu.Set(l)
		want := p.data(seed).run()
		p.data(seed).verify(t, want)
		p.invariance(t, seed, want)
		if l > cpu.Generic {
			if fused != nil {
				equal(t, fmt.Sprintf("%v against the level below", l), want, fused)
			}
			fused = want
		}
		cpu.Set(previous)
	}
}

// invariance requires the bits of want for every number of workers, every
// cutting and every way of packing.
func (p product) invariance(t *testing.T, seed uint64, want []float32) {
	t.Helper()
	for _, workers := range []int{1, 2, 7} {
		previous := parallel.SetWorkers(workers)
		for _, s := range []struct{ k, n, grain, slab int }{
			{8, 32, 500, 1 << 20}, {1, 64, 3000, 1}, {40, 96, 10, 3000}, {13, 32, 1 << 20, 1000}, {300, 512, 1 << 20, 1 << 20},
		} {
			undo := []func(){set(&blockK, s.k), set(&blockN, s.n), set(&grain, s.grain), set(&slab, s.slab)}
			equal(t, fmt.Sprintf("workers=%d blocks=%v", workers, s), p.data(seed).run(), want)
			q := p
			q.packA, q.packB = p.sharedA || p.batch == 1, p.sharedB || p.batch == 1
			d := q.data(seed)
			equal(t, fmt.Sprintf("packed workers=%d blocks=%v", workers, s), d.run(), want)
			for _, f := range undo {
				f()
			}
			equal(t, fmt.Sprintf("packed for blocks=%v, run with others", s), d.run(), want)
		}
		parallel.SetWorkers(previous)
	}
}

// TestSubsets requires that some rows, columns or matrices of a product have the
// bits that all together have.
func TestSubsets(t *testing.T) {
	levels(t, func(t *testing.T, _ *kernel) {
		p := product{batch: 3, m: 50, n: 75, k: 700, init: ColBias}
		d := p.data(5)
		all := d.run()
		at := func(b, m, n int) int { return guard + b*d.call.CBatch + m*d.call.CRow + n }
		for _, s := range []struct{ b, m, n, batch, rows, cols int }{
			{0, 0, 0, 1, 1, 75}, {1, 7, 0, 1, 13, 75}, {2, 0, 0, 1, 50, 75}, {0, 0, 10, 3, 50, 1}, {0, 20, 40, 2, 30, 35}, {2, 49, 74, 1, 1, 1},
		} {
			e := p.data(5)
			e.call.Batch, e.call.M, e.call.N = s.batch, s.rows, s.cols
			e.ma.Data = e.ma.Data[s.b*e.ma.Batch+s.m*e.ma.I:]
			e.mb.Data = e.mb.Data[s.b*e.mb.Batch+s.n*e.mb.I:]
			e.call.Bias = e.call.Bias[s.n:]
			part := e.run()
			e.each(func(i, b, m, n int) {
				if want := all[at(s.b+b, s.m+m, s.n+n)]; math.Float32bits(part[i]) != math.Float32bits(want) {
					t.Fatalf("subset %v: C(%d,%d,%d) = %v, want the bits of %v", s, b, m, n, part[i], want)
				}
			})
		}
	})
}

// TestLarge takes sizes beyond every block.
func TestLarge(t *testing.T) {
	levels(t, func(t *testing.T, _ *kernel) {
		for _, p := range []product{
			{batch: 1, m: 14, n: 1100, k: 410, transB: true},
			{batch: 2, m: 40, n: 70, k: 800, sharedA: true, init: RowBias},
			{batch: 1, m: 20, n: 9, k: 30000, transA: true, init: FromC},
		} {
			d := p.data(3)
			d.verify(t, d.run())
		}
	})
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	levels(t, func(t *testing.T, k *kernel) {
		for _, m := range []int{1, k.mr} {
			for _, n := range []int{1, k.nr - 1, k.nr} {
				p := product{batch: 1, m: m, n: n, k: 3}
				d := p.data(1)
				for i := range d.ma.Data {
					d.ma.Data[i] = []float32{inf, 1, 0}[i%3] // each row of A
				}
				for i, x := range []float32{1, -2, nan} {
					for j := range n {
						d.mb.Data[i*n+j] = x
					}
				}
				c := d.run()
				d.each(func(at, _, m, n int) {
					if !math.IsNaN(float64(c[at])) {
						t.Errorf("0·NaN: C(%d,%d) = %v, want NaN", m, n, c[at])
					}
				})
				for j := range n {
					d.mb.Data[2*n+j] = 5
				}
				c = d.run()
				d.each(func(at, _, m, n int) {
					if c[at] != inf {
						t.Errorf("C(%d,%d) = %v, want +Inf", m, n, c[at])
					}
				})
			}
		}
	})
}

func TestPackedPack(t *testing.T) {
	defer set(&blockK, 7)()
	levels(t, func(t *testing.T, _ *kernel) {
		r := rand.New(rand.NewPCG(1, 1))
		m := matrices(r, 1, 40, 30, true, 2)
		for name, p := range map[string]*Packed{"A": PackA(40, 30, &m), "B": PackB(40, 30, &m)} {
			for range 50 {
				i0, k0 := r.IntN(40), r.IntN(30)
				n, kc := 1+r.IntN(40-i0), 1+r.IntN(30-k0)
				got, want := make([]float32, kc*50), make([]float32, kc*50)
				p.Pack(got, 50, 0, i0, n, k0, kc)
				m.Pack(want, 50, 0, i0, n, k0, kc)
				equal(t, "Packed "+name, got, want)
			}
		}
	})
}

// TestPackedElsewhere runs with operands that were packed at another level.
func TestPackedElsewhere(t *testing.T) {
	for _, l := range cpu.Available {
		defer cpu.Set(cpu.Set(l))
		d := product{batch: 1, m: 20, n: 50, k: 30, packA: true, packB: true}.data(4)
		levels(t, func(t *testing.T, _ *kernel) { d.verify(t, d.run()) })
	}
}

func TestEmpty(t *testing.T) {
	m := Matrix{I: 3, K: 1}
	for _, c := range []Call{
		{M: 0, N: 4, K: 3, A: &m, B: &m},
		{M: 4, N: 0, K: 3, A: &m, B: &m},
		{Batch: 0, M: 4, N: 4, K: 3, A: &m, B: &m, CRow: 4},
	} {
		c.Run() // does not panic
	}
	c := Call{M: 1, N: 2, A: &m, B: &m, C: []float32{5, 5}, CRow: 2}
	if c.Run(); c.C[0] != 0 || c.C[1] != 0 {
		t.Errorf("product with K = 0 is %v, want zeros", c.C)
	}
}

func TestPackedReuse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p Packed
	for _, n := range []int{40, 20, 90} {
		m := matrices(r, 1, n, 30, true, 0)
		p.SetB(n, 30, &m)
		got, want := make([]float32, n*30), make([]float32, n*30)
		p.Pack(got, n, 0, 0, n, 0, 30)
		m.Pack(want, n, 0, 0, n, 0, 30)
		equal(t, fmt.Sprintf("SetB of %d columns", n), got, want)
	}
	p.Release()
}

func TestPackPrimitives(t *testing.T) {
	levels(t, func(t *testing.T, _ *kernel) {
		r := rand.New(rand.NewPCG(2, 2))
		src := random(r, 5000)
		nan := float32(math.NaN())
		for vectors := 1; vectors < 40; vectors++ {
			for n := 1; n < 70; n++ {
				ld := vectors + n%3
				offs := make([]int, vectors)
				for i := range offs {
					offs[i] = r.IntN(len(src) - n + 1)
				}
				offs[vectors-1] = len(src) - n
				want := make([]float32, ld*(n-1)+vectors)
				got := make([]float32, len(want)+guard)
				fill(want, nan)
				fill(got, nan)
				for i, o := range offs {
					for p := range n {
						want[p*ld+i] = src[o+p]
					}
				}
				PackCols(got, ld, src, offs, n)
				equal(t, fmt.Sprintf("PackCols of %d vectors, n=%d, ld=%d", vectors, n, ld), got, append(want, got[len(want):]...))
				if i := firstNumber(got[len(want):]); i >= 0 {
					t.Fatalf("PackCols of %d vectors, n=%d wrote %d elements past the end", vectors, n, i+1)
				}

				ld = n + vectors%3
				want = make([]float32, ld*(vectors-1)+n)
				got = make([]float32, len(want)+guard)
				fill(want, nan)
				fill(got, nan)
				for p, o := range offs {
					copy(want[p*ld:], src[o:][:n])
				}
				PackRows(got, ld, src, offs, n)
				equal(t, fmt.Sprintf("PackRows of %d rows, n=%d, ld=%d", vectors, n, ld), got, append(want, got[len(want):]...))
				if i := firstNumber(got[len(want):]); i >= 0 {
					t.Fatalf("PackRows of %d rows, n=%d wrote %d elements past the end", vectors, n, i+1)
				}
			}
		}
		PackCols(nil, 1, src, nil, 5)
		PackRows(nil, 1, src, nil, 5)
	})
}

func firstNumber(s []float32) int {
	for i, v := range s {
		if v == v {
			return i
		}
	}
	return -1
}

func TestPanics(t *testing.T) {
	m := Matrix{Data: make([]float32, 12), I: 3, K: 1}
	for name, c := range map[string]Call{
		"short C":    {M: 4, N: 4, K: 3, A: &m, B: &m, C: make([]float32, 15), CRow: 4},
		"short row":  {M: 4, N: 4, K: 3, A: &m, B: &m, C: make([]float32, 16), CRow: 3},
		"short A":    {M: 5, N: 4, K: 3, A: &m, B: &m, C: make([]float32, 20), CRow: 4},
		"short B":    {M: 4, N: 5, K: 3, A: &m, B: &m, C: make([]float32, 20), CRow: 5},
		"short bias": {M: 4, N: 4, K: 3, A: &m, B: &m, C: make([]float32, 16), CRow: 4, Init: RowBias, Bias: make([]float32, 3)},
		"packed":     {M: 4, N: 4, K: 3, A: PackA(4, 2, &m), B: &m, C: make([]float32, 16), CRow: 4},
		"negative":   {M: 4, N: -1, K: 3, A: &m, B: &m},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Run did not panic", name)
				}
			}()
			c.Run()
		}()
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	for _, p := range []product{
		{batch: 1, m: 64, n: 64, k: 64},
		{batch: 1, m: 300, n: 300, k: 500, transA: true, transB: true, init: ColBias},
		{batch: 8, m: 64, n: 300, k: 100, sharedA: true, custom: true, init: RowBias},
		{batch: 1, m: 400, n: 3, k: 300, init: FromC},
		{batch: 1, m: 100, n: 200, k: 300, packA: true, packB: true},
	} {
		d := p.data(1)
		d.call.C = d.c[guard : len(d.c)-guard]
		if n := testing.AllocsPerRun(10, d.call.Run); n != 0 {
			t.Errorf("%v: Run allocates %v times, want 0", p, n)
		}
	}
	m := matrices(rand.New(rand.NewPCG(1, 1)), 1, 50, 50, true, 0)
	var packed Packed
	if n := testing.AllocsPerRun(10, func() { packed.SetB(50, 50, &m) }); n != 0 {
		t.Errorf("SetB allocates %v times, want 0", n)
	}
}

// TestConcurrent runs calls on several goroutines that share operands.
func TestConcurrent(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	p := product{batch: 2, m: 90, n: 120, k: 100, sharedB: true, packB: true}
	d := p.data(9)
	want := d.run()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			e := *d
			e.call.A = &d.ma
			for range 5 {
				got := e.run()
				for i := range got {
					if got[i] != want[i] && want[i] == want[i] {
						t.Errorf("element %d is %v, want %v", i-guard, got[i], want[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// FuzzLevels compares all levels, cuttings and numbers of workers.
func FuzzLevels(f *testing.F) {
	f.Add(uint8(1), uint8(12), uint8(32), uint8(40), uint8(0), uint64(1))
	f.Add(uint8(3), uint8(50), uint8(5), uint8(9), uint8(0xff), uint64(2))
	f.Fuzz(func(t *testing.T, batch, m, n, k, bits uint8, seed uint64) {
		if int(m)*int(n)*int(k) > 1<<16 {
			return // takes long, in all the ways that checkLevels goes; other tests have such
		}
		checkLevels(t, product{
			batch: 1 + int(batch%4), m: int(m), n: int(n), k: int(k), init: Init(bits % 4), gap: int(bits/4) % 4,
			transA: bits&16 > 0, transB: bits&32 > 0, sharedA: bits&64 > 0, sharedB: bits&128 > 0,
		}, seed)
	})
}
