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
	golden := nntest.GoldenFile{Path: "testdata/transpose.json", Tolerance: 1e-5, Name: func(c *nntest.GoldenCase) string {
		if c.Op == "Separable2D" {
			return "" // a layer alone
		}
		return asOperations(c)
	}}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		return []*grad.Var{conv.ApplyTranspose2D(x[0], x[1], third(x), settingsOf(c), [2]int(c.List("output_pad")))}
	})
}

// TestGoldenParams gives layers the weights and biases of the files as parameters.
func TestGoldenParams(t *testing.T) {
	for _, file := range []string{"golden", "transpose", "lines"} {
		golden := nntest.GoldenFile{Path: "testdata/" + file + ".json", Tolerance: 1e-5, Name: asLayers, Layer: true}
		golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
			return []*grad.Var{goldenConvolution(c).Forward(x[0])}
		})
	}
}

// goldenConvolution returns the layer of a case.
func goldenConvolution(c *nntest.GoldenCase) nn.Module {
	w, b := c.Param("1"), c.Param("2")
	s := w.Shape()
	switch c.Op {
	case "Conv1D":
		l := settings1DOf(c)
		return &conv.Conv1D{In: s[1] * max(l.Groups, 1), Out: s[0], Kernel: s[2], Settings1D: l, NoBias: b == nil, Weight: w, Bias: b}
	case "ConvTranspose1D":
		l := settings1DOf(c)
		return &conv.ConvTranspose1D{
			In: s[0], Out: s[1] * max(l.Groups, 1), Kernel: s[2], Settings1D: l, OutputPad: c.Int("output_pad", 0),
			NoBias: b == nil, Weight: w, Bias: b,
		}
	case "Conv2D":
		l := settingsOf(c)
		return &conv.Conv2D{In: s[1] * l.Groups, Out: s[0], Kernel: [2]int(s[2:]), Settings: l, NoBias: b == nil, Weight: w, Bias: b}
	case "ConvTranspose2D":
		l := settingsOf(c)
		return &conv.ConvTranspose2D{
			In: s[0], Out: s[1] * l.Groups, Kernel: [2]int(s[2:]), Settings: l, OutputPad: [2]int(c.List("output_pad")),
			NoBias: b == nil, Weight: w, Bias: b,
		}
	}
	l := conv.NewSeparable2D(s[0], b.Shape()[0], s[2], conv.Stride(c.List("stride")...), conv.Pad(c.List("pad")...), conv.Dilation(c.List("dilation")...))
	l.Depthwise.Weight, l.Pointwise.Weight, l.Pointwise.Bias, l.Pointwise.NoBias = w, b, c.Param("3"), c.Param("3") == nil
	return l
}

// settings1DOf returns the settings of a case on lines.
func settings1DOf(c *nntest.GoldenCase) conv.Settings1D {
	s := conv.Settings1D{
		Stride: c.Int("stride", 0), Dilation: c.Int("dilation", 0), Same: c.Int("same", 0) == 1, Groups: c.Int("groups", 0),
	}
	copy(s.Pad[:], c.List("pad"))
	return s
}

func TestGoldenLines(t *testing.T) {
	golden := nntest.GoldenFile{Path: "testdata/lines.json", Tolerance: 1e-5, Name: asOperations}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		s := settings1DOf(c)
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
