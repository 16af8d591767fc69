package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
)

// A peer that in the first trials rounds of a case was not once hopeful times as fast
// as the best peer has no turns in the rest, which would mostly go to those that are far
// behind.
const (
	trials  = 2
	hopeful = 0.6
)

// settle is left between turns, for threads that wait actively to give up: those
// of OpenBLAS take some 30 ms.
const settle = 50 * time.Millisecond

// group is what is measured with the same programs: cases of a suite, with a
// number of workers.
type group struct {
	workers  int
	cases    []workloads.Case
	sides    []*side // ours first
	rounds   int
	progress io.Writer
	absent   absences
	results  []*result
	others   *float64 // percent of the machine that others used, nil if it is not known
}

// absences remembers the peers that are left out, to say so once.
type absences struct {
	w     io.Writer
	names map[string]bool
}

func (a absences) add(name string, err error) {
	if !a.names[name] {
		fmt.Fprintf(a.w, "%s is left out: %v\n", name, err)
		a.names[name] = true
	}
}

// run measures the cases.
func (g *group) run(o *options) error {
	limits, err := o.limits(g.workers, g.cases)
	if err != nil {
		g.absent.add("ceiling, so the percentage of what the machine reaches,", err)
	}
	w, sides := newWatch(), slices.Clone(g.sides)
	err = g.each(limits)
	used := time.Duration(0)
	for _, s := range sides {
		s.close()
		used += s.spent
	}
	if share, unknown := w.others(used); unknown == nil {
		g.others = &share
	}
	return err
}

// each measures one case after the other.
func (g *group) each(limits map[workloads.Bound]float64) error {
	for i := range g.cases {
		c := &g.cases[i]
		fmt.Fprintf(g.progress, "%s, %d workers\n", c.ID(), g.workers)
		seconds, err := g.measure(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID(), err)
		}
		g.results = append(g.results, newResult(c, g.workers, seconds, limits[c.Bound]))
	}
	return nil
}

// measure gives every side its turn in every round, another one first each time.
// It returns the seconds of each.
func (g *group) measure(c *workloads.Case) (map[string][]float64, error) {
	seconds := map[string][]float64{}
	out := map[string]bool{} // of this case
	for r := range g.rounds {
		if r == trials {
			g.dismiss(seconds, out)
		}
		for i := range g.sides {
			s := g.sides[(i+r)%len(g.sides)]
			if out[s.name] {
				continue
			}
			time.Sleep(settle)
			v, err := s.ask(c.Line())
			if err == nil {
				seconds[s.name] = append(seconds[s.name], v)
				continue
			}
			if s == g.sides[0] {
				return nil, err
			}
			out[s.name] = true
			delete(seconds, s.name)
			if s.err == nil && !errors.Is(err, errCannot) {
				fmt.Fprintf(g.progress, "%s is left out of %s: %v\n", s.name, c.ID(), err)
			}
		}
		g.sides = slices.DeleteFunc(g.sides, func(s *side) bool {
			if s.err != nil {
				g.absent.add(s.name, s.err)
			}
			return s.err != nil
		})
	}
	return seconds, nil
}

// dismiss leaves hopeless peers out of the rounds to come. What they did counts.
func (g *group) dismiss(seconds map[string][]float64, out map[string]bool) {
	best := math.Inf(1)
	for _, s := range g.sides[1:] {
		for _, v := range seconds[s.name] {
			best = min(best, v)
		}
	}
	for _, s := range g.sides[1:] {
		if v := seconds[s.name]; len(v) > 0 && best < hopeful*slices.Min(v) {
			out[s.name] = true
		}
	}
}
