package conv

import (
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// transposedSizes describe a transposed convolution to try: o and c are the
// channels that go in and come out, h and w the picture that goes in.
type transposedSizes struct {
	sizes
	outputPad [2]int
}

// output returns the shape of the result.
func (z transposedSizes) output() tensor.Shape {
	s := tensor.Shape{z.n, z.c, 0, 0}
	for i, in := range [2]int{z.h, z.w} {
		stride, dilation := z.step(i)
		s[2+i] = (in-1)*stride - z.Pad[2*i] - z.Pad[2*i+1] + dilation*(z.kernel[i]-1) + 1 + z.outputPad[i]
	}
	return s
}

// products calls f for every product x[xi]·w[wi] that is part of y[yi], by the
// formula of the documentation of ConvTranspose2D.
func (z transposedSizes) products(f func(yi, xi, wi int)) {
	out := z.output()
	sr, dr := z.step(0)
	sc, dc := z.step(1)
	cg, og := z.c/z.groups(), z.o/z.groups()
	for n := range z.n {
		for o := range z.o {
			for i := range z.h {
				for j := range z.w {
					for c := range cg {
						for h := range z.kernel[0] {
							for w := range z.kernel[1] {
								row, column := i*sr+h*dr-z.Pad[0], j*sc+w*dc-z.Pad[2]
								if row < 0 || row >= out[2] || column < 0 || column >= out[3] {
									continue
								}
								f(((n*z.c+o/og*cg+c)*out[2]+row)*out[3]+column,
									((n*z.o+o)*z.h+i)*z.w+j,
									((o*cg+c)*z.kernel[0]+h)*z.kernel[1]+w)
							}
						}
					}
				}
			}
		}
	}
}

// check compares the operation and its gradients with the formula.
func (z transposedSizes) check(t *testing.T, seed uint64) {
	t.Helper()
	shape := z.output()
	x, w, dy := uniform(seed, tensor.Shape{z.n, z.o, z.h, z.w}), uniform(seed+1, z.weight()), uniform(seed+2, shape)
	y, dx, dw := make([]sum, dy.Len()), make([]sum, x.Len()), make([]sum, w.Len())
	xs, ws, ds := x.Data(), w.Data(), dy.Data()
	z.products(func(yi, xi, wi int) {
		y[yi].add(xs[xi], ws[wi])
		dx[xi].add(ds[yi], ws[wi])
		dw[wi].add(ds[yi], xs[xi])
	})
	tape := grad.NewTape(grad.Gradients, 1)
	xv, wv := tape.Input(x).RequireGrad(), tape.Input(w).RequireGrad()
	v := ApplyTranspose2D(xv, wv, nil, z.Settings, z.outputPad)
	if err := v.BackwardFrom(dy); err != nil {
		t.Fatalf("%v, output padding %v: %v", z.sizes, z.outputPad, err)
	}
	compare(t, z.String()+": result", v.Data(), y)
	compare(t, z.String()+": gradient of the input", xv.Grad(), dx)
	compare(t, z.String()+": gradient of the weight", wv.Grad(), dw)
}

// randomTransposedSizes draws a transposed convolution, whose output may be empty.
func randomTransposedSizes(r *rand.Rand) transposedSizes {
	groups := 1 + r.IntN(3)
	z := transposedSizes{sizes: sizes{
		n: 1 + r.IntN(3), c: groups * (1 + r.IntN(4)), o: groups * (1 + r.IntN(4)), h: 1 + r.IntN(6), w: 1 + r.IntN(20),
		kernel: [2]int{1 + r.IntN(4), 1 + r.IntN(5)},
	}}
	z.Groups = groups
	z.Stride, z.Dilation = [2]int{r.IntN(4), r.IntN(4)}, [2]int{r.IntN(4), r.IntN(4)}
	for i := range z.Pad {
		z.Pad[i] = r.IntN(4)
	}
	for i := range z.outputPad {
		stride, dilation := z.step(i)
		z.outputPad[i] = r.IntN(max(stride, dilation))
	}
	return z
}

func TestConvTranspose2DReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range 150 {
			z := randomTransposedSizes(r)
			if out := z.output(); out[2] < 1 || out[3] < 1 {
				wantPanic(t, z.String(), func() {
					ForwardTranspose2D(uniform(1, tensor.Shape{z.n, z.o, z.h, z.w}), uniform(2, z.weight()), nil, z.Settings, z.outputPad)
				})
				continue
			}
			z.check(t, uint64(i))
		}
	})
}
