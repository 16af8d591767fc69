package conv_test

import (
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestWeightInPlaceOp checks the operation where its gradient with respect to the
// weights reads the patches in place.
func TestWeightInPlaceOp(t *testing.T) {
	for _, c := range []struct {
		name    string
		s       conv.Settings
		x, w, y tensor.Shape
	}{
		{"same", conv.Settings{Same: true}, tensor.Shape{2, 2, 6, 6}, tensor.Shape{8, 2, 3, 3}, tensor.Shape{2, 8, 6, 6}},
		{"stride", conv.Settings{Stride: [2]int{2, 2}}, tensor.Shape{2, 1, 12, 15}, tensor.Shape{9, 1, 2, 3}, tensor.Shape{2, 9, 6, 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			nntest.Run(t, nntest.Case{
				Inputs: []*tensor.Tensor{nntest.Values(1, c.x...), nntest.Values(2, c.w...), nntest.Values(3, c.w[0])},
				Shape:  c.y,
				Batch:  []int{0},
				F:      func(x ...*grad.Var) *grad.Var { return conv.Apply2D(x[0], x[1], x[2], c.s) },
			})
		})
	}
}
