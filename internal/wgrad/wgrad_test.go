package wgrad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/im2col"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// maxError is the bound on the error of an element as the package documents it,
// for one step of the sum, with a little for the second order.
const maxError = 1.001 / (1 << 24)

// guard is the number of elements around DW that must stay as they are.
const guard = 20

// problem is a gradient to compute, of a convolution without padding.
type problem struct {
	pictures, in, out int // channels in and out
	height, width     int // of the output
	kernel, dilation  [2]int
	gap               int // elements between pictures, and before the first
	add               bool
}

// data is a problem with its numbers.
type data struct {
	call Call
	dw   []float32 // guards included
}

func (p problem) data(seed uint64) *data {
	r := rand.New(rand.NewPCG(seed, 0))
	window := im2col.Window{Kernel: p.kernel, Stride: one, Dilation: p.dilation, Out: [2]int{p.height, p.width}}
	h := p.height + (p.kernel[0]-1)*p.dilation[0]
	w := p.width + (p.kernel[1]-1)*p.dilation[1]
	pixels := p.height * p.width
	d := &data{call: Call{
		X: im2col.Patches{
			Src: random(r, p.pictures*(p.in*h*w+p.gap)), Base: p.gap, Picture: p.in*h*w + p.gap, Pitch: w,
			Width: p.width, Height: p.height, Offsets: window.Offsets(nil, p.in),
		},
		DY:       im2col.Planes{Src: random(r, p.pictures*(p.out*pixels+p.gap)), Base: p.gap, Picture: p.out*pixels + p.gap, Size: pixels},
		Pictures: p.pictures, Channels: p.out, Add: p.add,
	}}
	d.dw = random(r, p.out*len(d.call.X.Offsets)+2*guard)
	return d
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 2*r.Float32() - 1
	}
	return x
}

// run returns what DW becomes, guards included.
func (d *data) run() []float32 {
	dw := append([]float32(nil), d.dw...)
	d.call.DW = dw[guard : len(dw)-guard]
	if !d.call.Add {
		for i := range d.call.DW {
			d.call.DW[i] = float32(math.NaN())
		}
	}
	d.call.Run()
	return dw
}

// product returns the same, computed as a matrix product.
func (d *data) product() []float32 {
	dw, taps := append([]float32(nil), d.dw...), len(d.call.X.Offsets)
	c := gemm.Call{
		M: d.call.Channels, N: taps, K: d.call.Pictures * d.call.DY.Size, A: &d.call.DY, B: (*im2col.Transposed)(&d.call.X),
		C: dw[guard : len(dw)-guard], CRow: taps,
	}
	if d.call.Add {
		c.Init = gemm.FromC
	}
	c.Run()
	return dw
}

