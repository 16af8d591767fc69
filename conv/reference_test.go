package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/tensor"
)

// sizes describe a convolution to try.
type sizes struct {
	n, c, o, h, w int // batch, input and output channels, picture
	kernel        [2]int
	Settings
}

// String is for messages.
func (z sizes) String() string {
	type plain sizes
	return fmt.Sprintf("%+v", plain(z))
}

func (z sizes) groups() int         { return max(z.Groups, 1) }
func (z sizes) input() tensor.Shape { return tensor.Shape{z.n, z.c, z.h, z.w} }
func (z sizes) weight() tensor.Shape {
	return tensor.Shape{z.o, z.c / z.groups(), z.kernel[0], z.kernel[1]}
}

// step returns stride and dilation on an axis.
func (z sizes) step(axis int) (stride, dilation int) {
	return max(z.Stride[axis], 1), max(z.Dilation[axis], 1)
}

// axis returns the number of output positions on an axis, and the padding before
// it. There is none where the kernel does not fit.
func (z sizes) axis(i int) (out, before int) {
	stride, dilation := z.step(i)
	in := [2]int{z.h, z.w}[i]
	span := dilation*(z.kernel[i]-1) + 1
	if z.Same {
		out = int(math.Ceil(float64(in) / float64(stride)))
		return out, max((out-1)*stride+span-in, 0) / 2
	}
	// Count the positions at which the kernel lies inside.
	for at := 0; at+span <= in+z.Pad[2*i]+z.Pad[2*i+1]; at += stride {
		out++
	}
	return out, z.Pad[2*i]
}

func (z sizes) output() tensor.Shape {
	h, _ := z.axis(0)
	w, _ := z.axis(1)
	return tensor.Shape{z.n, z.o, h, w}
}

// products calls f for every product x[xi]·w[wi] that is part of y[yi], by the
// formula of the documentation of Conv2D.
func (z sizes) products(f func(yi, xi, wi int)) {
	out := z.output()
	_, top := z.axis(0)
	_, left := z.axis(1)
	sr, dr := z.step(0)
	sc, dc := z.step(1)
	cg, og := z.c/z.groups(), z.o/z.groups()
	for n := range z.n {
		for o := range z.o {
			for i := range out[2] {
				for j := range out[3] {
					for c := range cg {
						for h := range z.kernel[0] {
							for w := range z.kernel[1] {
								y, x := i*sr+h*dr-top, j*sc+w*dc-left
								if y < 0 || y >= z.h || x < 0 || x >= z.w {
									continue
								}
								f(((n*z.o+o)*out[2]+i)*out[3]+j,
									((n*z.c+o/og*cg+c)*z.h+y)*z.w+x,
									((o*cg+c)*z.kernel[0]+h)*z.kernel[1]+w)
							}
						}
					}
				}
			}
		}
	}
}

// sum is a sum of products in float64, and the sum of their absolute values.
type sum struct{ value, size float64 }

func (s *sum) add(a, b float32) {
	p := float64(a) * float64(b)
	s.value += p
	s.size += math.Abs(p)
}

// reference returns the results of the three functions.
func (z sizes) reference(x, w, dy *tensor.Tensor) (y, dx, dw []sum) {
	y, dx, dw = make([]sum, dy.Len()), make([]sum, x.Len()), make([]sum, w.Len())
	xs, ws, ds := x.Data(), w.Data(), dy.Data()
	z.products(func(yi, xi, wi int) {
		y[yi].add(xs[xi], ws[wi])
		dx[xi].add(ds[yi], ws[wi])
		dw[wi].add(ds[yi], xs[xi])
	})
	return y, dx, dw
}

// values returns random tensors for the input, the weight and the output.
func (z sizes) values(seed uint64) (x, w, dy *tensor.Tensor) {
	return uniform(seed, z.input()), uniform(seed+1, z.weight()), uniform(seed+2, z.output())
}

