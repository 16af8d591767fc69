package nn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenDropout(t *testing.T) {
	nntest.GoldenDropout(t, "../tensor/grad/testdata/dropout.json", func(op string, p float64, x *grad.Var) *grad.Var {
		return map[string]nn.Module{
			"Dropout": nn.NewDropout(p), "SpatialDropout": nn.NewSpatialDropout(p), "AlphaDropout": nn.NewAlphaDropout(p),
		}[op].Forward(x)
	})
}
