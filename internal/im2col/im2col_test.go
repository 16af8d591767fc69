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

// geometry is a convolution without padding, on random pictures.
type geometry struct {
	pictures, channels, h, w         int
	kernel, stride, dilation         [2]int
	outHeight, outWidth, base, extra int
	src                              []float32
}

func randomGeometry(r *rand.Rand) *geometry {
	g := &geometry{
		pictures: 1 + r.IntN(3), channels: 1 + r.IntN(4),
		kernel: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, stride: [2]int{1 + r.IntN(3), 1 + r.IntN(3)},
		dilation: [2]int{1 + r.IntN(2), 1 + r.IntN(2)}, outHeight: 1 + r.IntN(4), outWidth: 1 + r.IntN(20),
		base: r.IntN(5), extra: r.IntN(3),
	}
	if r.IntN(3) == 0 {
		g.kernel, g.stride, g.extra = [2]int{1, 1}, [2]int{1, 1}, 0 // rows join up
	}
	g.h = (g.outHeight-1)*g.stride[0] + (g.kernel[0]-1)*g.dilation[0] + 1
	g.w = (g.outWidth-1)*g.stride[1] + (g.kernel[1]-1)*g.dilation[1] + 1 + g.extra
	g.src = random(r, g.base+g.pictures*g.channels*g.h*g.w)
	return g
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = r.Float32()
	}
	return x
}

func (g *geometry) pixels() int { return g.outHeight * g.outWidth }
func (g *geometry) taps() int   { return g.channels * g.kernel[0] * g.kernel[1] }

func (g *geometry) patches() *Patches {
	return &Patches{
		Src: g.src, Base: g.base, Picture: g.channels * g.h * g.w, Pitch: g.w, Stride: g.stride, Width: g.outWidth, Height: g.outHeight,
		Offsets: Offsets(nil, g.channels, g.h*g.w, g.w, g.kernel, g.dilation, false),
	}
}

// see returns what a tap sees at an output pixel, by the definition.
func (g *geometry) see(picture, pixel, tap int) float32 {
	i, j := pixel/g.outWidth, pixel%g.outWidth
	kk := g.kernel[0] * g.kernel[1]
	c, kh, kw := tap/kk, tap%kk/g.kernel[1], tap%g.kernel[1]
	y, x := i*g.stride[0]+kh*g.dilation[0], j*g.stride[1]+kw*g.dilation[1]
	return g.src[g.base+((picture*g.channels+c)*g.h+y)*g.w+x]
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
	for _, l := range cpu.Available {
		t.Run(fmt.Sprintf("level=%v", l), func(t *testing.T) {
			t.Logf("seed %d", seed)
			defer cpu.Set(cpu.Set(l))
			f(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

func TestPatches(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for range 200 {
			g := randomGeometry(r)
			for b := range g.pictures {
				checkPack(t, r, g.patches(), b, g.pixels(), g.taps(), func(i, k int) float32 { return g.see(b, i, k) })
			}
		}
	})
}

func TestTransposed(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for range 200 {
			g := randomGeometry(r)
			checkPack(t, r, (*Transposed)(g.patches()), 0, g.taps(), g.pictures*g.pixels(), func(i, k int) float32 {
				return g.see(k/g.pixels(), k%g.pixels(), i)
			})
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
	for _, c := range []struct {
		name    string
		got     []int
		offsets []int
	}{
		{"plain", Offsets(nil, 2, 100, 10, [2]int{2, 2}, [2]int{1, 1}, false), []int{0, 1, 10, 11, 100, 101, 110, 111}},
		{"flipped", Offsets(nil, 2, 100, 10, [2]int{2, 2}, [2]int{1, 1}, true), []int{11, 10, 1, 0, 111, 110, 101, 100}},
		{"dilated", Offsets(nil, 1, 100, 10, [2]int{2, 3}, [2]int{3, 2}, false), []int{0, 2, 4, 30, 32, 34}},
		{"none", Offsets(nil, 0, 100, 10, [2]int{2, 3}, [2]int{3, 2}, false), nil},
	} {
		if !slices.Equal(c.got, c.offsets) {
			t.Errorf("%s: Offsets = %v, want %v", c.name, c.got, c.offsets)
		}
	}
	room := make([]int, 5, 8)
	if got := Offsets(room, 2, 100, 10, [2]int{2, 2}, [2]int{1, 1}, false); &got[0] != &room[0] {
		t.Error("Offsets took new memory, want that of dst")
	}
}

func TestPadder(t *testing.T) {
	mem.Poison.Store(true)
	defer mem.Poison.Store(false)
	r := rand.New(rand.NewPCG(1, 0))
	var p Padder
	for range 100 {
		planes, size := r.IntN(4), [2]int{r.IntN(5), r.IntN(5)}
		before, after := [2]int{r.IntN(3), r.IntN(3)}, [2]int{r.IntN(3), r.IntN(3)}
		x := random(r, planes*size[0]*size[1])
		got, h, w := p.Pad(x, planes, size, before, after)
		if h != before[0]+size[0]+after[0] || w != before[1]+size[1]+after[1] || len(got) != planes*h*w {
			t.Fatalf("Pad of %v by %v, %v gives %d×%d and %d elements", size, before, after, h, w, len(got))
		}
		for at, v := range got {
			y, col := at/w%h-before[0], at%w-before[1]
			want := float32(0)
			if y >= 0 && y < size[0] && col >= 0 && col < size[1] {
				want = x[(at/(w*h)*size[0]+y)*size[1]+col]
			}
			if v != want {
				t.Fatalf("Pad of %v by %v, %v: element %d is %v, want %v", size, before, after, at, v, want)
			}
		}
		p.Release()
	}
}

// TestPadderNone: without padding nothing is copied, and Release frees nothing.
func TestPadderNone(t *testing.T) {
	mem.Poison.Store(true)
	defer mem.Poison.Store(false)
	var p Padder
	p.Pad(make([]float32, 4), 1, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 1})
	p.Release()
	x := []float32{1, 2, 3, 4}
	got, h, w := p.Pad(x, 1, [2]int{2, 2}, [2]int{}, [2]int{})
	if &got[0] != &x[0] || h != 2 || w != 2 {
		t.Errorf("Pad by nothing gives other memory, or %d×%d, want 2×2", h, w)
	}
	p.Release()
	if x[0] != 1 {
		t.Errorf("Release wrote to the caller's memory: %v", x)
	}
}

// TestAllocations: packing and padding allocate nothing in the steady state.
func TestAllocations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	g := randomGeometry(r)
	s := g.patches()
	planes := &Planes{Src: random(r, 70*6), Picture: 70 * 6, Size: 6}
	dst := make([]float32, max(s.Width*s.Height*g.pictures*g.taps(), 70*6))
	x := random(r, 12)
	var p Padder
	f := func() {
		s.Pack(dst, g.pixels(), 0, 0, g.pixels(), 0, g.taps())
		(*Transposed)(s).Pack(dst, g.taps(), 0, 0, g.taps(), 0, g.pictures*g.pixels())
		planes.Pack(dst, 70, 0, 0, 70, 0, 6)
		p.Pad(x, 1, [2]int{3, 4}, [2]int{1, 1}, [2]int{1, 1})
		p.Release()
	}
	f()
	if n := testing.AllocsPerRun(20, f); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
