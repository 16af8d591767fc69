package nn

import "math"

// KLDiv is the Kullback-Leibler divergence KL(t ‖ eˣ) of outputs x [N, …],
// log-probabilities as grad.LogSoftmax gives them, from targets t of the same
// shape, *tensor.Tensor of probabilities:
//
//	Σ t·(log t − x) / N
//
// where t = 0 adds nothing. It is divided by the size of the batch, axis 0, as the
// definition has it: PyTorch's reduction 'batchmean', whereas its default 'mean'
// divides by the number of elements. The gradient is −t/N.
var KLDiv Loss = NewKLDiv()

// NewKLDiv returns [KLDiv] with settings, torch.nn.KLDivLoss. It takes [Sum] and
// [PerSample], which gives t·(log t − x) for each number.
func NewKLDiv(opts ...LossOption) Loss {
	return newLossOptions("KLDiv", opts).byPoint(pointwise{pointLoss: divergence{}, perBatch: true})
}

type divergence struct{}

func (divergence) check(_, t []float32) error { return inRange("target", t, rounding) }

func (divergence) value(dst []float32, in [][]float32) {
	for i, t := range in[1] {
		dst[i] = 0
		if !(t <= 0) { // also of NaN
			dst[i] = t * float32(math.Log(float64(t))-float64(in[0][i]))
		}
	}
}

func (divergence) slope(dst []float32, in [][]float32) {
	for i, t := range in[1] {
		dst[i] = -t
	}
}
