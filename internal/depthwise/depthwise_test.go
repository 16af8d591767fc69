package depthwise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// maxError bounds the error of an element relative to (products+1)·Σ|products|.
const maxError = 1.0 / (1 << 24)

// sum is a sum in float64, the sum of the absolute values of its terms, and their
// number.
type sum struct {
	value, size float64
	n           int
}

func (s *sum) add(v float64) {
	s.value += v
	s.size += math.Abs(v)
	s.n++
}

// products calls f for every product x[xi]·w[wi] that is part of y[yi].
func (s *Shape) products(f func(yi, xi, wi int)) {
	for n := range s.N {
		for o := range s.C * s.M {
			for i := range s.Out[0] {
				for j := range s.Out[1] {
					for h := range s.Kernel[0] {
						for w := range s.Kernel[1] {
							r, c := i*s.Stride[0]+h-s.Before[0], j*s.Stride[1]+w-s.Before[1]
							if r >= 0 && r < s.In[0] && c >= 0 && c < s.In[1] {
								f(((n*s.C*s.M+o)*s.Out[0]+i)*s.Out[1]+j, ((n*s.C+o/s.M)*s.In[0]+r)*s.In[1]+c, (o*s.Kernel[0]+h)*s.Kernel[1]+w)
							}
						}
					}
				}
			}
		}
	}
}

// lens returns the sizes of the tensors.
func (s *Shape) lens() (y, x, w, b int) {
	o := s.C * s.M
	return s.N * o * s.Out[0] * s.Out[1], s.N * s.C * s.In[0] * s.In[1], o * s.Kernel[0] * s.Kernel[1], o
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 2*r.Float32() - 1
	}
	return x
}

// guarded returns a copy of x between NaNs, at some alignment, and a function that
// fails if they have changed.
func guarded(t *testing.T, r *rand.Rand, x []float32) ([]float32, func(what string)) {
	const guard = 20
	front := guard + r.IntN(17)
	all := make([]float32, front+len(x)+guard)
	for i := range all {
		all[i] = math.Float32frombits(0x7fc0dead)
	}
	in := all[front:][:len(x):len(x)]
	copy(in, x)
	return in, func(what string) {
		t.Helper()
		for i, v := range all {
			if (i < front || i >= front+len(x)) && math.Float32bits(v) != 0x7fc0dead {
				t.Fatalf("%s: guard word %d of %d was overwritten with %v", what, i-front, len(x), v)
			}
		}
	}
}

// check compares the three functions with the reference.
func (s *Shape) check(t *testing.T, r *rand.Rand) {
	t.Helper()
	yn, xn, wn, bn := s.lens()
	y, x, w, b := random(r, yn), random(r, xn), random(r, wn), random(r, bn)
	for _, add := range []bool{false, true} {
		ys, xs, ws := make([]sum, yn), make([]sum, xn), make([]sum, wn)
		for i := range ys {
			if add {
				ys[i].add(float64(y[i]))
			} else {
				ys[i].add(float64(b[i/(s.Out[0]*s.Out[1])%bn]))
			}
		}
		for i := range xs {
			if add {
				xs[i].add(float64(x[i]))
			}
		}
		for i := range ws {
			if add {
				ws[i].add(float64(w[i]))
			}
		}
		s.products(func(yi, xi, wi int) {
			ys[yi].add(float64(x[xi]) * float64(w[wi]))
			xs[xi].add(float64(y[yi]) * float64(w[wi]))
			ws[wi].add(float64(y[yi]) * float64(x[xi]))
		})
		bias := b
		if add {
			bias = nil
		}
		run := func(name string, out []float32, want []sum, f func(c *Conv, out []float32)) {
			t.Helper()
			what := fmt.Sprintf("%s of %+v, add %v", name, *s, add)
			got, intact := guarded(t, r, out)
			if !add {
				for i := range got {
					got[i] = float32(math.NaN()) // must not be read
				}
			}
			f(&Conv{Shape: *s}, got)
			intact(what)
			for i, v := range got {
				if !(math.Abs(float64(v)-want[i].value) <= maxError*float64(want[i].n+2)*want[i].size) {
					t.Fatalf("%s: element %d is %v, want %v", what, i, v, want[i].value)
				}
			}
		}
		run("Forward", y, ys, func(c *Conv, out []float32) { c.Forward(out, x, w, bias, add) })
		run("Data", x, xs, func(c *Conv, out []float32) { c.Data(out, y, w, add) })
		run("Weight", w, ws, func(c *Conv, out []float32) { c.Weight(out, y, x, add) })
	}
}

