package nn

import (
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Loss says how wrong outputs are, as a single number to be minimised: the mean
// over the batch, unless it was made with [Sum] or [PerSample]. What targets it
// takes is documented with each loss; a target that does not fit is an error of
// the tape, and so is a mean of nothing.
//
// What is to be learned tells which loss to take:
//
//   - one class of several: [CrossEntropy], of logits. [NewCrossEntropy] has
//     options for classes of unequal frequency, for labels that may be wrong and
//     for places without a label; probabilities serve as targets, too. [NLL] is
//     the same for a network that ends in log-probabilities, and [Hinge] is the
//     loss of a support vector machine.
//   - yes or no, once or for each of several properties: [BCEWithLogits], of
//     logits. [Focal] is for few that are yes among many that are no, [BCE] for a
//     network that ends in [Sigmoid], [BinaryHinge] the support vector machine's.
//   - numbers: [MSE]; [L1], [SmoothL1] or [Huber] if some of them are far off and
//     should not rule the rest. [PoissonNLL] is for counts, [GaussianNLL] for a
//     network that also says how sure it is.
//   - a distribution: [KLDiv], or [CrossEntropy].
//   - labels in a known order at unknown steps of a sequence: [CTC].
//   - vectors of which some are alike: [TripletMargin] and [CosineEmbedding].
//
// The losses of logits, the outputs of a network without a softmax or sigmoid at its
// end, stay exact for large ones.
//
// A loss with settings is made once, by the constructor of its name, NewHuber for
// [Huber], and used for every batch. A setting that cannot be, or an option that
// does not apply, is an error of the tape on which the loss is first used.
// Goroutines may share a loss, each with its own tape.
//
// [GaussianNLL], [TripletMargin] and [CosineEmbedding] need more than outputs and
// targets; call them from Trainer.Compute.
type Loss func(output *grad.Var, target tensor.Any) *grad.Var

// reduction says what becomes of the losses of a batch.
type reduction uint8

const (
	toMean reduction = iota
	toSum
	toNone
)

// appendShape replaces the elements of dst by the shape of a loss: that of the
// losses that go into it, or that of a scalar.
func (r reduction) appendShape(dst, losses tensor.Shape) tensor.Shape {
	if r == toNone {
		return append(dst[:0], losses...)
	}
	return dst[:0]
}
