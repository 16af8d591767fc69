package conv_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/internal/winograd"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestWinogradGolden computes the golden cases with Winograd's algorithm where it
// can be, to the same tolerance.
func TestWinogradGolden(t *testing.T) {
	for _, form := range winograd.Forms {
		t.Run(fmt.Sprintf("tile=%d/kernel=%d", form.Tile, form.Kernel), func(t *testing.T) {
			defer conv.ForceWinograd(form)()
			for _, file := range []string{"golden", "transpose"} {
				golden := nntest.GoldenFile{Path: "testdata/" + file + ".json", Tolerance: 1e-5, Name: asLayers, Layer: true}
				golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
					return []*grad.Var{goldenConvolution(c).Forward(x[0])}
				})
			}
		})
	}
}

// TestWinogradRules runs the suite on layers that use Winograd's algorithm, also
// prepacked, by pieces and without allocations.
func TestWinogradRules(t *testing.T) {
	for _, form := range winograd.Forms {
		k, more := form.Kernel, form.Kernel-3
		for _, c := range []struct {
			name  string
			layer *conv.Conv2D
			x     tensor.Shape
			y     tensor.Shape
		}{
			{"same", conv.New2D(2, 3, k, conv.Same), tensor.Shape{3, 2, 5, 6}, tensor.Shape{3, 3, 5, 6}},
			{"few tiles", conv.New2D(2, 20, k), tensor.Shape{3, 2, 4 + more, 5 + more}, tensor.Shape{3, 20, 2, 3}},
			{"groups", conv.New2D(4, 6, k, conv.Groups(2), conv.Pad(2, 0), conv.NoBias), tensor.Shape{2, 4, 4 + more, 3 + more}, tensor.Shape{2, 6, 6, 1}},
		} {
			t.Run(fmt.Sprintf("%s/tile=%d/kernel=%d", c.name, form.Tile, k), func(t *testing.T) {
				defer conv.ForceWinograd(form)()
				layer := initialized(t, c.layer)
				nntest.Run(t, nntest.Case{
					Inputs: []*tensor.Tensor{nntest.Values(1, c.x...)}, Params: nn.Params(layer), F: nntest.Module(layer),
					Shape: c.y, Batch: []int{0},
				})
			})
		}
	}
}

// TestNoWinogradOption: the option reaches the settings, and is none of a pool.
func TestNoWinogradOption(t *testing.T) {
	for name, got := range map[string]conv.Settings{
		"New2D":          conv.New2D(1, 1, 3, conv.NoWinograd).Settings,
		"NewTranspose2D": conv.NewTranspose2D(1, 1, 3, conv.NoWinograd).Settings,
	} {
		if want := (conv.Settings{NoWinograd: true}); got != want {
			t.Errorf("%s: settings %+v, want %+v", name, got, want)
		}
	}
	settingError{"pool", conv.MaxPool2D(2, conv.NoWinograd), "NoWinograd, which only convolutions can be made with"}.check(t, 1, 3, 8, 8)
}
