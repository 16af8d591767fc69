package conv_test

import (
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// third returns the bias among the inputs, nil if there is none.
func third(x []*grad.Var) *grad.Var {
	if len(x) < 3 {
		return nil
	}
	return x[2]
}

func TestGoldenTranspose(t *testing.T) {
	nntest.Golden(t, "testdata/transpose.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		if c.Op == "Separable2D" {
			l := conv.NewSeparable2D(x[0].Shape()[1], x[2].Shape()[0], x[1].Shape()[2],
				conv.Stride(c.List("stride")...), conv.Pad(c.List("pad")...), conv.Dilation(c.List("dilation")...))
			var bias *grad.Var
			if len(x) == 4 {
				bias = x[3]
			}
			y := conv.Apply2D(x[0], x[1], nil, l.Depthwise.Settings)
			return []*grad.Var{conv.Apply2D(y, x[2], bias, l.Pointwise.Settings)}
		}
		s := conv.Settings{
			Stride: [2]int(c.List("stride")), Dilation: [2]int(c.List("dilation")),
			Pad: [4]int(c.List("pad")), Same: c.Int("same", 0) == 1, Groups: c.Int("groups", 1),
		}
		return []*grad.Var{conv.ApplyTranspose2D(x[0], x[1], third(x), s, [2]int(c.List("output_pad")))}
	})
}

func TestGoldenLines(t *testing.T) {
	nntest.Golden(t, "testdata/lines.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		s := conv.Settings1D{
			Stride: c.Int("stride", 0), Dilation: c.Int("dilation", 0), Same: c.Int("same", 0) == 1, Groups: c.Int("groups", 0),
		}
		copy(s.Pad[:], c.List("pad"))
		switch kernel, out := c.Int("kernel", 0), c.Int("out", 0); c.Op {
		case "Conv1D":
			return []*grad.Var{conv.Apply1D(x[0], x[1], third(x), s)}
		case "ConvTranspose1D":
			return []*grad.Var{conv.ApplyTranspose1D(x[0], x[1], third(x), s, c.Int("output_pad", 0))}
		case "MaxPool1D", "AvgPool1D":
			l := conv.Pool1D{Kernel: kernel, Settings1D: s, Mean: c.Op == "AvgPool1D"}
			return []*grad.Var{l.Forward(x[0])}
		default:
			l := conv.AdaptivePool1D{Out: out, Mean: c.Op == "AdaptiveAvgPool1D"}
			return []*grad.Var{l.Forward(x[0])}
		}
	})
}

func TestGoldenPictures(t *testing.T) {
	nntest.Golden(t, "testdata/pictures.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		var l nn.Module
		switch c.Op {
		case "AdaptiveMaxPool2D", "AdaptiveAvgPool2D":
			l = &conv.AdaptivePool2D{Out: [2]int(c.List("out")), Mean: c.Op == "AdaptiveAvgPool2D"}
		case "GlobalAvgPool":
			l = conv.GlobalAvgPool
		case "GlobalMaxPool":
			l = conv.GlobalMaxPool
		case "LPPool2D":
			l = &conv.PowerPool2D{
				P: c.Float("p", 0), Kernel: [2]int(c.List("kernel")), Settings: conv.Settings{Stride: [2]int(c.List("stride"))},
			}
		case "Resize":
			r := &conv.Resize{
				Scale:    [2]float64{c.Float("scale_rows", 0), c.Float("scale_columns", 0)},
				Bilinear: c.Bool("bilinear"), AlignCorners: c.Bool("corners"),
			}
			copy(r.Size[:], c.List("size"))
			l = r
		case "PixelShuffle":
			l = conv.PixelShuffle(c.Int("factor", 0))
		case "PixelUnshuffle":
			l = conv.PixelUnshuffle(c.Int("factor", 0))
		}
		return []*grad.Var{l.Forward(x[0])}
	})
}
