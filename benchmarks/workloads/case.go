package workloads

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Case is something to measure.
type Case struct {
	Suite string
	Name  string
	Op    string // what is done, such as "fwd"
	Batch int

	// Args are the words that tell a program of another library the sizes; what
	// they mean is up to the suite.
	Args []string

	Unit   string  // of a rate, such as "GFLOP/s"
	Amount float64 // of Unit times seconds in one run

	// Bound is the limit of the machine that a run can approach, and Work how much
	// of it a run takes: 10⁹ floating-point operations or 10⁹ bytes.
	Bound Bound
	Work  float64

	// New makes the case ready, for as many goroutines as tensor.SetWorkers says.
	New func() (Run, error)
}

// Bound names a limit of the machine; Elements is the size of the arrays that it
// was measured on, 0 for arithmetic.
type Bound struct {
	Kind     string // "fma", "read" or "copy"
	Elements int
}

// fma bounds what computes rather than moves.
var fma = Bound{Kind: "fma"}

// Run does the work of a case once. It returns how much of the time it took was
// preparation, not to be counted.
type Run func() (aside time.Duration, err error)

// plain is a Run of a function that cannot fail and needs no preparation.
func plain(f func()) Run {
	return func() (time.Duration, error) { f(); return 0, nil }
}

// Suites lists the suites in the order in which reports show them.
var Suites = []string{"gemm", "conv", "vec", "train", "infer", "rnn"}

var lists = map[string]func() []Case{
	"gemm": gemmCases, "conv": convCases, "vec": vecCases, "train": trainCases, "infer": inferCases, "rnn": rnnCases,
}

// Cases returns the cases of a suite.
func Cases(suite string) ([]Case, error) {
	list := lists[suite]
	if list == nil {
		return nil, fmt.Errorf("suite %q, want one of %s", suite, strings.Join(Suites, ", "))
	}
	return list(), nil
}

// ID names the case, as in "conv/r50_3x3_64/fwd/32".
func (c *Case) ID() string { return fmt.Sprintf("%s/%s/%s/%d", c.Suite, c.Name, c.Op, c.Batch) }

// Line is what programs are asked with: suite, operation, name, batch and the
// arguments.
func (c *Case) Line() string {
	return strings.Join(slices.Concat([]string{c.Suite, c.Op, c.Name, fmt.Sprint(c.Batch)}, c.Args), " ")
}

// Find returns the case that a line asks for.
func Find(line string) (*Case, error) {
	suite, _, _ := strings.Cut(line, " ")
	list, err := Cases(suite)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Line() == line {
			return &list[i], nil
		}
	}
	return nil, fmt.Errorf("no case %q", line)
}

// words turns numbers into arguments.
func words(n ...int) []string {
	w := make([]string, len(n))
	for i, v := range n {
		w[i] = fmt.Sprint(v)
	}
	return w
}
