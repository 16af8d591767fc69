package rnn

// Option changes a setting of a recurrent layer.
type Option func(*options)

type options struct {
	layers, proj                     int
	noBias, bidirectional, timeFirst bool
	dropout                          float64
}

// Layers stacks n layers: each takes in what the one below puts out.
func Layers(n int) Option { return func(o *options) { o.layers = n } }

// Dropout drops each value that a layer passes on to the next with probability p
// while training, 0 ≤ p < 1; see [grad.Dropout]. What the last layer puts out is
// left alone, so that with a single layer nothing is dropped, as in PyTorch.
//
// [grad.Dropout]: https://pkg.go.dev/github.com/gannet-ml/gannet/tensor/grad#Dropout
func Dropout(p float64) Option { return func(o *options) { o.dropout = p } }

// Proj projects the state h of an [LSTM] to n values, fewer than its hidden units,
// before it is put out and goes to the next step (Sak et al. 2014, arXiv
// 1402.1128). No other layer has it.
func Proj(n int) Option { return func(o *options) { o.proj = n } }

// NoBias leaves the biases out.
func NoBias(o *options) { o.noBias = true }

// Bidirectional adds, to each layer, a second one that reads the sequence from its
// end to its beginning. A step puts out the states of both, the forward one first:
// twice as many features.
func Bidirectional(o *options) { o.bidirectional = true }

// TimeFirst makes axis 0 of sequences the steps and axis 1 the batch, PyTorch's
// order without batch_first: [T, N, …]. States are not concerned. Pooling wants the
// usual order.
func TimeFirst(o *options) { o.timeFirst = true }

func apply(opts []Option) options {
	o := options{layers: 1}
	for _, f := range opts {
		f(&o)
	}
	return o
}
