package nn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// CTC is the loss of connectionist temporal classification (Graves et al. 2006), for
// labels whose order is known and whose steps are not, as in speech and handwriting.
// The output is x [N, T, C], the logits of C classes at each step, or the
// [grad.Tuple] of x and the lengths of the sequences [N], as rnn.Ragged makes it; the
// target is *tensor.Ints [N, S] of classes:
//
//	L = mean over n of −log p_n / max(1, S_n)
//
// where p is the probability of all paths, a class for each step, that read as the
// labels once repeated classes are merged and blanks taken out, and S_n is the number
// of labels. Class 0 is the blank: no label itself, it parts equal labels that follow
// each other, and fills shorter targets up at their end. [grad.CTC] has the rest.
//
// A network with lengths passes them by its last layer:
//
//	nn.Seq(rnn.NewLSTM(40, 128), nn.Inputs(nn.NewLinear(128, 28), nn.Identity))
//
// and followed by rnn.Padded it is what a [Predictor] takes. Package nn/ctc finds the
// labels in its outputs.
var CTC Loss = NewCTC()

// NewCTC returns [CTC] with settings, torch.nn.CTCLoss, with the same mean. There the
// output is log-probabilities [T, N, C]; here logits and log-probabilities, batch
// first, come to the same. PyTorch's target_lengths are where the blanks begin. It
// takes [Blank], [ZeroInfinity], [Sum] and [PerSample], which gives [N].
//
// A sequence that is too short for its labels has the loss +∞, at which a [Trainer]
// stops: a target of S labels, r of which repeat the one before, needs S+r steps.
func NewCTC(opts ...LossOption) Loss {
	o := newLossOptions("CTC", opts, "Blank", "ZeroInfinity")
	return func(output *grad.Var, target tensor.Any) *grad.Var {
		t := output.Tape()
		if o.err != nil {
			return t.Fail(o.name, o.err)
		}
		y, ok := target.(*tensor.Ints)
		if !ok {
			return t.Fail(o.name, fmt.Errorf("target is a %T, want *tensor.Ints", target))
		}
		var lengths *grad.Var
		switch n := output.Parts(); n {
		case 1:
		case 2:
			lengths = output.Part(1)
		default:
			return t.Fail(o.name, fmt.Errorf("output is a tuple of %d, want sequences and their lengths", n))
		}
		losses := grad.CTC(output.Part(0), lengths, y, o.blank)
		return grad.Apply(ctcReduction{reduce: o.reduce, zeroInfinity: o.zeroInfinity, targets: y, blank: o.blank}, losses)
	}
}

// ctcReduction makes the loss of a batch of those of its sequences.
type ctcReduction struct {
	reduce       reduction
	zeroInfinity bool
	targets      *tensor.Ints
	blank        int
}

func (*ctcReduction) Name() string      { return "CTC" }
func (*ctcReduction) Needs() grad.Needs { return grad.Needs{} }

func (op *ctcReduction) Infer(in, out []tensor.Shape) error {
	if op.reduce == toMean && in[0].Size() == 0 {
		return errors.New("the batch is empty")
	}
	out[0] = op.reduce.appendShape(out[0], in[0])
	return nil
}

// weight returns what the loss of a sequence with such a row of targets is multiplied
// by.
func (op *ctcReduction) weight(target []int) float64 {
	if op.reduce != toMean {
		return 1
	}
	labels := slices.Index(target, op.blank)
	if labels < 0 {
		labels = len(target)
	}
	return 1 / float64(max(1, labels)*op.targets.Dim(0))
}

func (op *ctcReduction) Forward(c *grad.Call) {
	losses, y := c.InData(0), c.Out(0).Data()
	weights, targets, sum := c.Save(0, len(losses)), c.SaveInts(0, op.targets.Len()), 0.0
	grad.Work[tensor.Ints](c).Bind(targets, op.targets.Shape()).Copy(op.targets)
	for i, l := range losses {
		w := op.weight(targets[i*op.targets.Dim(1):][:op.targets.Dim(1)])
		if op.zeroInfinity && math.IsInf(float64(l), 1) {
			l, w = 0, 0
		}
		weights[i] = float32(w)
		if op.reduce == toNone {
			y[i] = l
		}
		sum += w * float64(l)
	}
	if op.reduce != toNone {
		y[0] = float32(sum)
	}
}

func (op *ctcReduction) Backward(c *grad.Call) {
	dst, add := c.BeginGrad(0)
	if dst == nil {
		return
	}
	g := c.GradOutData(0)
	for i, w := range c.Save(0, len(dst)) {
		d := w * g[i%len(g)]
		if add {
			d += dst[i]
		}
		dst[i] = d
	}
	c.EndGrad(0)
}
