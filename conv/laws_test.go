package conv

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
)

// some are geometries that take every path of the code.
var some = []sizes{
	{n: 3, c: 4, o: 5, h: 6, w: 7, kernel: [2]int{1, 1}},
	{n: 3, c: 4, o: 6, h: 6, w: 9, kernel: [2]int{3, 3}, Settings: Settings{Same: true, Groups: 2}},
	{n: 2, c: 3, o: 4, h: 9, w: 18, kernel: [2]int{5, 3}, Settings: Settings{Pad: [4]int{1, 0, 2, 1}, Dilation: [2]int{1, 2}}},
	{n: 3, c: 4, o: 4, h: 8, w: 17, kernel: [2]int{3, 4}, Settings: Settings{Stride: [2]int{2, 3}, Pad: [4]int{1, 1, 2, 2}, Groups: 4}},
	{n: 2, c: 2, o: 3, h: 5, w: 5, kernel: [2]int{3, 3}, Settings: Settings{Stride: [2]int{2, 2}, Same: true}},
	{n: 2, c: 2, o: 3, h: 4, w: 4, kernel: [2]int{2, 2}, Settings: Settings{Pad: [4]int{3, 2, 0, 4}}},
}

// TestTextbookConvolution proves that the textbook's convolution,
//
//	y(i,j) = Σ x(i−m+1, j−n+1)·k(m,n), all indices from 1, x(·) = 0 outside,
//
// is what Forward2D computes with the kernel flipped and M−1 rows and N−1 columns
// of padding; without padding it is the part where the kernel lies inside x.
func TestTextbookConvolution(t *testing.T) {
	const rows, columns, M, N = 6, 7, 3, 4
	x := tensor.Uniform(1, -1, 1, 1, 1, rows, columns)
	k := tensor.Uniform(2, -1, 1, 1, 1, M, N)
	at := func(x *tensor.Tensor, i, j int) float32 { // from 1, 0 outside
		if i < 1 || j < 1 || i > x.Dim(2) || j > x.Dim(3) {
			return 0
		}
		return x.At(0, 0, i-1, j-1)
	}
	textbook := func(i, j int) (y sum) {
		for m := 1; m <= M; m++ {
			for n := 1; n <= N; n++ {
				y.add(at(x, i-m+1, j-n+1), at(k, m, n))
			}
		}
		return y
	}
	var full, inside []sum
	for i := 1; i <= rows+M-1; i++ {
		for j := 1; j <= columns+N-1; j++ {
			full = append(full, textbook(i, j))
			if i >= M && i <= rows && j >= N && j <= columns {
				inside = append(inside, textbook(i, j))
			}
		}
	}
	flipped := tensor.Zeros(1, 1, M, N)
	for m := range M {
		for n := range N {
			flipped.Set(k.At(0, 0, M-1-m, N-1-n), 0, 0, m, n)
		}
	}
	everyLevel(t, func(t *testing.T) {
		compare(t, "with padding", Forward2D(x, flipped, nil, Settings{Pad: [4]int{M - 1, M - 1, N - 1, N - 1}}), full)
		compare(t, "without padding", Forward2D(x, flipped, nil, Settings{}), inside)
		// The gradient with respect to the input is that convolution, of dy with k.
		dx := DataGrad2D(x, k, tensor.Shape{1, 1, rows + M - 1, columns + N - 1}, Settings{})
		compare(t, "gradient", dx, full)
	})
}

// TestAdjoint: the three functions are faces of one trilinear form,
// ⟨conv(x, w), dy⟩ = ⟨x, DataGrad(dy, w)⟩ = ⟨w, WeightGrad(dy, x)⟩.
func TestAdjoint(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range some {
			x, w, dy := z.values(1)
			want := dot(Forward2D(x, w, nil, z.Settings), dy)
			if got := dot(x, DataGrad2D(dy, w, x.Shape(), z.Settings)); math.Abs(got.value-want.value) > 1e-6*want.size {
				t.Errorf("%v: ⟨x, DataGrad⟩ = %v, want ⟨conv, dy⟩ = %v", z, got.value, want.value)
			}
			if got := dot(w, WeightGrad2D(dy, x, w.Shape(), z.Settings)); math.Abs(got.value-want.value) > 1e-6*want.size {
				t.Errorf("%v: ⟨w, WeightGrad⟩ = %v, want ⟨conv, dy⟩ = %v", z, got.value, want.value)
			}
		}
	})
}

