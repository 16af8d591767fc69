package plot

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
)

// Rates draws what nn.FindRate measured to a file: the losses and their running
// mean over the learning rate, on a logarithmic axis, with a dot at the
// suggestion. It is an error if nothing was measured or the file cannot be
// written.
func Rates(path string, c *nn.RateCurve) error {
	if c == nil || len(c.Rates) == 0 {
		return fmt.Errorf("plot: %s: the curve has no rates", path)
	}
	p := Panel{X: "learning rate", Y: "loss", LogX: true, Series: []Series{
		{Name: "smooth", X: c.Rates, Y: c.Smooth},
		{Name: "loss", X: c.Rates, Y: c.Losses},
	}}
	for i, r := range c.Rates {
		if r == c.Suggestion {
			p.Series = append(p.Series, Series{Name: fmt.Sprintf("suggestion: %.2g", r), X: []float64{r}, Y: []float64{c.Smooth[i]}})
		}
	}
	return Lines(path, p)
}
