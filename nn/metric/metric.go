package metric

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Score is an nn.Metric that is one number drawn from a confusion matrix.
type Score struct {
	name      string
	average   Average
	one       bool // score class instead of the average
	class     int
	confusion Confusion
	value     func(s *Score) float64
}

// Option is a setting of [Precision], [Recall] and [F1]: a [Threshold], an
// [Average] or a [Class].
type Option interface{ apply(s *Score) }

// Threshold is the number that an output must exceed to mean class 1, where
// there is one output for a sample. The default 0 is for logits; outputs that
// are probabilities want 0.5.
type Threshold float32

func (t Threshold) apply(s *Score) { s.confusion.Threshold = float32(t) }

func (a Average) apply(s *Score) {
	s.average = a
	if a != 0 {
		s.name += "_" + a.String()
	}
}

// Class asks for the score of one class instead of an average.
type Class int

func (c Class) apply(s *Score) {
	s.one, s.class = true, int(c)
	s.name += fmt.Sprintf("_class_%d", int(c))
}

// Accuracy returns the part of the samples whose class is predicted right. Its
// name is "accuracy".
func Accuracy(t ...Threshold) *Score {
	options := make([]Option, len(t))
	for i := range t {
		options[i] = t[i]
	}
	return newScore("accuracy", func(s *Score) float64 { return s.confusion.Accuracy() }, options)
}

// Precision returns which part of the samples predicted to belong to a class
// does: of class 1 if there are two, else the mean over all classes. Its name is
// "precision"; options add to it, as in "precision_macro", "precision_class_3".
func Precision(options ...Option) *Score {
	return newScore("precision", func(s *Score) float64 { return s.scores().Precision }, options)
}

// Recall returns which part of the samples of a class is found: of class 1 if
// there are two, else the mean over all classes. Its name is "recall"; options
// add to it.
func Recall(options ...Option) *Score {
	return newScore("recall", func(s *Score) float64 { return s.scores().Recall }, options)
}

// F1 returns the harmonic mean of precision and recall: of class 1 if there are
// two, else the mean over all classes. Its name is "f1"; options add to it.
func F1(options ...Option) *Score {
	return newScore("f1", func(s *Score) float64 { return s.scores().F1 }, options)
}

func newScore(name string, value func(*Score) float64, options []Option) *Score {
	s := &Score{name: name, value: value}
	for _, o := range options {
		o.apply(s)
	}
	return s
}

// Name returns the name of the score.
func (s *Score) Name() string { return s.name }

// Reset forgets what was measured.
func (s *Score) Reset() { s.confusion.Reset() }

// Value returns the score over everything since Reset, 0 if that is nothing.
func (s *Score) Value() float64 { return s.value(s) }

// Confusion returns the counts behind the score; it is valid until Reset.
func (s *Score) Confusion() *Confusion { return &s.confusion }

// Update counts a batch. See the package documentation for the shapes. The
// average [Binary] of other than two classes is an error, and so is a [Class]
// that does not exist.
func (s *Score) Update(output *tensor.Tensor, target tensor.Any) error {
	classes, err := s.confusion.read(output, target)
	if err == nil {
		err = s.check(classes)
	}
	if err != nil {
		return fmt.Errorf("metric: %s: %w", s.name, err)
	}
	s.confusion.count(classes)
	return nil
}

// check returns an error if the options do not fit the number of classes.
func (s *Score) check(classes int) error {
	switch {
	case s.one && (s.class < 0 || s.class >= classes):
		return fmt.Errorf("score of class %d, want 0 to %d", s.class, classes-1)
	case s.average > Weighted:
		return fmt.Errorf("average is %v, want one from Binary to Weighted", s.average)
	case s.average == Binary && classes != 2:
		return fmt.Errorf("binary average of %d classes, want 2", classes)
	}
	return nil
}

// scores returns what the options ask for, zeros if nothing was measured.
func (s *Score) scores() Scores {
	if s.one && s.confusion.classes > 0 {
		return s.confusion.class(s.class)
	}
	return s.confusion.Scores(s.average)
}
