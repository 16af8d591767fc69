package suite

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	tokens "github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Echo is a model that answers with its inputs, under their names.
type Echo []oip.Port

// Inputs implements [serve.Model].
func (e Echo) Inputs() []oip.Port { return e }

// Outputs implements [serve.Model].
func (e Echo) Outputs() []oip.Port { return e }

// Infer implements [serve.Model].
func (e Echo) Infer(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	out := make([]oip.Tensor, len(in))
	for i, t := range in {
		out[i] = oip.Tensor{Name: t.Name, Datatype: t.Datatype, Shape: t.Shape.Clone(), Data: t.Data}
	}
	return out, nil
}

// allTypes are the types of the protocol.
var allTypes = []oip.Datatype{
	oip.BOOL, oip.UINT8, oip.UINT16, oip.UINT32, oip.UINT64, oip.INT8, oip.INT16, oip.INT32, oip.INT64,
	oip.FP16, oip.BF16, oip.FP32, oip.FP64, oip.BYTES,
}

// failing is a model that does what it is told to, which is nothing good.
type failing struct{ Echo }

func (f failing) Infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	switch string(in[0].Data.([][]byte)[0]) {
	case "panic":
		panic("as it was told")
	case "error":
		return nil, errors.New("a secret of the model")
	case "refuse":
		return nil, oip.Errorf(http.StatusBadRequest, "data", "the model knows no such word")
	case "outputs":
		return nil, nil
	}
	return f.Echo.Infer(ctx, in)
}

// times returns a network with y = k·x for three features.
func times(k float32) (*serve.Network, error) {
	l := nn.NewLinear(3, 3)
	net, err := nn.Init(1, nn.Seq(l))
	if err != nil {
		return nil, err
	}
	l.Bias.Value.Fill(0)
	tensor.MulScalarTo(l.Weight.Value, tensor.Eye(3), k)
	return network(net, tensor.Shape{3})
}

func network(net nn.Module, sample tensor.Shape) (*serve.Network, error) {
	p, err := nn.NewPredictor(net, sample)
	if err != nil {
		return nil, err
	}
	return &serve.Network{Predictor: p}, nil
}

// held is a network with y = x that computes while nobody holds the gate, and counts
// how often it came there. It panics if one of the values is 13.
type held struct {
	gate *sync.RWMutex
	came *atomic.Int64
}

func (h held) Forward(x *grad.Var) *grad.Var { return grad.Apply(hold(h), x) }

type hold held

func (hold) Name() string { return "Hold" }
func (hold) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}
func (h hold) Forward(c *grad.Call) {
	h.came.Add(1)
	h.gate.RLock()
	defer h.gate.RUnlock()
	for _, v := range c.InData(0) {
		if v == 13 {
			panic("13")
		}
	}
	c.Out(0).Copy(c.In(0))
}
func (hold) Backward(*grad.Call) {}
func (hold) Needs() grad.Needs   { return grad.Needs{} }

// pictures returns a classifier of pictures of any size.
func pictures() (*serve.Network, error) {
	net, err := nn.Init(1, nn.Seq(conv.New2D(3, 4, 3), nn.ReLU, conv.GlobalAvgPool, nn.NewLinear(4, 3)))
	if err != nil {
		return nil, err
	}
	grey := []float32{0.5, 0.5, 0.5}
	info := &nn.Info{
		Input: tensor.Shape{3, 8, 8}, Source: tensor.Shape{3, 8, 8}, Classes: []string{"cat", "dog", "gannet"},
		Preprocess: data.Pipeline{data.Resize(8, 8), data.Normalize(grey, grey)},
	}
	p, err := info.Predictor(net)
	if err != nil {
		return nil, err
	}
	return &serve.Network{Predictor: p, Info: info}, nil
}

// texts returns a classifier of texts of up to four words, by what they are on average.
func texts() (*serve.Network, error) {
	vocabulary, err := tokens.NewVocabulary(tokens.Count([]string{"good", "bad"}), tokens.Usual)
	if err != nil {
		return nil, err
	}
	words := nn.NewEmbedding(vocabulary.Size(), 2)
	net, err := nn.Init(1, nn.Seq(nn.Inputs(words, nn.Identity), rnn.Mean))
	if err != nil {
		return nil, err
	}
	words.Weight.Value.Fill(0)
	for class, word := range []string{"good", "bad"} {
		id, _ := vocabulary.ID(word)
		words.Weight.Value.Set(99, id, class)
	}
	encoder, err := json.Marshal(&tokens.Encoder{Normalizer: tokens.Fold, Vocabulary: vocabulary})
	if err != nil {
		return nil, err
	}
	info := &nn.Info{Input: tensor.Shape{4}, More: []tensor.Shape{{}}, Classes: []string{"cat", "dog"}, Encoder: encoder}
	p, err := info.Predictor(net)
	if err != nil {
		return nil, err
	}
	return &serve.Network{Predictor: p, Info: info}, nil
}

// language returns a language model of the letters a to d and é, each of which the next
// one follows, but é itself, for ever.
func language() (*serve.Network, error) {
	e := &tokens.Encoder{Splitter: tokens.Characters}
	var err error
	if e.Vocabulary, err = tokens.NewVocabulary(tokens.Count(strings.Split("abcdé", "")), tokens.Usual); err != nil {
		return nil, err
	}
	table := nn.NewEmbedding(e.Size(), e.Size())
	net, err := nn.Init(1, nn.Seq(table))
	if err != nil {
		return nil, err
	}
	table.Weight.Value.Fill(0)
	for _, pair := range [][2]string{{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "<eos>"}, {"é", "é"}} {
		from, _ := e.Vocabulary.ID(pair[0])
		to, _ := e.Vocabulary.ID(pair[1])
		table.Weight.Value.Set(99, from, to)
	}
	m, err := lm.New(net, e)
	if err != nil {
		return nil, err
	}
	p, err := nn.NewPredictor(net, tensor.Shape{4})
	if err != nil {
		return nil, err
	}
	return &serve.Network{Predictor: p, Language: m}, nil
}

// notFinite is a model that answers with what JSON does not have.
type notFinite struct{ Echo }

func (notFinite) Infer(context.Context, []oip.Tensor) ([]oip.Tensor, error) {
	values := []float32{float32(math.NaN()), float32(math.Inf(1))}
	return []oip.Tensor{{Name: "x", Datatype: oip.FP32, Shape: tensor.Shape{2}, Data: values}}, nil
}