// verify compares DW with the formula in float64.
func (d *data) verify(t *testing.T, got []float32) {
	t.Helper()
	x, dy := &d.call.X, &d.call.DY
	for o := range d.call.Channels {
		for tap, offset := range x.Offsets {
			at, n := guard+o*len(x.Offsets)+tap, d.call.Pictures*dy.Size
			var want float64
			if d.call.Add {
				want = float64(d.dw[at])
			}
			size := math.Abs(want)
			for k := range n {
				picture, row, col := k/dy.Size, k%dy.Size/x.Width, k%x.Width
				u := x.Src[x.Base+picture*x.Picture+row*x.Pitch+col+offset]
				v := float64(u) * float64(dy.Src[dy.Base+picture*dy.Picture+o*dy.Size+k%dy.Size])
				want += v
				size += math.Abs(v)
			}
			if bound := 2 * maxError * float64(n+1) * size; !(math.Abs(float64(got[at])-want) <= bound) {
				t.Fatalf("DW(%d, %d) = %v, want %v ± %v", o, tap, got[at], want, bound)
			}
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

var one = [2]int{1, 1}

func plain(pictures, in, out, height, width int, kernel [2]int) problem {
	return problem{pictures: pictures, in: in, out: out, height: height, width: width, kernel: kernel, dilation: one}
}

// TestEdges takes numbers of channels and taps at and around the edges of tiles
// and strips, and pixels around those of a square of the packing.
func TestEdges(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	levels(t, func(t *testing.T, k *kernel) {
		i := 0
		for out := 1; out <= 4*k.lanes+1; out++ {
			for _, taps := range []int{1, 2, 3, k.taps - 1, k.taps, k.taps + 1, 2*k.taps + 1, stripTiles*k.taps - 1, stripTiles * k.taps, stripTiles*k.taps + 1} {
				i++
				p := plain(1+i%2, taps, out, 1+i%3, 1+i%(2*k.lanes+3), [2]int{1, 1})
				p.gap, p.add = i%5, i%4 == 0
				d := p.data(uint64(i))
				got := d.run()
				d.verify(t, got)
				equal(t, fmt.Sprintf("%+v", p), got, d.product())
			}
		}
	})
}

// randomProblem draws a problem.
func randomProblem(r *rand.Rand) problem {
	return problem{
		pictures: 1 + r.IntN(4), in: 1 + r.IntN(5), out: 1 + r.IntN(70), height: 1 + r.IntN(6), width: 1 + r.IntN(40),
		kernel:   [2]int{1 + r.IntN(4), 1 + r.IntN(4)},
		dilation: [2]int{1 + r.IntN(2), 1 + r.IntN(2)}, gap: r.IntN(20), add: r.IntN(2) > 0,
	}
}

// TestRandom takes random problems.
func TestRandom(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 30 {
		randomProblem(r).check(t, r.Uint64())
	}
}

// check verifies a problem at every level. It requires the bits of the matrix
// product, for every number of workers and every cutting, and that levels with assembly
// agree.
func (p problem) check(t *testing.T, seed uint64) {
	t.Helper()
	var fused []float32
	for _, l := range cpu.Available {
		previous := cpu.Set(l)
		d := p.data(seed)
		want := d.product()
		d.verify(t, d.run())
		equal(t, fmt.Sprintf("%+v at %v", p, l), d.run(), want)
		for _, workers := range []int{1, 2, 7} {
			old := parallel.SetWorkers(workers)
			for _, s := range []struct{ pixels, work, size, grain int }{
				{7, 1, 1 << 20, 10}, {50, 1, 1 << 20, 300}, {2, 60000, 1 << 20, 1}, {1000, 1, 40 * 70, 1 << 20},
			} {
				undo := []func(){set(&slabPixels, s.pixels), set(&slabWork, s.work), set(&slabSize, s.size), set(&grain, s.grain)}
				equal(t, fmt.Sprintf("%+v at %v, workers=%d blocks=%v", p, l, workers, s), d.run(), want)
				for _, f := range undo {
					f()
				}
			}
			parallel.SetWorkers(old)
		}
		if l > cpu.Generic {
			if fused != nil {
				equal(t, fmt.Sprintf("%v against the level below", l), want, fused)
			}
			fused = want
		}
		cpu.Set(previous)
	}
}

// TestLarge takes sizes beyond the bounds of slabs and of parts.
func TestLarge(t *testing.T) {
	defer set(&slabWork, 1)()
	levels(t, func(t *testing.T, k *kernel) {
		wide := plain(1, 2, 40, 2, 2*slabPixels+3, [2]int{1, 3})
		for _, p := range []problem{
			plain(3, 10, 70, 40, 41, [2]int{3, 3}),
			plain(300, 20, 33, 7, 7, [2]int{1, 1}),
			wide,
		} {
			d := p.data(1)
			got := d.run()
			d.verify(t, got)
			equal(t, fmt.Sprintf("%+v", p), got, d.product())
		}
	})
}

// TestTile compares every tile of every kernel with the formula.
func TestTile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	levels(t, func(t *testing.T, k *kernel) {
		for taps := 1; taps <= k.taps; taps++ {
			for vectors := 1; vectors <= 2; vectors++ {
				for _, n := range [][3]int{{1, 1, 1}, {1, 1, 5}, {2, 3, 4}, {3, 1, 2}} {
					pictures, rows, cols, width := n[0], n[1], n[2], vectors*k.lanes
					picture, row, col := 91, 13, 3
					x, dy := random(r, pictures*picture+50), random(r, pictures*rows*cols*width)
					c := random(r, taps*width+2*guard)
					offsets := make([]int, taps)
					for i := range offsets {
						offsets[i] = r.IntN(50)
					}
					want := append([]float32(nil), c...)
					for i, o := range offsets {
						for j := range width {
							at := guard + i*width + j
							for p := range pictures * rows * cols {
								u := x[o+p/(rows*cols)*picture+p/cols%rows*row+p%cols*col]
								want[at] = step(want[at], u, dy[p*width+j])
							}
						}
					}
					k.tile(c[guard:len(c)-guard], offsets, x, dy, vectors, pictures, rows, cols, picture, row, col)
					equal(t, fmt.Sprintf("%d taps, %d vectors, %v", taps, vectors, n), c, want)
				}
			}
		}
	})
}

// step returns s + u·v as the level in force computes it: fused, or with each
// operation rounded.
func step(s, u, v float32) float32 {
	if cpu.Current() == cpu.Generic {
		return s + float32(u*v)
	}
	// The product is exact in float64. Rounding the sum to odd there makes the
	// second rounding, to float32, right (Boldo and Melquiond, 2008).
	p, q := float64(u)*float64(v), float64(s)
	sum := p + q
	rest := sum - p
	if e := (p - (sum - rest)) + (q - rest); e != 0 && math.Float64bits(sum)&1 == 0 {
		sum = math.Nextafter(sum, math.Inf(int(math.Copysign(1, e))))
	}
	return float32(sum)
}

// TestPack compares the packing of every kernel with the formula.
func TestPack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	levels(t, func(t *testing.T, k *kernel) {
		if k.pack == nil {
			t.Skip("this level has no packing of its own")
		}
		for n := k.lanes; n < 5*k.lanes; n++ {
			ld, plane := k.lanes+n%3, n+n%5
			src := random(r, (k.lanes-1)*plane+n)
			dst := random(r, (n-1)*ld+k.lanes+guard)
			want := append([]float32(nil), dst...)
			for i := range k.lanes {
				for p := range n {
					want[p*ld+i] = src[i*plane+p]
				}
			}
			k.pack(dst, ld, src, plane, n)
			equal(t, fmt.Sprintf("n=%d", n), dst, want)
		}
	})
}

// TestAlignment takes slices that begin at every place in a line.
func TestAlignment(t *testing.T) {
	levels(t, func(t *testing.T, _ *kernel) {
		d := plain(2, 3, 37, 3, 19, [2]int{2, 3}).data(1)
		want := d.run()
		for shift := range 17 {
			e := *d
			e.call.X.Src = append(make([]float32, shift), d.call.X.Src...)[shift:]
			e.call.DY.Src = append(make([]float32, 2*shift), d.call.DY.Src...)[2*shift:]
			e.dw = append(make([]float32, 3*shift), d.dw...)[3*shift:]
			equal(t, fmt.Sprintf("shift %d", shift), e.run(), want)
		}
	})
}

// TestSpecialValues: a NaN or an infinity reaches what it is a factor of, and
// nothing else.
func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	levels(t, func(t *testing.T, k *kernel) {
		for _, out := range []int{1, k.lanes, 2*k.lanes + 1} {
			d := plain(1, k.taps+1, out, 1, 2*k.lanes, [2]int{1, 1}).data(1)
			taps, pixels := k.taps+1, 2*k.lanes
			d.call.X.Src[0] = 0                   // tap 0 at pixel 0
			d.call.DY.Src[0] = nan                // channel 0 at pixel 0
			d.call.X.Src[pixels*(taps-1)+1] = inf // the last tap at pixel 1
			got := d.run()
			for o := range out {
				for tap := range taps {
					v := got[guard+o*taps+tap]
					switch {
					case o == 0 && v == v:
						t.Errorf("%d channels: DW(0, %d) = %v, want NaN", out, tap, v)
					case o > 0 && tap == taps-1 && !math.IsInf(float64(v), 0):
						t.Errorf("%d channels: DW(%d, %d) = %v, want an infinity", out, o, tap, v)
					case o > 0 && tap < taps-1 && !(math.Abs(float64(v)) < 100):
						t.Errorf("%d channels: DW(%d, %d) = %v, want a number", out, o, tap, v)
					}
				}
			}
		}
	})
}

