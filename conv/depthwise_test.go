package conv_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenDepthwise(t *testing.T) {
	golden := nntest.GoldenFile{Path: "testdata/depthwise.json", Tolerance: 1e-5, Name: asOperations}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		return []*grad.Var{conv.Apply2D(x[0], x[1], third(x), settingsOf(c))}
	})
}

// TestDepthwise runs the suite on what takes each way of package depthwise.
func TestDepthwise(t *testing.T) {
	for _, c := range []struct {
		kernel, stride, pad, h, w, out int
	}{
		{3, 1, 1, 7, 7, 3}, {3, 1, 1, 4, 18, 3}, {3, 1, 0, 5, 6, 6}, {3, 2, 1, 6, 6, 3}, {3, 2, 1, 5, 17, 3},
		{5, 1, 2, 6, 7, 3}, {5, 1, 2, 5, 17, 3}, {5, 2, 2, 6, 9, 6}, {4, 1, 2, 5, 6, 3}, {4, 2, 1, 6, 7, 3},
	} {
		t.Run(fmt.Sprintf("Conv2D/kernel=%d/stride=%d/pad=%d/%dx%d/out=%d", c.kernel, c.stride, c.pad, c.h, c.w, c.out), func(t *testing.T) {
			l := initialized(t, conv.New2D(3, c.out, c.kernel, conv.Groups(3), conv.Stride(c.stride), conv.Pad(c.pad)))
			nntest.Run(t, nntest.Case{
				Inputs: []*tensor.Tensor{nntest.Values(2, 2, 3, c.h, c.w)}, Params: nn.Params(l), Batch: []int{0},
				F: func(x ...*grad.Var) *grad.Var { return l.Forward(x[0]) },
			})
		})
	}
}

// TestTransposeDepthwise: a transposed convolution is the gradient of a depthwise one.
func TestTransposeDepthwise(t *testing.T) {
	l := initialized(t, conv.NewTranspose2D(3, 3, 3, conv.Groups(3), conv.Stride(2), conv.Pad(1), conv.OutputPad(1)))
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(2, 2, 3, 4, 5)}, Params: nn.Params(l), Shape: tensor.Shape{2, 3, 8, 10}, Batch: []int{0},
		F: func(x ...*grad.Var) *grad.Var { return l.Forward(x[0]) },
	})
}
