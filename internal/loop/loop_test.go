package loop

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
)

// everywhere runs a test under every CPU level, and under the best with several
// numbers of workers.
func everywhere(t *testing.T, test func(t *testing.T)) {
	for i, l := range cpu.Available {
		for _, w := range []int{2, 1, 7} {
			if w != 2 && i < len(cpu.Available)-1 {
				continue
			}
			t.Run(fmt.Sprintf("level=%v/workers=%d", l, w), func(t *testing.T) {
				defer cpu.Set(cpu.Set(l))
				defer parallel.SetWorkers(parallel.SetWorkers(w))
				test(t)
			})
		}
	}
}

// shapes exercise every way to cut: flat, rows below, at and above a run, many
// short rows, several axes, empty.
var shapes = [][]int{
	{}, {1}, {0}, {5}, {3, 0, 2}, {1, 7, 1}, {2047}, {2048}, {2049}, {40000},
	{3, 255}, {5, 256}, {7, 257}, {3, 5000}, {300, 10}, {5000, 3}, {2, 3, 4, 5},
	{4, 33, 8, 9}, {2, 70, 300}, {10, 1, 50, 1, 60}, {2, 2, 2, 2, 2, 2, 2},
}

// strided returns an operand with random strides and random elements. Axes for
// which repeat is set have stride 0.
func strided(r *rand.Rand, shape []int, repeat func(axis int) bool) Operand {
	order := r.Perm(len(shape))
	if r.IntN(2) == 0 {
		slices.Sort(order)
	}
	o := Operand{Stride: make([]int, len(shape))}
	step := 1 + r.IntN(2)*r.IntN(2)
	for _, a := range slices.Backward(order) {
		if repeat(a) {
			continue
		}
		o.Stride[a] = step
		step *= shape[a]
		if r.IntN(4) == 0 {
			step += r.IntN(3)
		}
	}
	o.Data = make([]float32, step+1)
	for i := range o.Data {
		o.Data[i] = float32(r.NormFloat64())
	}
	return o
}

func never(int) bool { return false }

// each calls f with every index of a shape.
func each(shape []int, f func(index []int)) {
	index := make([]int, len(shape))
	for {
		for i, d := range shape {
			if index[i] == d {
				return
			}
		}
		f(index)
		i := len(shape) - 1
		for ; i >= 0; i-- {
			if index[i]++; index[i] < shape[i] {
				break
			}
			if i > 0 {
				index[i] = 0
			}
		}
		if i < 0 {
			return
		}
	}
}

func (o Operand) pos(index []int) int {
	p := 0
	for i, x := range index {
		p += x * o.Stride[i]
	}
	return p
}

// poly is a kernel of four inputs, with exact results on small integers.
type poly struct{ c float32 }

func (p *poly) Rows(dst []float32, in [][]float32) {
	for i := range dst {
		dst[i] = in[0][i]*in[1][i] + in[2][i] - p.c*in[3][i]
	}
}

func TestRun(t *testing.T) {
	everywhere(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, shape := range shapes {
			for range 6 {
				testRun(t, r, shape, r.IntN(2) == 0)
			}
		}
	})
}

func testRun(t *testing.T, r *rand.Rand, shape []int, accumulate bool) {
	t.Helper()
	dst := strided(r, shape, never)
	var in [4]Operand
	for k := range in {
		in[k] = strided(r, shape, func(int) bool { return r.IntN(3) == 0 })
		for i := range in[k].Data {
			in[k].Data[i] = float32(r.IntN(17) - 8)
		}
	}
	for i := range dst.Data {
		dst.Data[i] = float32(r.IntN(17) - 8)
	}
	want := slices.Clone(dst.Data)
	each(shape, func(i []int) {
		v := in[0].Data[in[0].pos(i)]*in[1].Data[in[1].pos(i)] + in[2].Data[in[2].pos(i)] - 3*in[3].Data[in[3].pos(i)]
		if accumulate {
			v += want[dst.pos(i)]
		}
		want[dst.pos(i)] = v
	})
	Run(&poly{3}, accumulate, shape, dst, in[:]...)
	for i, v := range dst.Data {
		if v != want[i] {
			t.Fatalf("shape %v, strides %v, accumulate %v: dst[%d] = %v, want %v", shape, dst.Stride, accumulate, i, v, want[i])
		}
	}
}

