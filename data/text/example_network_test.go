package text_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
)

// An LSTM learns which of two letters comes first, in words of 2 to 9 letters.
func Example_network() {
	d := text.Labeled{Names: []string{"a first", "b first"}}
	for i := range 64 {
		first := i % 2
		d.Texts = append(d.Texts, []string{"ab", "ba"}[first]+strings.Repeat("ab", i/2%4)+strings.Repeat("b", i/8%2))
		d.Labels = append(d.Labels, first)
	}
	v, err := text.NewVocabulary(text.Count([]string{"a", "b"}), text.Usual)
	if err != nil {
		fmt.Println(err)
		return
	}
	e := &text.Encoder{Splitter: text.Characters, Vocabulary: v}
	ids, err := text.EncodeAll(e, d.Texts)
	if err != nil {
		fmt.Println(err)
		return
	}
	words := text.Classified(ids, d.Labels, d.Names)

	net, err := nn.Init(1, nn.Seq(
		nn.Inputs(nn.NewEmbedding(e.Size(), 4), nn.Identity), // tokens, lengths
		rnn.NewLSTM(4, 8),
		rnn.Last,
		nn.NewLinear(8, 2),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.03)}
	loader := data.NewLoader(words, data.BatchSize(8), data.ByLength(), data.Trim(), data.Seed(1))
	if _, err := t.Fit(context.Background(), loader, nn.Epochs(20)); err != nil {
		fmt.Println(err)
		return
	}
	report, err := t.Evaluate(context.Background(), data.NewLoader(words), metric.Accuracy())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("accuracy", report.Values["accuracy"])
	// Output: accuracy 1
}
