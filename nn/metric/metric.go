package metric

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Score is an nn.Metric that is one number drawn from counts of right and wrong
// predictions: those of a confusion matrix or, for [MultiLabel] targets, those of
// every label.
type Score struct {
	name string
	settings
	confusion Confusion
	labels    labels
	class     func(o outcome) float64    // the score of a class
	whole     func(c *Confusion) float64 // the score, where it is not a mean over classes
	err       error                      // why there is no such score
}

// Accuracy returns the part of the samples whose class is predicted right. Its
// name is "accuracy".
func Accuracy(t ...Threshold) *Score { return newWhole("accuracy", (*Confusion).Accuracy, t) }

// BalancedAccuracy returns the mean recall of the classes that samples belong to,
// which chance alone makes 1/C for any predictions, however unequal the classes
// are. Its name is "balanced_accuracy".
func BalancedAccuracy(t ...Threshold) *Score {
	s := newWhole("balanced_accuracy", (*Confusion).BalancedAccuracy, t)
	s.class = outcome.recall
	return s
}

// Matthews returns the correlation of predictions and truth, from −1 to 1, see
// [Confusion.Matthews]. Its name is "matthews".
func Matthews(t ...Threshold) *Score { return newWhole("matthews", (*Confusion).Matthews, t) }

// Kappa returns Cohen's kappa, the agreement beyond chance, see
// [Confusion.Kappa]. Its name is "kappa", "kappa_linear" or "kappa_quadratic".
func Kappa(w Weights, t ...Threshold) *Score {
	s := newWhole("kappa", func(c *Confusion) float64 { return c.Kappa(w) }, t)
	if w != Unweighted {
		s.name += "_" + w.String()
	}
	if w > Quadratic {
		s.err = fmt.Errorf("weights are %v, want one from Unweighted to Quadratic", w)
	}
	return s
}

// newWhole returns a score of the whole confusion matrix.
func newWhole(name string, whole func(c *Confusion) float64, t []Threshold) *Score {
	options := make([]Option, len(t))
	for i := range t {
		options[i] = t[i]
	}
	s := newScore(name, nil, options)
	s.whole = whole
	return s
}

// Precision returns which part of the samples predicted to belong to a class
// does: of class 1 if there are two, else the mean over all classes. Its name is
// "precision"; options add to it, as in "precision_macro", "precision_class_3".
func Precision(options ...Option) *Score { return newScore("precision", outcome.precision, options) }

// Recall returns which part of the samples of a class is found: of class 1 if
// there are two, else the mean over all classes. Its name is "recall"; options
// add to it.
func Recall(options ...Option) *Score { return newScore("recall", outcome.recall, options) }

// F1 returns the harmonic mean of precision and recall: of class 1 if there are
// two, else the mean over all classes. Its name is "f1"; options add to it.
func F1(options ...Option) *Score { return newScore("f1", outcome.f1, options) }

// FBeta returns the harmonic mean of precision and recall in which recall weighs
// beta² times as much as precision,
//
//	(1 + β²)·precision·recall / (β²·precision + recall)
//
// Beta 0 is the precision and +Inf the recall. It is of class 1 if there are two,
// else the mean over all classes. The name is that of beta, as in "f0.5" and
// "f2"; options add to it. A negative beta is an error of Update.
func FBeta(beta float64, options ...Option) *Score {
	s := newScore(fmt.Sprintf("f%g", beta), func(o outcome) float64 { return o.fBeta(beta) }, options)
	if !(beta >= 0) {
		s.err = fmt.Errorf("beta is %v, want 0 or more", beta)
	}
	return s
}

// Jaccard returns the size of the intersection of what is predicted to belong to
// a class and what does, divided by that of the union: of class 1 if there are
// two, else the mean over all classes. Its name is "jaccard"; options add to it.
func Jaccard(options ...Option) *Score { return newScore("jaccard", outcome.jaccard, options) }

func newScore(name string, class func(o outcome) float64, options []Option) *Score {
	s := &Score{name: name, class: class}
	for _, o := range options {
		o.score(&s.settings)
	}
	s.confusion.Threshold = s.threshold
	return s
}

// Name returns the name of the score.
func (s *Score) Name() string { return s.name + s.suffix }

// Reset forgets what was measured.
func (s *Score) Reset() {
	s.confusion.Reset()
	s.labels.reset()
}

// Value returns the score over everything since Reset, 0 if that is nothing.
func (s *Score) Value() float64 {
	if s.whole != nil {
		return s.whole(&s.confusion)
	}
	o := s.outcomes()
	switch {
	case len(o) == 0:
		return 0
	case s.one:
		return s.class(o[s.number])
	}
	return average(o, s.averageOf(len(o)), s.targets == MultiLabel, s.class)
}

// PerClass returns the score of every class or label, nil before the first batch
// and for a score that classes do not have.
func (s *Score) PerClass() []float64 {
	if s.class == nil {
		return nil
	}
	var v []float64
	for _, o := range s.outcomes() {
		v = append(v, s.class(o))
	}
	return v
}

// Report returns the scores of all classes or labels and their averages.
func (s *Score) Report() *Report {
	return newReport(s.outcomes(), s.targets == MultiLabel, s.confusion.className)
}

// outcomes returns the counts of every class or label.
func (s *Score) outcomes() []outcome {
	if s.targets == MultiLabel {
		return s.labels.counts
	}
	return s.confusion.outcomes()
}

// Confusion returns the counts behind the score; it is valid until Reset. With
// [MultiLabel] targets it stays empty, and its Names are those of [Score.Report].
func (s *Score) Confusion() *Confusion { return &s.confusion }

// Update counts a batch. See the package documentation for the shapes. The
// average [Binary] of other than two classes is an error, and so is a [Class]
// that does not exist.
func (s *Score) Update(output *tensor.Tensor, target tensor.Any) error {
	if err := s.update(output, target); err != nil {
		return fmt.Errorf("metric: %s: %w", s.Name(), err)
	}
	return nil
}

func (s *Score) update(output *tensor.Tensor, target tensor.Any) error {
	if s.err != nil {
		return s.err
	}
	if s.targets == MultiLabel {
		if err := s.labels.read(output, target, s.threshold); err != nil {
			return err
		}
		if err := s.check(len(s.labels.batch)); err != nil {
			return err
		}
		s.labels.count()
		return nil
	}
	classes, err := s.confusion.read(output, target)
	if err != nil {
		return err
	}
	if err := s.check(classes); err != nil {
		return err
	}
	s.confusion.count(classes)
	return nil
}
