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
