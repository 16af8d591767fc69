package conv

import "testing"

// TestChoice lists geometries with the algorithm for each, of the convolution and of
// the gradient with respect to the input: the tile, or 0 for the product of matrices.
func TestChoice(t *testing.T) {
	same := Settings{Same: true}
	three := [2]int{3, 3}
	for _, c := range []struct {
		name          string
		z             sizes
		forward, data int
	}{
		{"ResNet, first stage", sizes{c: 64, o: 64, h: 56, w: 56, kernel: three, Settings: same}, 4, 4},
		{"ResNet, last stage", sizes{c: 512, o: 512, h: 7, w: 7, kernel: three, Settings: same}, 4, 4},
		{"ResNet for CIFAR, last stage", sizes{c: 512, o: 512, h: 4, w: 4, kernel: three, Settings: same}, 4, 4},
		{"6×6 fills two tiles of 4 as badly", sizes{c: 64, o: 64, h: 6, w: 6, kernel: three, Settings: same}, 2, 2},
		{"10×10", sizes{c: 64, o: 64, h: 10, w: 10, kernel: three, Settings: same}, 2, 2},
		{"2×2", sizes{c: 64, o: 64, h: 2, w: 2, kernel: three, Settings: same}, 2, 2},
		{"from 3×3 without padding", sizes{c: 64, o: 64, h: 3, w: 3, kernel: three}, 0, 4},
		{"one row", sizes{c: 64, o: 64, h: 1, w: 40, kernel: three, Settings: same}, 0, 0},
		{"first layer", sizes{c: 3, o: 64, h: 32, w: 32, kernel: three, Settings: same}, 0, 0},
		{"few channels", sizes{c: 16, o: 15, h: 32, w: 32, kernel: three, Settings: same}, 0, 0},
		{"enough channels", sizes{c: 16, o: 16, h: 32, w: 32, kernel: three, Settings: same}, 4, 4},
		{"very many channels", sizes{c: 2048, o: 1024, h: 32, w: 32, kernel: three, Settings: same}, 0, 0},
		{"groups", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Groups: 4}}, 4, 4},
		{"small groups", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Groups: 8}}, 0, 0},
		{"stride", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Stride: [2]int{1, 2}}}, 0, 0},
		{"dilation", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, Dilation: [2]int{2, 1}}}, 0, 0},
		{"5×5", sizes{c: 64, o: 64, h: 32, w: 32, kernel: [2]int{5, 5}, Settings: same}, 0, 0},
		{"off", sizes{c: 64, o: 64, h: 32, w: 32, kernel: three, Settings: Settings{Same: true, NoWinograd: true}}, 0, 0},
	} {
		for _, n := range []int{1, 100} {
			c.z.n = n
			g, err := c.z.infer(c.z.input(), c.z.weight(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if forward, data := g.forwardTile(), g.dataTile(); forward != c.forward || data != c.data {
				t.Errorf("%s, batch %d: tiles %d and %d, want %d and %d", c.name, n, forward, data, c.forward, c.data)
			}
		}
	}
}
