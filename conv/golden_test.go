package conv_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// operations are the functions behind the layers of golden files.
var operations = map[string]string{
	"Conv1D": "Apply1D", "Conv2D": "Apply2D", "ConvTranspose1D": "ApplyTranspose1D", "ConvTranspose2D": "ApplyTranspose2D",
}

// asOperations names the cases of convolutions after what the tests below apply.
func asOperations(c *nntest.GoldenCase) string {
	if name := operations[c.Op]; name != "" {
		return name + strings.TrimPrefix(c.Name, c.Op)
	}
	return c.Name
}

// asLayers leaves the cases of convolutions.
func asLayers(c *nntest.GoldenCase) string {
	if operations[c.Op] != "" || c.Op == "Separable2D" {
		return c.Name
	}
	return ""
}

// settingsOf returns the settings of a case on pictures.
func settingsOf(c *nntest.GoldenCase) conv.Settings {
	return conv.Settings{
		Stride: [2]int(c.List("stride")), Dilation: [2]int(c.List("dilation")),
		Pad: [4]int(c.List("pad")), Same: c.Int("same", 0) == 1, Groups: c.Int("groups", 1),
	}
}

func TestGolden(t *testing.T) {
	golden := nntest.GoldenFile{Path: "testdata/golden.json", Tolerance: 1e-5, Name: asOperations}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		s := settingsOf(c)
		if c.Op == "Conv2D" {
			return []*grad.Var{conv.Apply2D(x[0], x[1], third(x), s)}
		}
		l := &conv.Pool2D{Kernel: [2]int(c.List("kernel")), Settings: s, Mean: c.Op == "AvgPool2D"}
		return []*grad.Var{l.Forward(x[0])}
	})
}
