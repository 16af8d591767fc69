package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// problem is a convolution with all it needs, for tests.
type problem struct {
	Form
	n, c, o   int
	in        [2]int
	pad       [4]int // top, bottom, left, right
	bias, add bool
	flip      bool
}

func (z problem) String() string { type plain problem; return fmt.Sprintf("%+v", plain(z)) }

func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*r.Float32() - 1
	}
	return s
}

// data are the operands of a problem.
type data struct {
	conv    Conv
	weights Weights
	packed  gemm.Packed
	y       []float32 // the initial content
}

func (z problem) data(seed uint64) *data {
	r := rand.New(rand.NewPCG(seed, 0))
	d := &data{}
	out := [2]int{z.in[0] + z.pad[0] + z.pad[1] - z.Kernel + 1, z.in[1] + z.pad[2] + z.pad[3] - z.Kernel + 1}
	size := z.Kernel * z.Kernel
	d.weights = Weights{Data: random(r, z.o*z.c*size), Out: z.o, In: z.c, O: z.c * size, C: size}
	if z.flip {
		d.weights.O, d.weights.C, d.weights.Flip = size, z.o*size, true
	}
	d.conv = Conv{
		Shape: Shape{
			Form: z.Form, N: z.n, XChannels: z.c, YChannels: z.o, In: z.in, Out: out, Before: [2]int{z.pad[0], z.pad[2]},
			XPicture: z.c * z.in[0] * z.in[1], YPicture: z.o * out[0] * out[1],
		},
		X: random(r, z.n*z.c*z.in[0]*z.in[1]), Weights: &d.packed, Add: z.add,
	}
	if z.bias {
		d.conv.Bias = random(r, z.o)
	}
	d.y = random(r, z.n*z.o*out[0]*out[1])
	return d
}

func (d *data) run() []float32 {
	d.conv.Y = append([]float32(nil), d.y...)
	d.weights.Pack(&d.packed, d.conv.Form, d.conv.Few())
	d.conv.Run()
	return d.conv.Y
}

// reference calls f with the place of each element, its true value, and what
// bounds its error: the sum over input channels of Σ|w|·max|x|, where x is the
// patch of the tile, besides the size of the bias and of what it is added to.
func (d *data) reference(f func(at int, want, norm, rest float64)) {
	c := &d.conv
	for n := range c.N {
		for o := range c.YChannels {
			for i := range c.Out[0] {
				for j := range c.Out[1] {
					at := n*c.YPicture + (o*c.Out[0]+i)*c.Out[1] + j
					var want, norm float64
					if c.Bias != nil {
						want = float64(c.Bias[o])
					}
					if c.Add {
						want += float64(d.y[at])
					}
					rest := math.Abs(want)
					for k := range c.XChannels {
						product, weights, pixels := d.channel(n, k, o, i, j)
						want += product
						norm += weights * pixels
					}
					f(at, want, norm, rest)
				}
			}
		}
	}
}

// channel returns what an input channel adds to an element of the output, the sum
// of the absolute weights, and the largest pixel that the tile sees.
func (d *data) channel(n, k, o, i, j int) (product, weights, pixels float64) {
	c, w := &d.conv, &d.weights
	x := func(i, j int) float64 {
		i, j = i-c.Before[0], j-c.Before[1]
		if i < 0 || i >= c.In[0] || j < 0 || j >= c.In[1] {
			return 0
		}
		return float64(c.X[n*c.XPicture+(k*c.In[0]+i)*c.In[1]+j])
	}
	for tap := range c.Kernel * c.Kernel {
		e := tap
		if w.Flip {
			e = c.Kernel*c.Kernel - 1 - tap
		}
		g := float64(w.Data[o*w.O+k*w.C+e])
		product += g * x(i+tap/c.Kernel, j+tap%c.Kernel)
		weights += math.Abs(g)
	}
	for a := range c.points() {
		for b := range c.points() {
			pixels = max(pixels, math.Abs(x(i/c.Tile*c.Tile+a, j/c.Tile*c.Tile+b)))
		}
	}
	return product, weights, pixels
}

