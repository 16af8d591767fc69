// Command compare measures Gannet against other libraries, turn by turn in one
// run, since only ratios from one run mean something on a shared machine.
//
//	sh benchmarks/peers/install.sh         # the peers, on Debian
//	go run ./benchmarks/compare            # all suites, on one worker and on two
//	go run ./benchmarks/compare -suite gemm,conv -workers 1 -case '3x3.*/fwd' -json ratios.json
//
// Package workloads has the cases. Ours and every peer are programs that are
// started once for a suite and a number of workers and then asked for one case
// after the other; whoever is not asked sleeps. In every round each has its turn, in
// which it takes the median of several samples; what counts is the median of the
// rounds.
//
// For every case it prints our rate and the spread of the rounds, the best peer's,
// the ratio of the two and how much that is of what the machine was seen to
// reach; more is better. At the end come geometric means of the ratios, to the best
// peer and to each library. Peers that are not installed are named and left out.
// See README.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
	"github.com/gannet-ml/gannet/internal/cpu"
)

// options are what the flags say.
type options struct {
	suites    []string
	workers   []int
	only      *regexp.Regexp // cases
	rounds    int
	json      string
	programs  string // folder of the peers' programs
	installed string // folder of what install.sh has made
	python    string
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "ours" { // our own side of the comparison
		end(serve(os.Stdin, os.Stdout))
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2) // parse has said why
	}
	end(run(os.Stdout, os.Stderr, o))
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// parse reads the flags. It returns, and says on standard error, what is wrong with
// them.
func parse(args []string) (*options, error) {
	o := &options{suites: workloads.Suites, workers: []int{1}, only: regexp.MustCompile(""), rounds: 5}
	if runtime.NumCPU() > 1 {
		o.workers = []int{1, 2}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.Func("suite", "`suites` to run, separated by commas (default "+strings.Join(o.suites, ",")+")", o.setSuites)
	f.Func("workers", "`numbers` of workers, separated by commas (default 1,2)", o.setWorkers)
	f.Func("case", "run only cases such as conv/r50_3x3_64/fwd/32 that match this `expression`", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	f.Func("rounds", "`number` of rounds, in each of which every side has its turn (default 5)", o.setRounds)
	f.BoolFunc("processor", "count processor time, which others on the machine disturb less, instead of the time that passes", func(s string) error {
		on, err := strconv.ParseBool(s)
		clock := ""
		if on {
			clock = "processor"
		}
		return errors.Join(err, os.Setenv(workloads.ClockVariable, clock))
	})
	f.StringVar(&o.json, "json", "", "write the results to this `file`")
	f.StringVar(&o.programs, "peers", filepath.Join("benchmarks", "peers"), "`folder` of the peers' programs")
	f.StringVar(&o.installed, "installed", filepath.Join(cache, "gannet-peers"), "`folder` that install.sh has filled")
	f.StringVar(&o.python, "python", "/usr/bin/python3", "Python with PyTorch")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		err := fmt.Errorf("unexpected %q, want flags alone", f.Args())
		fmt.Fprintln(f.Output(), err)
		return nil, err
	}
	return o, nil
}

func (o *options) setSuites(s string) error {
	o.suites = strings.Split(s, ",")
	for _, suite := range o.suites {
		if _, err := workloads.Cases(suite); err != nil {
			return err
		}
	}
	return nil
}

func (o *options) setWorkers(s string) error {
	o.workers = nil
	for _, w := range strings.Split(s, ",") {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			return fmt.Errorf("%q workers, want a number of at least 1", w)
		}
		o.workers = append(o.workers, n)
	}
	return nil
}

func (o *options) setRounds(s string) (err error) {
	if o.rounds, err = strconv.Atoi(s); err != nil || o.rounds < 1 {
		return fmt.Errorf("%q rounds, want a number of at least 1", s)
	}
	return nil
}

// cases returns the cases of a suite that are asked for.
func (o *options) cases(suite string) ([]workloads.Case, error) {
	list, err := workloads.Cases(suite)
	return slices.DeleteFunc(list, func(c workloads.Case) bool { return !o.only.MatchString(c.ID()) }), err
}

// run measures everything, suite by suite.
func run(out, progress io.Writer, o *options) error {
	fmt.Fprintf(out, "%s, %d processors, level %v, %s, %d rounds, %s\n", runtime.Version(), runtime.NumCPU(), cpu.Current(), time.Now().Format("2006-01-02"), o.rounds, workloads.ClockName())
	var results []*result
	absent := absences{progress, map[string]bool{}}
	for _, suite := range o.suites {
		cases, err := o.cases(suite)
		if err != nil {
			return err
		}
		for _, w := range o.workers {
			if len(cases) == 0 {
				continue
			}
			g := group{workers: w, cases: cases, rounds: o.rounds, progress: progress, absent: absent}
			if g.sides, err = o.sides(suite, w, absent); err != nil {
				return err
			}
			err := g.run(o)
			g.print(out)
			results = append(results, g.results...)
			if err = errors.Join(err, write(o.json, results)); err != nil {
				return fmt.Errorf("%s: %w", suite, err)
			}
		}
	}
	if len(results) == 0 {
		return fmt.Errorf("no case matches %q", o.only)
	}
	means(out, results)
	return nil
}

// sides returns ours and the peers that take part in a suite.
func (o *options) sides(suite string, workers int, absent absences) ([]*side, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	sides := []*side{newSide("ours", func() *exec.Cmd { return ours(self, workers) })}
	for _, p := range o.peers(suite) {
		if !absent.names[p.name] {
			sides = append(sides, newSide(p.name, func() *exec.Cmd { return p.command(workers) }))
		}
	}
	return sides, nil
}
