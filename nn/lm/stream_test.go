package lm_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// initialised returns a network with parameters.
func initialised(t testing.TB, m nn.Module) nn.Module {
	t.Helper()
	m, err := nn.Init(1, m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const tokens = 11 // of the networks that follow

// networks are of all forms that there are.
func networks() map[string]nn.Module {
	embedding := func() nn.Module { return nn.NewEmbedding(tokens, 5) }
	return map[string]nn.Module{
		"RNN":       nn.Seq(embedding(), rnn.New(5, 17, rnn.Tanh, rnn.Layers(2)), nn.NewLinear(17, tokens)),
		"LSTM":      nn.Seq(embedding(), rnn.NewLSTM(5, 18, rnn.Layers(2), rnn.Dropout(0.5)), nn.NewDropout(0.5), nn.NewLinear(18, tokens)),
		"projected": nn.Seq(embedding(), rnn.NewLSTM(5, 18, rnn.Proj(7)), nn.NewLinear(7, tokens)),
		"GRU":       nn.Seq(embedding(), rnn.NewGRU(5, 19, rnn.NoBias), nn.NewLinear(19, 30), nn.GELU, nn.NewLinear(30, tokens)),
		"alone":     nn.Seq(embedding(), rnn.NewGRU(5, tokens)),
		"bigrams":   nn.Seq(embedding(), nn.NewLinear(5, tokens)),
		"table":     nn.NewEmbedding(tokens, tokens),
		"lengths": nn.Seq(nn.Inputs(nn.Seq(embedding(), nn.NewDropout(0.1)), nn.Identity),
			rnn.NewLSTM(5, 8), rnn.NewGRU(8, 9), rnn.Padded, nn.NewLinear(9, tokens)),
		"nested": nn.Seq(
			nn.Seq(embedding(), nn.NewLinear(5, 6), nn.Tanh), rnn.NewLSTM(6, 8), nn.NewLayerNorm(8),
			nn.Seq(nn.Seq(rnn.NewGRU(8, 8)), nn.NewRMSNorm(8)),
			nn.NewResidual(nn.Seq(nn.NewLinear(8, 8), nn.ReLUInPlace, nn.NewLinear(8, 8)), nil),
			nn.NewResidual(nn.NewLinear(8, 4), nn.NewWeightNorm(nn.NewLinear(8, 4))),
			nn.Concat(-1, nn.Identity, nn.Parallel(nn.NewLinear(4, 8), nn.Seq(nn.NewLinear(4, 16), nn.NewGLU(2)))),
			nn.NewPReLU(1), nn.NewLinear(12, tokens), nn.LogSoftmax,
		),
	}
}

var sample = []int{3, 0, 10, 10, 5, 1, 7, 2, 9}

// whole returns the logits [T, V] that a network computes for a whole text.
func whole(t testing.TB, name string, net nn.Module, text []int) *tensor.Tensor {
	t.Helper()
	x := tensor.Zeros(1, len(text))
	for i, token := range text {
		x.Set(float32(token), 0, i)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	in := tape.Input(x)
	if name == "lengths" {
		in = rnn.Ragged(in, []int{len(text)})
	}
	y := net.Forward(in)
	if y.Err() != nil {
		t.Fatal(y.Err())
	}
	return y.Data().Index(0, 0).Clone()
}

// TestStream: token by token, logits have the bits of the whole text, in a stream that
// begins again and in clones too.
func TestStream(t *testing.T) {
	for name, net := range networks() {
		t.Run(name, func(t *testing.T) {
			net := initialised(t, net)
			want := whole(t, name, net, sample)
			s, err := lm.NewStream(net)
			if err != nil {
				t.Fatal(err)
			}
			if s.In() != tokens || s.Out() != tokens {
				t.Fatalf("%d tokens in and %d out, want %d", s.In(), s.Out(), tokens)
			}
			read := func(s *lm.Stream, from, to int) {
				t.Helper()
				logits := tensor.Zeros(tokens)
				for i := from; i < to; i++ {
					if err := s.Step(logits.Data(), sample[i]); err != nil {
						t.Fatal(err)
					}
					if w := want.Index(0, i); !logits.Equal(w) {
						t.Fatalf("logits after token %d are %v, want %v", i, logits, w)
					}
				}
			}
			read(s, 0, len(sample))
			s.Reset()
			read(s, 0, 4)
			clone := s.Clone()
			read(s, 4, len(sample))
			read(clone, 4, len(sample))
		})
	}
}

// TestStreamCopies tests that training a network further does not change its stream.
func TestStreamCopies(t *testing.T) {
	net := initialised(t, networks()["nested"])
	s, err := lm.NewStream(net)
	if err != nil {
		t.Fatal(err)
	}
	want := whole(t, "nested", net, sample[:1]).Index(0, 0)
	for _, p := range nn.Params(net) {
		p.Value.Fill(0.5)
	}
	got := tensor.Zeros(tokens)
	if err := s.Clone().Step(got.Data(), sample[0]); err != nil || !got.Equal(want) {
		t.Errorf("logits are %v, %v, want %v", got, err, want)
	}
}

func TestStreamAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s, err := lm.NewStream(initialised(t, networks()["nested"]))
	if err != nil {
		t.Fatal(err)
	}
	logits := make([]float32, tokens)
	step := func() {
		if err := s.Step(logits, 3); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("Step makes %v allocations, want 0", n)
	}
}

// TestStreamRefused has the errors of networks that cannot be taken step by step.
func TestStreamRefused(t *testing.T) {
	e := func() nn.Module { return initialised(t, nn.NewEmbedding(tokens, 5)) }
	circle := nn.Seq()
	circle.Layers = append(circle.Layers, circle)
	around := nn.NewResidual(nil, nil)
	around.Body = nn.Seq(nn.Tanh, around)
	turn := new(nn.WeightNorm)
	turn.Layer = turn
	for _, c := range []struct {
		net  nn.Module
		want string
	}{
		{nil, "the layer is nil"},
		{(*rnn.LSTM)(nil), "the layer is nil"},
		{nn.Seq(), "the network has no layers, want an embedding first"},
		{nn.NewLinear(5, tokens), "*nn.Linear, want an embedding first and nowhere else"},
		{nn.Seq(e(), e()), "layer 1: *nn.Embedding, want an embedding first and nowhere else"},
		{nn.Seq(e(), nn.Seq(nil)), "layer 1.0: the layer is nil"},
		{nn.Seq(e(), rnn.NewGRU(5, 4, rnn.Bidirectional)), "layer 1: rnn: NewStream: the GRU is bidirectional and needs whole sequences"},
		{nn.Seq(e(), rnn.NewGRU(5, 4, rnn.TimeFirst)), "layer 1: *rnn.GRU with rnn.TimeFirst, want the batch first"},
		{nn.Seq(e(), rnn.NewConvLSTM(5, 4, 3)), "layer 1: *rnn.ConvLSTM, want an RNN, LSTM or GRU"},
		{nn.Seq(e(), rnn.NewGRU(6, 4)), "layer 1: rnn: Stream: input of 5 values, want 6"},
		{nn.Seq(e(), rnn.NewGRU(5, 4), rnn.Last), "layer 2: rnn.Pool does not act on each step alone"},
		{nn.Seq(e(), conv.New1D(5, 4, 3)), "layer 1: *conv.Conv1D does not act on each step alone"},
		{nn.Seq(e(), nn.NewBatchNorm(5)), "layer 1: *nn.BatchNorm does not act on each step alone"},
		{nn.Seq(e(), nn.NewLayerNorm(3, 5)), "layer 1: *nn.LayerNorm does not act on each step alone"},
		{nn.Seq(e(), nn.NewPReLU(5)), "layer 1: *nn.PReLU does not act on each step alone"},
		{nn.Seq(e(), nn.NewLogSoftmax(1)), "layer 1: *nn.Along does not act on each step alone"},
		{nn.Seq(e(), nn.Flatten), "layer 1: function Flatten is not known to act on each step alone"},
		{nn.Seq(e(), nn.NewResidual(nn.Seq(nn.Tanh, conv.New1D(5, 5, 3)), nil)), "layer 1.body.1: *conv.Conv1D does not act"},
		{nn.Seq(e(), nn.Seq(nn.Tanh, nn.NewResidual(nn.Seq(nn.Tanh, nn.NewBatchNorm(5)), nil))), "layer 1.1.body.1: *nn.BatchNorm does not act"},
		{nn.Seq(e(), nn.NewResidual(nn.Tanh, nn.Flatten)), "layer 1.shortcut: function Flatten is not known"},
		{nn.Seq(e(), nn.Parallel(nn.Tanh, nn.Concat(-1, nn.Flatten))), "layer 1.1.0: function Flatten is not known"},
		{nn.Seq(e(), nn.NewWeightNorm(conv.New2D(5, 5, 1))), "layer 1.layer: *conv.Conv2D does not act"},
		{nn.Seq(e(), (*nn.LayerNorm)(nil)), "layer 1: the layer is nil"},
		{nn.Seq(e(), nn.NewResidual((*nn.Sequential)(nil), nil)), "layer 1.body: the layer is nil"},
		{nn.Seq(e(), nn.NewResidual((*nn.LayerNorm)(nil), nil)), "layer 1.body: the layer is nil"},
		{nn.Seq(e(), nn.NewResidual(nn.Tanh, (*nn.Linear)(nil))), "layer 1.shortcut: the layer is nil"},
		{nn.Seq(e(), nn.Parallel(nn.Tanh, nil)), "layer 1.1: the layer is nil"},
		{nn.Seq(e(), new(nn.WeightNorm)), "layer 1.layer: the layer is nil"},
		{new(nn.Branched), "branches for several inputs"},
		{nn.Seq(e(), around), "layers are nested more than 100 deep, or in a circle"},
		{nn.Seq(e(), turn), "layers are nested more than 100 deep, or in a circle"},
		{nn.Seq(e(), rnn.NewGRU(5, 7), nn.Tanh, nn.GLU), "nn: Seq.3 (GLU): "},
		{nn.Seq(e(), rnn.NewGRU(5, 7), nn.Seq(nn.Tanh, nn.Seq(nn.GLU))), "nn: Seq.2.1.0 (GLU): "},
		{nn.Seq(e(), nn.Seq(nn.Tanh, nn.NewLinear(6, 4)), rnn.NewGRU(4, 4)), "nn: Seq.1.1 (Linear): input has 5 features, want 6"},
		{nn.Seq(e(), nn.NewLinear(6, 4)), "nn: Seq.1 (Linear): input has 5 features, want 6"},
		{nn.Seq(e(), nn.NewLinear(5, tokens), nn.Softmax), "the network ends in Softmax, want logits"},
		{nn.Seq(e(), nn.NewLinear(5, tokens), nn.NewSoftmax(2), nn.NewDropout(0.5)), "the network ends in Softmax, want logits"},
		{nn.Seq(nn.Inputs(e(), e())), "layer 0: branches for several inputs, want nn.Inputs(embedding, nn.Identity)"},
		{circle, "layers are nested more than 100 deep, or in a circle"},
	} {
		if s, ok := c.net.(*nn.Sequential); ok && s != circle && len(s.Layers) > 0 {
			nn.Init(1, c.net) // what it finds wrong, NewStream does
		}
		if _, err := lm.NewStream(c.net); err == nil || !strings.HasPrefix(err.Error(), "lm: NewStream: "+c.want) {
			t.Errorf("got  %v\nwant lm: NewStream: %s", err, c.want)
		}
	}
	if _, err := lm.NewStream(nn.NewEmbedding(tokens, 5)); err == nil || !strings.Contains(err.Error(), "call nn.Init or load weights") {
		t.Errorf("a network without parameters: %v", err)
	}
	if _, err := lm.NewStream(nn.Seq(e(), nn.Seq(nn.Tanh, nn.NewLinear(5, 4)))); err == nil || !strings.Contains(err.Error(), `parameter "1.1.weight" has no value`) {
		t.Errorf("a layer without parameters: %v", err)
	}
	if _, err := lm.NewStream(nn.Seq(&nn.Embedding{})); err == nil || !strings.Contains(err.Error(), "nn: Embedding: vocabulary of 0") {
		t.Errorf("an empty embedding: %v", err)
	}
	s, err := lm.NewStream(initialised(t, nn.NewEmbedding(tokens, tokens)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		logits, token int
		want          string
	}{
		{tokens, -1, "lm: Stream: token -1, want 0 to 10"},
		{tokens, tokens, "lm: Stream: token 11, want 0 to 10"},
		{tokens - 1, 0, "lm: Stream: room for 10 logits, want 11"},
	} {
		if err := s.Step(make([]float32, c.logits), c.token); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

func newTape() *grad.Tape { return grad.NewTape(grad.Evaluation, 1) }
