package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/charlm/play"
	"github.com/gannet-ml/gannet/examples/names/invented"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// clipped is Adam as recurrent layers need it.
func clipped(p []*grad.Param, lr float64) optim.Optimizer {
	return optim.NewAdam(p, lr, optim.ClipNorm(1))
}

// surnames is a lab of surnames, as numbers of letters, and of the languages that they are
// from.
func (l *lab) surnames() (*lab, error) {
	sub := *l
	sub.name = "names of invented languages"
	all := new(text.Labeled)
	if l.namesDir == "" {
		all.Texts, all.Labels, all.Names = invented.Make(inventedNames, 1)
	} else {
		var err error
		if all, err = text.LoadClasses(l.namesDir); err != nil {
			return nil, err
		}
		sub.name = "surnames"
	}
	parts, err := all.Split(1, 0.8, 0.2)
	if err != nil {
		return nil, err
	}
	e := text.Encoder{Splitter: text.Characters}
	letters := text.Counts{}
	for _, s := range all.Texts {
		tokens, err := e.Tokens(s)
		if err != nil {
			return nil, err
		}
		letters.Add(tokens...)
	}
	if e.Vocabulary, err = text.NewVocabulary(letters, text.Specials{Pad: "<pad>"}); err != nil {
		return nil, err
	}
	sub.letters = e.Size()
	var sets [2]*text.Sequences
	for i, p := range parts {
		ids, err := text.EncodeAll(&e, p.Texts)
		if err != nil {
			return nil, err
		}
		sets[i] = text.Classified(ids, p.Labels, p.Names, text.Steps(longestName))
	}
	sub.train, sub.test = sets[0], sets[1]
	return &sub, nil
}

// inventedNames is the number of names that are made where no real ones are given.
const inventedNames = 6000

// longestName is the number of letters after which names are cut off.
const longestName = 24

// reader is a setting of a network that reads names: a recurrent layer, pooling over
// the features that it puts out, and a linear layer.
func (l *lab) reader(layer func(in int) nn.Module, pool nn.Module, features int) setting {
	const letter = 24
	return setting{
		net: func(setting) *nn.Sequential {
			return nn.Seq(nn.Inputs(nn.NewEmbedding(l.letters, letter), nn.Identity), layer(letter), pool,
				nn.NewLinear(features, l.train.Spec().Classes))
		},
		optimizer: clipped, rate: 0.003, transforms: []data.Transform{}, schedule: true,
		order: []data.LoaderOption{data.ByLength(), data.Trim()},
	}
}

// cells are the recurrent layers that names are read with.
var cells = []struct {
	name string
	make func(in, hidden int, o ...rnn.Option) nn.Module
}{
	{"RNN, ReLU", func(in, h int, o ...rnn.Option) nn.Module { return rnn.New(in, h, rnn.ReLU, o...) }},
	{"RNN, tanh", func(in, h int, o ...rnn.Option) nn.Module { return rnn.New(in, h, rnn.Tanh, o...) }},
	{"GRU", func(in, h int, o ...rnn.Option) nn.Module { return rnn.NewGRU(in, h, o...) }},
	{"LSTM", func(in, h int, o ...rnn.Option) nn.Module { return rnn.NewLSTM(in, h, o...) }},
}

func (l *lab) layers() error {
	n, err := l.surnames()
	if err != nil {
		return err
	}
	n.table("Recurrent layer of 64 units, on "+n.name, "layer", "one direction, rnn.Last", "both, rnn.Ends", "two layers of both", "seconds an epoch, of one direction")
	for _, c := range cells {
		row := []string{c.name}
		seconds := 0.0
		for i, o := range [][]rnn.Option{nil, {rnn.Bidirectional}, {rnn.Bidirectional, rnn.Layers(2)}} {
			var pool nn.Module = rnn.Last
			features := 64
			if i > 0 {
				pool, features = rnn.Ends, 128
			}
			all, err := n.runs(n.reader(func(in int) nn.Module { return c.make(in, 64, o...) }, pool, features))
			if err != nil {
				return err
			}
			row = append(row, accuracy(all))
			if i == 0 {
				seconds, _ = statistics(all, func(o *outcome) float64 { return o.seconds })
			}
		}
		n.row(append(row, fmt.Sprintf("%.1f", seconds))...)
	}
	return nil
}