// levels runs f at every level that this machine has.
func levels(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Available {
		t.Run("level="+l.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(l))
			f(t)
		})
	}
}

// amplification is what the transforms can make of the rounding errors, relative to
// the sum over channels of Σ|w|·max|x|: the largest row of |Aᵀ|·(max|G| ⊙ Σ|Bᵀ|),
// squared. See the documentation of the package.
var amplification = map[Form]float64{{2, 3}: 16, {4, 3}: 205, {2, 5}: 277}

// likely bounds the same for numbers of random sign, in units of 2⁻²⁴.
var likely = map[Form]float64{{2, 3}: 8, {4, 3}: 32, {2, 5}: 32}

// verify compares the result with the formula. It returns the largest error in units
// of 2⁻²⁴ of the sum that bounds it.
func (d *data) verify(t *testing.T, y []float32, z any) (worst float64) {
	t.Helper()
	c := &d.conv
	bad := 0
	d.reference(func(at int, want, norm, rest float64) {
		e := math.Abs(float64(y[at]) - want)
		bound := (amplification[c.Form]*float64(c.XChannels+30)*norm + 2*rest) / (1 << 24)
		if !(e <= bound) && bad < 3 {
			bad++
			t.Errorf("%+v: element %d = %v, want %v ± %v", z, at, y[at], want, bound)
		}
		if norm > 0 {
			worst = max(worst, (e*(1<<24)-2*rest)/norm)
		}
	})
	return worst
}

// TestAmplification derives the bound from the transforms of unit vectors.
func TestAmplification(t *testing.T) {
	for _, f := range Forms {
		amplifies(t, f, f.Tile, f.Kernel, amplification[f])
	}
}

// amplifies checks the amplification of a form with so many results of a factor of so many
// elements.
func amplifies(t *testing.T, f Form, results, factor int, want float64) {
	t.Helper()
	n := f.points()
	var b, g, a points // of each point: Σ|Bᵀ| and max|G|; of each row: |Aᵀ|·(their product)
	for i := range n {
		unit := points{}
		unit[i] = 1
		for e, v := range evaluate(n, unit) {
			b[e] += float32(math.Abs(float64(v)))
		}
		if i < factor {
			for e, v := range factorPoints(n, factor, unit) {
				g[e] = max(g[e], float32(math.Abs(float64(v))))
			}
		}
	}
	most := 0.
	for i := range n {
		unit := points{}
		unit[i] = 1
		for row, v := range interpolate(n, results, unit) {
			a[row] += float32(math.Abs(float64(v))) * g[i] * b[i]
			most = max(most, float64(a[row])*float64(a[row]))
		}
	}
	if most > want || most < 0.99*want {
		t.Errorf("%v: amplification %.2f, want %v, rounded up", f, most, want)
	}
}

// randomProblem draws a small one, for which tests set most to a few tiles.
func randomProblem(r *rand.Rand) problem {
	z := problem{Form: Forms[r.IntN(len(Forms))], n: r.IntN(4), c: 1 + r.IntN(20), o: 1 + r.IntN(30)}
	for i := range 2 {
		z.pad[2*i], z.pad[2*i+1] = r.IntN(4), r.IntN(4)
		z.in[i] = max(1+r.IntN(20), z.Kernel-z.pad[2*i]-z.pad[2*i+1])
	}
	z.bias, z.add, z.flip = r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(2) == 0
	return z
}

// set changes one of the sizes that guide the cutting of work.
func set(p *int, v int) (restore func()) {
	old := *p
	*p = v
	return func() { *p = old }
}

