package grad_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenDropout(t *testing.T) {
	nntest.GoldenDropout(t, "testdata/dropout.json", func(op string, p float64, x *grad.Var) *grad.Var {
		return map[string]func(*grad.Var, float64) *grad.Var{
			"Dropout": grad.Dropout, "SpatialDropout": grad.SpatialDropout, "AlphaDropout": grad.AlphaDropout,
		}[op](x, p)
	})
}
