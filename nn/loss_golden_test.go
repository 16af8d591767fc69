package nn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// goldenLosses make the losses that losses.py names.
var goldenLosses = map[string]func(c *nntest.GoldenCase, opts ...nn.LossOption) nn.Loss{
	"CrossEntropy":  plain(nn.NewCrossEntropy),
	"NLL":           plain(nn.NewNLL),
	"Hinge":         plain(nn.NewHinge),
	"MSE":           plain(nn.NewMSE),
	"L1":            plain(nn.NewL1),
	"PoissonNLL":    plain(nn.NewPoissonNLL),
	"BCEWithLogits": plain(nn.NewBCEWithLogits),
	"BCE":           plain(nn.NewBCE),
	"BinaryHinge":   plain(nn.NewBinaryHinge),
	"KLDiv":         plain(nn.NewKLDiv),
	"CTC":           plain(nn.NewCTC),
	"SmoothL1": func(c *nntest.GoldenCase, opts ...nn.LossOption) nn.Loss {
		return nn.NewSmoothL1(c.Float("beta", 1), opts...)
	},
	"Huber": func(c *nntest.GoldenCase, opts ...nn.LossOption) nn.Loss {
		return nn.NewHuber(c.Float("delta", 1), opts...)
	},
	"Focal": func(c *nntest.GoldenCase, opts ...nn.LossOption) nn.Loss {
		return nn.NewFocal(c.Float("gamma", 2), append(opts, nn.Balance(c.Float("alpha", 0.25)))...)
	},
}

func plain(f func(opts ...nn.LossOption) nn.Loss) func(c *nntest.GoldenCase, opts ...nn.LossOption) nn.Loss {
	return func(_ *nntest.GoldenCase, opts ...nn.LossOption) nn.Loss { return f(opts...) }
}

// goldenPairs apply the losses of other inputs.
var goldenPairs = map[string]func(c *nntest.GoldenCase, x []*grad.Var) *grad.Var{
	"GaussianNLL":      func(_ *nntest.GoldenCase, x []*grad.Var) *grad.Var { return nn.GaussianNLL(x[0], x[1], x[2].Data()) },
	"CosineSimilarity": func(_ *nntest.GoldenCase, x []*grad.Var) *grad.Var { return nn.CosineSimilarity(x[0], x[1]) },
	"PairwiseDistance": func(_ *nntest.GoldenCase, x []*grad.Var) *grad.Var { return nn.PairwiseDistance(x[0], x[1]) },
	"TripletMargin": func(c *nntest.GoldenCase, x []*grad.Var) *grad.Var {
		return nn.TripletMargin(x[0], x[1], x[2], c.Float("margin", 1))
	},
	"CosineEmbedding": func(c *nntest.GoldenCase, x []*grad.Var) *grad.Var {
		return nn.CosineEmbedding(x[0], x[1], x[2].Data(), c.Float("margin", 0))
	},
}

// lossOptions returns the options that a case names; weights are its last input.
func lossOptions(c *nntest.GoldenCase, x []*grad.Var) []nn.LossOption {
	var opts []nn.LossOption
	switch c.String("reduction") {
	case "sum":
		opts = append(opts, nn.Sum)
	case "none":
		opts = append(opts, nn.PerSample)
	}
	if e := c.Float("label_smoothing", 0); e != 0 {
		opts = append(opts, nn.LabelSmoothing(e))
	}
	if m := c.Float("margin", 0); m != 0 {
		opts = append(opts, nn.Margin(m))
	}
	if c.Int("squared", 0) == 1 {
		opts = append(opts, nn.Squared)
	}
	if i := c.Int("ignore", 0); i != 0 {
		opts = append(opts, nn.IgnoreLabel(i))
	}
	if b := c.Int("blank", 0); b != 0 {
		opts = append(opts, nn.Blank(b))
	}
	if c.Int("zero_infinity", 0) == 1 {
		opts = append(opts, nn.ZeroInfinity)
	}
	if c.Int("weights", 0) == 1 {
		var w []float64
		for _, v := range x[len(x)-1].Data().Data() {
			w = append(w, float64(v))
		}
		if c.Op == "BCEWithLogits" {
			return append(opts, nn.PositiveWeights(w...))
		}
		opts = append(opts, nn.ClassWeights(w...))
	}
	return opts
}

func TestGoldenLosses(t *testing.T) {
	for _, file := range []string{"losses.json", "losses_class.json", "ctc.json"} {
		nntest.Golden(t, "testdata/"+file, 1e-5, goldenLoss)
	}
}

func goldenLoss(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
	if f := goldenPairs[c.Op]; f != nil {
		return []*grad.Var{f(c, x)}
	}
	loss := goldenLosses[c.Op](c, lossOptions(c, x)...)
	if labels := c.Ints("target"); labels != nil {
		if c.Int("lengths", 0) == 1 {
			return []*grad.Var{loss(grad.Tuple(x...), labels)}
		}
		return []*grad.Var{loss(x[0], labels)}
	}
	return []*grad.Var{loss(x[0], x[1].Data())}
}