func TestEmpty(t *testing.T) {
	(&Call{}).Run() // does not panic
	for _, add := range []bool{false, true} {
		p := plain(0, 2, 3, 4, 5, [2]int{1, 1})
		p.add = add
		d := p.data(1)
		d.call.DY.Src, d.call.X.Src = nil, nil
		want := append([]float32(nil), d.dw...)
		if !add {
			clear(want[guard : len(want)-guard])
		}
		equal(t, fmt.Sprintf("no pictures, add=%t", add), d.run(), want)
	}
}

func TestPanics(t *testing.T) {
	for name, spoil := range map[string]func(c *Call){
		"short X":      func(c *Call) { c.X.Src = c.X.Src[:len(c.X.Src)-1] },
		"early X":      func(c *Call) { c.X.Base = -1 },
		"short DY":     func(c *Call) { c.DY.Src = c.DY.Src[:len(c.DY.Src)-1] },
		"short DW":     func(c *Call) { c.DW = c.DW[:len(c.DW)-1] },
		"other pixels": func(c *Call) { c.DY.Size-- },
		"negative":     func(c *Call) { c.Channels = -1 },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Run did not panic", name)
				}
			}()
			d := plain(2, 3, 4, 5, 6, [2]int{2, 2}).data(1)
			d.call.DW = d.dw[guard : len(d.dw)-guard]
			spoil(&d.call)
			d.call.Run()
		}()
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	for _, workers := range []int{1, 2} {
		defer parallel.SetWorkers(parallel.SetWorkers(workers))
		for _, p := range []problem{
			plain(2, 30, 40, 20, 20, [2]int{3, 3}),
			plain(1, 3, 5, 2, 7, [2]int{1, 1}),
		} {
			d := p.data(1)
			d.call.DW = d.dw[guard : len(d.dw)-guard]
			if n := testing.AllocsPerRun(10, d.call.Run); n != 0 {
				t.Errorf("%+v with %d workers: Run allocates %v times, want 0", p, workers, n)
			}
		}
	}
}

