package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
)

// limits measures what bounds the cases: 10⁹ operations or bytes a second that a
// plain loop reaches.
func (o *options) limits(workers int, cases []workloads.Case) (map[workloads.Bound]float64, error) {
	args := []string{fmt.Sprint(workers)}
	seen := map[workloads.Bound]bool{}
	for _, c := range cases {
		if !seen[c.Bound] {
			seen[c.Bound] = true
			args = append(args, c.Bound.Kind, fmt.Sprint(c.Bound.Elements))
		}
	}
	cmd := exec.Command(filepath.Join(o.installed, "ceiling"), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return parseLimits(string(out))
}

// parseLimits reads lines of a kind of bound, its elements and the rate.
func parseLimits(text string) (map[workloads.Bound]float64, error) {
	limits := map[workloads.Bound]float64{}
	for line := range strings.Lines(text) {
		var b workloads.Bound
		var rate float64
		if n, err := fmt.Sscan(line, &b.Kind, &b.Elements, &rate); err != nil || n != 3 || !(rate > 0) {
			return nil, fmt.Errorf("the answer is %q, want a bound, a size and a rate", line)
		}
		limits[b] = rate
	}
	return limits, nil
}