func TestRunInPlace(t *testing.T) {
	everywhere(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, shape := range shapes {
			a := strided(r, shape, never)
			b := strided(r, shape, func(int) bool { return r.IntN(2) == 0 })
			want := slices.Clone(a.Data)
			each(shape, func(i []int) { want[a.pos(i)] += b.Data[b.pos(i)] })
			Run(Binary(vec.Add), false, shape, a, a, b)
			if !slices.Equal(a.Data, want) {
				t.Errorf("shape %v: adding in place gives %v, want %v", shape, a.Data, want)
			}
		}
	})
}

func TestRunForms(t *testing.T) {
	a := Operand{Data: []float32{1, 4, 9}, Stride: []int{1}}
	b := Operand{Data: []float32{2}}
	dst := Operand{Data: make([]float32, 3), Stride: []int{1}}
	for _, c := range []struct {
		name string
		run  func()
		want []float32
	}{
		{"Unary", func() { Run(Unary(vec.Sqrt), false, []int{3}, dst, a) }, []float32{1, 2, 3}},
		{"Binary", func() { Run(Binary(vec.Sub), false, []int{3}, dst, a, b) }, []float32{-1, 2, 7}},
		{"Ternary", func() {
			Run(Ternary(func(d, a, b, c []float32) {
				for i := range d {
					d[i] = a[i] + 10*b[i] + 100*c[i]
				}
			}), false, []int{3}, dst, a, b, a)
		}, []float32{121, 424, 929}},
		{"RunScalar", func() { RunScalar(vec.MulScalar, 3, false, []int{3}, dst, a) }, []float32{3, 12, 27}},
		{"RunScalar added", func() { RunScalar(vec.MulScalar, 3, true, []int{3}, dst, a) }, []float32{6, 24, 54}},
	} {
		if c.run(); !slices.Equal(dst.Data, c.want) {
			t.Errorf("%s = %v, want %v", c.name, dst.Data, c.want)
		}
	}
}

