package conv_test

import (
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGolden(t *testing.T) {
	nntest.Golden(t, "testdata/golden.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		s := conv.Settings{
			Stride: [2]int(c.List("stride")), Dilation: [2]int(c.List("dilation")),
			Pad: [4]int(c.List("pad")), Same: c.Int("same", 0) == 1, Groups: c.Int("groups", 1),
		}
		if c.Op == "Conv2D" {
			var bias *grad.Var
			if len(x) == 3 {
				bias = x[2]
			}
			return []*grad.Var{conv.Apply2D(x[0], x[1], bias, s)}
		}
		l := &conv.Pool2D{Kernel: [2]int(c.List("kernel")), Settings: s, Mean: c.Op == "AvgPool2D"}
		return []*grad.Var{l.Forward(x[0])}
	})
}
