package nn

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// probability reports a probability of dropping that cannot be.
func probability(layer string, p float64) error {
	if !(p >= 0 && p < 1) {
		return fmt.Errorf("nn: %s: probability %v, want at least 0 and less than 1", layer, p)
	}
	return nil
}

// Dropout sets each element to zero with probability P while training, and
// multiplies the others by 1/(1−P); otherwise it changes nothing (Srivastava et
// al. 2014). What is dropped depends on the tape's seed and step and the place of
// the layer, so a resumed run drops the same.
type Dropout struct{ P float64 }

// NewDropout returns a dropout layer. P outside [0, 1) is reported by [Init] and
// by Forward.
func NewDropout(p float64) *Dropout { return &Dropout{p} }

// Build checks the setting.
func (l *Dropout) Build() error { return probability("Dropout", l.P) }

// Forward implements [Module].
func (l *Dropout) Forward(x *grad.Var) *grad.Var { return grad.Dropout(x, l.P) }

// SpatialDropout is [Dropout] of whole channels of x [N, C, …], as PyTorch's
// Dropout1d, Dropout2d and Dropout3d: neighbours in a picture say nearly the same,
// so that dropping single elements changes little (Tompson et al. 2014, arXiv
// 1411.4280).
type SpatialDropout struct{ P float64 }

// NewSpatialDropout returns a layer that drops channels. P outside [0, 1) is
// reported by [Init] and by Forward.
func NewSpatialDropout(p float64) *SpatialDropout { return &SpatialDropout{p} }

// Build checks the setting.
func (l *SpatialDropout) Build() error { return probability("SpatialDropout", l.P) }

// Forward implements [Module].
func (l *SpatialDropout) Forward(x *grad.Var) *grad.Var { return grad.SpatialDropout(x, l.P) }

// AlphaDropout is the dropout of networks of [SELU]: while training it sets each
// element with probability P to the value that SELU has at −∞, then scales and
// shifts all so that mean 0 and variance 1 stay (Klambauer et al. 2017, arXiv
// 1706.02515).
type AlphaDropout struct{ P float64 }

// NewAlphaDropout returns a dropout layer for networks of SELU. P outside [0, 1) is
// reported by [Init] and by Forward.
func NewAlphaDropout(p float64) *AlphaDropout { return &AlphaDropout{p} }

// Build checks the setting.
func (l *AlphaDropout) Build() error { return probability("AlphaDropout", l.P) }

// Forward implements [Module].
func (l *AlphaDropout) Forward(x *grad.Var) *grad.Var { return grad.AlphaDropout(x, l.P) }