// TestConcurrent runs calls on several goroutines that share what they read.
func TestConcurrent(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	d := plain(3, 20, 70, 9, 9, [2]int{3, 3}).data(9)
	want := d.run()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			e := *d
			for range 5 {
				for i, v := range e.run() {
					if v != want[i] {
						t.Errorf("element %d is %v, want %v", i-guard, v, want[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// FuzzLevels compares all levels, cuttings and numbers of workers with each other,
// the formula and the matrix product.
func FuzzLevels(f *testing.F) {
	f.Add(uint8(2), uint8(3), uint8(32), uint8(5), uint8(17), uint16(0), uint64(1))
	f.Add(uint8(1), uint8(12), uint8(65), uint8(1), uint8(19), uint16(0xffff), uint64(2))
	f.Fuzz(func(t *testing.T, pictures, in, out, height, width uint8, bits uint16, seed uint64) {
		at := func(i, n int) int { return 1 + int(bits>>i)%n }
		problem{
			pictures: 1 + int(pictures%3), in: 1 + int(in%4), out: 1 + int(out%70), height: 1 + int(height%5), width: 1 + int(width%20),
			kernel: [2]int{at(0, 4), at(2, 4)}, dilation: [2]int{at(8, 3), at(10, 3)},
			gap: int(bits >> 12 % 8), add: bits>>15 > 0,
		}.check(t, seed)
	})
}
