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
	tile, groups  int
	stride, pitch int
	n, rows       int // of kernels
	offset        int // of the slices from aligned memory
}

func randomPlace(r *rand.Rand, tile int) place {
	z := place{tile: tile, groups: 1 + r.IntN(3), n: 1 + r.IntN(5), rows: 1 + r.IntN(16), offset: r.IntN(16)}
	z.stride = maxLanes*max(z.groups, z.n+1) + r.IntN(20)
	z.pitch = tile + 2 + r.IntN(20)
	return z
}

// calls are the transforms as functions that return what they write, guards
// included, and where they should write. All of them have maxLanes tiles a group.
var calls = map[string]func(f *transforms, z place, r *rand.Rand, hard bool) (got []float32, mine func(i int) bool){
	"input": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		src := values(r, 3000, hard)
		offs := make([]int, z.groups*maxLanes)
		for i := range offs {
			offs[i] = r.IntN(len(src) - (z.tile+1)*z.pitch - z.tile - 2)
		}
		points := (z.tile + 2) * (z.tile + 2)
		dst := guarded(z.offset + points*z.stride + 40)
		f.input(dst[z.offset:], z.stride, src, z.pitch, offs, room())
		return dst, func(i int) bool {
			i -= z.offset
			return i >= 0 && i < points*z.stride && i%z.stride < len(offs)
		}
	},
	"output": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		points := (z.tile + 2) * (z.tile + 2)
		src := values(r, z.offset+points*z.stride, hard)[z.offset:]
		dst := guarded(z.groups*maxLanes*z.tile*z.pitch + 40)
		offs, mine := make([]int, z.groups*maxLanes), map[int]bool{}
		for i, o := range r.Perm(len(offs)) {
			offs[i] = z.offset + o*z.tile*z.pitch
			for a := range z.tile {
				for b := range z.tile {
					mine[offs[i]+a*z.pitch+b] = true
				}
			}
		}
		f.output(dst, z.pitch, offs, src, z.stride, 0.3, room())
		return dst, func(i int) bool { return mine[i] }
	},
	"kernel": func(f *transforms, z place, r *rand.Rand, hard bool) ([]float32, func(int) bool) {
		src := values(r, z.n*9*maxLanes, hard)
		var taps [9]int
		for i, t := range r.Perm(9) {
			taps[i] = t * maxLanes
		}
		points := (z.tile + 2) * (z.tile + 2)
		dst := guarded(z.offset + points*z.stride + 40)
		pitch := z.rows + z.offset%3
		f.kernel(dst[z.offset:], z.stride, pitch, src, 9*maxLanes, &taps, z.n, z.rows, room())
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
			for _, tile := range []int{2, 4} {
				r := func() *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }
				z := randomPlace(r(), tile)
				hard := i%3 == 0
				var first []float32 // of a level with assembly
				want, mine := call(generic(tile), z, r(), hard)
				for _, f := range available(tile) {
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
	return got == want || got != got && want != want || math.Abs(float64(got)-float64(want)) <= 1e-5
}

// available lists the implementations that this machine can run, generic last.
func available(tile int) (list []*transforms) {
	for _, f := range implementations {
		if f.tile == tile && slices.Contains(cpu.Available, f.level) {
			list = append(list, f)
		}
	}
	return list
}

// TestIdentity checks the matrices exactly, in float64: a convolution of one
// channel and one tile for all pairs of unit vectors.
func TestIdentity(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, tile := range []int{2, 4} {
			f := current(tile)
			n := tile + 2
			for at := range n * n {
				for tap := range 9 {
					x, g := make([]float32, n*n), make([]float32, 9*maxLanes)
					x[at], g[tap*maxLanes] = 1, 1
					var taps [9]int
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
							if (i+tap/3)*n+j+tap%3 == at {
								want = 1
							}
							if d := math.Abs(float64(y[i*tile+j]) - want); d > 2e-6 {
								t.Fatalf("tile %d: pixel %d and tap %d give y[%d][%d] = %v, want %v", tile, at, tap, i, j, y[i*tile+j], want)
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
