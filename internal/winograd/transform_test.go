package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/mem"
)

// guardBits is a NaN that no transform makes.
const guardBits = 0x7fc0dead

// guarded returns n guard words, where a test keeps what must not change.
func guarded(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = math.Float32frombits(guardBits)
	}
	return s
}

// values returns n numbers, of which one in five is special if hard.
func values(r *rand.Rand, n int, hard bool) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0x1p-130}
	s := random(r, n)
	for i := range s {
		if hard && r.IntN(5) == 0 {
			s[i] = special[r.IntN(len(special))]
		}
	}
	return s
}

// place is a call of one of the transforms.
type place struct {
	Form
	groups        int
	stride, pitch int
	n, rows       int // of kernels
	offset        int // of the slices from aligned memory
}

func randomPlace(r *rand.Rand, form Form) place {
	z := place{Form: form, groups: 1 + r.IntN(3), n: 1 + r.IntN(5), rows: 1 + r.IntN(16), offset: r.IntN(16)}
	z.stride = maxLanes*max(z.groups, z.n+1) + r.IntN(20)
	z.pitch = form.points() + r.IntN(20)
	return z
}

// calls are the transforms as functions that return what they write, guards
// included, and where they should write. All of them have maxLanes tiles a group.
var calls = map[string]func(f *transforms, z place, r *rand.Rand, hard bool) (got []float32, mine func(i int) bool){
	"input": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		src := values(r, 3000, hard)
		offs := make([]int, z.groups*maxLanes)
		for i := range offs {
			offs[i] = r.IntN(len(src) - z.Form.points()*(z.pitch+1))
		}
		points := z.Form.points() * z.Form.points()
		dst := guarded(z.offset + points*z.stride + 40)
		f.input(dst[z.offset:], z.stride, src, z.pitch, offs, room())
		return dst, func(i int) bool {
			i -= z.offset
			return i >= 0 && i < points*z.stride && i%z.stride < len(offs)
		}
	},
	"gradient": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		src := values(r, 3000, hard)
		offs := make([]int, z.groups*maxLanes)
		for i := range offs {
			offs[i] = r.IntN(len(src) - z.Tile*(z.pitch+1))
		}
		points := z.Form.points() * z.Form.points()
		dst := guarded(z.offset + points*z.stride + 40)
		f.gradient(dst[z.offset:], z.stride, src, z.pitch, offs, room())
		return dst, func(i int) bool {
			i -= z.offset
			return i >= 0 && i < points*z.stride && i%z.stride < len(offs)
		}
	},
	"weight": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		points, size := z.Form.points()*z.Form.points(), z.Kernel*z.Kernel
		src := values(r, z.offset+points*z.stride, hard)[z.offset:]
		pitch := z.groups*maxLanes + z.offset%3
		dst := guarded(z.offset + size*pitch + 40)
		f.weight(dst[z.offset:], pitch, src, z.stride, z.groups*maxLanes, room())
		return dst, func(i int) bool {
			i -= z.offset
			return i >= 0 && i < size*pitch && i%pitch < z.groups*maxLanes
		}
	},
	"output": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		points := z.Form.points() * z.Form.points()
		src := values(r, z.offset+points*z.stride, hard)[z.offset:]
		dst := guarded(z.groups*maxLanes*z.Tile*z.pitch + 40)
		offs, mine := make([]int, z.groups*maxLanes), map[int]bool{}
		for i, o := range r.Perm(len(offs)) {
			offs[i] = z.offset + o*z.Tile*z.pitch
			for a := range z.Tile {
				for b := range z.Tile {
					mine[offs[i]+a*z.pitch+b] = true
				}
			}
		}
		f.output(dst, z.pitch, offs, src, z.stride, 0.3, room())
		return dst, func(i int) bool { return mine[i] }
	},
	"kernel": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		size := z.Kernel * z.Kernel
		src := values(r, z.n*size*maxLanes, hard)
		var taps taps
		for i, t := range r.Perm(size) {
			taps[i] = t * maxLanes
		}
		points := z.Form.points() * z.Form.points()
		dst := guarded(z.offset + points*z.stride + 40)
		pitch := z.rows + z.offset%3
		f.kernel(dst[z.offset:], z.stride, pitch, src, size*maxLanes, &taps, z.n, z.rows, room())
		return dst, func(i int) bool {
			i -= z.offset
			return i >= 0 && i < points*z.stride && i%z.stride < z.n*pitch && i%z.stride%pitch < z.rows
		}
	},
}

