package metric

import "fmt"

// Scores are the precision, the recall and the F1 of a class, or means of them.
// With tp samples of the class found, fp others taken for it and fn of it missed:
//
//	Precision = tp / (tp + fp)
//	Recall    = tp / (tp + fn)
//	F1        = 2·tp / (2·tp + fp + fn)
//
// A quotient 0/0 is 0.
type Scores struct{ Precision, Recall, F1 float64 }

// outcome says in numbers of samples what became of a class.
type outcome struct {
	found     int // belong to the class and were predicted to
	predicted int // were predicted to
	support   int // belong to it
}

func (o outcome) precision() float64 { return ratio(o.found, o.predicted) }
func (o outcome) recall() float64    { return ratio(o.found, o.support) }
func (o outcome) f1() float64        { return ratio(2*o.found, o.predicted+o.support) }
func (o outcome) jaccard() float64   { return ratio(o.found, o.predicted+o.support-o.found) }

// fBeta returns (1+β²)·found / (predicted + β²·support), written with a weight
// that is a number for infinite beta too.
func (o outcome) fBeta(beta float64) float64 {
	w := 1 / (1 + beta*beta)
	if o.found == 0 {
		return 0
	}
	return float64(o.found) / (w*float64(o.predicted) + (1-w)*float64(o.support))
}

// plus returns the sums.
func (o outcome) plus(p outcome) outcome {
	return outcome{o.found + p.found, o.predicted + p.predicted, o.support + p.support}
}

// ratio returns a/b, 0 if b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// average returns an average of the score f, 0 if there are no classes. Those
// that do not occur are part of the plain mean if all is set.
func average(classes []outcome, a Average, all bool, f func(o outcome) float64) float64 {
	if a == Binary {
		return f(classes[1])
	}
	var together outcome
	sum, total := 0.0, 0.0
	for _, o := range classes {
		together = together.plus(o)
		w := 1.0
		switch {
		case a == Weighted:
			w = float64(o.support)
		case !all && o.support+o.predicted == 0:
			continue
		}
		sum += w * f(o)
		total += w
	}
	switch {
	case a == Micro:
		return f(together)
	case total == 0:
		return 0
	}
	return sum / total
}

// averages returns an average of all scores.
func averages(classes []outcome, a Average, all bool) Scores {
	return Scores{
		Precision: average(classes, a, all, outcome.precision),
		Recall:    average(classes, a, all, outcome.recall),
		F1:        average(classes, a, all, outcome.f1),
	}
}

// Accuracy returns the part of the samples predicted right, 0 if there are none.
func (c *Confusion) Accuracy() float64 { return ratio(c.correct(), c.Samples()) }

// Precision returns which part of the samples predicted to belong to a class
// does, 0 if there are none. It panics if there is no such class.
func (c *Confusion) Precision(class int) float64 { return c.outcome(class).precision() }

// Recall returns which part of the samples of a class was predicted to belong to
// it, 0 if there are none. It panics if there is no such class.
func (c *Confusion) Recall(class int) float64 { return c.outcome(class).recall() }

// F1 returns the harmonic mean of precision and recall of a class, 0 if the class
// does not occur. It panics if there is no such class.
func (c *Confusion) F1(class int) float64 { return c.outcome(class).f1() }

// outcome returns the counts of a class.
func (c *Confusion) outcome(class int) outcome {
	return outcome{found: c.row(class)[class], predicted: c.predictions(class), support: c.Support(class)}
}

// outcomes returns the counts of every class.
func (c *Confusion) outcomes() []outcome {
	o := make([]outcome, c.classes)
	for i := range o {
		o[i] = c.outcome(i)
	}
	return o
}

// class returns the scores of a class.
func (c *Confusion) class(class int) Scores {
	o := c.outcome(class)
	return Scores{o.precision(), o.recall(), o.f1()}
}

// Scores returns the average of the scores of all classes, zeros if there are
// none. It panics for [Binary] unless there are two classes, and for an Average
// that does not exist.
func (c *Confusion) Scores(a Average) Scores {
	if c.classes == 0 {
		return Scores{}
	}
	s := settings{average: a}
	if err := s.check(c.classes); err != nil {
		panic(fmt.Sprintf("metric: confusion: %v", err))
	}
	return averages(c.outcomes(), s.averageOf(c.classes), false)
}