// shape returns one whose output follows from the padding behind the picture; ok is
// false if there is none.
func shape(n, c, m int, in, kernel [2]int, stride int, before, after [2]int) (s Shape, ok bool) {
	s = Shape{N: n, C: c, M: m, In: in, Kernel: kernel, Stride: [2]int{stride, stride}, Before: before}
	for i := range 2 {
		room := in[i] + before[i] + after[i] - kernel[i]
		if room < 0 {
			return s, false
		}
		s.Out[i] = room/stride + 1
	}
	return s, true
}

// randomShape draws one.
func randomShape(r *rand.Rand) Shape {
	for {
		k := 1 + r.IntN(7)
		kernel := [2]int{k, k}
		if r.IntN(2) == 0 {
			k = 3 + 2*r.IntN(2)
			kernel = [2]int{k, k}
		}
		if r.IntN(6) == 0 {
			kernel[0] = 1 + r.IntN(7)
		}
		in := [2]int{1 + r.IntN(20), 1 + r.IntN(40)}
		before := [2]int{r.IntN(kernel[0]), r.IntN(kernel[1])}
		after := [2]int{r.IntN(kernel[0] + 1), r.IntN(kernel[1] + 1)}
		if s, ok := shape(r.IntN(4), 1+r.IntN(5), 1+r.IntN(5)/3, in, kernel, 1+r.IntN(2), before, after); ok {
			return s
		}
	}
}

func everyLevel(t *testing.T, f func(t *testing.T, r *rand.Rand)) {
	seed := rand.Uint64()
	mem.Poison.Store(true)
	defer mem.Poison.Store(false)
	for _, l := range cpu.Available {
		t.Run("level="+l.String(), func(t *testing.T) {
			t.Logf("seed %d", seed)
			defer cpu.Set(cpu.Set(l))
			f(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

func TestReference(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for range 400 {
			s := randomShape(r)
			s.check(t, r)
		}
	})
}

// TestWidths goes over all widths up to two vectors of the widest level, so that every
// tail and every way to hold rows in a vector is met, and over few rows.
func TestWidths(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for _, k := range []int{3, 5} {
			for _, stride := range []int{1, 2} {
				for w := 1; w <= 33*stride; w++ {
					for _, h := range []int{1, 2, 3, 4, 5, 7, 8} {
						before := [2]int{r.IntN(k), r.IntN(k)}
						if r.IntN(2) == 0 {
							before = [2]int{k / 2, k / 2}
						}
						if s, ok := shape(2, 3, 1, [2]int{h, w}, [2]int{k, k}, stride, before, before); ok {
							s.check(t, r)
						}
					}
				}
			}
		}
	})
}

// TestStrips takes planes that are cut, and more channels and pictures than are
// worked on at once.
func TestStrips(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for _, k := range []int{3, 4, 5} {
			for _, stride := range []int{1, 2} {
				for _, in := range [][2]int{{90, 60}, {700, 7}, {9, 2000}, {131, 70}} {
					s, _ := shape(1, 2, 1, in, [2]int{k, k}, stride, [2]int{1, k - 1}, [2]int{k - 1, 1})
					s.check(t, r)
				}
				for _, nc := range [][2]int{{1, 120}, {70, 2}, {10, 13}} {
					s, _ := shape(nc[0], nc[1], 1, [2]int{7, 7}, [2]int{k, k}, stride, [2]int{1, 1}, [2]int{1, 1})
					s.check(t, r)
				}
			}
		}
	})
}

// TestWorkers: the bits do not depend on the number of workers.
func TestWorkers(t *testing.T) {
	s, _ := shape(2, 40, 1, [2]int{57, 58}, [2]int{3, 3}, 1, [2]int{1, 1}, [2]int{1, 1})
	yn, xn, wn, _ := s.lens()
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		y, x, w := random(r, yn), random(r, xn), random(r, wn)
		var first [3][]float32
		for _, n := range []int{1, 2, 7} {
			before := parallel.SetWorkers(n)
			got := [3][]float32{make([]float32, yn), make([]float32, xn), make([]float32, wn)}
			c := Conv{Shape: s}
			c.Forward(got[0], x, w, nil, false)
			c.Data(got[1], y, w, false)
			c.Weight(got[2], y, x, false)
			parallel.SetWorkers(before)
			if n == 1 {
				first = got
			}
			for i := range got {
				for j := range got[i] {
					if got[i][j] != first[i][j] {
						t.Fatalf("%d workers: result %d at %d is %v, with one %v", n, i, j, got[i][j], first[i][j])
					}
				}
			}
		}
	})
}

