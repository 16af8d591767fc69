package metric

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Ranking is an nn.Metric of how well the outputs for a class put the samples
// that belong to it before the others: the area under its ROC or precision-recall
// curve. The curves are exact, for which it keeps 8·C bytes for each sample, and 8
// more for its class or C for its labels; a curve takes another 24 for each sample
// while it is computed.
type Ranking struct {
	name string
	settings
	curve func(steps []step) Curve
	area  func(steps []step) float64

	classes int
	scores  []float64 // [N, classes], see logActivation
	truth   []int     // the class of each sample
	flags   []bool    // or whether it has each label, [N, classes]
}

// ROC returns the area under the curve of true over false positives (receiver
// operating characteristic), the probability that a sample of the class ranks
// before one of another, where ties count half. It is 1 for a perfect ranking and
// 0.5 for chance. Its name is "roc_auc"; options add to it, as in
// "roc_auc_weighted".
//
// It is of class 1 if there are two, else the mean over the classes, each against
// the rest. It is NaN for a class that no sample or every sample belongs to, and
// so are the means over classes; the weighted one is 0 if no sample has a label.
func ROC(options ...RankOption) *Ranking {
	return newRanking("roc_auc", rocCurve, rocArea, options)
}

// PrecisionRecall returns the average precision, Σ (R_k − R_{k−1})·P_k over the
// points of the curve of precision P over recall R. It is 1 for a perfect ranking
// and the part of the samples that belong to the class for chance. Its name is
// "average_precision"; options add to it.
//
// It is of class 1 if there are two, else the mean over the classes, each against
// the rest. It is 0 for a class that no sample belongs to.
func PrecisionRecall(options ...RankOption) *Ranking {
	return newRanking("average_precision", precisionRecallCurve, averagePrecision, options)
}

func newRanking(name string, curve func([]step) Curve, area func([]step) float64, options []RankOption) *Ranking {
	r := &Ranking{name: name, curve: curve, area: area}
	for _, o := range options {
		o.rank(&r.settings)
	}
	return r
}

// Name returns the name of the area.
func (r *Ranking) Name() string { return r.name + r.suffix }

// Reset forgets what was measured. It keeps the memory.
func (r *Ranking) Reset() {
	r.classes, r.scores, r.truth, r.flags = 0, r.scores[:0], r.truth[:0], r.flags[:0]
}

// Update takes in a batch. See the package documentation for the shapes.
func (r *Ranking) Update(output *tensor.Tensor, target tensor.Any) error {
	scores, truth, flags := len(r.scores), len(r.truth), len(r.flags)
	if err := r.update(output, target); err != nil {
		r.scores, r.truth, r.flags = r.scores[:scores], r.truth[:truth], r.flags[:flags]
		return fmt.Errorf("metric: %s: %w", r.Name(), err)
	}
	return nil
}

func (r *Ranking) update(output *tensor.Tensor, target tensor.Any) (err error) {
	var classes int
	r.scores, classes, err = r.appendRows(r.scores, output, r.logActivation())
	if err != nil {
		return err
	}
	if r.classes > 0 && classes != r.classes {
		return fmt.Errorf("output has %d classes, want %d as before", classes, r.classes)
	}
	if err := r.check(classes); err != nil {
		return err
	}
	if r.targets == MultiLabel {
		r.flags, err = appendFlags(r.flags, target, output.Dim(0), classes)
	} else {
		r.truth, err = appendLabels(r.truth, target, output.Shape()[0], classes)
	}
	if err == nil {
		r.classes = classes
	}
	return err
}

// Value returns the area over everything since Reset, 0 if that is nothing. It
// sorts the scores.
func (r *Ranking) Value() float64 {
	if len(r.scores) == 0 {
		return 0
	}
	switch a := r.averageOf(r.classes); {
	case r.one:
		return r.area(r.steps(r.number, r.number+1))
	case a == Binary:
		return r.area(r.steps(1, 2))
	case a == Micro:
		return r.area(r.steps(0, r.classes))
	default:
		return r.mean(a)
	}
}

// mean returns the mean of the areas of the classes.
func (r *Ranking) mean(a Average) float64 {
	sum, total := 0.0, 0.0
	for class := range r.classes {
		s, w := r.steps(class, class+1), 1.0
		if a == Weighted {
			w = float64(s[len(s)-1].found)
		}
		sum += w * r.area(s)
		total += w
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// Classes returns the number of classes or labels, 0 before the first batch.
func (r *Ranking) Classes() int { return r.classes }

// PerClass returns the area of every class or label against the rest, nil if
// nothing was measured.
func (r *Ranking) PerClass() []float64 {
	if len(r.scores) == 0 {
		return nil
	}
	v := make([]float64, r.classes)
	for class := range v {
		v[class] = r.area(r.steps(class, class+1))
	}
	return v
}

// Curve returns the curve of a class or label against the rest, which is empty if
// nothing was measured. It panics if there is no such class.
func (r *Ranking) Curve(class int) Curve {
	if len(r.scores) == 0 {
		return Curve{}
	}
	c := r.curve(r.steps(class, class+1))
	if r.outputs == Logits {
		for i, v := range c.Threshold[1:] {
			c.Threshold[i+1] = math.Exp(v)
		}
	}
	return c
}

// belongs reports whether a sample belongs to a class or has a label.
func (r *Ranking) belongs(sample, class int) bool {
	if r.targets == MultiLabel {
		return r.flags[sample*r.classes+class]
	}
	return r.truth[sample] == class
}

// steps returns the steps for all distinct scores of the classes from lo to
// hi−1, taken together.
func (r *Ranking) steps(lo, hi int) []step {
	samples := len(r.scores) / r.classes
	s := make([]step, 0, samples*(hi-lo))
	for i := range samples {
		for class := lo; class < hi; class++ {
			one := step{score: r.scores[i*r.classes+class]}
			if r.belongs(i, class) {
				one.found = 1
			} else {
				one.wrong = 1
			}
			s = append(s, one)
		}
	}
	return addUp(s)
}
