package drift

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// emptyShare stands for a share of 0 in the PSI, as in Evidently.
const emptyShare = 1e-4

// psi returns the population stability index of two histograms over the same cells,
//
//	PSI = Σ (p − q)·ln(p/q)
//
// where p and q are the shares of a cell, 1e-4 for an empty one. It is 0 if a
// histogram has no samples.
func psi(a, b []int) float64 {
	m, n := sum(a), sum(b)
	if m == 0 || n == 0 {
		return 0
	}
	s := 0.0
	for i := range a {
		q, p := share(a[i], m), share(b[i], n)
		s += (p - q) * math.Log(p/q)
	}
	return s
}

// share returns k/n, and emptyShare for 0.
func share(k, n int) float64 {
	if k == 0 {
		return emptyShare
	}
	return float64(k) / float64(n)
}

// chiSquared returns Pearson's statistic of whether two histograms come from one
// distribution, and its p value: that of the chi-squared distribution with one
// degree of freedom less than there are cells with samples. The p value is 1 if
// there are fewer than two such cells or a histogram has no samples.
func chiSquared(a, b []int) (statistic, p float64) {
	m, n := float64(sum(a)), float64(sum(b))
	if m == 0 || n == 0 {
		return 0, 1
	}
	freedom := -1
	for i := range a {
		both := float64(a[i] + b[i])
		if both == 0 {
			continue
		}
		freedom++
		// Both deviations from what is expected are the same but for their sign.
		d := float64(b[i]) - both*n/(m+n)
		statistic += d * d * (m + n) * (m + n) / (both * m * n)
	}
	if freedom < 1 {
		return 0, 1
	}
	return statistic, mathext.GammaIncRegComp(float64(freedom)/2, statistic/2)
}

func sum(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// distances returns two distances of the distributions of two sorted samples, both
// between their distribution functions F and G: that of Kolmogorov and Smirnov and
// the first one of Wasserstein,
//
//	ks = max |F − G|
//	w  = ∫ |F(v) − G(v)| dv
func distances(x, y []float64) (ks, w float64) {
	i, j, last := 0, 0, 0.0
	for i < len(x) || j < len(y) {
		v := math.Inf(1)
		if i < len(x) {
			v = x[i]
		}
		if j < len(y) {
			v = min(v, y[j])
		}
		d := math.Abs(float64(i)/float64(len(x)) - float64(j)/float64(len(y)))
		if i+j > 0 {
			w += d * (v - last)
		}
		for i < len(x) && x[i] == v {
			i++
		}
		for j < len(y) && y[j] == v {
			j++
		}
		ks = max(ks, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
		last = v
	}
	return ks, w
}

// kolmogorov returns the p value of a distance ks of two samples of m and n values,
// by the limit distribution,
//
//	p = 2·Σ (−1)^(k−1)·exp(−2k²λ²) over k ≥ 1, λ = ks·√(m·n/(m+n))
//
// In samples of 100 and more it is never below the exact value and at most a quarter
// above, for values down to 1e-4; ties make it larger still.
func kolmogorov(ks float64, m, n int) float64 {
	lambda := ks * math.Sqrt(float64(m)*float64(n)/float64(m+n))
	s := 0.0
	if lambda < 1 {
		// The sum converges slowly; this is the other form of the theta function.
		if lambda < 0.1 {
			return 1
		}
		for k := 1.0; k < 20; k += 2 {
			s += math.Exp(-k * k * math.Pi * math.Pi / (8 * lambda * lambda))
		}
		return 1 - math.Sqrt(2*math.Pi)/lambda*s
	}
	for k := 1.0; k < 10; k += 2 {
		s += math.Exp(-2*k*k*lambda*lambda) - math.Exp(-2*(k+1)*(k+1)*lambda*lambda)
	}
	return min(2*s, 1)
}

// quantile returns a quantile of a sorted sample, interpolated linearly as NumPy
// does.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// deciles cut the values of a reference into ten bins; tail gives those of the
// distance one more, since it is about what lies far out.
var (
	deciles = []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
	tail    = append(slices.Clone(deciles), outlierQuantile)
)

// binEdges returns the ends of bins, which are (edges[i−1], edges[i]], by quantiles
// of a sorted sample of float32 numbers. A number that is several quantiles at once
// has a bin of its own, so that a column that was constant has three: below, equal
// and above.
func binEdges(sorted, quantiles []float64) []float64 {
	if len(sorted) == 0 {
		return nil
	}
	var edges []float64
	for _, p := range quantiles {
		v := quantile(sorted, p)
		if n := len(edges); n > 0 && edges[n-1] == v {
			below := float64(math.Nextafter32(float32(v), float32(math.Inf(-1))))
			if n == 1 || edges[n-2] < below {
				edges = slices.Insert(edges, n-1, below)
			}
			continue
		}
		edges = append(edges, v)
	}
	return edges
}

// histogram counts the values of a sorted sample in the bins of edges; the last
// count is of values that are missing.
func histogram(edges, sorted []float64, missing int) []int {
	counts := make([]int, 0, len(edges)+2)
	done := 0
	for _, e := range edges {
		end := sort.Search(len(sorted), func(i int) bool { return sorted[i] > e })
		counts = append(counts, end-done)
		done = end
	}
	return append(counts, len(sorted)-done, missing)
}
