package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// print prints the results of a group.
func (g *group) print(w io.Writer) {
	table(w, g.results)
	if g.others != nil {
		fmt.Fprintf(w, "others used %.1f %% of the machine\n", *g.others)
	}
	before := "resident memory at the peak, over all cases: "
	for _, s := range g.sides {
		if s.memory > 0 {
			fmt.Fprintf(w, "%s%s %d MiB", before, s.name, s.memory>>20)
			before = ", "
		}
	}
	if before == ", " {
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

// table prints a line for each result.
func table(w io.Writer, results []*result) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "suite\tcase\top\tbatch\tworkers\tunit\tours\tspread\t% of peak\tbest peer\tits rate\tspread\tratio\t\n")
	for _, r := range results {
		percent := "–"
		if r.PeakPercent != nil {
			percent = fmt.Sprintf("%.0f", *r.PeakPercent)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t", r.Suite, r.Case, r.Op, r.Batch, r.Workers, r.Unit,
			digits(r.Ours), r.between("ours"), percent)
		if r.Ratio == nil {
			fmt.Fprint(t, "none\t\t\t\t\n")
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.2f\t\n", r.BestPeer, digits(r.Peers[r.BestPeer]), r.between(r.BestPeer), *r.Ratio)
	}
	t.Flush()
}

// between prints the spread of a side.
func (r *result) between(name string) string {
	return digits(r.spread[name][0]) + "–" + digits(r.spread[name][1])
}

// digits prints three significant digits or all before the point.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// means prints the geometric means of the ratios of each suite, and of each of its
// operations and numbers of workers.
func means(w io.Writer, results []*result) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "suite\top\tworkers\tcases\tratio, geometric mean\tlowest\tof\tto each library\t\n")
	done := map[string]bool{}
	for _, r := range results {
		for _, of := range [][3]string{{r.Suite, "all", "all"}, {r.Suite, "all", fmt.Sprint(r.Workers)}, {r.Suite, r.Op, fmt.Sprint(r.Workers)}} {
			if key := strings.Join(of[:], " "); !done[key] {
				done[key] = true
				meanOf(t, of, results)
			}
		}
	}
	t.Flush()
}

// meanOf prints the means over a suite, an operation and a number of workers, of
// which the last two may be "all".
func meanOf(w io.Writer, of [3]string, results []*result) {
	var ratios []float64
	libraries := map[string][]float64{}
	var lowest *result
	for _, r := range results {
		if r.Suite != of[0] || of[1] != "all" && r.Op != of[1] || of[2] != "all" && fmt.Sprint(r.Workers) != of[2] || r.Ratio == nil {
			continue
		}
		ratios = append(ratios, *r.Ratio)
		for name, rate := range r.libraries() {
			libraries[name] = append(libraries[name], r.Ours/rate)
		}
		if lowest == nil || *r.Ratio < *lowest.Ratio {
			lowest = r
		}
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%d\t", of[0], of[1], of[2], len(ratios))
	if lowest == nil {
		fmt.Fprint(w, "–\t\t\t\t\n")
		return
	}
	var each []string
	for _, name := range slices.Sorted(maps.Keys(libraries)) {
		each = append(each, fmt.Sprintf("%s %.2f", name, geometricMean(libraries[name])))
	}
	fmt.Fprintf(w, "%.2f\t%.2f\t%s/%s/%d\t%s\t\n", geometricMean(ratios), *lowest.Ratio, lowest.Case, lowest.Op, lowest.Batch, strings.Join(each, ", "))
}

// libraries returns the best rate of each library.
func (r *result) libraries() map[string]float64 {
	best := map[string]float64{}
	for name, rate := range r.Peers {
		library, _, _ := strings.Cut(name, "_")
		best[library] = max(best[library], rate)
	}
	return best
}

func geometricMean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(v)))
}