func TestRunPanics(t *testing.T) {
	o := Operand{Data: make([]float32, 1<<17), Stride: make([]int, 17)}
	shape := make([]int, 17)
	for i := range shape {
		shape[i], o.Stride[i] = 2, 1<<i // column-major: nothing coalesces
	}
	for name, f := range map[string]func(){
		"axes":   func() { Run(Unary(vec.Neg), false, shape, o, o) },
		"reduce": func() { Reduce(Sum, false, shape, o, o) },
		"inputs": func() { Run(Unary(vec.Neg), false, nil, o, o, o, o, o, o) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("too many %s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// naive reduces in float64 and also returns the sum of absolute values.
func naive(kind Kind, shape []int, dst, x Operand) (want, size []float64) {
	want, size = make([]float64, len(dst.Data)), make([]float64, len(dst.Data))
	for i := range want {
		want[i] = kind.identity()
	}
	each(shape, func(i []int) {
		v := float64(x.Data[x.pos(i)])
		p := dst.pos(i)
		size[p] += math.Abs(v)
		want[p] = kind.combine(want[p], v)
	})
	return want, size
}

// sumError is the bound that the doc of Reduce states.
const sumError = 1.0 / (1 << 17)

func TestReduce(t *testing.T) {
	// Long enough to be cut into segments.
	long := [][]int{{200000}, {64, 40, 60}, {70000, 3}, {3, 60000}, {300, 500}}
	everywhere(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		all := shapes
		if cpu.Current() == cpu.Available[len(cpu.Available)-1] {
			all = append(long, all...)
		}
		for _, shape := range all {
			for mask := range 1 << min(len(shape), 4) {
				kind := Kind(r.IntN(4))
				if mask%3 == 0 {
					kind = Sum
				}
				x := strided(r, shape, func(int) bool { return r.IntN(8) == 0 })
				if kind == Prod {
					for i := range x.Data {
						x.Data[i] = 1 + x.Data[i]*0.01
					}
				}
				dst := strided(r, shape, func(a int) bool { return mask>>min(a, 3)&1 != 0 })
				testReduce(t, kind, shape, dst, x, mask%2 == 0)
			}
		}
	})
}

func testReduce(t *testing.T, kind Kind, shape []int, dst, x Operand, accumulate bool) {
	t.Helper()
	old := slices.Clone(dst.Data)
	want, size := naive(kind, shape, dst, x)
	outputs := slices.Clone(shape)
	for i := range outputs {
		if dst.Stride[i] == 0 {
			outputs[i] = 1
		}
	}
	Reduce(kind, accumulate, shape, dst, x)
	written := make([]bool, len(dst.Data))
	each(outputs, func(i []int) {
		p := dst.pos(i)
		written[p] = true
		w := want[p]
		if accumulate {
			w = kind.combine(float64(old[p]), w)
		}
		tol := sumError*size[p] + 1e-6*math.Abs(w)
		if got := float64(dst.Data[p]); got != w && !(math.Abs(got-w) <= tol) {
			t.Fatalf("kind %d, shape %v, strides %v to %v, accumulate %v: %v = %v, want %v ± %v", kind, shape, x.Stride, dst.Stride, accumulate, i, got, w, tol)
		}
	})
	for i, w := range written {
		if !w && dst.Data[i] != old[i] {
			t.Fatalf("kind %d, shape %v: wrote outside dst, at %d", kind, shape, i)
		}
	}
}

func TestSumTo(t *testing.T) {
	x := Operand{Data: []float32{1, 2, 3, 4, 5, 6}, Stride: []int{3, 1}}
	for _, c := range []struct {
		shape []int
		want  []float32
	}{
		{nil, []float32{21}},
		{[]int{3}, []float32{5, 7, 9}},
		{[]int{2, 1}, []float32{6, 15}},
		{[]int{1, 1}, []float32{21}},
		{[]int{2, 3}, []float32{1, 2, 3, 4, 5, 6}},
	} {
		stride := make([]int, len(c.shape))
		step := 1
		for i := len(stride) - 1; i >= 0; i-- {
			stride[i] = step
			step *= c.shape[i]
		}
		dst := Operand{Data: make([]float32, len(c.want)), Stride: stride}
		SumTo(dst, c.shape, x, []int{2, 3}, false)
		if !slices.Equal(dst.Data, c.want) {
			t.Errorf("SumTo(%v) = %v, want %v", c.shape, dst.Data, c.want)
		}
		SumTo(dst, c.shape, x, []int{2, 3}, true)
		for i, w := range c.want {
			if dst.Data[i] != 2*w {
				t.Errorf("SumTo(%v) added = %v, want twice %v", c.shape, dst.Data, c.want)
			}
		}
	}
}

func TestReduceNaN(t *testing.T) {
	nan := float32(math.NaN())
	x := Operand{Data: []float32{1, nan, 3, 4, 5, 6}, Stride: []int{3, 1}}
	for _, kind := range []Kind{Sum, Prod, Max, Min} {
		for _, c := range []struct {
			stride []int
			isNaN  []bool
		}{{[]int{1, 0}, []bool{true, false}}, {[]int{0, 1}, []bool{false, true, false}}} {
			dst := Operand{Data: make([]float32, 3), Stride: c.stride}
			Reduce(kind, false, []int{2, 3}, dst, x)
			for i, want := range c.isNaN {
				if got := dst.Data[i] != dst.Data[i]; got != want {
					t.Errorf("kind %d, strides %v: output %d is %v, NaN wanted: %v", kind, c.stride, i, dst.Data[i], want)
				}
			}
		}
	}
}

// The order of a sum follows from the shape alone: neither the number of
// workers nor the strides change a bit of it.
func TestReduceSameBits(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(0))
	r := rand.New(rand.NewPCG(7, 8))
	for _, shape := range [][]int{{1000003}, {37, 50, 400}, {3000, 300}, {5, 100000}} {
		for mask := range 1 << len(shape) {
			repeat := func(a int) bool { return mask>>a&1 != 0 }
			dst := strided(r, shape, repeat)
			x := strided(r, shape, never)
			flat := Operand{Data: make([]float32, 0, len(x.Data)), Stride: make([]int, len(shape))}
			each(shape, func(i []int) { flat.Data = append(flat.Data, x.Data[x.pos(i)]) })
			step := 1
			for i := len(shape) - 1; i >= 0; i-- {
				flat.Stride[i] = step
				step *= shape[i]
			}
			parallel.SetWorkers(1)
			Reduce(Sum, false, shape, dst, x)
			want := slices.Clone(dst.Data)
			for _, w := range []int{1, 2, 7} {
				parallel.SetWorkers(w)
				Reduce(Sum, false, shape, dst, flat)
				if !slices.Equal(dst.Data, want) {
					t.Errorf("shape %v, reduced axes %b: other bits with %d workers", shape, mask, w)
				}
			}
		}
	}
}

func TestSumSquaredDev(t *testing.T) {
	everywhere(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, shape := range [][]int{{7}, {50000}, {300, 20}, {20, 3000}, {4, 5, 6}, {0, 3}, {200000, 2}} {
			for mask := range 1 << len(shape) {
				dst := strided(r, shape, func(a int) bool { return mask>>a&1 != 0 })
				x := strided(r, shape, never)
				mean := slices.Clone(dst.Data)
				want := make([]float64, len(mean))
				each(shape, func(i []int) {
					d := float64(x.Data[x.pos(i)]) - float64(mean[dst.pos(i)])
					want[dst.pos(i)] += d * d
				})
				SumSquaredDev(shape, dst, x, mean)
				each(shape, func(i []int) {
					p := dst.pos(i)
					if got := float64(dst.Data[p]); math.Abs(got-want[p]) > sumError*want[p] {
						t.Fatalf("shape %v: %v = %v, want %v", shape, i, got, want[p])
					}
				})
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(2))
	r := rand.New(rand.NewPCG(11, 12))
	shape := []int{40, 50, 60}
	a, dst := strided(r, shape, never), strided(r, shape, never)
	b := strided(r, shape, func(a int) bool { return a != 1 })
	sum := strided(r, shape, func(a int) bool { return a != 2 })
	k := &poly{2}
	for name, f := range map[string]func(){
		"Run":        func() { Run(k, true, shape, dst, a, b, a, b) },
		"Run static": func() { Run(Binary(vec.Add), false, shape, dst, a, b) },
		"RunScalar":  func() { RunScalar(vec.AddScalar, 2, false, shape, dst, a) },
		"Reduce":     func() { Reduce(Sum, true, shape, sum, a) },
		"SumTo":      func() { SumTo(Operand{Data: sum.Data, Stride: sum.Stride[2:]}, shape[2:], a, shape, false) },
	} {
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s allocates %v times, want 0", name, n)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		name   string
		shape  []int
		repeat func(int) bool
	}{
		{"flat", []int{1 << 16}, never},
		{"tiny", []int{16}, never},
		{"bias", []int{4096, 16}, func(a int) bool { return a == 0 }},
		{"channels", []int{8, 32, 256}, func(a int) bool { return a != 1 }},
	} {
		b.Run("case="+c.name, func(b *testing.B) {
			defer parallel.SetWorkers(parallel.SetWorkers(1))
			flat := func() Operand {
				o := Operand{Stride: make([]int, len(c.shape))}
				step := 1
				for i := len(c.shape) - 1; i >= 0; i-- {
					o.Stride[i] = step
					step *= c.shape[i]
				}
				o.Data = make([]float32, step)
				return o
			}
			x, dst, y := flat(), flat(), strided(r, c.shape, c.repeat)
			b.SetBytes(int64(4 * len(x.Data)))
			for b.Loop() {
				Run(Binary(vec.Add), false, c.shape, dst, x, y)
			}
		})
	}
}

func BenchmarkReduce(b *testing.B) {
	for _, c := range []struct {
		name  string
		shape []int
		mask  []int
	}{
		{"all", []int{1 << 18}, []int{0}},
		{"leading", []int{512, 512}, []int{0, 1}},
		{"leading-narrow", []int{1 << 14, 10}, []int{0, 1}},
		{"channels", []int{16, 64, 256}, []int{0, 1, 0}},
		{"last", []int{512, 512}, []int{1, 0}},
		{"last-narrow", []int{1 << 14, 10}, []int{1, 0}},
	} {
		b.Run("case="+c.name, func(b *testing.B) {
			defer parallel.SetWorkers(parallel.SetWorkers(1))
			stride := make([]int, len(c.shape))
			step := 1
			for i := len(c.shape) - 1; i >= 0; i-- {
				stride[i] = step
				step *= c.shape[i]
			}
			x := Operand{Data: make([]float32, step), Stride: stride}
			dst := Operand{Data: make([]float32, step), Stride: c.mask}
			b.SetBytes(int64(4 * step))
			for b.Loop() {
				Reduce(Sum, false, c.shape, dst, x)
			}
		})
	}
}
