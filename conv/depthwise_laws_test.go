package conv

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
)

// channelwise are depthwise geometries.
var channelwise = []sizes{
	{n: 5, c: 4, o: 4, h: 7, w: 7, kernel: [2]int{3, 3}, Settings: Settings{Same: true, Groups: 4}},
	{n: 5, c: 3, o: 6, h: 14, w: 14, kernel: [2]int{3, 3}, Settings: Settings{Pad: [4]int{1, 1, 1, 1}, Stride: [2]int{2, 2}, Groups: 3}},
	{n: 5, c: 2, o: 2, h: 60, w: 90, kernel: [2]int{5, 5}, Settings: Settings{Same: true, Groups: 2}},
	{n: 5, c: 2, o: 2, h: 9, w: 20, kernel: [2]int{5, 5}, Settings: Settings{Stride: [2]int{2, 2}, Same: true, Groups: 2}},
	{n: 5, c: 2, o: 2, h: 9, w: 20, kernel: [2]int{2, 7}, Settings: Settings{Pad: [4]int{1, 0, 6, 3}, Groups: 2}},
}

func TestDepthwiseReference(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for i, z := range channelwise {
			z.check(t, uint64(i))
		}
	})
}

// TestDepthwiseGroups: the result has the bits that each channel has by itself, by
// the product of matrices.
func TestDepthwiseGroups(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range channelwise {
			x, w, _ := z.values(1)
			b := tensor.Uniform(9, -1, 1, z.o)
			single := z.Settings
			single.Groups = 1
			var y []*tensor.Tensor
			m := z.o / z.c
			for g := range z.c {
				y = append(y, Forward2D(x.Slice(1, g, g+1), w.Slice(0, g*m, (g+1)*m), b.Slice(0, g*m, (g+1)*m), single))
			}
			equal(t, "Forward2D", z, Forward2D(x, w, b, z.Settings), tensor.Concat(1, y...))
		}
	})
}

// TestDepthwiseBatch: a picture gets the same bits in any batch, and from any number
// of workers.
func TestDepthwiseBatch(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range channelwise {
			x, w, dy := z.values(1)
			y, dx, dw := Forward2D(x, w, nil, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings), WeightGrad2D(dy, x, w.Shape(), z.Settings)
			for _, n := range []int{1, 7} {
				before := parallel.SetWorkers(n)
				one := x.Slice(0, n%3, 3)
				equal(t, "Forward2D", z, Forward2D(one, w, nil, z.Settings), y.Slice(0, n%3, 3))
				equal(t, "DataGrad2D", z, DataGrad2D(dy.Slice(0, n%3, 3), w, one.Shape(), z.Settings), dx.Slice(0, n%3, 3))
				equal(t, "WeightGrad2D", z, WeightGrad2D(dy, x, w.Shape(), z.Settings), dw)
				parallel.SetWorkers(before)
			}
		}
	})
}
