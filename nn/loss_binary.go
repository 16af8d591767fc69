package nn

import (
	"cmp"
	"math"
)

// BCEWithLogits is the binary cross-entropy of outputs x, logits of any shape, with
// targets t of the same shape, *tensor.Tensor of probabilities, usually 0 or 1:
//
//	mean of −t·log σ(x) − (1−t)·log(1 − σ(x))    σ(x) = 1/(1+e⁻ˣ)
//
// computed without cancellation for any x. Its gradient is (σ(x) − t)/size.
// [NewBCEWithLogits] has settings.
var BCEWithLogits Loss = NewBCEWithLogits()

// NewBCEWithLogits returns [BCEWithLogits] with settings,
// torch.nn.BCEWithLogitsLoss. It takes [PositiveWeights], where PyTorch counts the
// axes of the weights from the right and this package takes axis 1 of the output;
// for outputs [N, C] they are the same. It takes [Sum] and [PerSample].
func NewBCEWithLogits(opts ...LossOption) Loss {
	o := newLossOptions("BCEWithLogits", opts, "PositiveWeights")
	return o.byPoint(pointwise{pointLoss: logistic{}})
}

// logistic, with the weight w of positives, is (1−t)·log(1+eˣ) + w·t·log(1+e⁻ˣ).
type logistic struct{}

func (logistic) check(_, t []float32) error { return inRange("target", t, rounding) }

func (logistic) value(dst []float32, in [][]float32) {
	w := float32(1)
	for i, x := range in[0] {
		if len(in) > 2 {
			w = in[2][i]
		}
		t := in[1][i]
		plus, minus := softplusPair(float64(x))
		dst[i] = (1-t)*float32(plus) + w*t*float32(minus)
	}
}

func (logistic) slope(dst []float32, in [][]float32) {
	w := float32(1)
	for i, x := range in[0] {
		if len(in) > 2 {
			w = in[2][i]
		}
		t := in[1][i]
		p, q := sigmoidPair(float64(x))
		dst[i] = (1-t)*float32(p) - w*t*float32(q)
	}
}

// softplusPair returns log(1+eˣ) and log(1+e⁻ˣ).
func softplusPair(x float64) (plus, minus float64) {
	rest := math.Log1p(math.Exp(-math.Abs(x)))
	return max(x, 0) + rest, max(-x, 0) + rest
}

// sigmoidPair returns σ(x) and 1 − σ(x).
func sigmoidPair(x float64) (p, q float64) {
	e := math.Exp(-math.Abs(x))
	p, q = 1/(1+e), e/(1+e)
	if x < 0 {
		return q, p
	}
	return p, q
}

// BCE is the binary cross-entropy of outputs x, probabilities of any shape as a
// sigmoid gives them, with targets t of the same shape, *tensor.Tensor of
// probabilities, usually 0 or 1:
//
//	mean of −t·log x − (1−t)·log(1−x)
//
// The logarithms are at least −100, so that the loss is finite, and the gradient
// (x−t)/(x·(1−x))/size has at least 1e-12 for x·(1−x). An output outside of [0, 1]
// is an error. Where the network allows it, [BCEWithLogits] without a sigmoid is
// more exact.
var BCE Loss = NewBCE()

// NewBCE returns [BCE] with settings, torch.nn.BCELoss. It takes [Sum] and
// [PerSample].
func NewBCE(opts ...LossOption) Loss {
	return newLossOptions("BCE", opts).byPoint(pointwise{pointLoss: bernoulli{}})
}

type bernoulli struct{}

func (bernoulli) check(x, t []float32) error {
	return cmp.Or(inRange("output", x, 0), inRange("target", t, rounding))
}

func (bernoulli) value(dst []float32, in [][]float32) {
	for i, v := range in[0] {
		x, t := float64(v), float64(in[1][i])
		dst[i] = float32(-t*max(math.Log(x), -100) - (1-t)*max(math.Log1p(-x), -100))
	}
}

func (bernoulli) slope(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		dst[i] = (x - in[1][i]) / max(x*(1-x), 1e-12)
	}
}

// Focal is the focal loss of outputs x, logits of any shape, with targets t of the
// same shape, *tensor.Tensor of 0 and 1, for few targets that are 1 among many that
// are 0, as in detection (Lin et al. 2017, arXiv 1708.02002). It turns down what is
// right already:
//
//	mean of α_t·(1−p_t)^γ·(−log p_t)    p_t = σ(x), α_t = α where t is 1,
//	                                    p_t = 1−σ(x), α_t = 1−α where t is 0
//
// with γ = 2 and α = 0.25.
var Focal Loss = NewFocal(2)

// NewFocal returns [Focal] with the given γ, torchvision.ops.sigmoid_focal_loss; γ
// = 0 leaves nothing but the weights α. Like that it also takes targets between 0
// and 1, for which α_t, 1−p_t and −log p_t are means over the two cases with weights
// t and 1−t. PyTorch's default is the value for each number, here [PerSample]. It
// takes [Balance], which sets α, and [Sum].
func NewFocal(gamma float64, opts ...LossOption) Loss {
	o := newLossOptions("Focal", opts, "Balance")
	o.finite("gamma", gamma, false)
	return o.byPoint(pointwise{pointLoss: &focal{gamma, o.balance}})
}

type focal struct{ gamma, alpha float64 }

func (*focal) check(_, t []float32) error { return inRange("target", t, rounding) }

// at returns α_t, the cross-entropy and 1−p_t, which rounding of t must not make
// negative, with σ(x) and 1 − σ(x).
func (f *focal) at(x, t float64) (alpha, entropy, miss, p, q float64) {
	plus, minus := softplusPair(x)
	p, q = sigmoidPair(x)
	return f.alpha*t + (1-f.alpha)*(1-t), (1-t)*plus + t*minus, max(0, p*(1-t)+q*t), p, q
}

func (f *focal) value(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		alpha, entropy, miss, _, _ := f.at(float64(x), float64(in[1][i]))
		dst[i] = float32(alpha * entropy * math.Pow(miss, f.gamma))
	}
}

// slope computes α_t·((σ(x)−t)·m^γ + (1−2t)·γ·m^(γ−1)·σ(x)·(1−σ(x))·entropy) for m =
// 1−p_t; where m is 0 so are σ(x)−t and the entropy.
func (f *focal) slope(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		t := float64(in[1][i])
		alpha, entropy, miss, p, q := f.at(float64(x), t)
		if miss == 0 {
			dst[i] = 0
			continue
		}
		power := math.Pow(miss, f.gamma-1)
		dst[i] = float32(alpha * power * ((p*(1-t)-q*t)*miss + (1-2*t)*f.gamma*p*q*entropy))
	}
}
