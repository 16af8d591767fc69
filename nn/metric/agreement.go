package metric

import (
	"fmt"
	"math"
)

// BalancedAccuracy returns the mean recall of the classes that samples belong to,
// 0 if there are no samples.
func (c *Confusion) BalancedAccuracy() float64 {
	sum, classes := 0.0, 0
	for i := range c.classes {
		if n := c.Support(i); n > 0 {
			sum += ratio(c.row(i)[i], n)
			classes++
		}
	}
	if classes == 0 {
		return 0
	}
	return sum / float64(classes)
}

// Matthews returns the correlation coefficient of truth and predictions, R_K of
// J. Gorodkin, Comparing two K-category assignments by a K-category correlation
// coefficient (2004), which for two classes is that of B. W. Matthews (1975). With
// n samples, of which c are predicted right, t_k belong to class k and p_k are
// predicted to:
//
//	(c·n − Σ t_k·p_k) / √((n² − Σ p_k²)·(n² − Σ t_k²))
//
// It is 0 where either has one class only.
func (c *Confusion) Matthews() float64 {
	n := float64(c.Samples())
	tp, pp, tt := 0.0, 0.0, 0.0
	for i := range c.classes {
		t, p := float64(c.Support(i)), float64(c.predictions(i))
		tp += t * p
		pp += p * p
		tt += t * t
	}
	d := (n*n - pp) * (n*n - tt)
	if d == 0 {
		return 0
	}
	return (float64(c.correct())*n - tp) / math.Sqrt(d)
}

// Weights says how bad it is, for Cohen's kappa, to take class i for class j.
type Weights uint8

const (
	Unweighted Weights = iota // 1 for all i ≠ j
	Linear                    // |i − j|: the classes are steps on a scale
	Quadratic                 // (i − j)²
)

// String returns the name of w.
func (w Weights) String() string {
	names := [...]string{"unweighted", "linear", "quadratic"}
	if int(w) >= len(names) {
		return fmt.Sprintf("Weights(%d)", uint8(w))
	}
	return names[w]
}

// of returns the weight of taking class i for class j.
func (w Weights) of(i, j int) float64 {
	d := math.Abs(float64(i - j))
	switch w {
	case Linear:
		return d
	case Quadratic:
		return d * d
	}
	return min(d, 1)
}

// Kappa returns the agreement of truth and predictions beyond that of chance (J.
// Cohen 1960 and, with weights, 1968):
//
//	1 − Σ w_ij·n_ij / Σ w_ij·e_ij
//
// where n_ij samples of class i were predicted as j, and e_ij would be if truth
// and predictions were independent. It is 0 if there are no samples, and NaN if
// all truth and all predictions are one class. The steps between classes count
// those that do not occur, as scikit-learn does if it is told the labels. It
// panics for Weights that do not exist.
func (c *Confusion) Kappa(w Weights) float64 {
	n := float64(c.Samples())
	if n == 0 {
		return 0
	}
	if w > Quadratic {
		panic(fmt.Sprintf("metric: confusion: unknown %v", w))
	}
	o := c.outcomes()
	got, chance := 0.0, 0.0
	for i := range o {
		for j, count := range c.row(i) {
			got += w.of(i, j) * float64(count)
			chance += w.of(i, j) * float64(o[i].support) * float64(o[j].predicted)
		}
	}
	return 1 - got*n/chance
}
