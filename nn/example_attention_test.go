package nn_test

import (
	"fmt"
	"log"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// A classifier of sentences of different lengths: tokens become vectors that know their
// place, look at each other, and their mean decides.
func ExampleTransformerEncoder() {
	encoder := nn.NewTransformerEncoder(2, nn.TransformerEncoderLayer{Dim: 32, Heads: 4, Feedforward: 64, Activation: nn.GELU, NormFirst: true})
	encoder.Norm = nn.NewLayerNorm(32)
	net, err := nn.Init(1, nn.Seq(
		nn.Inputs(nn.NewEmbedding(1000, 32), nn.Identity), // tokens [N 20] and lengths [N]
		nn.SinusoidalPositions,
		encoder,
		rnn.Mean,
		nn.NewLinear(32, 2),
	))
	if err != nil {
		log.Fatal(err)
	}
	p, err := nn.NewPredictor(net, tensor.Shape{20}, tensor.Shape{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	overview, err := nn.Summary(net, tensor.Shape{20}, tensor.Shape{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.OutputShape(), overview.Trainable)
	// Output: [2] 49218
}

// Results for padding are 0, and what padding holds does not matter.
func ExampleTransformerEncoderLayer() {
	layer, err := nn.Init(1, nn.NewTransformerEncoderLayer(4, 2, 8))
	if err != nil {
		log.Fatal(err)
	}
	tape := grad.NewTape(grad.Evaluation, 0)
	x := tensor.Uniform(1, -1, 1, 2, 3, 4)
	y := layer.Forward(rnn.Ragged(tape.Input(x), []int{3, 1}))
	fmt.Println(y.Part(0).Shape(), y.Part(0).Data().Index(0, 1).Slice(0, 1, 3).Clone().Data())
	// Output: [2 3 4] [0 0 0 0 0 0 0 0]
}

// A sequence attends to itself, and queries to a memory. Weights have a row for each
// query and head.
func ExampleMultiheadAttention() {
	attention, err := nn.Init(1, nn.NewMultiheadAttention(8, 2))
	if err != nil {
		log.Fatal(err)
	}
	tape := grad.NewTape(grad.Evaluation, 0)
	x, memory := tape.Input(tensor.Uniform(1, -1, 1, 1, 3, 8)), tape.Input(tensor.Uniform(2, -1, 1, 1, 5, 8))
	fmt.Println(attention.Forward(x).Shape())
	y, weights := attention.ForwardWeights(grad.Tuple(x, rnn.Ragged(memory, []int{2})))
	fmt.Println(y.Shape(), weights.Shape())
	fmt.Printf("%.2f\n", grad.Mean(weights, 1).Data().Index(0, 0).Index(0, 0).Clone().Data())
	// Output:
	// [1 3 8]
	// [1 3 8] [1 2 3 5]
	// [0.38 0.62 0.00 0.00 0.00]
}

// Each step attends to itself and the one before.
func ExampleMultiheadAttention_SetMask() {
	exclude := tensor.Make[bool](3, 3)
	for i := range 3 {
		for j := range 3 {
			exclude.Set(j > i || j < i-1, i, j)
		}
	}
	attention := nn.NewMultiheadAttention(4, 1)
	attention.SetMask(nn.AttentionMask(exclude))
	attention, err := nn.Init(1, attention)
	if err != nil {
		log.Fatal(err)
	}
	tape := grad.NewTape(grad.Evaluation, 0)
	_, weights := attention.ForwardWeights(tape.Input(tensor.Uniform(1, -1, 1, 1, 3, 4)))
	for i := range 3 {
		fmt.Printf("%.2f\n", weights.Data().Index(0, 0).Index(0, 0).Index(0, i).Clone().Data())
	}
	// Output:
	// [1.00 0.00 0.00]
	// [0.58 0.42 0.00]
	// [0.00 0.47 0.53]
}

// The state of a decoder asks what of the encoder's states matters for its next step.
func ExampleAdditiveAttention() {
	attention, err := nn.Init(1, nn.NewAdditiveAttention(4, 6, 8))
	if err != nil {
		log.Fatal(err)
	}
	tape := grad.NewTape(grad.Evaluation, 0)
	state, states := tape.Input(tensor.Uniform(1, -1, 1, 2, 1, 4)), tape.Input(tensor.Uniform(2, -1, 1, 2, 3, 6))
	context, weights := attention.ForwardWeights(grad.Tuple(state, rnn.Ragged(states, []int{3, 2})))
	fmt.Println(context.Shape())
	fmt.Printf("%.2f\n", weights.Data().Data())
	// Output:
	// [2 1 6]
	// [0.32 0.34 0.34 0.50 0.50 0.00]
}

// Values of keys that agree with the query come through.
func ExampleDotProductAttention() {
	tape := grad.NewTape(grad.Evaluation, 0)
	query := tape.Input(tensor.New([]float32{1, 0}, 1, 1, 2))
	keys := tape.Input(tensor.New([]float32{1, 0, 0, 1, -1, 0}, 1, 3, 2))
	values := tape.Input(tensor.New([]float32{10, 20, 30}, 1, 3, 1))
	in := grad.Tuple(query, keys, values)
	fmt.Printf("%.1f\n", nn.NewDotProductAttention().Forward(in).Data().Data())
	y, weights := (&nn.DotProductAttention{Scale: 10}).ForwardWeights(in)
	fmt.Printf("%.1f %.1f\n", y.Data().Data(), weights.Data().Data())
	// Output:
	// [15.6]
	// [10.0] [1.0 0.0 0.0]
}

func ExampleLearnedPositions() {
	net := nn.Seq(nn.NewEmbedding(100, 8), nn.NewLearnedPositions(512, 8))
	fmt.Println(applyLayer(net, tensor.Zeros(2, 20)).Shape())
	// Output: [2 20 8]
}
