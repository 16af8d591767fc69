package zoo

import (
	"slices"

	"github.com/gannet-ml/gannet/nn"
)

// NewMLP returns a multilayer perceptron: linear layers from each size to the next,
// with ReLU between them. Shapes: x [N, first size], y [N, last size]. Its
// parameters are named as in PyTorch's nn.Sequential, where every second layer is a
// ReLU: "0.weight", "0.bias", "2.weight", … It has PyTorch's initial distributions.
//
// Fewer than two sizes are reported by [nn.Init] as a layer that lacks them.
func NewMLP(sizes ...int) *nn.Sequential {
	for len(sizes) < 2 {
		sizes = append(slices.Clip(sizes), 0)
	}
	var layers []nn.Module
	for i, in := range sizes[:len(sizes)-1] {
		if i > 0 {
			layers = append(layers, nn.ReLU)
		}
		layers = append(layers, nn.NewLinear(in, sizes[i+1]))
	}
	return nn.Seq(layers...)
}
