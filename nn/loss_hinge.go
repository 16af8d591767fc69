package nn

import "fmt"

// Hinge is the loss of a support vector machine for C classes, of outputs x [N, C],
// scores, with class labels c, *tensor.Ints [N] of values 0 to C−1 (Weston and
// Watkins 1999):
//
//	mean over n of Σ_j max(0, m − x_n,c + x_nj)/C, without j = c
//
// with the margin m = 1. Outputs [N, C, d₁, …] take labels [N, d₁, …], and the mean
// is over all places.
var Hinge Loss = NewHinge()

// NewHinge returns [Hinge] with settings, torch.nn.MultiMarginLoss. It takes
// [Margin], [Squared], [ClassWeights], whose sum does not go into the mean, [Sum]
// and [PerSample].
func NewHinge(opts ...LossOption) Loss {
	o := newLossOptions("Hinge", opts, "Margin", "Squared", "ClassWeights")
	return o.byClass(&hinge{classWeights: float32s(o.classWeights), margin: o.margin, squared: o.squared}, false)
}

type hinge struct {
	classWeights
	margin  float64
	squared bool
}

func (*hinge) Name() string { return "Hinge" }

// share counts rows, whatever their weight.
func (*hinge) share(int) float64 { return 1 }

func (h *hinge) row(d, x []float32, class int, _ []float32) float64 {
	scale := h.of(class) / float64(len(x))
	var loss, slopes float64
	for j, v := range x {
		lack := h.margin - float64(x[class]) + float64(v)
		if j == class || lack <= 0 {
			d[j] = 0
			continue
		}
		l, slope := lacking(lack, h.squared)
		loss += l * scale
		slopes += slope * scale
		d[j] = float32(slope * scale)
	}
	d[class] = float32(-slopes)
	return loss
}

// lacking returns the loss of what lacks from the margin, and its derivative.
func lacking(lack float64, squared bool) (loss, slope float64) {
	if squared {
		return lack * lack, 2 * lack
	}
	return lack, 1
}

// BinaryHinge is the loss of a support vector machine for two classes, of outputs
// x, scores of any shape, with targets t of the same shape, *tensor.Tensor of −1 and
// 1 (Cortes and Vapnik 1995):
//
//	mean of max(0, m − t·x)
//
// with the margin m = 1. Another target is an error.
var BinaryHinge Loss = NewBinaryHinge()

// NewBinaryHinge returns [BinaryHinge] with settings, sklearn.metrics.hinge_loss if
// there are none. It takes [Margin], [Squared], [Sum] and [PerSample].
func NewBinaryHinge(opts ...LossOption) Loss {
	o := newLossOptions("BinaryHinge", opts, "Margin", "Squared")
	return o.byPoint(pointwise{pointLoss: &binaryHinge{o.margin, o.squared}})
}

type binaryHinge struct {
	margin  float64
	squared bool
}

func (*binaryHinge) check(_, t []float32) error { return signs(t) }

// signs reports a target that is neither −1 nor 1.
func signs(t []float32) error {
	for _, v := range t {
		if v != 1 && v != -1 {
			return fmt.Errorf("target has the value %v, want -1 or 1", v)
		}
	}
	return nil
}

func (h *binaryHinge) value(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		loss, _ := lacking(max(0, h.margin-float64(in[1][i])*float64(x)), h.squared)
		dst[i] = float32(loss)
	}
}

func (h *binaryHinge) slope(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		t := float64(in[1][i])
		lack := h.margin - t*float64(x)
		dst[i] = 0
		if !(lack <= 0) { // also of NaN
			_, slope := lacking(lack, h.squared)
			dst[i] = float32(-t * slope)
		}
	}
}
