// Package rnn provides recurrent layers: RNN, LSTM and GRU with PyTorch's semantics,
// their convolutional kin, and pooling over time.
//
//	// A picture [N 3 32 32] as a sequence of 32 rows.
//	net, err := nn.Init(1, nn.Seq(
//		rnn.Rows,                            // [N 32 3 32]
//		rnn.New(3*32, 128, rnn.ReLU),        // [N 32 128]
//		rnn.Last,                            // [N 128]
//		nn.NewLinear(128, 2),                // [N 2]
//	))
//
// # What there is
//
//   - [RNN], [LSTM], [GRU]: stacks of recurrent layers with PyTorch's semantics, in
//     one direction or in both.
//   - [ConvRNN], [ConvLSTM], [ConvGRU]: the same with 1-d convolutions as products,
//     and [ConvRNN2D], [ConvLSTM2D], [ConvGRU2D] with 2-d ones.
//   - Their method ForwardState for initial and final states. The options [Layers],
//     [Bidirectional], [Dropout], [NoBias], [TimeFirst] and [Proj].
//   - [Ragged]: sequences of different lengths. [Padded] ends it.
//   - [Last], [Mean], [Max], [Ends], [AttentionPool]: pooling over time. [Rows]:
//     pictures as sequences.
//   - [Stream]: any layer of one direction step by step, as the steps come in.
//   - [Carry]: states that go from chunk to chunk, for truncated backpropagation
//     through time.
//   - [Apply], [ApplyConv]: a single layer as an operation on variables.
//
// # Equations
//
// Sequences are batch-first: [N, T, …] is N sequences of T steps; with [TimeFirst]
// they are [T, N, …]. With x_t for step t of the input of a layer, which is what the
// layer below puts out, σ for the logistic function and ⊙ for the product of
// elements, an [RNN] computes, for a = tanh or ReLU,
//
//	h_t = a(W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh)
//
// an [LSTM]
//
//	i_t = σ(W_ii·x_t + b_ii + W_hi·h_{t−1} + b_hi)
//	f_t = σ(W_if·x_t + b_if + W_hf·h_{t−1} + b_hf)
//	g_t = tanh(W_ig·x_t + b_ig + W_hg·h_{t−1} + b_hg)
//	o_t = σ(W_io·x_t + b_io + W_ho·h_{t−1} + b_ho)
//	c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t
//	h_t = o_t ⊙ tanh(c_t), or W_hr·(o_t ⊙ tanh(c_t)) with Proj
//
// and a [GRU]
//
//	r_t = σ(W_ir·x_t + b_ir + W_hr·h_{t−1} + b_hr)
//	z_t = σ(W_iz·x_t + b_iz + W_hz·h_{t−1} + b_hz)
//	n_t = tanh(W_in·x_t + b_in + r_t ⊙ (W_hn·h_{t−1} + b_hn))
//	h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}
//
// from initial states of zeros by default. The result is the h of the last layer at
// all steps; that of a bidirectional layer is [h forward, h backward] at each step,
// where the backward one has read the sequence from its end to this step. In the
// convolutional layers a step is a row [In, W], or a picture [In, H, W], and · is
// cross-correlation, padded to keep the size.
//
// # Names and shapes of weights
//
// Parameters are called, shaped and ordered as in torch.nn, so that its weights load
// unchanged. With G = 1 for an RNN, 4 for an LSTM with its gates in the order i, f,
// g, o, and 3 for a GRU with r, z, n; D = 2 for a bidirectional layer, else 1; and P
// = Proj or else Hidden:
//
//	weight_ih_l0 [G·Hidden, In]   bias_ih_l0 [G·Hidden]
//	weight_hh_l0 [G·Hidden, P]    bias_hh_l0 [G·Hidden]   weight_hr_l0 [Proj, Hidden]
//	weight_ih_l0_reverse …        the other direction
//	weight_ih_l1 [G·Hidden, D·P]  the layer above, and so on
//
// Weights of convolutional layers have the axes of the kernel in addition. States
// are [Layers·D, N, P] and, c, [Layers·D, N, Hidden]; that of an LSTM is the tuple of
// both, see [grad.Tuple].
//
// # Sequences of different lengths
//
// Wherever a layer or pooling takes sequences [N, T, …] it also takes the tuple of
// them and their lengths [N], in any order; what comes out is such a tuple again. So
// the lengths are a second input of the network, which data sets hold, predictors
// take and files describe as any other:
//
//	nn.Seq(
//		nn.Inputs(nn.NewEmbedding(1000, 16), nn.Identity), // tokens and lengths
//		rnn.NewGRU(16, 64, rnn.Bidirectional),
//		rnn.Ends,
//		nn.NewLinear(128, 2),
//	)
//
// [Ragged] makes the tuple of lengths in a slice. Results and gradients of a sequence
// are those that it gets alone: padding is not worked on, what comes out for it is
// zeros, and the backward direction begins at the end of each sequence.
//
// # Which layer, and which pooling
//
// Measured on 20,050 surnames of 18 languages, letter by letter, 64 units, Adam for four
// epochs, three seeds: the share of a test of 20 % that a network gets right.
//
//	                 one direction, Last   both, Ends   two layers of both
//	RNN, ReLU              77.4 %            80.7 %          82.3 %
//	RNN, tanh              76.8 %            80.3 %          81.8 %
//	LSTM                   78.9 %            81.1 %          81.4 %
//	GRU                    79.3 %            81.7 %          82.6 %
//
// Read in both directions wherever the whole sequence is there; a language model or a
// [Stream], which tells what comes next, cannot. A GRU and an LSTM, which is a third
// larger, come to much the same; the LSTM gained 2.5 points at a rate of 0.01. A plain
// [RNN] comes within two points of them on sequences as short as these, with a third of
// the weights of a GRU. [ConvGRU] and [ConvLSTM], and their 2D kin, are for steps that are
// rows or pictures, whose neighbours belong together.
//
//	task                                     layer and pooling
//	class of a text or a name                GRU or LSTM, Bidirectional, Ends or AttentionPool
//	class of a time series                   conv.New1D to begin with, or a GRU, Bidirectional, Ends
//	a tag for every step                     LSTM, Bidirectional, no pooling
//	what comes next: language model, Stream  LSTM of one direction, Layers(2), Dropout
//	pictures row by row, films               ConvGRU, ConvGRU2D, Last
//	labels without their places, speech      any, Bidirectional, nn.CTC
//
// Of poolings over the same GRU in both directions Ends was right on 81.7 %, AttentionPool
// on 79.8 %, Max on 79.7 %, Mean on 79.1 % and Last on 79.0 %. Last is right for one
// direction; of the backward half it takes the state that has seen nothing but the
// last step. Ends takes both where they have seen all. Max suits what is decided by a few
// steps anywhere, Mean what all say alike, and AttentionPool learns which steps count, as
// in examples/sentiment.
//
// # Units, kernels and learning rates
//
// Units: as many as what matters of the steps before takes. An LSTM in both
// directions got 69.8 % of the surnames with 8 units, 78.3 with 32, 81.1 with 64, 82.5
// with 128 and 83.4 with 256, which are twelve times the weights of 64. A second layer
// gained a point or two for an RNN and a GRU and nothing for the LSTM.
//
// Kernels of convolutional layers: 3 or 5. Pictures of Fashion-MNIST, 4,000 of them read
// row by row by a ConvGRU of 8 channels, were told apart in 67.8 % of cases with a kernel
// of 1, in 73.8 % with 3 and with 5, and in 76.8 % with 7, of more than twice the work
// of 3; a ConvRNN gained nothing beyond 3.
//
// Learning rates: with Adam about 0.01, rising and falling once (optim.OneCycle); plain
// RNNs want no more, an LSTM stands three times as much.
//
//	rate         0.0003   0.001   0.003   0.01    0.03    0.1
//	RNN, tanh    66.7 %   74.3    80.3    82.0    77.4    71.6
//	LSTM         65.2 %   74.5    81.1    83.6    82.5    74.6
//
// Clip gradients to a length of 1 (optim.ClipNorm): it cost nothing here, and bounds the
// step where gradients grow with every step that they go back. The tables, with their
// spreads and the commands, are in examples/README.md.
//
// # Long sequences, and what truncation costs
//
// Gradients flow through every step, which takes memory for every step. Where
// sequences are too long for that, cut them into chunks and [Carry] the state on:
// what lies further back than the beginning of a chunk then influences results and
// is not learnt from. An LSTM of 64 units learnt a made-up play character by character,
// 180,000 of them four times over in batches of 2,000, and foretold the test as follows,
// in nats a character, of which chance decides 0.366:
//
//	steps of a chunk             5       10      20      50      100     200
//	state carried on             0.474   0.473   0.473   0.473   0.474   0.475
//	state begun anew             0.533   0.481   0.477   0.476   0.476   0.476
//
// So truncation costs next to nothing as long as the state goes on, which holds what
// gradients never saw; begun anew in every chunk, short ones lose most. Among batches of
// the same size take chunks of 50 to 100 steps, whose sequences side by side are as many
// as blocks and cores want, and longer ones only for what is further back than that.
//
// # Method
//
// A layer, both directions of it, is one operation over the sequences, not one per
// step: a tape records it once, however long they are. The products with x_t do not
// depend on each other and are one matrix product over all steps and sequences. The
// recurrence then takes blocks of sequences through all steps, each block and
// direction in one goroutine, so that workers meet once for a sequence and not once
// for a step; the packed recurrent weights are shared by all blocks and steps. What a
// cell makes of the products is one pass over each row while it is in the cache.
// Sequences of different lengths are sorted by length, so that those of a block end
// at about the same step, and only steps that there are have rows to work on. Backward
// goes the same way from the last step to the first (backpropagation through time)
// and computes the gradients of weights as one product over all steps. Nothing
// is cut off: gradients flow through every step, and into the initial state.
//
// # Reproducibility
//
// An element of a sum of products is one chain of fused multiply-adds: the biases,
// then the input's products, then the state's. Bits depend neither on the number of
// workers nor on the batch that a sequence is part of, its padding included; gradients
// of parameters, which sum over the batch, do depend on it.
//
// A sequence that is cut in two, with the final state of the first part as the
// initial state of the second, gives the same bits as the whole, as does a [Stream].
//
// [grad.Tuple]: https://pkg.go.dev/github.com/gannet-ml/gannet/tensor/grad#Tuple
package rnn
