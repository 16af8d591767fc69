package drift

import "math"

// Outputs is what a network's outputs are. It is an [Option].
type Outputs string

// What outputs can be. Without an option they are logits, as in package metric.
const (
	// Logits [N, C] are turned into the probabilities of C classes by softmax. A
	// single output z for a sample, [N] or [N, 1], stands for the logits 0 and z of
	// two classes.
	Logits Outputs = "logits"

	// Probabilities [N, C] of C classes sum to 1. A single one, [N] or [N, 1], is
	// that of class 1 of two.
	Probabilities Outputs = "probabilities"

	// Numbers [N, K] or [N] are watched as they are, as those of a regression.
	Numbers Outputs = "numbers"
)

func (o Outputs) apply(s *settings) { s.outputs = o }

// names returns the features of k outputs.
func (o Outputs) names(k int) []string {
	switch o {
	case Logits:
		return []string{"entropy", "confidence", "energy"}
	case Probabilities:
		return []string{"entropy", "confidence"}
	case Numbers:
		return numbered("y", k)
	}
	return nil
}

// score writes the features of one sample's outputs to dst and returns the class
// that they predict, −1 if there is none. Outputs that are none, such as NaN, give
// features NaN.
func (o Outputs) score(dst, y []float32) (label int) {
	if o == Numbers {
		for i, v := range y {
			dst[i] = finite(float64(v))
		}
		return -1
	}
	if len(y) == 1 {
		two := [2]float32{0, y[0]}
		if o == Probabilities {
			two[0] = 1 - y[0]
		}
		return o.classify(dst, two[:])
	}
	return o.classify(dst, y)
}

func (o Outputs) classify(dst, y []float32) (label int) {
	for i, v := range y {
		if v > y[label] {
			label = i
		}
	}
	var entropy, confidence, energy float64
	if o == Logits {
		entropy, confidence, energy = softmax(y, float64(y[label]))
	} else {
		entropy, confidence = distribution(y)
	}
	if math.IsNaN(entropy) {
		label = -1
	}
	dst[0], dst[1] = finite(entropy), finite(confidence)
	if o == Logits {
		dst[2] = finite(energy)
	}
	return label
}

// softmax returns the entropy of the probabilities that belong to logits, the
// largest of these and the energy.
func softmax(y []float32, largest float64) (entropy, confidence, energy float64) {
	z, mean := 0.0, 0.0
	for _, v := range y {
		d := float64(v) - largest
		e := math.Exp(d)
		z += e
		if e > 0 || math.IsNaN(d) {
			mean += d * e
		}
	}
	return math.Log(z) - mean/z, 1 / z, -(largest + math.Log(z))
}

// slack is by how much the sum of probabilities may miss 1.
const slack = 0.01

// distribution returns the entropy of probabilities and the largest of them, NaN if
// they are none.
func distribution(y []float32) (entropy, confidence float64) {
	total := 0.0
	for _, v := range y {
		p := float64(v)
		if !(p >= 0) || p > 1 {
			return math.NaN(), math.NaN()
		}
		total += p
		confidence = max(confidence, p)
		if p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	if math.Abs(total-1) > slack {
		return math.NaN(), math.NaN()
	}
	return entropy, confidence
}

// finite rounds a number to float32, which makes NaN of what has no finite value.
func finite(v float64) float32 {
	f := float32(v)
	if f-f != 0 {
		return float32(math.NaN())
	}
	return f
}
