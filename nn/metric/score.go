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

// scoresOf returns the scores for tp samples found, of those that were predicted
// and those that truly belong to the class.
func scoresOf(tp, predicted, support int) Scores {
	return Scores{ratio(tp, predicted), ratio(tp, support), ratio(2*tp, predicted+support)}
}

// ratio returns a/b, 0 if b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Accuracy returns the part of the samples predicted right, 0 if there are none.
func (c *Confusion) Accuracy() float64 { return ratio(c.correct(), c.Samples()) }

// Precision returns which part of the samples predicted to belong to a class
// does, 0 if there are none. It panics if there is no such class.
func (c *Confusion) Precision(class int) float64 { return c.class(class).Precision }

// Recall returns which part of the samples of a class was predicted to belong to
// it, 0 if there are none. It panics if there is no such class.
func (c *Confusion) Recall(class int) float64 { return c.class(class).Recall }

// F1 returns the harmonic mean of precision and recall of a class, 0 if the class
// does not occur. It panics if there is no such class.
func (c *Confusion) F1(class int) float64 { return c.class(class).F1 }

// class returns the scores of a class.
func (c *Confusion) class(class int) Scores {
	return scoresOf(c.row(class)[class], c.predictions(class), c.Support(class))
}

// Average says how the scores of the classes become one. It is an [Option].
type Average uint8

// The averages of scikit-learn. The zero Average is Binary where there are two
// classes and Macro where there are more.
const (
	Binary   Average = iota + 1 // class 1 alone, of two
	Macro                       // the plain mean over the classes that occur
	Micro                       // the scores of all decisions together, which equal the accuracy
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

// Scores returns the average of the scores of all classes, zeros if there are
// none. It panics for [Binary] unless there are two classes, and for an Average
// that does not exist.
func (c *Confusion) Scores(a Average) Scores {
	if c.classes == 0 {
		return Scores{}
	}
	switch {
	case a == Binary && c.classes != 2:
		panic(fmt.Sprintf("metric: confusion: binary average of %d classes, want 2", c.classes))
	case a == Binary || a == 0 && c.classes == 2:
		return c.class(1)
	case a == Micro:
		return scoresOf(c.correct(), c.Samples(), c.Samples())
	case a > Weighted:
		panic(fmt.Sprintf("metric: confusion: unknown %v", a))
	}
	return c.mean(a == Weighted)
}

// mean returns the mean of the scores of the classes that occur.
func (c *Confusion) mean(weighted bool) Scores {
	var sum Scores
	total := 0.0
	for i := range c.classes {
		support := c.Support(i)
		if support+c.predictions(i) == 0 {
			continue
		}
		w, s := 1.0, c.class(i)
		if weighted {
			w = float64(support)
		}
		sum.Precision += w * s.Precision
		sum.Recall += w * s.Recall
		sum.F1 += w * s.F1
		total += w
	}
	if total == 0 {
		return Scores{}
	}
	return Scores{sum.Precision / total, sum.Recall / total, sum.F1 / total}
}