// TestLevelsAgree compares every transform at every level with plain Go: sizes,
// alignments, guards, NaN and infinities. The levels with assembly agree to the bit.
func TestLevelsAgree(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for name, call := range calls {
		for i := range uint64(60) {
			for _, form := range Forms {
				r := func() *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }
				z := randomPlace(r(), form)
				hard := i%3 == 0
				var first []float32 // of a level with assembly
				want, mine := call(generic(form), z, r(), hard)
				for _, f := range available(form) {
					if name == "kernel" && z.rows > f.lanes && f.level != cpu.Generic {
						continue
					}
					got, _ := call(f, z, r(), hard)
					what := fmt.Sprintf("%s/level=%v/%+v", name, f.level, z)
					for j := range got {
						if !mine(j) {
							if math.Float32bits(got[j]) != guardBits {
								t.Fatalf("%s: guard word %d became %v", what, j, got[j])
							}
						} else if !near(got[j], want[j]) {
							t.Fatalf("%s: element %d is %v, want %v", what, j, got[j], want[j])
						}
					}
					switch {
					case f.level == cpu.Generic:
					case first == nil:
						first = got
					default:
						for j := range got {
							if math.Float32bits(got[j]) != math.Float32bits(first[j]) && got[j] == got[j] {
								t.Fatalf("%s: element %d is %v, want the bits of %v", what, j, got[j], first[j])
							}
						}
					}
				}
			}
		}
	}
}

// near compares two results of transforms of numbers up to 1.
func near(got, want float32) bool {
	return got == want || got != got && want != want ||
		math.Abs(float64(got)-float64(want)) <= 1e-5*max(1, math.Abs(float64(want)))
}

// available lists the implementations that this machine can run, generic last.
func available(form Form) (list []*transforms) {
	for _, f := range implementations {
		if f.Form == form && slices.Contains(cpu.Available, f.level) {
			list = append(list, f)
		}
	}
	return list
}

// TestIdentity checks the matrices exactly, in float64: a convolution of one
// channel and one tile for all pairs of unit vectors.
func TestIdentity(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, form := range Forms {
			f := current(form)
			n, tile, size := form.points(), form.Tile, form.Kernel
			for at := range n * n {
				for tap := range size * size {
					x, g := make([]float32, n*n), make([]float32, size*size*maxLanes)
					x[at], g[tap*maxLanes] = 1, 1
					var taps taps
					for i := range taps {
						taps[i] = i * maxLanes
					}
					var v, u [36 * maxLanes]float32
					f.input(v[:], maxLanes, x, n, make([]int, f.lanes), room())
					f.kernel(u[:], maxLanes, 1, g, 0, &taps, 1, 1, room())
					for e := range n * n {
						v[e*maxLanes] *= u[e*maxLanes]
					}
					y := make([]float32, tile*tile+maxLanes*4)
					offs := make([]int, f.lanes)
					for i := range offs[1:] {
						offs[1+i] = tile * tile // which nobody looks at
					}
					f.output(y, tile, offs, v[:], maxLanes, 0, room())
					for i := range tile {
						for j := range tile {
							want := 0.
							if (i+tap/size)*n+j+tap%size == at {
								want = 1
							}
							if d := math.Abs(float64(y[i*tile+j]) - want); d > 2e-6 {
								t.Fatalf("%v: pixel %d and tap %d give y[%d][%d] = %v, want %v", form, at, tap, i, j, y[i*tile+j], want)
							}
						}
					}
				}
			}
		}
	})
}

// room returns memory for transforms.
func room() *scratch { return (*scratch)(mem.Get(len(scratch{}))) }
