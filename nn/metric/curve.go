package metric

import (
	"cmp"
	"math"
	"slices"
)

// Curve is a ROC curve, of the rate of true positives Y over that of false
// positives X, or a precision-recall curve, of precision Y over recall X. At point
// i a sample is said to belong to the class if its probability is at least
// Threshold[i]. Thresholds fall: the first is +Inf, where nothing belongs to the
// class and the point is (0, 0) or (0, 1); the last is that of the least probable
// sample.
type Curve struct{ X, Y, Threshold []float64 }

func (c *Curve) add(x, y, threshold float64) {
	c.X, c.Y, c.Threshold = append(c.X, x), append(c.Y, y), append(c.Threshold, threshold)
}

// A step counts the samples whose score is at least a number.
type step struct {
	score float64
	found int // that belong to the class
	wrong int // that do not
}

// addUp turns steps of one sample each into those of all distinct scores, from
// the largest on.
func addUp(s []step) []step {
	slices.SortFunc(s, func(a, b step) int { return cmp.Compare(b.score, a.score) })
	n := 0
	for _, next := range s[1:] {
		if next.score != s[n].score {
			s[n+1] = step{next.score, s[n].found, s[n].wrong}
			n++
		}
		s[n].found += next.found
		s[n].wrong += next.wrong
	}
	return s[:n+1]
}

// rocCurve returns the ROC curve without the points on the way from the one
// before to the one after. Rates of none are NaN.
func rocCurve(s []step) Curve {
	var c Curve
	last := s[len(s)-1]
	point := func(p step) {
		c.add(float64(p.wrong)/float64(last.wrong), float64(p.found)/float64(last.found), p.score)
	}
	point(step{score: math.Inf(1)})
	for k, p := range s {
		if k > 0 && k < len(s)-1 {
			a, b := s[k-1], s[k+1]
			if p.found-a.found == b.found-p.found && p.wrong-a.wrong == b.wrong-p.wrong {
				continue
			}
		}
		point(p)
	}
	return c
}

// rocArea returns the area under the ROC curve by the trapezoidal rule, NaN if
// all samples belong to the class or none.
func rocArea(s []step) float64 {
	var before step
	sum := 0.0
	for _, p := range s {
		sum += float64(p.wrong-before.wrong) * float64(p.found+before.found)
		before = p
	}
	return sum / 2 / (float64(before.found) * float64(before.wrong))
}

// precisionRecallCurve returns the curve of precision over recall. The recall of
// none is 1.
func precisionRecallCurve(s []step) Curve {
	var c Curve
	all := s[len(s)-1].found
	c.add(0, 1, math.Inf(1))
	for _, p := range s {
		recall := 1.0
		if all > 0 {
			recall = ratio(p.found, all)
		}
		c.add(recall, ratio(p.found, p.found+p.wrong), p.score)
	}
	return c
}

// averagePrecision returns the area under the precision-recall curve, a
// staircase, 0 if no samples belong to the class.
func averagePrecision(s []step) float64 {
	before, sum := 0, 0.0
	for _, p := range s {
		sum += float64(p.found-before) * ratio(p.found, p.found+p.wrong)
		before = p.found
	}
	if before == 0 {
		return 0
	}
	return sum / float64(before)
}
