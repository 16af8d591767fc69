package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// gradAmplification is what the transforms of weights' gradients can make of the rounding
// errors, relative to the sum over all tiles of Σ|dy|·max|x|; see [amplification].
var gradAmplification = map[Form]float64{{2, 3}: 16, {4, 3}: 232, {2, 5}: 187}

// gradLikely bounds the same for numbers of random sign, in units of 2⁻²⁴. It is twice the
// most that some thousand problems gave: those of a single tile now and then come near.
var gradLikely = map[Form]float64{{2, 3}: 8, {4, 3}: 64, {2, 5}: 128}

func TestGradAmplification(t *testing.T) {
	for _, f := range Forms {
		amplifies(t, f, f.Kernel, f.Tile, gradAmplification[f])
	}
}

// grad returns the problem of the weights' gradient: dy in place of the weights.
func (z problem) grad(seed uint64) *WeightGrad {
	d := z.data(seed)
	return &WeightGrad{Shape: d.conv.Shape, X: d.conv.X, DY: d.y, DW: d.weights.Data, Add: z.add}
}

// run returns the gradient, beside what DW held.
func (g *WeightGrad) run() (got, before []float32) {
	before = g.DW
	g.DW = append([]float32(nil), before...)
	g.Run()
	got, g.DW = g.DW, before
	return got, before
}

// compare compares a gradient with the formula, in float64. It returns the largest error in
// units of 2⁻²⁴ of the sum that bounds it.
func (g *WeightGrad) compare(t *testing.T, got, before []float32, z problem) (worst float64) {
	t.Helper()
	r, tile := g.Kernel, g.Tile
	down, across := ceilDiv(g.Out[0], tile), ceilDiv(g.Out[1], tile)
	bad := 0
	for o := range g.YChannels {
		for c := range g.XChannels {
			x := func(n, i, j int) float64 {
				i, j = i-g.Before[0], j-g.Before[1]
				if i < 0 || i >= g.In[0] || j < 0 || j >= g.In[1] {
					return 0
				}
				return float64(g.X[n*g.XPicture+(c*g.In[0]+i)*g.In[1]+j])
			}
			want, norm := make([]float64, r*r), 0.
			for n := range g.N {
				for at := range down * across {
					top, left := at/across*tile, at%across*tile
					var sum, largest float64
					for i := range tile {
						for j := range tile {
							if top+i >= g.Out[0] || left+j >= g.Out[1] {
								continue
							}
							dy := float64(g.DY[n*g.YPicture+(o*g.Out[0]+top+i)*g.Out[1]+left+j])
							sum += math.Abs(dy)
							for e := range want {
								want[e] += dy * x(n, top+i+e/r, left+j+e%r)
							}
						}
					}
					for a := range g.points() {
						for b := range g.points() {
							largest = max(largest, math.Abs(x(n, top+a, left+b)))
						}
					}
					norm += sum * largest
				}
			}
			for e, w := range want {
				i, rest := (o*g.XChannels+c)*r*r+e, 0.
				if g.Add {
					rest = math.Abs(float64(before[i])) + math.Abs(w)
					w += float64(before[i])
				}
				err := math.Abs(float64(got[i]) - w)
				bound := (gradAmplification[g.Form]*float64(g.N*down*across+30)*norm + 2*rest) / (1 << 24)
				if !(err <= bound) && bad < 3 {
					bad++
					t.Errorf("%v: element %d = %v, want %v ± %v", z, i, got[i], w, bound)
				}
				if norm > 0 {
					worst = max(worst, (err*(1<<24)-2*rest)/norm)
				}
			}
		}
	}
	return worst
}

// TestGradReference compares random problems with the formula.
func TestGradReference(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	levels(t, func(t *testing.T) {
		worst := map[Form]float64{}
		for i := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, i))
			z := randomProblem(r)
			restore := set(&mostGrad, 5+r.IntN(60))
			g := z.grad(seed + i)
			got, before := g.run()
			worst[z.Form] = max(worst[z.Form], g.compare(t, got, before, z))
			restore()
		}
		for _, form := range Forms {
			t.Logf("%v: largest error of random numbers %.2f·2⁻²⁴ of the sum", form, worst[form])
			if worst[form] > gradLikely[form] {
				t.Errorf("%v: error %.2f·2⁻²⁴ of the sum, want at most %v", form, worst[form], gradLikely[form])
			}
		}
	})
}