func (l *lab) pooling() error {
	n, err := l.surnames()
	if err != nil {
		return err
	}
	n.table("Pooling over the steps of a GRU of 64 units in both directions, on "+n.name, "pooling", "test accuracy", "training loss", "parameters", "seconds an epoch")
	for _, p := range []struct {
		name string
		pool func() nn.Module
	}{
		{"rnn.Last", func() nn.Module { return rnn.Last }},
		{"rnn.Ends", func() nn.Module { return rnn.Ends }},
		{"rnn.Mean", func() nn.Module { return rnn.Mean }},
		{"rnn.Max", func() nn.Module { return rnn.Max }},
		{"rnn.NewAttentionPool", func() nn.Module { return rnn.NewAttentionPool(128) }},
	} {
		gru := func(in int) nn.Module { return rnn.NewGRU(in, 64, rnn.Bidirectional) }
		if err := n.measured(p.name, n.reader(gru, p.pool(), 128)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) units() error {
	n, err := l.surnames()
	if err != nil {
		return err
	}
	n.table("Units of an LSTM in both directions, on "+n.name, "units", "test accuracy", "training loss", "parameters", "seconds an epoch")
	for _, h := range []int{8, 16, 32, 64, 128, 256} {
		lstm := func(in int) nn.Module { return rnn.NewLSTM(in, h, rnn.Bidirectional) }
		if err := n.measured(fmt.Sprint(h), n.reader(lstm, rnn.Ends, 2*h)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) recurrentRates() error {
	n, err := l.surnames()
	if err != nil {
		return err
	}
	n.table("Learning rate of recurrent layers of 64 units in both directions, one cycle of Adam, on "+n.name,
		"learning rate", "RNN, tanh", "the same, gradients clipped", "LSTM", "the same, gradients clipped")
	for _, lr := range []float64{3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1} {
		row := []string{fmt.Sprint(lr)}
		for _, c := range []int{1, 3} {
			for _, o := range []func([]*grad.Param, float64) optim.Optimizer{adam, clipped} {
				s := n.reader(func(in int) nn.Module { return cells[c].make(in, 64, rnn.Bidirectional) }, rnn.Ends, 128)
				s.optimizer, s.rate = o, lr
				all, err := n.runs(s)
				if err != nil {
					return err
				}
				row = append(row, accuracy(all))
			}
		}
		n.row(row...)
	}
	return nil
}

// recurrentKernels varies the kernel of layers that read pictures row by row.
func (l *lab) recurrentKernels() error {
	spec := l.train.Spec().X
	l.table("Kernel of convolutional recurrent layers of 8 channels that read pictures row by row; gradients clipped",
		"kernel", "ConvRNN, ReLU", "ConvGRU", "ConvLSTM", "seconds an epoch, of ConvGRU")
	for _, k := range []int{1, 3, 5, 7} {
		row := []string{fmt.Sprint(k)}
		seconds := 0.0
		for i, layer := range []func() nn.Module{
			func() nn.Module { return rnn.NewConv(1, 8, k, rnn.ReLU) },
			func() nn.Module { return rnn.NewConvGRU(1, 8, k) },
			func() nn.Module { return rnn.NewConvLSTM(1, 8, k) },
		} {
			net := func(setting) *nn.Sequential {
				return nn.Seq(rnn.Rows, layer(), rnn.Last, nn.Flatten, nn.NewLinear(8*spec[2], 10))
			}
			all, err := l.runs(setting{net: net, optimizer: clipped, rate: 0.003})
			if err != nil {
				return err
			}
			row = append(row, accuracy(all))
			if i == 1 {
				seconds, _ = statistics(all, func(o *outcome) float64 { return o.seconds })
			}
		}
		l.row(append(row, fmt.Sprintf("%.1f", seconds))...)
	}
	return nil
}

// chunks varies how far gradients go back in a language model. A batch has the same
// number of characters, and so an epoch the same number of steps, for each.
func (l *lab) chunks() error {
	const characters, hidden = 200_000, 64
	s, chance := play.Write(characters, 1)
	e := text.Encoder{Splitter: text.Characters}
	tokens, err := e.Tokens(s)
	if err != nil {
		return err
	}
	if e.Vocabulary, err = text.NewVocabulary(text.Count(tokens), text.Specials{}); err != nil {
		return err
	}
	ids, err := e.Vocabulary.Encode(tokens)
	if err != nil {
		return err
	}
	cut := len(ids) * 9 / 10
	l.table(fmt.Sprintf("Steps that gradients go back in a language model, an LSTM of %d units, of a play of %d characters, of which chance decides %.3f nats each; one cycle of Adam, 2,000 characters in a batch",
		hidden, len(ids), chance/float64(len(ids))), "steps", "nats a character of the test, state carried on", "state begun anew in each chunk")
	for _, steps := range []int{5, 10, 20, 50, 100, 200} {
		rows := 2000 / steps
		train := text.NewChunks(ids[:cut], rows, steps, e.Vocabulary.Tokens())
		row := []string{fmt.Sprint(steps)}
		for _, carries := range []bool{true, false} {
			var all []*outcome
			for seed := range l.seeds {
				o, err := l.model(&e, data.NewLoader(train, data.BatchSize(rows)), uint64(seed+1), carries, hidden, s[cut:])
				if err != nil {
					return err
				}
				all = append(all, o)
			}
			mean, spread := statistics(all, func(o *outcome) float64 { return o.loss })
			row = append(row, fmt.Sprintf("%.3f ± %.3f", mean, spread))
		}
		l.row(row...)
	}
	return nil
}

// model trains a language model, whose state goes on from batch to batch if it
// carries it, and returns the loss of a text.
func (l *lab) model(e *text.Encoder, loader *data.Loader, seed uint64, carries bool, hidden int, test string) (*outcome, error) {
	net, err := nn.Init(seed, nn.Seq(nn.NewEmbedding(e.Size(), 24), rnn.NewLSTM(24, hidden), nn.NewLinear(hidden, e.Size())))
	if err != nil {
		return nil, err
	}
	t := nn.Trainer{Model: net, Loss: lm.NewLoss(), Optimizer: clipped(nn.Params(net), 0.01), Seed: seed}
	if carries {
		t.Compute = lm.Carried(net, t.Loss)
	}
	if _, err := t.Fit(l.ctx, loader, nn.Epochs(l.epochs), nn.ScheduleSteps(optim.OneCycle(l.epochs*loader.Batches()))); err != nil {
		return nil, err
	}
	m, err := lm.New(net, e)
	if err != nil {
		return nil, err
	}
	sum, n, err := m.LogProb(l.ctx, test)
	if err != nil {
		return nil, err
	}
	return &outcome{loss: -sum / float64(n)}, nil
}
