package im2col

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
)

// problem is a kernel that moves over random pictures.
type problem struct {
	Window
	pictures, channels int
	x                  []float32
}

func randomProblem(r *rand.Rand) *problem {
	p := &problem{pictures: 1 + r.IntN(3), channels: 1 + r.IntN(4)}
	stride := 1 + r.IntN(4)
	for i := range 2 {
		p.Kernel[i], p.Dilation[i], p.Before[i] = 1+r.IntN(4), 1+r.IntN(2), r.IntN(4)
		if p.Stride[i] = stride; r.IntN(4) == 0 {
			p.Stride[i] = 1 + r.IntN(4)
		}
		p.In[i], p.Out[i] = 1+r.IntN(20+30*i), 1+r.IntN(5+20*i) // the kernel may leave the picture, or not reach its end
	}
	if r.IntN(4) == 0 { // pictures that are right as they are
		p.Kernel, p.Stride, p.Before, p.Out = [2]int{1, 1}, [2]int{1, 1}, [2]int{}, p.In
	}
	p.Flipped = r.IntN(4) == 0
	p.x = random(r, p.pictures*p.channels*p.In[0]*p.In[1])
	return p
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = r.Float32()
	}
	return x
}

func (p *problem) pixels() int { return p.Out[0] * p.Out[1] }
func (p *problem) taps() int   { return p.channels * p.Kernel[0] * p.Kernel[1] }

// patches returns those of all channels. They last until release.
func (p *problem) patches(m *Padder) *Patches {
	s := m.Patches(p.x, p.pictures, p.channels, p.Window, p.channels, nil)
	return &s
}

// at returns where in a picture a tap looks at an output pixel, by the definition; ok is
// false if that is outside.
func (p *problem) at(pixel, tap int) (at int, ok bool) {
	kk := p.Kernel[0] * p.Kernel[1]
	c, t := tap/kk, tap%kk
	if p.Flipped {
		t = kk - 1 - t
	}
	y := pixel/p.Out[1]*p.Stride[0] + t/p.Kernel[1]*p.Dilation[0] - p.Before[0]
	x := pixel%p.Out[1]*p.Stride[1] + t%p.Kernel[1]*p.Dilation[1] - p.Before[1]
	return (c*p.In[0]+y)*p.In[1] + x, y >= 0 && y < p.In[0] && x >= 0 && x < p.In[1]
}

// see returns what a tap sees at an output pixel.
func (p *problem) see(picture, pixel, tap int) float32 {
	if at, ok := p.at(pixel, tap); ok {
		return p.x[picture*p.channels*p.In[0]*p.In[1]+at]
	}
	return 0
}

// checkPack packs parts of an operand of the given size and compares them with
// its elements. Around what Pack may write lie NaNs.
func checkPack(t *testing.T, r *rand.Rand, op gemm.Operand, batch, vectors, k int, element func(i, k int) float32) {
	t.Helper()
	nan := float32(math.NaN())
	for part := range 4 {
		i0, k0 := r.IntN(vectors), r.IntN(k)
		n, kc := 1+r.IntN(vectors-i0), 1+r.IntN(k-k0)
		if part == 0 {
			i0, k0, n, kc = 0, 0, vectors, k
		}
		const guard = 3
		ld := n + r.IntN(4)
		dst := slices.Repeat([]float32{nan}, guard+ld*kc+guard)
		op.Pack(dst[guard:guard+ld*kc], ld, batch, i0, n, k0, kc)
		for at, got := range dst {
			want := nan
			if p, i := (at-guard)/ld, (at-guard)%ld; at >= guard && p < kc && i < n {
				want = element(i0+i, k0+p)
			}
			if got != want && (got == got || want == want) {
				t.Fatalf("%T, vectors %d+%d of %d, k %d+%d of %d, ld %d: element %d is %v, want %v",
					op, i0, n, vectors, k0, kc, k, ld, at-guard, got, want)
			}
		}
	}
}