// TestPadByHand: padding is the same as zeros in the picture, to the last bit.
func TestPadByHand(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range some {
			x, w, dy := z.values(1)
			_, top := z.axis(0)
			_, left := z.axis(1)
			out := z.output()
			// As large as the positions of the kernel reach, and the picture.
			var size [2]int
			for i, before := range [2]int{top, left} {
				stride, dilation := z.step(i)
				reach := (out[2+i]-1)*stride + dilation*(z.kernel[i]-1) + 1
				size[i] = max(reach, before+z.input()[2+i])
			}
			padded := tensor.Zeros(z.n, z.c, size[0], size[1])
			padded.Slice(2, top, top+z.h).Slice(3, left, left+z.w).Copy(x)
			plain := Settings{Stride: z.Stride, Dilation: z.Dilation, Groups: z.Groups}
			want := Forward2D(padded, w, nil, plain)
			if !want.Shape().Equal(out) {
				t.Fatalf("%v: padded by hand gives %v, want %v", z, want.Shape(), out)
			}
			equal(t, "Forward2D", z, Forward2D(x, w, nil, z.Settings), want)
			equal(t, "WeightGrad2D", z, WeightGrad2D(dy, x, w.Shape(), z.Settings), WeightGrad2D(dy, padded, w.Shape(), plain))
			dx := DataGrad2D(dy, w, padded.Shape(), plain).Slice(2, top, top+z.h).Slice(3, left, left+z.w)
			got := DataGrad2D(dy, w, x.Shape(), z.Settings)
			if !tensor.AllClose(got, dx, 0, 1e-5) {
				t.Errorf("%v: DataGrad2D = %v, want %v", z, got, dx)
			}
		}
	})
}

// equal compares to the last bit.
func equal(t *testing.T, name string, z sizes, got, want *tensor.Tensor) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%v: %s = %v, want %v", z, name, got, want)
	}
}

// TestGroups: groups are convolutions of their own, put side by side, to the last
// bit.
func TestGroups(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range some {
			x, w, dy := z.values(1)
			b := tensor.Uniform(9, -1, 1, z.o)
			single := z.Settings
			single.Groups = 1
			var y, dx, dw []*tensor.Tensor
			cg, og := z.c/z.groups(), z.o/z.groups()
			for g := range z.groups() {
				xg, dyg := x.Slice(1, g*cg, (g+1)*cg), dy.Slice(1, g*og, (g+1)*og)
				wg := w.Slice(0, g*og, (g+1)*og)
				y = append(y, Forward2D(xg, wg, b.Slice(0, g*og, (g+1)*og), single))
				dx = append(dx, DataGrad2D(dyg, wg, xg.Shape(), single))
				dw = append(dw, WeightGrad2D(dyg, xg, wg.Shape(), single))
			}
			equal(t, "Forward2D", z, Forward2D(x, w, b, z.Settings), tensor.Concat(1, y...))
			equal(t, "DataGrad2D", z, DataGrad2D(dy, w, x.Shape(), z.Settings), tensor.Concat(1, dx...))
			equal(t, "WeightGrad2D", z, WeightGrad2D(dy, x, w.Shape(), z.Settings), tensor.Concat(0, dw...))
		}
	})
}

