package nn

import (
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
)

// CrossEntropy is the softmax cross-entropy of outputs x [N, C], the logits of C
// classes, with class labels c, *tensor.Ints [N] of values 0 to C−1:
//
//	L = mean over n of −log softmax(x_n)[c_n] = mean of log Σ_j exp(x_nj) − x_n,c
//
// Its gradient is (softmax(x) − onehot(c))/N. Outputs [N, C, d₁, …], the logits of
// each place of a picture or sequence, take labels [N, d₁, …], and the mean is
// over all places. [NewCrossEntropy] has the other targets and settings.
var CrossEntropy Loss = NewCrossEntropy()

// NewCrossEntropy returns [CrossEntropy] with settings, torch.nn.CrossEntropyLoss.
// In place of labels it also takes probabilities q, *tensor.Tensor of the shape of
// the output, as mixing samples makes them. With class weights w and label
// smoothing ε the loss at a place is
//
//	l = −Σ_c w_c·q'_c·log softmax(x)_c    q' = (1−ε)·q + ε/C, q being 1 at the label
//
// and the mean divides Σ l by the sum of w_label over the labels that are not
// ignored, or by the number of places if the target is probabilities. A mean in
// which nothing counts is an error; in PyTorch it is NaN. What has q' = 0 adds
// nothing, even if its logit is −∞.
//
// It takes [LabelSmoothing], [ClassWeights], [IgnoreLabel], for labels only, [Sum]
// and [PerSample], which gives [N, d₁, …].
func NewCrossEntropy(opts ...LossOption) Loss {
	o := newLossOptions("CrossEntropy", opts, "LabelSmoothing", "ClassWeights", "IgnoreLabel")
	return o.byClass(&entropy{classWeights: float32s(o.classWeights), name: o.name, logits: true, smoothing: o.smoothing}, true)
}

// NLL is the negative log-likelihood of outputs x [N, C], log-probabilities as
// grad.LogSoftmax gives them, with class labels c, *tensor.Ints [N]:
//
//	L = mean over n of −x_n,c
//
// Its gradient is −onehot(c)/N. Outputs [N, C, d₁, …] take labels [N, d₁, …].
var NLL Loss = NewNLL()

// NewNLL returns [NLL] with settings, torch.nn.NLLLoss: −w_c·x_c at each place,
// with class weights w, and the same mean as [NewCrossEntropy] of labels. It takes
// [ClassWeights], [IgnoreLabel], [Sum] and [PerSample].
func NewNLL(opts ...LossOption) Loss {
	o := newLossOptions("NLL", opts, "ClassWeights", "IgnoreLabel")
	return o.byClass(&entropy{classWeights: float32s(o.classWeights), name: o.name}, false)
}

// classWeights are the weights of classes; nil stands for ones.
type classWeights []float32

func (w classWeights) weights() []float32 { return w }

func (w classWeights) of(class int) float64 {
	if w == nil {
		return 1
	}
	return float64(w[class])
}

// entropy is −Σ a·log p for log p = log softmax(x), or log p = x if the outputs are
// no logits, and a = w·q'.
type entropy struct {
	classWeights
	name      string
	logits    bool
	smoothing float64
}

func (e *entropy) Name() string { return e.name }

func (e *entropy) share(class int) float64 { return e.of(class) }

// factor returns a_c of k classes.
func (e *entropy) factor(c, k, class int, q []float32) float64 {
	p := 0.0
	switch {
	case q != nil:
		p = float64(q[c])
	case c == class:
		p = 1
	}
	return e.of(c) * ((1-e.smoothing)*p + e.smoothing/float64(k))
}

// row computes, with m = Σ a,
//
//	l = m·log Σ exp(x) − Σ a·x    ∂l/∂x = m·softmax(x) − a
func (e *entropy) row(d, x []float32, class int, q []float32) float64 {
	first, last := class, class+1 // the classes whose a is not 0
	if q != nil || e.smoothing != 0 {
		first, last = 0, len(x)
	}
	var mass, dot float64
	for c := first; c < last; c++ {
		if a := e.factor(c, len(x), class, q); a != 0 {
			mass += a
			dot += a * float64(x[c])
		}
	}
	loss := -dot
	if e.logits {
		top := vec.MaxOf(x)
		total := vec.ExpSum(d, x, top)
		vec.MulScalar(d, d, float32(mass/float64(total)))
		loss += mass * (math.Log(float64(total)) + float64(top))
	} else {
		clear(d)
	}
	for c := first; c < last; c++ {
		d[c] -= float32(e.factor(c, len(x), class, q))
	}
	return loss
}