func everyLevel(t *testing.T, f func(t *testing.T, r *rand.Rand)) {
	seed := rand.Uint64()
	defer mem.Poison.Store(mem.Poison.Swap(true))
	for _, l := range cpu.Available {
		t.Run(fmt.Sprintf("level=%v", l), func(t *testing.T) {
			t.Logf("seed %d", seed)
			defer cpu.Set(cpu.Set(l))
			f(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

// check compares the patches with what the taps see, and their transpose.
func (p *problem) check(t *testing.T, r *rand.Rand) {
	t.Helper()
	var m Padder
	s := p.patches(&m)
	for b := range p.pictures {
		checkPack(t, r, s, b, p.pixels(), p.taps(), func(i, k int) float32 { return p.see(b, i, k) })
	}
	checkPack(t, r, (*Transposed)(s), 0, p.taps(), p.pictures*p.pixels(), func(i, k int) float32 {
		return p.see(k/p.pixels(), k%p.pixels(), i)
	})
	m.Release()
}

func TestPatches(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for range 300 {
			randomProblem(r).check(t, r)
		}
	})
}

// TestGroup: the patches of some channels are those of all with other taps left out,
// and Base is where they begin.
func TestGroup(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for range 30 {
		p := randomProblem(r)
		p.channels = 4
		p.x = random(r, p.pictures*p.channels*p.In[0]*p.In[1])
		var m Padder
		s := m.Patches(p.x, p.pictures, p.channels, p.Window, 2, nil)
		s.Base = s.Picture / 2
		for b := range p.pictures {
			checkPack(t, r, &s, b, p.pixels(), p.taps()/2, func(i, k int) float32 { return p.see(b, i, p.taps()/2+k) })
		}
		m.Release()
	}
}

// TestFold: folding adds to each pixel what its taps hold, in their order. The values are
// whole numbers, so that sums are exact.
func TestFold(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for range 300 {
			p := randomProblem(r)
			p.Flipped = false
			columns := make([]float32, p.taps()*p.pixels())
			for i := range columns {
				columns[i] = float32(r.IntN(1000))
			}
			dst := p.x[:p.channels*p.In[0]*p.In[1]]
			for i := range dst {
				dst[i] = float32(r.IntN(1000))
			}
			want := slices.Clone(dst)
			for tap := range p.taps() {
				for pixel := range p.pixels() {
					if at, ok := p.at(pixel, tap); ok {
						want[at] += columns[tap*p.pixels()+pixel]
					}
				}
			}
			var f Folder
			f.Fold(dst, columns, p.channels, p.Window)
			if !slices.Equal(dst, want) {
				t.Fatalf("%+v: Fold = %v, want %v", p.Window, dst, want)
			}
		}
	})
}

// TestPlanes goes past the number of vectors that Pack takes at a time.
func TestPlanes(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for _, channels := range []int{1, 2, 63, 64, 65, 130} {
			for _, size := range []int{1, 5, 16, 37} {
				const pictures, base, gap = 3, 4, 6
				picture := channels*size + gap
				s := &Planes{Src: random(r, base+pictures*picture), Base: base, Picture: picture, Size: size}
				checkPack(t, r, s, 0, channels, pictures*size, func(i, k int) float32 {
					return s.Src[base+k/size*picture+i*size+k%size]
				})
			}
		}
	})
}