// TestStrided: views give what their copies give.
func TestStrided(t *testing.T) {
	for _, z := range some {
		x, w, dy := z.values(1)
		y, dx, dw := Forward2D(x, w, nil, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings), WeightGrad2D(dy, x, w.Shape(), z.Settings)
		x, w, dy = strided(x), strided(w), strided(dy)
		if x.Contiguous() && x.Len() > 1 {
			t.Fatal("the view is contiguous")
		}
		equal(t, "Forward2D", z, Forward2D(x, w, nil, z.Settings), y)
		equal(t, "DataGrad2D", z, DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
		equal(t, "WeightGrad2D", z, WeightGrad2D(dy, x, w.Shape(), z.Settings), dw)
	}
}

// strided returns x as a view that is part of an array with its axes reversed.
func strided(x *tensor.Tensor) *tensor.Tensor {
	s := x.Shape()
	base := tensor.Full(float32(math.NaN()), s[3], s[2]+1, s[1], s[0])
	view := base.Slice(1, 1, s[2]+1).Permute(3, 2, 1, 0)
	view.Copy(x)
	return view
}

// TestWorkers: the bits do not depend on the number of workers. The first case is
// large enough to be cut into many parts.
func TestWorkers(t *testing.T) {
	large := sizes{n: 3, c: 16, o: 24, h: 20, w: 37, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}
	strided := large
	strided.Stride = [2]int{2, 2}
	everyLevel(t, func(t *testing.T) {
		for _, z := range append([]sizes{large, strided}, some...) {
			x, w, dy := z.values(1)
			var y, dx, dw *tensor.Tensor
			for _, n := range []int{1, 2, 7} {
				before := parallel.SetWorkers(n)
				y2, dx2, dw2 := Forward2D(x, w, nil, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings), WeightGrad2D(dy, x, w.Shape(), z.Settings)
				pool := PoolMax2D(x, [2]int{2, 2}, Settings{})
				parallel.SetWorkers(before)
				if n == 1 {
					y, dx, dw = y2, dx2, dw2
				}
				equal(t, "Forward2D", z, y2, y)
				equal(t, "DataGrad2D", z, dx2, dx)
				equal(t, "WeightGrad2D", z, dw2, dw)
				equal(t, "PoolMax2D", z, pool, PoolMax2D(x, [2]int{2, 2}, Settings{}))
			}
		}
	})
}

// TestBatchIndependence: a picture gets the same bits in any batch.
func TestBatchIndependence(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range some {
			z.n = 5
			x, w, dy := z.values(1)
			b := tensor.Uniform(9, -1, 1, z.o)
			y, dx := Forward2D(x, w, b, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings)
			for _, part := range [][2]int{{0, 1}, {4, 5}, {1, 4}, {2, 2}} {
				lo, hi := part[0], part[1]
				one := x.Slice(0, lo, hi)
				equal(t, "Forward2D", z, Forward2D(one, w, b, z.Settings), y.Slice(0, lo, hi))
				equal(t, "DataGrad2D", z, DataGrad2D(dy.Slice(0, lo, hi), w, one.Shape(), z.Settings), dx.Slice(0, lo, hi))
			}
		}
	})
}

// TestBias: the bias is added to every pixel of a channel.
func TestBias(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range some {
			x, w, _ := z.values(1)
			b := tensor.Uniform(9, -1, 1, z.o)
			want := tensor.Add(Forward2D(x, w, nil, z.Settings), b.Reshape(z.o, 1, 1))
			if got := Forward2D(x, w, b, z.Settings); !tensor.AllClose(got, want, 1e-5, 1e-5) {
				t.Errorf("%v: Forward2D = %v, want %v", z, got, want)
			}
		}
	})
}

// TestEmpty: pictures, channels and batches may be empty.
func TestEmpty(t *testing.T) {
	for _, z := range []sizes{
		{n: 0, c: 2, o: 3, h: 4, w: 4, kernel: [2]int{3, 3}},
		{n: 0, c: 2, o: 4, h: 4, w: 4, kernel: [2]int{3, 3}, Settings: Settings{Stride: [2]int{2, 2}, Groups: 2}},
		{n: 2, c: 2, o: 3, h: 0, w: 4, kernel: [2]int{3, 3}, Settings: Settings{Same: true}},
		{n: 2, c: 2, o: 3, h: 0, w: 4, kernel: [2]int{1, 1}, Settings: Settings{Pad: [4]int{1, 0, 0, 0}}},
		{n: 2, c: 0, o: 3, h: 4, w: 4, kernel: [2]int{3, 3}},
		{n: 2, c: 2, o: 0, h: 4, w: 4, kernel: [2]int{3, 3}},
	} {
		x, w, dy := z.values(1)
		y, dx, dw := z.reference(x, w, dy)
		compare(t, z.String()+": Forward2D", Forward2D(x, w, nil, z.Settings), y)
		compare(t, z.String()+": DataGrad2D", DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
		compare(t, z.String()+": WeightGrad2D", WeightGrad2D(dy, x, w.Shape(), z.Settings), dw)
	}
}