// TestGradSameBits: neither the number of workers nor how rows of tiles are cut into
// blocks changes the bits.
func TestGradSameBits(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	levels(t, func(t *testing.T) {
		for i := range uint64(20) {
			z := randomProblem(rand.New(rand.NewPCG(seed, i)))
			z.n = 3
			g := z.grad(seed)
			want, _ := g.run()
			for _, workers := range []int{1, 2, 7} {
				for _, most := range []int{20, 50, 400} {
					restore := set(&mostGrad, most)
					previous := parallel.SetWorkers(workers)
					got, _ := g.run()
					equal(t, z, fmt.Sprintf("%d workers, blocks of %d", workers, most), got, want)
					parallel.SetWorkers(previous)
					restore()
				}
			}
		}
	})
}

// TestGradWide is cut into stripes, and has channels that fill more than one part.
func TestGradWide(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, form := range Forms {
			for _, z := range []problem{
				{Form: form, n: 2, c: 2, o: 3, in: [2]int{6, 555}, pad: [4]int{1, 1, 1, 1}},
				{Form: form, n: 1, c: 33, o: 47, in: [2]int{7, 9}, pad: [4]int{1, 1, 1, 1}, add: true},
			} {
				g := z.grad(1)
				got, before := g.run()
				g.compare(t, got, before, z)
			}
		}
	})
}

// TestGradSpecial: a NaN or an infinity of the input or of the output's gradient reaches
// the kernels of its channel, and no others.
func TestGradSpecial(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, form := range Forms {
			z := problem{Form: form, n: 2, c: 3, o: 5, in: [2]int{11, 13}, pad: [4]int{1, 1, 1, 1}}
			size := form.Kernel * form.Kernel
			for _, bad := range []float64{math.NaN(), math.Inf(1)} {
				for _, input := range []bool{true, false} {
					g := z.grad(1)
					want, _ := g.run()
					sees := func(o, c int) bool { return o == 2 }
					if input {
						g.X[g.XPicture+1*11*13+5*13+6] = float32(bad) // of picture 1, channel 1
						sees = func(o, c int) bool { return c == 1 }
					} else {
						g.DY[g.YPicture+2*g.Out[0]*g.Out[1]+7] = float32(bad) // of picture 1, channel 2
					}
					got, _ := g.run()
					for i, v := range got {
						k := i / size
						if seen := sees(k/z.c, k%z.c); !seen && v != want[i] {
							t.Fatalf("%v: element %d is %v, want %v", z, i, v, want[i])
						}
					}
				}
			}
		}
	})
}

// TestGradEmpty: without pictures the gradient is zero, and what is added is nothing.
func TestGradEmpty(t *testing.T) {
	z := problem{Form: Form{4, 3}, c: 2, o: 3, in: [2]int{5, 5}}
	g := z.grad(1)
	if got, _ := g.run(); !allZero(got) {
		t.Errorf("gradient of no pictures is %v, want zeros", got)
	}
	g.Add = true
	got, before := g.run()
	equal(t, z, "nothing added", got, before)
	g.XChannels, g.X = 0, nil
	g.Run()
}

func allZero(s []float32) bool {
	for _, v := range s {
		if v != 0 {
			return false
		}
	}
	return true
}

func TestGradAllocations(t *testing.T) {
	for _, z := range []problem{
		{Form: Form{4, 3}, n: 1, c: 4, o: 40, in: [2]int{7, 7}, pad: [4]int{1, 1, 1, 1}},
		{Form: Form{2, 5}, n: 9, c: 4, o: 4, in: [2]int{40, 40}, pad: [4]int{1, 1, 1, 1}, add: true},
	} {
		g := z.grad(1)
		for _, workers := range []int{1, 2} {
			previous := parallel.SetWorkers(workers)
			if n := testing.AllocsPerRun(20, g.Run); n > 0 {
				t.Errorf("%v: %v allocations a run with %d workers, want none", z, n, workers)
			}
			parallel.SetWorkers(previous)
		}
	}
}

// TestGradPanics names what does not fit.
func TestGradPanics(t *testing.T) {
	z := problem{Form: Form{2, 3}, n: 2, c: 3, o: 5, in: [2]int{4, 4}}
	for name, spoil := range map[string]func(g *WeightGrad){
		"input and gradient have 95 and 40 elements, want 96 and 40": func(g *WeightGrad) { g.X = g.X[1:] },
		"input and gradient have 96 and 39 elements, want 96 and 40": func(g *WeightGrad) { g.DY = g.DY[1:] },
		"kernels have 134 elements, want 135":                        func(g *WeightGrad) { g.DW = g.DW[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			g := z.grad(1)
			spoil(g)
			defer func() {
				if got := recover(); got != "winograd: Run: "+name {
					t.Errorf("panic %v, want %q", got, "winograd: Run: "+name)
				}
			}()
			g.Run()
		})
	}
}