func TestOffsets(t *testing.T) {
	one, two := [2]int{1, 1}, [2]int{2, 2}
	for _, c := range []struct {
		name     string
		window   Window
		channels int
		want     []int
	}{
		{"plain", Window{Kernel: two, Stride: one, Dilation: one, Out: [2]int{9, 9}}, 2, []int{0, 1, 10, 11, 100, 101, 110, 111}},
		{"flipped", Window{Kernel: two, Stride: one, Dilation: one, Out: [2]int{9, 9}, Flipped: true}, 2, []int{11, 10, 1, 0, 111, 110, 101, 100}},
		{"dilated", Window{Kernel: [2]int{2, 3}, Stride: one, Dilation: [2]int{3, 2}, Out: [2]int{4, 6}}, 1, []int{0, 2, 4, 30, 32, 34}},
		// Four phases of 10×10.
		{"stride", Window{Kernel: [2]int{3, 3}, Stride: two, Dilation: one, Out: [2]int{9, 9}}, 1, []int{0, 100, 1, 200, 300, 201, 10, 110, 11}},
		{"none", Window{Kernel: two, Stride: one, Dilation: one, Out: [2]int{9, 9}}, 0, nil},
	} {
		if got := c.window.Offsets(nil, c.channels); !slices.Equal(got, c.want) {
			t.Errorf("%s: Offsets = %v, want %v", c.name, got, c.want)
		}
	}
	room, w := make([]int, 5, 8), Window{Kernel: two, Stride: one, Dilation: one, Out: two}
	if got := w.Offsets(room, 2); &got[0] != &room[0] {
		t.Error("Offsets took new memory, want that of dst")
	}
}

// TestInPlace: where nothing is to be done, nothing is copied, and Release frees nothing.
func TestInPlace(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	one := [2]int{1, 1}
	w := Window{In: [2]int{3, 3}, Before: one, Kernel: one, Stride: one, Dilation: one, Out: [2]int{3, 3}}
	var p Padder
	p.Patches(make([]float32, 9), 1, 1, w, 1, nil)
	p.Release()
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	w.Before = [2]int{}
	if got := p.Patches(x, 1, 1, w, 1, nil); &got.Src[0] != &x[0] || got.Pitch != 3 {
		t.Errorf("Patches without padding are in other memory, or rows are %d apart, want 3", got.Pitch)
	}
	p.Release()
	if x[0] != 1 {
		t.Errorf("Release wrote to the caller's memory: %v", x)
	}
}

// TestAllocations: packing, placing and folding allocate nothing in the steady state.
func TestAllocations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	g := randomProblem(r)
	g.Stride, g.Flipped = [2]int{2, 2}, false
	var p Padder
	var f Folder
	planes := &Planes{Src: random(r, 70*6), Picture: 70 * 6, Size: 6}
	dst := make([]float32, max(g.pixels()*g.pictures*g.taps(), 70*6))
	offsets := make([]int, g.taps())
	run := func() {
		s := p.Patches(g.x, g.pictures, g.channels, g.Window, g.channels, offsets)
		s.Pack(dst, g.pixels(), 0, 0, g.pixels(), 0, g.taps())
		(*Transposed)(&s).Pack(dst, g.taps(), 0, 0, g.taps(), 0, g.pictures*g.pixels())
		planes.Pack(dst, 70, 0, 0, 70, 0, 6)
		p.Release()
		f.Fold(g.x, dst, g.channels, g.Window)
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// FuzzWindow tries any small window.
func FuzzWindow(f *testing.F) {
	f.Add(uint64(1), []byte{1, 2, 7, 7, 1, 1, 3, 3, 2, 2, 1, 1, 4, 4})
	f.Add(uint64(2), []byte{0, 0, 14, 40, 3, 3, 7, 7, 2, 2, 1, 1, 7, 20})
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		at := func(i, limit int) int {
			if i >= len(b) {
				return 0
			}
			return int(b[i]) % limit
		}
		r := rand.New(rand.NewPCG(seed, 0))
		p := &problem{pictures: 1 + at(0, 3), channels: 1 + at(1, 4), Window: Window{
			In: [2]int{1 + at(2, 20), 1 + at(3, 80)}, Before: [2]int{at(4, 9), at(5, 9)}, Kernel: [2]int{1 + at(6, 5), 1 + at(7, 8)},
			Stride: [2]int{1 + at(8, 5), 1 + at(9, 5)}, Dilation: [2]int{1 + at(10, 3), 1 + at(11, 3)}, Out: [2]int{1 + at(12, 9), 1 + at(13, 70)},
			Flipped: at(14, 2) > 0,
		}}
		p.x = random(r, p.pictures*p.channels*p.In[0]*p.In[1])
		for _, l := range cpu.Available {
			before := cpu.Set(l)
			p.check(t, r)
			cpu.Set(before)
		}
	})
}
