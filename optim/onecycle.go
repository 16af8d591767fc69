package optim

// CycleOption is a setting of [OneCycle].
type CycleOption func(*cycle)

type cycle struct {
	start, div, finalDiv float64
	anneal               func(a, b, x float64) float64
}

// PctStart is the part of the cycle in which the rate rises, from 0 to 1; 0.3 is
// the default.
func PctStart(p float64) CycleOption { return func(c *cycle) { c.start = p } }

// DivFactor is how many times lower the rate begins than its peak; 25 is the
// default.
func DivFactor(d float64) CycleOption { return func(c *cycle) { c.div = d } }

// FinalDivFactor is how many times lower the rate ends than it began; 1e4 is the
// default.
func FinalDivFactor(d float64) CycleOption { return func(c *cycle) { c.finalDiv = d } }

// LinearAnneal rises and falls in straight lines in place of half waves.
func LinearAnneal(c *cycle) { c.anneal = line }

// OneCycle rises to the peak and falls far below where it began, over total
// steps, as torch.optim.lr_scheduler.OneCycleLR: from 1/25 to 1 in the first 30 %
// of the steps, and from there to 1/250000, each along half a wave; then it stays.
// The learning rate given to the optimizer is the peak, PyTorch's max_lr. The
// momentum stays as it is (cycle_momentum=False in PyTorch). It takes [PctStart],
// [DivFactor], [FinalDivFactor] and [LinearAnneal], and wants total at least 1 and
// factors that are positive. (Smith and Topin 2018, arXiv 1708.07120.)
func OneCycle(total int, opts ...CycleOption) Schedule {
	c := cycle{start: 0.3, div: 25, finalDiv: 1e4, anneal: cosine}
	for _, f := range opts {
		f(&c)
	}
	up, end := float64(c.start*float64(total))-1, float64(total-1)
	low := 1 / c.div
	return only(total >= 1 && unit(c.start) && positive(c.div) && positive(c.finalDiv), func(step int) float64 {
		at := min(float64(step), end)
		switch {
		case up > 0 && at <= up:
			return c.anneal(low, 1, at/up)
		case up == end: // a single step
			return 1
		}
		return c.anneal(1, low/c.finalDiv, (at-up)/(end-up))
	})
}
