// Package lm generates text with recurrent language models: networks that tell, after
// each token of a text, how probable every token is as the next one.
//
//	net, err := nn.Init(1, nn.Seq(
//		nn.NewEmbedding(e.Size(), 64), rnn.NewLSTM(64, 256), nn.NewLinear(256, e.Size()),
//	))
//	t := nn.Trainer{Model: net, Loss: lm.NewLoss(), Optimizer: optim.NewAdam(nn.Params(net), 0.002)}
//	_, err = t.Fit(ctx, loader, nn.Epochs(10)) // batches of tokens [N, T] and of those that follow them [N, T]
//
//	m, err := lm.New(net, e)
//	for piece, err := range m.Generate(ctx, "Once upon", lm.Options{
//		Sampler: lm.Sampler{Temperature: 0.8, TopP: 0.95, Seed: 1}, MaxTokens: 200,
//	}) {
//		if err != nil {
//			return err
//		}
//		fmt.Print(piece)
//	}
//
// [Carried] is for training on long texts in chunks.
//
// A [Model] is a network with what makes its tokens of text, a text.Encoder or a
// text.BPE. It answers any number of goroutines at once. Package serve puts one behind
// HTTP. Its pieces can be had alone: a [Stream] takes a network from token to token, a
// [Sampler] picks one by its probability.
//
// # Networks
//
// A network is an [nn.Sequential] of
//
//   - an [nn.Embedding], or nn.Inputs(embedding, nn.Identity) for tokens with lengths;
//   - recurrent layers of one direction: [rnn.RNN], [rnn.LSTM], [rnn.GRU];
//   - layers that act on each step alone, before, between and after those: Linear,
//     LayerNorm and RMSNorm of the features, activations, residual blocks of these;
//   - dropout and [rnn.Padded], which change nothing when text is generated.
//
// Its output is logits [N, T, V], V being the number of different tokens. A layer that
// looks at other steps, such as convolution, pooling, attention or a backward
// direction, cannot be taken step by step, and is an error.
//
// # Randomness
//
// The same seed makes the same text of the same prompt on processors of one level:
// nothing depends on goroutines, on what else is generated, or on the number of workers.
// Logits of different levels (generic, AVX2, AVX-512, NEON) differ in their last bits,
// and so may texts.
package lm
