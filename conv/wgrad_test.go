package conv

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
)

// weightWays are the ways to the gradient of the weights.
var weightWays = []struct {
	name string
	run  func(c *core, dw []float32, add bool)
}{
	{"product", (*core).weightProduct},
	{"direct", (*core).weightDirect},
}

func TestWeightInPlace(t *testing.T) {
	for _, c := range []struct {
		name string
		z    sizes
		n    int
		want bool
	}{
		{"first layer", square(3, 32, 32, 3, 1, 1), 1, true},
		{"7×7, stride 2", square(3, 64, 224, 7, 2, 3), 1, true},
		{"1×1", square(64, 256, 56, 1, 1, 0), 1, true},
		{"8 channels", square(16, 8, 28, 3, 1, 1), 1, true},
		{"7 channels", square(16, 7, 28, 3, 1, 1), 1, false},
		{"as many pixels as channels", square(64, 256, 4, 3, 1, 1), 16, true},
		{"fewer pixels", square(64, 256, 4, 3, 1, 1), 15, false},
		{"no pictures", square(16, 16, 28, 3, 1, 1), 0, false},
	} {
		c.z.n = c.n
		g, err := c.z.infer(c.z.input(), c.z.weight(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.weightInPlace(); got != c.want {
			t.Errorf("%s: %v: weightInPlace = %t, want %t", c.name, c.z, got, c.want)
		}
	}
	depthwise := square(64, 64, 28, 3, 1, 1)
	depthwise.n, depthwise.Groups = 1, 64
	if g, err := depthwise.infer(depthwise.input(), depthwise.weight(), nil); err != nil || g.weightInPlace() {
		t.Errorf("%v: weightInPlace = true, want false (%v)", depthwise, err)
	}
}

// TestWeightWays requires the same bits of all ways to the gradient of the weights,
// whatever the number of workers.
func TestWeightWays(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(seed, 0))
		for range 100 {
			z := randomSizes(r)
			z.o *= 1 + r.IntN(8)
			if out := z.output(); out[2] == 0 || out[3] == 0 {
				continue
			}
			x, w, dy := z.values(r.Uint64())
			c := newCore("WeightGrad2D", z.Settings, x.Shape(), w.Shape(), nil)
			var want []float32
			for _, way := range weightWays {
				for _, workers := range []int{1, 2, 7} {
					previous := parallel.SetWorkers(workers)
					dw := w.Clone().Data()
					c.weightBy(way.run, dw, dy.Data(), x.Data(), false)
					c.weightBy(way.run, dw, dy.Data(), x.Data(), true)
					parallel.SetWorkers(previous)
					if want == nil {
						want = dw
					}
					for i, v := range dw {
						if math.Float32bits(v) != math.Float32bits(want[i]) {
							t.Fatalf("%v: %s with %d workers: element %d is %v, want the bits of %v", z, way.name, workers, i, v, want[i])
						}
					}
				}
			}
		}
	})
}
