package conv

import "testing"

func TestChooseDepthwise(t *testing.T) {
	same := Settings{Same: true, Groups: 4}
	with := func(f func(z *sizes)) sizes {
		z := sizes{n: 2, c: 4, o: 4, h: 9, w: 9, kernel: [2]int{3, 3}, Settings: same}
		f(&z)
		return z
	}
	for _, c := range []struct {
		name string
		sizes
		want bool
	}{
		{"plain", with(func(z *sizes) {}), true},
		{"multiplier", with(func(z *sizes) { z.o = 8 }), true},
		{"batch 1", with(func(z *sizes) { z.n = 1 }), true},
		{"batch 0", with(func(z *sizes) { z.n = 0 }), true},
		{"stride 2", with(func(z *sizes) { z.Stride = [2]int{2, 2} }), true},
		{"kernel 2x7", with(func(z *sizes) { z.kernel = [2]int{2, 7} }), true},
		{"kernel 8x8", with(func(z *sizes) { z.kernel = [2]int{8, 8} }), true},
		{"kernel 9x9", with(func(z *sizes) { z.kernel = [2]int{9, 9} }), false},
		{"long rows", with(func(z *sizes) { z.w = 9000 }), false},
		{"one channel", with(func(z *sizes) { z.c, z.Groups = 1, 1 }), false},
		{"stride 3", with(func(z *sizes) { z.Stride = [2]int{3, 3} }), false},
		{"stride 1x2", with(func(z *sizes) { z.Stride = [2]int{1, 2} }), false},
		{"dilation", with(func(z *sizes) { z.Dilation = [2]int{1, 2} }), false},
		{"two groups", with(func(z *sizes) { z.Groups = 2 }), false},
		{"padding beyond the kernel", with(func(z *sizes) { z.Same, z.Pad = false, [4]int{3, 0, 0, 0} }), false},
		{"padding behind", with(func(z *sizes) { z.Same, z.Pad = false, [4]int{0, 5, 0, 5} }), true},
		{"no rows", with(func(z *sizes) { z.h = 0 }), false},
	} {
		g, err := c.infer(c.input(), c.weight(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.depthwise(); got != c.want {
			t.Errorf("%s: depthwise() = %v, want %v", c.name, got, c.want)
		}
	}
}

// TestChoice lists geometries with the algorithm for each, of the convolution and of
// the gradients with respect to the input and, for a batch of 100, to the weights: the
// tile, or 0 for the sums of the formula.
func TestChoice(t *testing.T) {
	same := Settings{Same: true}
	three := [2]int{3, 3}
	for _, c := range []struct {
		name                  string
		z                     sizes
		forward, data, weight int
	}{
		{"ResNet, first stage", sizes{c: 64, o: 64, h: 56, w: 56, kernel: three, Settings: same}, 4, 4, 4},
		{"ResNet, last stage", sizes{c: 512, o: 512, h: 7, w: 7, kernel: three, Settings: same}, 4, 4, 4},
		{"ResNet for CIFAR, last stage", sizes{c: 512, o: 512, h: 4, w: 4, kernel: three, Settings: same}, 4, 4, 4},
		{"6×6 fills two tiles of 4 as badly", sizes{c: 64, o: 64, h: 6, w: 6, kernel: three, Settings: same}, 2, 2, 2},
		{"10×10", sizes{c: 64, o: 64, h: 10, w: 10, kernel: three, Settings: same}, 2, 2, 2},
		{"2×2", sizes{c: 64, o: 64, h: 2, w: 2, kernel: three, Settings: same}, 2, 2, 2},
		{"from 3×3 without padding", sizes{c: 64, o: 64, h: 3, w: 3, kernel: three}, 0, 4, 0},
		{"one row", sizes{c: 64, o: 64, h: 1, w: 40, kernel: three, Settings: same}, 0, 0, 0},
		{"first layer", sizes{c: 3, o: 64, h: 32, w: 32, kernel: three, Settings: same}, 0, 0, 0},
		{"few channels", sizes{c: 16, o: 15, h: 32, w: 32, kernel: three, Settings: same}, 0, 0, 0},
		{"enough channels", sizes{c: 16, o: 16, h: 32, w: 32, kernel: three, Settings: same}, 4, 4, 4},
		{"very many channels", sizes{c: 2048, o: 1024, h: 32, w: 32, kernel: three, Settings: same}, 0, 0, 0},
		{"groups", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Groups: 4}}, 4, 4, 4},
		{"small groups", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Groups: 8}}, 0, 0, 0},
		{"stride", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Stride: [2]int{1, 2}}}, 0, 0, 0},
		{"dilation", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Dilation: [2]int{2, 1}}}, 0, 0, 0},
		{"5×5", sizes{c: 64, o: 64, h: 32, w: 32, kernel: [2]int{5, 5}, Settings: same}, 2, 2, 2},
		{"5×5, few channels", sizes{c: 16, o: 64, h: 32, w: 32, kernel: [2]int{5, 5}, Settings: same}, 2, 2, 0},
		{"5×5 on odd rows", sizes{c: 64, o: 64, h: 5, w: 5, kernel: [2]int{5, 5}, Settings: same}, 2, 2, 2},
		{"5×5 on few rows", sizes{c: 64, o: 64, h: 1, w: 5, kernel: [2]int{5, 5}, Settings: same}, 0, 0, 0},
		{"5×3", sizes{c: 64, o: 64, h: 32, w: 32, kernel: [2]int{5, 3}, Settings: same}, 0, 0, 0},
		{"7×7", sizes{c: 64, o: 64, h: 32, w: 32, kernel: [2]int{7, 7}, Settings: same}, 0, 0, 0},
		{"off", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, NoWinograd: true}}, 0, 0, 0},
	} {
		for _, n := range []int{1, 100} {
			c.z.n = n
			g, err := c.z.infer(c.z.input(), c.z.weight(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if forward, data := g.forwardForm().Tile, g.dataForm().Tile; forward != c.forward || data != c.data {
				t.Errorf("%s, batch %d: tiles %d and %d, want %d and %d", c.name, n, forward, data, c.forward, c.data)
			}
			if weight := g.weightForm().Tile; n == 100 && weight != c.weight {
				t.Errorf("%s: tile of the weights' gradient %d, want %d", c.name, weight, c.weight)
			}
		}
	}
}

// TestChooseWeight: with few tiles in all, weights' gradients are sums over the pixels.
func TestChooseWeight(t *testing.T) {
	z := sizes{c: 64, o: 64, h: 14, w: 14, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}
	for n, want := range map[int]int{0: 0, 1: 0, 2: 0, 3: 4} { // 12 tiles each
		z.n = n
		g, err := z.infer(z.input(), z.weight(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.weightForm().Tile; got != want {
			t.Errorf("batch %d: tile %d, want %d", n, got, want)
		}
	}
}
