package metric

import (
	"fmt"
	"strconv"
)

// Report holds the scores of every class and their averages, as
// classification_report of scikit-learn does. A class that does not occur has
// scores 0. The micro averages are all equal to the accuracy, unless samples have
// several labels.
type Report struct {
	Classes                []ClassScores
	Macro, Micro, Weighted Scores
	Support                int // of all classes
}

// ClassScores are the scores of one class.
type ClassScores struct {
	Name string
	Scores
	Support int // how many samples belong to the class
}

// Report returns the scores of all classes and their averages.
func (c *Confusion) Report() *Report { return newReport(c.outcomes(), false, c.className) }

// newReport returns the report of classes with the given counts. Those that do
// not occur are part of the plain mean if all is set.
func newReport(classes []outcome, all bool, name func(class int) string) *Report {
	r := &Report{
		Macro:    averages(classes, Macro, all),
		Micro:    averages(classes, Micro, all),
		Weighted: averages(classes, Weighted, all),
	}
	for i, o := range classes {
		s := Scores{o.precision(), o.recall(), o.f1()}
		r.Classes = append(r.Classes, ClassScores{name(i), s, o.support})
		r.Support += o.support
	}
	return r
}

// String returns the report as a table.
func (r *Report) String() string {
	rows := [][]string{{"", "precision", "recall", "f1", "support"}}
	for _, c := range r.Classes {
		rows = append(rows, reportRow(c.Name, c.Scores, c.Support))
	}
	return align(append(rows,
		reportRow("macro average", r.Macro, r.Support),
		reportRow("micro average", r.Micro, r.Support),
		reportRow("weighted average", r.Weighted, r.Support)))
}

func reportRow(name string, s Scores, support int) []string {
	row := []string{name}
	for _, v := range []float64{s.Precision, s.Recall, s.F1} {
		row = append(row, fmt.Sprintf("%.3f", v))
	}
	return append(row, strconv.Itoa(support))
}