// TestReference compares random problems with the formula, also with numbers of
// very different sizes and with signs that add up.
func TestReference(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	levels(t, func(t *testing.T) {
		worst := map[Form]float64{}
		for i := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, i))
			z := randomProblem(r)
			restore := set(&most, 5+r.IntN(60))
			d := z.data(seed + i)
			e := d.verify(t, d.run(), z)
			worst[z.Form] = max(worst[z.Form], e)
			switch i % 3 {
			case 0:
				for j := range d.conv.X {
					d.conv.X[j] *= float32(math.Exp2(float64(r.IntN(40))))
				}
			case 1:
				for j := range d.conv.X {
					d.conv.X[j] = float32(1 - 2*(j%z.in[1]%2))
				}
				for j := range d.weights.Data {
					d.weights.Data[j] = float32(1 - 2*(j%3%2))
				}
			case 2:
				for _, s := range [][]float32{d.conv.X, d.weights.Data} {
					for j := range s {
						s[j] = 0.1
					}
				}
			}
			d.verify(t, d.run(), z)
			restore()
		}
		for _, form := range Forms {
			t.Logf("%v: largest error of random numbers %.2f·2⁻²⁴ of the sum", form, worst[form])
			if worst[form] > likely[form] {
				t.Errorf("%v: error %.2f·2⁻²⁴ of the sum, want at most %v", form, worst[form], likely[form])
			}
		}
	})
}

// FuzzConv tries any small problem.
func FuzzConv(f *testing.F) {
	f.Add(uint64(1), []byte{0, 1, 3, 5, 8, 8, 1, 1, 1, 1, 0, 20})
	f.Add(uint64(2), []byte{1, 3, 20, 33, 1, 30, 3, 2, 0, 0, 7, 3})
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		at := func(i, limit int) int {
			if i >= len(b) {
				return 0
			}
			return int(b[i]) % limit
		}
		z := problem{
			Form: Forms[at(0, len(Forms))], n: at(1, 4), c: at(2, 30), o: at(3, 40), in: [2]int{at(4, 20), at(5, 40)},
			pad:  [4]int{at(6, 5), at(7, 5), at(8, 5), at(9, 5)},
			bias: at(10, 2) == 1, add: at(10, 4) >= 2, flip: at(10, 8) >= 4,
		}
		if z.in[0]+z.pad[0]+z.pad[1] < z.Kernel-1 || z.in[1]+z.pad[2]+z.pad[3] < z.Kernel-1 {
			return // smaller than the kernel by more than one
		}
		defer set(&most, 1+at(11, 100))()
		d := z.data(seed)
		d.verify(t, d.run(), z)
	})
}

// TestManyChannels: the error of random numbers does not grow beside the sum, and the
// blocks of k of package gemm are seen.
func TestManyChannels(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, form := range Forms {
			z := problem{Form: form, n: 1, c: 500, o: 3, in: [2]int{5, 9}, pad: [4]int{1, 1, 1, 1}}
			d := z.data(1)
			if e := d.verify(t, d.run(), z); e > likely[form] {
				t.Errorf("%v: error %.2f·2⁻²⁴ of the sum, want at most %v", z, e, likely[form])
			}
		}
	})
}

// equal compares to the last bit.
func equal(t *testing.T, z problem, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%v: %s: element %d is %v, want the bits of %v", z, what, i, got[i], want[i])
		}
	}
}

// TestSameBits: neither the number of workers, nor how tiles are cut into blocks, nor
// the other pictures of a batch change the bits.
func TestSameBits(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	levels(t, func(t *testing.T) {
		for i := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, i))
			z := randomProblem(r)
			z.n = 3
			d := z.data(seed)
			want := d.run()
			for _, workers := range []int{1, 2, 7} {
				for _, blocks := range [][2]int{{1, 2}, {7, 1}, {20, 100}} {
					restore := []func(){set(&most, blocks[0]), set(&enough, blocks[1])}
					previous := parallel.SetWorkers(workers)
					equal(t, z, fmt.Sprintf("%d workers, blocks %v", workers, blocks), d.run(), want)
					parallel.SetWorkers(previous)
					for _, f := range restore {
						f()
					}
				}
			}
			for n := range z.n { // each picture alone
				one := z
				one.n = 1
				e := data{weights: d.weights, y: d.y[n*d.conv.YPicture:][:d.conv.YPicture]}
				e.conv = Conv{
					Shape: d.conv.Shape,
					X:     d.conv.X[n*d.conv.XPicture:][:d.conv.XPicture], Bias: d.conv.Bias, Weights: &e.packed, Add: z.add,
				}
				e.conv.N = 1
				equal(t, one, "alone", e.run(), want[n*d.conv.YPicture:][:d.conv.YPicture])
			}
		}
	})
}

