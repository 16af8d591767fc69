package metric

import "fmt"

// Option is a setting of [Precision], [Recall], [F1], [FBeta] and [Jaccard]: a
// [Threshold], an [Average], a [Class] or [MultiLabel].
type Option interface{ score(s *settings) }

// RankOption is a setting of [ROC] and [PrecisionRecall]: an [Average], a
// [Class], [Probabilities] or [MultiLabel].
type RankOption interface{ rank(s *settings) }

// settings are what options say.
type settings struct {
	suffix    string // of the name
	threshold float32
	average   Average
	one       bool // score one class instead of the average
	number    int  // of that class
	outputs   Outputs
	targets   Targets
}

// Threshold is the number that an output must exceed to mean class 1, where
// there is one output for a sample, or to mean that a sample has a label, where
// it may have several. The default 0 is for logits; outputs that are
// probabilities want 0.5.
type Threshold float32

func (t Threshold) score(s *settings) { s.threshold = float32(t) }

// Average says how the scores of the classes become one. It is an [Option] and a
// [RankOption].
type Average uint8

// The averages of scikit-learn. The zero Average is Binary where there are two
// classes and Macro where there are more; of labels it is Macro.
const (
	Binary   Average = iota + 1 // class 1 alone, of two
	Macro                       // the plain mean over the classes that occur, or over all labels
	Micro                       // the score of all decisions together
	Weighted                    // the mean over the classes weighted by their support
)

// String returns the name of a, "" for the zero Average.
func (a Average) String() string {
	names := [...]string{"", "binary", "macro", "micro", "weighted"}
	if int(a) >= len(names) {
		return fmt.Sprintf("Average(%d)", uint8(a))
	}
	return names[a]
}

func (a Average) score(s *settings) {
	s.average = a
	if a != 0 {
		s.suffix += "_" + a.String()
	}
}

func (a Average) rank(s *settings) { a.score(s) }

// Class asks for the score of one class or label instead of an average.
type Class int

func (c Class) score(s *settings) {
	s.one, s.number = true, int(c)
	s.suffix += fmt.Sprintf("_class_%d", int(c))
}

func (c Class) rank(s *settings) { c.score(s) }

// Outputs says what the outputs of a network are, to metrics that need
// probabilities.
type Outputs uint8

const (
	// Logits become probabilities by the softmax or, where a sample has one
	// output or its labels are independent, by the sigmoid.
	Logits Outputs = iota
	// Probabilities are taken as they are.
	Probabilities
)

func (o Outputs) rank(s *settings) { s.outputs = o }

// Targets says what a sample belongs to.
type Targets uint8

const (
	// SingleLabel is one class for each sample: targets [N] hold its number.
	SingleLabel Targets = iota
	// MultiLabel is any number of labels for each sample: targets [N, C] hold 1
	// for a label that a sample has and 0 for others.
	MultiLabel
)

func (t Targets) score(s *settings) { s.targets = t }
func (t Targets) rank(s *settings)  { s.targets = t }

// averageOf returns the average that is meant for a number of classes.
func (s *settings) averageOf(classes int) Average {
	switch {
	case s.average != 0:
		return s.average
	case classes == 2 && s.targets == SingleLabel:
		return Binary
	}
	return Macro
}

// check returns an error if the options do not fit the number of classes.
func (s *settings) check(classes int) error {
	switch {
	case s.one && (s.number < 0 || s.number >= classes):
		return fmt.Errorf("score of class %d, want 0 to %d", s.number, classes-1)
	case s.average > Weighted:
		return fmt.Errorf("average is %v, want one from Binary to Weighted", s.average)
	case s.average == Binary && s.targets == MultiLabel:
		return fmt.Errorf("binary average of %d labels, want another", classes)
	case s.average == Binary && classes != 2:
		return fmt.Errorf("binary average of %d classes, want 2", classes)
	}
	return nil
}