func uniform(seed uint64, shape tensor.Shape) *tensor.Tensor {
	return tensor.Uniform(seed, -1, 1, shape...)
}

// compare fails if an element is off by more than rounding explains: see the
// bound in package gemm, for sums of some hundred products.
func compare(t *testing.T, name string, got *tensor.Tensor, want []sum) {
	t.Helper()
	if got.Len() != len(want) {
		t.Fatalf("%s has shape %v, want %d elements", name, got.Shape(), len(want))
	}
	for i, v := range got.Clone().Data() {
		if !(math.Abs(float64(v)-want[i].value) <= 1e-5*want[i].size) {
			t.Fatalf("%s at element %d of shape %v is %v, want %v", name, i, got.Shape(), v, want[i].value)
		}
	}
}

// everyLevel runs a test on every instruction-set level.
func everyLevel(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Available {
		t.Run("level="+l.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(l))
			f(t)
		})
	}
}

// check compares the plain functions with the reference.
func (z sizes) check(t *testing.T, seed uint64) {
	t.Helper()
	x, w := uniform(seed, z.input()), uniform(seed+1, z.weight())
	if out := z.output(); out[2] == 0 || out[3] == 0 {
		if !z.Same {
			wantPanic(t, z.String(), func() { Forward2D(x, w, nil, z.Settings) })
		}
		return
	}
	dy := uniform(seed+2, z.output())
	y, dx, dw := z.reference(x, w, dy)
	compare(t, z.String()+": Forward2D", Forward2D(x, w, nil, z.Settings), y)
	compare(t, z.String()+": DataGrad2D", DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
	compare(t, z.String()+": WeightGrad2D", WeightGrad2D(dy, x, w.Shape(), z.Settings), dw)
}

func wantPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic, want one", name)
		}
	}()
	f()
}

// randomSizes draws a convolution that may or may not fit its picture.
func randomSizes(r *rand.Rand) sizes {
	groups := 1 + r.IntN(3)
	z := sizes{
		n: r.IntN(4), c: groups * (1 + r.IntN(4)), o: groups * (1 + r.IntN(6)), h: 1 + r.IntN(9), w: 1 + r.IntN(36),
		kernel: [2]int{1 + r.IntN(4), 1 + r.IntN(5)},
	}
	z.Groups = groups
	z.Stride = [2]int{r.IntN(4), r.IntN(4)}
	z.Dilation = [2]int{r.IntN(3), r.IntN(3)}
	if z.Same = r.IntN(4) == 0; !z.Same {
		for i := range z.Pad {
			z.Pad[i] = r.IntN(4)
		}
	}
	return z
}

func TestConv2DReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range 150 {
			randomSizes(r).check(t, uint64(i))
		}
	})
}

// FuzzConv2D tries any small geometry.
func FuzzConv2D(f *testing.F) {
	f.Add(uint64(1), []byte{2, 3, 4, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0})
	f.Add(uint64(2), []byte{0, 1, 1, 9, 33, 5, 2, 2, 3, 2, 1, 0, 0, 0, 0, 1, 1})
	f.Add(uint64(3), []byte{1, 2, 2, 1, 1, 5, 5, 1, 1, 2, 2, 0, 5, 3, 1, 0, 2})
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		at := func(i, limit int) int {
			if i >= len(b) {
				return 0
			}
			return int(b[i]) % limit
		}
		groups := 1 + at(16, 3)
		z := sizes{
			n: at(0, 4), c: groups * at(1, 5), o: groups * at(2, 9), h: at(3, 12), w: at(4, 40),
			kernel: [2]int{1 + at(5, 6), 1 + at(6, 6)},
			Settings: Settings{
				Stride: [2]int{at(7, 5), at(8, 5)}, Dilation: [2]int{at(9, 4), at(10, 4)},
				Pad: [4]int{at(11, 8), at(12, 8), at(13, 8), at(14, 8)}, Same: at(15, 2) == 1, Groups: groups,
			},
		}
		z.check(t, seed)
	})
}