// TestBits: y has the bits of the chain of fused multiply-adds that the documentation
// states, and the levels with assembly agree in the input's gradient.
func TestBits(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var gradients [][]float32
	for _, l := range cpu.Available {
		if l == cpu.Generic {
			continue
		}
		defer cpu.Set(cpu.Set(l))
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range 100 {
			s := randomShape(r)
			yn, xn, wn, bn := s.lens()
			y, x, w, b := random(r, yn), random(r, xn), random(r, wn), random(r, bn)
			dx := make([]float32, xn)
			c := Conv{Shape: s}
			c.Data(dx, y, w, false)
			c.Forward(y, x, w, b, false)
			want := make([]float32, yn)
			for i := range want {
				want[i] = b[i/(s.Out[0]*s.Out[1])%bn]
			}
			s.products(func(yi, xi, wi int) { want[yi] = fma(x[xi], w[wi], want[yi]) })
			for j := range y {
				if y[j] != want[j] {
					t.Fatalf("level %v, %+v: y[%d] = %v, want %v", l, s, j, y[j], want[j])
				}
			}
			if i == len(gradients) {
				gradients = append(gradients, dx)
				continue
			}
			for j := range dx {
				if dx[j] != gradients[i][j] {
					t.Fatalf("%+v: gradient %d is %v at level %v, %v at the lowest with assembly", s, j, dx[j], l, gradients[i][j])
				}
			}
		}
	}
}

// fma returns a·b+c, rounded once but for double rounding, which is rounded to odd
// before.
func fma(a, b, c float32) float32 {
	p := float64(a) * float64(b) // exact
	sum := p + float64(c)
	t := sum - p
	if lost := (p - (sum - t)) + (float64(c) - t); lost != 0 && math.Float64bits(sum)&1 == 0 {
		if (lost > 0) == (sum > 0) {
			sum = math.Float64frombits(math.Float64bits(sum) + 1)
		} else {
			sum = math.Float64frombits(math.Float64bits(sum) - 1)
		}
	}
	return float32(sum)
}

// TestNaN: a NaN of the input reaches the output elements that see it, and none else.
// It reaches the gradients of all weights of its channel that see it, and no other
// channel's.
func TestNaN(t *testing.T) {
	nan := float32(math.NaN())
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for range 150 {
			s := randomShape(r)
			s.N = 2
			yn, xn, wn, bn := s.lens()
			y, x, w, b := random(r, yn), random(r, xn), random(r, wn), random(r, bn)
			at := r.IntN(xn)
			x[at] = nan
			sees := make([]bool, yn)
			s.products(func(yi, xi, _ int) { sees[yi] = sees[yi] || xi == at })
			c := Conv{Shape: s}
			dw := make([]float32, wn)
			c.Weight(dw, y, x, false)
			c.Forward(y, x, w, b, false)
			for i, v := range y {
				if (v != v) != sees[i] {
					t.Fatalf("%+v: NaN at %d: y[%d] = %v, want NaN: %v", s, at, i, v, sees[i])
				}
			}
			channel := at / (s.In[0] * s.In[1]) % s.C
			for i, v := range dw {
				if i/(s.M*s.taps()) != channel && v != v {
					t.Fatalf("%+v: NaN in channel %d: gradient of weight %d is NaN", s, channel, i)
				}
			}
		}
	})
}

// TestAllocations: nothing is allocated in the steady state.
func TestAllocations(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for _, k := range []int{3, 4} {
			s, _ := shape(2, 5, 2, [2]int{9, 9}, [2]int{k, k}, 2, [2]int{1, 1}, [2]int{1, 1})
			yn, xn, wn, bn := s.lens()
			y, x, w, b := random(r, yn), random(r, xn), random(r, wn), random(r, bn)
			c := Conv{Shape: s}
			f := func() {
				c.Forward(y, x, w, b, false)
				c.Data(x, y, w, true)
				c.Weight(w, y, x, false)
			}
			f()
			if n := testing.AllocsPerRun(20, f); n != 0 {
				t.Errorf("kernel %d: %v allocations, want 0", k, n)
			}
		}
	})
}

// FuzzDepthwise tries any small shape.
func FuzzDepthwise(f *testing.F) {
	f.Add(uint64(1), []byte{1, 2, 0, 6, 6, 2, 2, 0, 1, 1, 1, 1})
	f.Add(uint64(2), []byte{2, 1, 1, 13, 13, 2, 2, 1, 1, 1, 1, 1})
	f.Add(uint64(3), []byte{3, 3, 0, 20, 50, 4, 4, 1, 2, 2, 3, 0})
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		at := func(i, limit int) int {
			if i >= len(b) {
				return 0
			}
			return int(b[i]) % limit
		}
		kernel := [2]int{1 + at(5, 8), 1 + at(6, 8)}
		s, ok := shape(at(0, 6), 1+at(1, 6), 1+at(2, 3), [2]int{1 + at(3, 70), 1 + at(4, 70)}, kernel, 1+at(7, 2),
			[2]int{at(8, kernel[0]), at(9, kernel[1])}, [2]int{at(10, 9), at(11, 9)})
		if !ok {
			return
		}
		for _, l := range cpu.Available {
			before := cpu.Set(l)
			s.check(t, rand.New(rand.NewPCG(seed, 0)))
			cpu.Set(before)
		}
	})
}
