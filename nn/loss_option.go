package nn

import (
	"fmt"
	"math"
	"slices"
)

// LossOption changes a setting of a [Loss]; each constructor says which ones it
// takes.
type LossOption func(*lossOptions)

// lossOptions are the settings of a loss.
type lossOptions struct {
	name string
	used []string
	err  error // a setting that cannot be

	reduce          reduction
	smoothing       float64
	classWeights    []float64
	positiveWeights []float64
	ignore          int
	ignores         bool
	margin          float64
	squared         bool
	balance         float64
	blank           int
	zeroInfinity    bool
}

// newLossOptions applies the options of a loss that takes [Sum], [PerSample] and
// those named, and checks the values.
func newLossOptions(name string, opts []LossOption, takes ...string) *lossOptions {
	o := &lossOptions{name: name, margin: 1, balance: 0.25}
	for _, f := range opts {
		f(o)
	}
	for _, u := range o.used {
		if !slices.Contains(takes, u) {
			o.fail(fmt.Errorf("option %s does not apply", u))
		}
	}
	o.between("label smoothing", o.smoothing, 0, 1)
	o.between("balance", o.balance, 0, 1)
	o.finite("margin", o.margin, true)
	o.weights("ClassWeights", o.classWeights)
	o.weights("PositiveWeights", o.positiveWeights)
	return o
}

// fail keeps the first setting that cannot be, for the tape to report.
func (o *lossOptions) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// between reports a setting outside of [lo, hi].
func (o *lossOptions) between(name string, v, lo, hi float64) {
	if !(v >= lo && v <= hi) {
		o.fail(fmt.Errorf("%s %v, want %v to %v", name, v, lo, hi))
	}
}

// finite reports a setting that is negative, infinite or NaN, or 0 if it has to be
// positive.
func (o *lossOptions) finite(name string, v float64, positive bool) {
	switch {
	case positive && !(v > 0 && v <= math.MaxFloat32):
		o.fail(fmt.Errorf("%s %v, want a positive number", name, v))
	case !(v >= 0 && v <= math.MaxFloat32):
		o.fail(fmt.Errorf("%s %v, want 0 or a positive number", name, v))
	}
}

// Sum makes a loss the sum over the batch in place of the mean.
func Sum(o *lossOptions) { o.reduce = toSum }

// PerSample makes a loss return what each sample contributes, PyTorch's reduction
// 'none': of shape [N] for labels [N], and for targets that are compared number by
// number a loss for each number, of the target's shape. Such a loss is for
// Trainer.Compute, where the samples can be given weights before they are added.
func PerSample(o *lossOptions) { o.reduce = toNone }

// LabelSmoothing takes the fraction e of the target's probability and spreads it
// evenly over all C classes, so that the network does not become too sure: the
// target is (1−e)·target + e/C (Szegedy et al. 2016, arXiv 1512.00567). 0 is the
// default, 0.1 usual.
func LabelSmoothing(e float64) LossOption {
	return func(o *lossOptions) { o.smoothing, o.used = e, append(o.used, "LabelSmoothing") }
}

// ClassWeights multiplies the loss of each class by a weight, one for each of the C
// classes and none negative; 1 is the default. Weights in inverse proportion to how
// many samples the classes have make the classes count alike.
func ClassWeights(w ...float64) LossOption {
	return func(o *lossOptions) { o.classWeights, o.used = slices.Clone(w), append(o.used, "ClassWeights") }
}

// IgnoreLabel makes samples, or places of a picture, with this label count for
// nothing; it may lie outside of the classes. By default none is ignored, whereas
// PyTorch ignores −100.
func IgnoreLabel(label int) LossOption {
	return func(o *lossOptions) {
		o.ignore, o.ignores, o.used = label, true, append(o.used, "IgnoreLabel")
	}
}

// PositiveWeights multiplies the loss of targets that are 1 by a weight: one for
// all, or one for each of the C channels of outputs [N, C, …]. The number of
// negatives divided by that of positives makes the two count alike. 1 is the
// default.
func PositiveWeights(w ...float64) LossOption {
	return func(o *lossOptions) { o.positiveWeights, o.used = slices.Clone(w), append(o.used, "PositiveWeights") }
}

// Margin is how far a right answer has to lead; 1 is the default.
func Margin(m float64) LossOption {
	return func(o *lossOptions) { o.margin, o.used = m, append(o.used, "Margin") }
}

// Squared squares what an answer lacks of the margin.
func Squared(o *lossOptions) { o.squared, o.used = true, append(o.used, "Squared") }

// Balance weighs targets that are 1 with a and those that are 0 with 1−a; 0.25 is
// the default.
func Balance(a float64) LossOption {
	return func(o *lossOptions) { o.balance, o.used = a, append(o.used, "Balance") }
}

// Blank sets the class that stands for no label; 0 is the default.
func Blank(class int) LossOption {
	return func(o *lossOptions) { o.blank, o.used = class, append(o.used, "Blank") }
}

// ZeroInfinity makes sequences whose loss is infinite count as 0, without a gradient:
// those that are too short for their labels. A mean counts them in.
func ZeroInfinity(o *lossOptions) { o.zeroInfinity, o.used = true, append(o.used, "ZeroInfinity") }

// weights reports weights that cannot be, or that were given and are none.
func (o *lossOptions) weights(option string, w []float64) {
	if len(w) == 0 && slices.Contains(o.used, option) {
		o.fail(fmt.Errorf("%s of no numbers, want at least one", option))
	}
	for i, v := range w {
		o.finite(fmt.Sprintf("%s: weight %d is", option, i), v, false)
	}
}

// float32s returns nil for nil.
func float32s(x []float64) []float32 {
	var y []float32
	for _, v := range x {
		y = append(y, float32(v))
	}
	return y
}
