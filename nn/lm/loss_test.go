package lm_test

import (
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// chunk returns a batch of 2 rows with 5 steps.
func chunk(number int, seed uint64) *data.Batch {
	b := &data.Batch{X: tensor.Zeros(2, 5), Y: tensor.Make[int](2, 5), Number: number}
	for i, u := range tensor.Uniform(seed, 0, tokens, 2, 2, 5).Data() {
		if i < 10 {
			b.X.Data()[i] = float32(int(u))
		} else {
			b.Y.(*tensor.Ints).Data()[i-10] = int(u)
		}
	}
	return b
}

// TestCarried compares losses and gradients with those of layers that are given the
// final states of the chunk before by hand, as values without a past.
func TestCarried(t *testing.T) {
	embedding, head := nn.NewEmbedding(tokens, 5), nn.NewLinear(7, tokens)
	lstm, gru := rnn.NewLSTM(5, 6, rnn.Layers(2)), rnn.NewGRU(6, 7)
	net := nn.Seq(embedding, lstm, nn.NewLayerNorm(6), gru, nn.Tanh, head)
	initialised(t, net)
	loss := lm.NewLoss()
	carried := lm.Carried(net, loss)

	type state struct{ lstm, gru []*tensor.Tensor }
	put := func(tape *grad.Tape, values []*tensor.Tensor) *grad.Var {
		var parts []*grad.Var
		for _, v := range values {
			parts = append(parts, tape.Input(v))
		}
		if parts == nil {
			return nil
		}
		return grad.Tuple(parts...)
	}
	take := func(v *grad.Var) (values []*tensor.Tensor) {
		for i := range v.Parts() {
			values = append(values, v.Part(i).Data().Clone())
		}
		return values
	}
	// byHand returns the loss and its tape, after Backward, and the states in the end.
	byHand := func(b *data.Batch, from state) (*grad.Var, *grad.Tape, state) {
		tape := grad.NewTape(grad.Training, 1)
		y, h := lstm.ForwardState(embedding.Forward(tape.Input(b.X)), put(tape, from.lstm))
		y, g := gru.ForwardState(net.Layers[2].Forward(y), put(tape, from.gru))
		l := loss(head.Forward(nn.Tanh.Forward(y)), b.Y)
		if err := l.Backward(); err != nil {
			t.Fatal(err)
		}
		return l, tape, state{take(h), take(g)}
	}

	tape := grad.NewTape(grad.Training, 1) // which all steps share, as a Trainer's do
	var from state
	for _, c := range []struct {
		name  string
		b     *data.Batch
		fresh bool
	}{
		{"the first chunk", chunk(0, 1), true},
		{"the second", chunk(1, 2), false},
		{"the third", chunk(2, 3), false},
		{"the first of the next epoch", chunk(0, 4), true},
		{"the second of the next epoch", chunk(1, 5), false},
	} {
		zero, _, _ := byHand(c.b, state{})
		if c.fresh {
			from = state{}
		}
		want, hand, to := byHand(c.b, from)
		from = to
		if same := zero.Data().Equal(want.Data()); same != c.fresh {
			t.Fatalf("%s: that the state makes no difference is %v, want %v", c.name, same, c.fresh)
		}
		got := carried(tape, c.b)
		if err := got.Backward(); err != nil {
			t.Fatal(err)
		}
		if !got.Data().Equal(want.Data()) {
			t.Errorf("%s: loss %v, want %v", c.name, got.Data(), want.Data())
		}
		for _, p := range nn.Params(net) {
			g, w := tape.ParamGrad(p), hand.ParamGrad(p)
			if g == nil || w == nil || !g.Equal(w) {
				t.Errorf("%s: gradient of %s is %v, want %v", c.name, p.Name, g, w)
			}
		}
		tape.ZeroGrad()
		tape.Reset()
	}

	// Training that is resumed inside of an epoch begins with zeros.
	b := chunk(3, 6)
	want, _, _ := byHand(b, state{})
	if got := lm.Carried(net, loss)(tape, b); got.Err() != nil || !got.Data().Equal(want.Data()) {
		t.Errorf("resumed: loss %v, %v, want %v", got.Data(), got.Err(), want.Data())
	}
}

// TestCarriedNested: a recurrent layer inside of another Sequential carries its state
// too.
func TestCarriedNested(t *testing.T) {
	flat := nn.Seq(nn.NewEmbedding(tokens, 5), rnn.NewGRU(5, 4), rnn.NewLSTM(4, 3), nn.NewLinear(3, tokens))
	initialised(t, flat)
	l := flat.Layers
	nested := nn.Seq(l[0], nn.Seq(l[1], nn.Seq(l[2])), l[3])
	one, other := lm.Carried(flat, lm.NewLoss()), lm.Carried(nested, lm.NewLoss())
	tape := newTape()
	for i := range 3 {
		want, got := one(tape, chunk(i, uint64(i))), other(tape, chunk(i, uint64(i)))
		if err := got.Err(); err != nil || !got.Data().Equal(want.Data()) {
			t.Errorf("batch %d: loss %v, %v, want %v", i, got.Data(), err, want.Data())
		}
		tape.Reset()
	}
}

// TestCarriedErrors: errors name the layer, and rows must go on.
func TestCarriedErrors(t *testing.T) {
	net := nn.Seq(nn.NewEmbedding(tokens, 5), rnn.NewGRU(5, 4), nn.NewLinear(6, tokens))
	initialised(t, net)
	carried := lm.Carried(net, lm.NewLoss())
	const want = "nn: Seq.2 (Linear): input has 4 features, want 6"
	if err := carried(newTape(), chunk(0, 1)).Err(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	net.Layers[2] = initialised(t, nn.NewLinear(4, tokens))
	tape := newTape()
	if err := carried(tape, chunk(0, 1)).Err(); err != nil {
		t.Fatal(err)
	}
	tape.Reset()
	other := chunk(1, 1)
	other.X, other.Y = tensor.Zeros(3, 5), tensor.Make[int](3, 5)
	if err := carried(tape, other).Err(); err == nil {
		t.Error("no error for 3 rows after 2")
	}
}
