// Package ctc finds labels in what a network puts out that was trained with nn.CTC:
// logits or log-probabilities of classes for each step of a sequence, one of the
// classes being the blank.
//
//	p, err := nn.NewPredictor(nn.Seq(net, rnn.Padded), tensor.Shape{200, 40}, tensor.Shape{})
//	y, err := p.Predict(ctx, x, lengths)               // [N, 200, classes]
//	labels, err := ctc.Greedy(y, steps, 0)             // of the most probable path
//	found, err := ctc.Beam{Width: 32}.Decode(y, steps) // of the most probable labels, nearly
//
// A path is a class for each step; it reads as labels once repeated classes are merged
// and blanks taken out. [Greedy] takes the best class of each step, which is fast, and
// as good where a network is sure of itself. The most probable labels are those whose
// paths are most probable together, and [Beam] follows the best of their beginnings
// from step to step. It also takes a language model, a [Scorer].
//
// Nothing is random, and no result depends on the number of workers. Goroutines may
// share all of it.
package ctc
