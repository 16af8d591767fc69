// Package nn builds, trains and keeps neural networks.
//
//	net, err := nn.Init(1, nn.Seq(
//		conv.New2D(3, 32, 3, conv.Same), nn.ReLU,
//		conv.New2D(32, 64, 5, conv.Same), nn.ReLU,
//		conv.MaxPool2D(2), nn.Flatten,
//		nn.NewLinear(64*16*16, 2),
//	))
//	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.01)}
//	loader := data.NewLoader(train, data.BatchSize(64), data.Shuffle(1))
//	history, err := trainer.Fit(ctx, loader, nn.Epochs(100), progress.Bar(os.Stderr))
//	report, err := trainer.Evaluate(ctx, data.NewLoader(test), metric.Accuracy(), metric.F1())
//	err = nn.SaveWeights("catdog.safetensors", net)
//
// # Networks
//
// A network is a [Module]: anything with a method Forward. [Seq] applies modules
// one after the other. Convolutions and pooling are in package conv, recurrent
// layers in package rnn, the others here. Pictures are [N, C, H, W], sequences
// [N, T, features]; names, defaults and initial distributions are those of
// PyTorch.
//
// Constructors take sizes and return layers whose parameters have no values yet.
// [Init] gives them their initial values and reports whatever is wrong with the
// network. [Summary] prints what a network does and how many parameters it has.
//
// # Layers
//
// With weights: [Linear], [Embedding], and [WeightNorm] around a layer.
//
// Normalisation: [BatchNorm], [LayerNorm], [RMSNorm], [GroupNorm],
// [InstanceNorm].
//
// Attention: [MultiheadAttention], [DotProductAttention], [AdditiveAttention] and
// masks ([AttentionMask]); [TransformerEncoderLayer] and stacks of it,
// [TransformerEncoder]; [SinusoidalPositions], [LearnedPositions]. See below.
//
// Regularisation: [Dropout], [SpatialDropout] of whole channels, [AlphaDropout]
// beside [SELU].
//
// Activations that bend: [ReLU], [ReLUInPlace], [LeakyReLU], [PReLU], [RReLU], [ReLU6],
// [Threshold], [Hardtanh], [Hardsigmoid], [Hardswish], [Hardshrink],
// [Softshrink]. Smooth ones: [ELU], [SELU], [CELU], [SiLU], [GELU], [GELUTanh],
// [Mish], [Softplus], [Tanh], [Sigmoid], [LogSigmoid], [Softsign], [Tanhshrink].
// Along the last axis, or another one ([Along]): [Softmax], [LogSoftmax],
// [Softmin], [GLU].
//
// [ReLU] is the usual beginning. Ten narrow linear layers without normalisation
// came to 63 % on Fashion-MNIST with it, to 77 % with [SELU] and to 17 % with [Sigmoid],
// two convolutions to 83, 84 and 73 %; examples/README.md has the tables and how dead
// units show.
//
// Putting layers together: [Seq], [NewResidual], [Concat], [Parallel], and with
// them [Identity], [Reshape], [Flatten]; for several inputs [Inputs] and [Join].
//
// Fine-tuning: [Freeze] a part that is to stay as it is.
//
// # Several inputs
//
// A module has one input and one output. Where a network has several inputs, such
// as a picture and a row of a table, they travel as a [grad.Tuple], which [Inputs]
// takes apart:
//
//	train := data.Zip(photos, rows) // samples of both, and the targets of photos
//	net, err := nn.Init(1, nn.Seq(
//		nn.Inputs(nn.Seq(conv.New2D(3, 32, 3), nn.ReLU, conv.GlobalAvgPool), nn.NewLinear(10, 16)),
//		nn.Join(1), nn.ReLU, nn.NewLinear(32+16, 2),
//	))
//	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 1e-3)}
//	_, err = trainer.Fit(ctx, data.NewLoader(train, data.Shuffle(1)), nn.Epochs(10))
//	err = nn.Save("both.safetensors", net, nn.Info{Input: tensor.Shape{3, 64, 64}, More: []tensor.Shape{{10}}})
//	p, err := nn.NewPredictor(net, tensor.Shape{3, 64, 64}, tensor.Shape{10})
//	y, err := p.Predict(ctx, pictures, table) // [N, 3, 64, 64] and [N, 10]
//
// A module of your own finds input i as x.Part(i), and in a loop of your own the
// batch is grad.Tuple(tape.Input(batch.X), tape.Input(batch.More[0])). Errors number
// the inputs from 0 on.
//
// # Attention
//
// Steps of a sequence that attend to each other, with their lengths as a second input
// as in package rnn, so that padding takes no part:
//
//	encoder := nn.NewTransformerEncoder(4, nn.TransformerEncoderLayer{
//		Dim: 128, Heads: 4, Feedforward: 512, Dropout: 0.1, Activation: nn.GELU, NormFirst: true,
//	})
//	encoder.Norm = nn.NewLayerNorm(128)
//	net := nn.Seq(
//		nn.Inputs(nn.NewEmbedding(1000, 128), nn.Identity), // tokens and lengths
//		nn.SinusoidalPositions, encoder, rnn.Mean, nn.NewLinear(128, 2),
//	)
//
// Sums, normalisation and dropout around attention are in [TransformerEncoderLayer]. In a
// [Seq] of your own, layers of one input go beside the lengths, as the embedding above:
// nn.Inputs(nn.NewLayerNorm(128), nn.Identity). [Residual] takes no lengths.
//
// A decoder attends to the states of an encoder with the tuple of both: see
// [MultiheadAttention], whose method ForwardWeights shows what attends to what. Results
// for padding are 0, and a sequence gets the bits that it gets alone. Padding costs as
// much as steps do, so make batches of about equal lengths (data.ByLength).
//
// # Layers and blocks of your own
//
// A struct with a Forward method is a module, and its exported fields are its
// parts and parameters; [Params] has the rules:
//
//	type Block struct {
//		Conv1, Conv2 *conv.Conv2D
//		Norm1, Norm2 *nn.BatchNorm
//	}
//
//	func (r *Block) Forward(x *grad.Var) *grad.Var {
//		h := grad.ReLU(r.Norm1.Forward(r.Conv1.Forward(x)))
//		return grad.ReLU(grad.Add(r.Norm2.Forward(r.Conv2.Forward(h)), x))
//	}
//
// Forward is written in the operations of package tensor/grad. A layer with
// parameters of its own has fields of type [*grad.Param], which it brings onto the
// tape with [grad.Use]; a function without parameters becomes a module with
// [Func]. If the layer has a method Build() error, Init and Load call it before
// anything else, to check settings and make parameters.
//
// # Training
//
// A [Trainer] holds a network, a [Loss] and an optimizer; [Trainer.Fit] goes
// through the batches of a loader. Its options say for how many [Epochs], on what
// to [Validate], where to write a [Checkpoint] and from which to [Resume]. A
// [Callback] is told what happens and may stop it; progress.Bar is one. What was
// recorded is the [History].
//
// [Loss] says which loss is for what. For one of more than outputs and targets, or
// with a weight for each sample, set Trainer.Compute; see [PerSample].
//
// [FindRate] looks for a learning rate to begin with. Rates follow a schedule with
// [ScheduleSteps] or [ScheduleEpochs], and the results of validation with
// [ReduceOnPlateau]. [AverageSteps] and [AverageEpochs] gather averages of the
// weights, for which [UpdateNorms] finds the statistics of batch normalisation:
//
//	steps := 100 * loader.Batches()
//	ema := optim.NewEMA(nn.Params(net), 0.999)
//	history, err := trainer.Fit(ctx, loader, nn.Epochs(100), nn.Validate(test, metric.Accuracy()),
//		nn.ScheduleSteps(optim.OneCycle(steps)), nn.AverageSteps(ema))
//
// # Your own loop
//
// Nothing in a Trainer is out of reach; this is its core:
//
//	tape := grad.NewTape(grad.Training, seed) // made once, reused every step
//	for batch, err := range loader.All(ctx) {
//		if err != nil {
//			return err
//		}
//		loss := nn.CrossEntropy(net.Forward(tape.Input(batch.X)), batch.Y)
//		if err := loss.Backward(); err != nil {
//			return err // also any shape mistake made on the way
//		}
//		if err := opt.Step(tape); err != nil {
//			return err
//		}
//		tape.Reset()
//	}
//
// # Evaluation
//
// [Trainer.Evaluate] measures the loss and any [Metric] on one pass through a
// loader, with dropout off and batch normalisation using its running statistics.
// The package nn/metric has the usual metrics, nn/plot draws them.
//
// # Prediction
//
// A [Predictor] computes outputs for any number of goroutines and batches of any
// size, on a packed copy of the weights. [Predictor.PredictInto] allocates
// nothing. The result for a sample has the same bits in any batch.
//
// # Files
//
// [SaveWeights] and [LoadWeights] keep the parameters of a network that the
// program builds itself, in the safetensors format and under PyTorch's names.
// [Save] adds a description of the network to the same file, from which [Load]
// rebuilds it, or [Parse] if the file is in memory, as one that the program embeds;
// [Register] makes modules of your own known to all three. [Info] goes with it: the
// names and shapes of inputs and output, the names of the classes, and the pipeline
// of package data that makes inputs of samples, so that prediction treats them as
// training did. So a model file stands alone:
//
//	net, info, err := nn.Load("model.safetensors")
//	p, err := info.Predictor(net) // of probabilities, if it is a classifier
//	x, err := info.Preprocess.Run(picture)
//	y, err := p.Predict(ctx, x.Reshape(append(tensor.Shape{1}, x.Shape()...)...))
//
// Files are replaced as a whole or not at all. The format has a number, and files of
// all earlier formats load. Whatever a file contains, reading it ends in a network or
// an error; it runs no code and asks for no more memory than the file's size accounts
// for; [Load] has the bound.
//
// # Errors
//
// A shape that does not fit is no panic: the first mistake stays on the tape,
// later layers do nothing, and Fit, Evaluate, Predict or Backward return it with
// its place in the network:
//
//	nn: Seq.3 (Linear): input has 12 features, want 10
//
// Should code of your own trip over the empty result that follows, for instance
// index its shape, Fit, Evaluate and Predict return the mistake all the same;
// other panics go on. A loss that is not finite is a [*DivergedError], and the
// parameters stay those before the step.
//
// # Reproducibility
//
// Initial values depend on the seed and the parameter's path, batches on the
// seed of the loader and the epoch, dropout on the seed and step of the trainer.
// Nothing depends on the number of goroutines or on time: the same seeds on the
// same instruction-set level give the same bits, and a run that is resumed from a
// checkpoint gives those of one that never stopped.
package nn