// TestSpread: a NaN or an infinity reaches the tiles that see its pixel, and no other.
func TestSpread(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, form := range Forms {
			tile, by := form.Tile, form.Kernel/2
			z := problem{Form: form, n: 2, c: 3, o: 5, in: [2]int{11, 13}, pad: [4]int{by, by, by, by}, bias: true}
			for _, bad := range []float64{math.NaN(), math.Inf(1)} {
				d := z.data(1)
				want := d.run()
				const row, col = 5, 6
				d.conv.X[d.conv.XPicture+1*11*13+row*13+col] = float32(bad) // of picture 1, channel 1
				for at, v := range d.run() {
					i, j := at/13%11, at%13
					i, j = i/tile*tile-by, j/tile*tile-by // where the tile's patch begins
					sees := at >= d.conv.YPicture && row >= i && row < i+form.points() && col >= j && col < j+form.points()
					if !sees && v != want[at] {
						t.Fatalf("%v: element %d is %v, want %v", z, at, v, want[at])
					}
				}
			}
		}
	})
}

// TestWidePicture is cut into stripes; the last one is narrower.
func TestWidePicture(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, form := range Forms {
			z := problem{Form: form, n: 2, c: 2, o: 3, in: [2]int{6, 1111}, pad: [4]int{1, 1, 1, 1}, bias: true}
			d := z.data(1)
			d.verify(t, d.run(), z)
		}
	})
}

// TestOtherPacking: weights that were packed at another level, or for another number
// of tiles, serve.
func TestOtherPacking(t *testing.T) {
	z := problem{Form: Form{4, 3}, n: 1, c: 5, o: 33, in: [2]int{7, 7}, pad: [4]int{1, 1, 1, 1}}
	d := z.data(1)
	want := d.run()
	for _, packing := range cpu.Available {
		for _, few := range []bool{false, true} {
			previous := cpu.Set(packing)
			d.weights.Pack(&d.packed, z.Form, few)
			cpu.Set(previous)
			d.conv.Y = append([]float32(nil), d.y...)
			d.conv.Run()
			d.verify(t, d.conv.Y, z)
			if packing == previous {
				equal(t, z, fmt.Sprintf("few=%v", few), d.conv.Y, want)
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	for _, z := range []problem{
		{Form: Form{4, 3}, n: 1, c: 4, o: 40, in: [2]int{7, 7}, pad: [4]int{1, 1, 1, 1}},
		{Form: Form{2, 3}, n: 9, c: 4, o: 4, in: [2]int{40, 40}, pad: [4]int{1, 1, 1, 1}, add: true},
	} {
		d := z.data(1)
		d.conv.Y = d.y
		for _, workers := range []int{1, 2} {
			previous := parallel.SetWorkers(workers)
			if n := testing.AllocsPerRun(20, func() {
				d.weights.Pack(&d.packed, z.Form, d.conv.Few())
				d.conv.Run()
			}); n > 0 {
				t.Errorf("%v: %v allocations a run with %d workers, want none", z, n, workers)
			}
			parallel.SetWorkers(previous)
		}
	}
}

// TestPanics names what does not fit.
func TestPanics(t *testing.T) {
	z := problem{Form: Form{2, 3}, n: 2, c: 3, o: 5, in: [2]int{4, 4}, bias: true}
	for name, spoil := range map[string]func(c *Conv){
		"input and output have 95 and 40 elements, want 96 and 40": func(c *Conv) { c.X = c.X[1:] },
		"input and output have 96 and 39 elements, want 96 and 40": func(c *Conv) { c.Y = c.Y[1:] },
		"bias has 4 elements, want 5":                              func(c *Conv) { c.Bias = c.Bias[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			d := z.data(1)
			d.run()
			spoil(&d.conv)
			defer func() {
				if got := recover(); got != "winograd: Run: "+name {
					t.Errorf("panic %v, want %q", got, "winograd: Run: "+name)
				}
			}()
			d.conv.Run()
		})
	}
}
