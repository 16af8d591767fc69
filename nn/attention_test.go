package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// masked returns a layer with a mask.
func masked(l *nn.MultiheadAttention, shape ...int) *nn.MultiheadAttention {
	l.SetMask(nntest.Values(9, shape...))
	return l
}

// attentionLayers are layers of attention to itself over four features.
var attentionLayers = map[string]func() nn.Module{
	"DotProductAttention":     func() nn.Module { return nn.NewDotProductAttention() },
	"DotProductAttention/all": func() nn.Module { return &nn.DotProductAttention{Heads: 2, Scale: 0.3, Dropout: 0.3, Causal: true} },
	"AdditiveAttention":       func() nn.Module { return nn.NewAdditiveAttention(4, 4, 3) },
	"AdditiveAttention/all": func() nn.Module {
		return &nn.AdditiveAttention{QueryDim: 4, KeyDim: 4, Hidden: 3, Dropout: 0.3, Causal: true}
	},
	"MultiheadAttention":         func() nn.Module { return nn.NewMultiheadAttention(4, 2) },
	"MultiheadAttention/no bias": func() nn.Module { return &nn.MultiheadAttention{Dim: 4, Heads: 2, NoBias: true, Causal: true} },
	"MultiheadAttention/dropout": func() nn.Module { return &nn.MultiheadAttention{Dim: 4, Heads: 2, Dropout: 0.3} },
	"MultiheadAttention/mask":    func() nn.Module { return masked(nn.NewMultiheadAttention(4, 2), 7, 8) },
	"MultiheadAttention/masks":   func() nn.Module { return masked(nn.NewMultiheadAttention(4, 2), 2, 7, 8) },
	"TransformerEncoderLayer": func() nn.Module {
		return &nn.TransformerEncoderLayer{Dim: 4, Heads: 2, Feedforward: 5, Activation: nn.GELU}
	},
	"TransformerEncoderLayer/all": func() nn.Module {
		return &nn.TransformerEncoderLayer{Dim: 4, Heads: 1, Feedforward: 5, Activation: nn.Tanh, Dropout: 0.3, NormFirst: true, Eps: 0.01, Causal: true}
	},
	"TransformerEncoder": func() nn.Module {
		e := nn.NewTransformerEncoder(2, nn.TransformerEncoderLayer{Dim: 4, Heads: 2, Feedforward: 5, Activation: nn.Tanh, NormFirst: true})
		e.Norm = nn.NewLayerNorm(4)
		return e
	},
	"SinusoidalPositions": func() nn.Module { return nn.SinusoidalPositions },
	"LearnedPositions":    func() nn.Module { return nn.NewLearnedPositions(7, 4) },
}

// TestAttentionLayers runs the suite that every layer passes, without and with
// lengths.
func TestAttentionLayers(t *testing.T) {
	for name, make := range attentionLayers {
		for _, train := range []bool{false, true} {
			layer := initialised(t, make())
			c := nntest.Case{
				Inputs: []*tensor.Tensor{nntest.Values(1, 3, 5, 4)}, Params: nn.Params(layer),
				Shape: tensor.Shape{3, 5, 4}, Batch: []int{0}, Train: train, F: nntest.Module(layer),
			}
			end := ""
			if train {
				c.Batch, end = nil, "/train"
			}
			t.Run(name+end, func(t *testing.T) { nntest.Run(t, c) })
			if train {
				continue
			}
			c.Inputs = append(c.Inputs, tensor.New([]float32{2, 5, 1}, 3))
			c.Batch, c.Constant = []int{0, 1}, []int{1}
			c.F = func(x ...*grad.Var) *grad.Var { return layer.Forward(grad.Tuple(x...)).Part(0) }
			t.Run(name+"/lengths", func(t *testing.T) { nntest.Run(t, c) })
		}
	}
}

// TestAttentionToOthers runs the suite with queries apart from keys and values.
func TestAttentionToOthers(t *testing.T) {
	for name, make := range map[string]func() nn.Module{
		"DotProductAttention": func() nn.Module { return nn.NewDotProductAttention() },
		"AdditiveAttention":   func() nn.Module { return nn.NewAdditiveAttention(4, 4, 3) },
		"MultiheadAttention":  func() nn.Module { return &nn.MultiheadAttention{Dim: 4, Heads: 2, Causal: true} },
	} {
		layer := initialised(t, make())
		q, k, v := nntest.Values(1, 2, 3, 4), nntest.Values(2, 2, 5, 4), nntest.Values(3, 2, 5, 4)
		lengths := func(l ...float32) *tensor.Tensor { return tensor.New(l, len(l)) }
		for end, c := range map[string]nntest.Case{
			"memory":          {Inputs: []*tensor.Tensor{q, k}, Batch: []int{0, 1}, F: nntest.Module(layer)},
			"keys and values": {Inputs: []*tensor.Tensor{q, k, v}, Batch: []int{0, 1, 2}, F: nntest.Module(layer)},
			"lengths of memory": {Inputs: []*tensor.Tensor{q, k, lengths(5, 2)}, Batch: []int{0, 1, 2}, Constant: []int{2}, F: func(x ...*grad.Var) *grad.Var {
				return layer.Forward(grad.Tuple(x[0], grad.Tuple(x[1], x[2])))
			}},
			"lengths of all": {Inputs: []*tensor.Tensor{q, k, v, lengths(1, 3), lengths(5, 2)}, Batch: []int{0, 1, 2, 3, 4}, Constant: []int{3, 4}, F: func(x ...*grad.Var) *grad.Var {
				return layer.Forward(grad.Tuple(grad.Tuple(x[0], x[3]), grad.Tuple(x[1], x[4]), grad.Tuple(x[2], x[4]))).Part(0)
			}},
		} {
			c.Params, c.Shape = nn.Params(layer), tensor.Shape{2, 3, 4}
			t.Run(name+"/"+end, func(t *testing.T) { nntest.Run(t, c) })
		}
	}
	l := initialised(t, &nn.MultiheadAttention{Dim: 4, Heads: 2, KeyDim: 3, ValueDim: 6})
	t.Run("MultiheadAttention/other sizes", func(t *testing.T) {
		nntest.Run(t, nntest.Case{
			Inputs: []*tensor.Tensor{nntest.Values(1, 2, 3, 4), nntest.Values(2, 2, 5, 3), nntest.Values(3, 2, 5, 6)},
			Batch:  []int{0, 1, 2}, Params: nn.Params(l), F: nntest.Module(l),
		})
	})
}

// TestAttentionLayersAlone: in a batch with others of any lengths, results of a sequence
// and its gradient have the bits that it gets alone; padding, which is NaN, comes out as
// zeros and gets none into the gradients of parameters.
func TestAttentionLayersAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, make := range attentionLayers {
		for _, level := range nntest.Levels() {
			t.Run(fmt.Sprintf("%s/level=%v", name, level), func(t *testing.T) {
				defer cpu.Set(cpu.Set(level))
				layer := initialised(t, make())
				for range 4 {
					n, steps := 1+r.IntN(5), 1+r.IntN(7)
					x, lengths := tensor.Uniform(r.Uint64(), -1, 1, n, steps, 4), []int(nil)
					for i := range n {
						lengths = append(lengths, 1+r.IntN(steps))
						x.Index(0, i).Slice(0, lengths[i], steps).Fill(float32(math.NaN()))
					}
					y, dx := applied(t, layer, x, lengths)
					for i, l := range lengths {
						wantY, wantX := applied(t, layer, x.Slice(0, i, i+1).Slice(1, 0, l).Clone(), nil)
						for what, p := range map[string][2]*tensor.Tensor{"result": {y, wantY}, "gradient": {dx, wantX}} {
							own, rest := p[0].Slice(0, i, i+1).Slice(1, 0, l), p[0].Slice(0, i, i+1).Slice(1, l, steps)
							if !own.Clone().Equal(p[1]) {
								t.Fatalf("lengths %v, sequence %d: %s is %v, want %v", lengths, i, what, own, p[1])
							}
							if rest.Len() > 0 && !rest.Clone().Equal(tensor.Zeros(rest.Shape()...)) {
								t.Fatalf("lengths %v, sequence %d: %s of padding is %v, want zeros", lengths, i, what, rest)
							}
						}
					}
				}
			})
		}
	}
}

// applied returns the result of a layer and the gradient of its input.
func applied(t *testing.T, layer nn.Module, x *tensor.Tensor, lengths []int) (y, dx *tensor.Tensor) {
	t.Helper()
	tape := grad.NewTape(grad.Gradients, 1)
	in := tape.Input(x).RequireGrad()
	v := in
	if lengths != nil {
		v = rnn.Ragged(in, lengths)
	}
	out := layer.Forward(v)
	if got := out.Parts(); tape.Err() == nil && got != v.Parts() {
		t.Fatalf("the result has %d parts, want those of the input, %d", got, v.Parts())
	}
	if err := out.Part(0).BackwardFrom(nil); err != nil {
		t.Fatal(err)
	}
	for p, g := range tape.Params {
		for _, v := range g.Data() {
			if math.IsNaN(float64(v)) {
				t.Fatalf("gradient of %s is %v", p.Name, g)
			}
		}
	}
	return out.Part(0).Data().Clone(), in.Grad().Clone()
}

// TestSaveAttention saves and loads the layers, and asks a Predictor for what Forward
// computes.
func TestSaveAttention(t *testing.T) {
	x, lengths := nntest.Values(1, 3, 5, 4), tensor.New([]float32{5, 1, 3}, 3)
	for name, make := range attentionLayers {
		layer := initialised(t, nn.Seq(make(), rnn.Padded))
		want := forward2(t, layer, x, lengths)
		path := filepath.Join(t.TempDir(), "model")
		if err := nn.Save(path, layer, nn.Info{Input: tensor.Shape{5, 4}, More: []tensor.Shape{{}}}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, info, err := nn.Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := names(again), names(layer); !reflect.DeepEqual(got, want) {
			t.Errorf("%s has parameters %v, want %v", name, got, want)
		}
		if got := forward2(t, again, x, lengths); !got.Equal(want) {
			t.Errorf("%s computes %v, want %v", name, got, want)
		}
		p, err := info.Predictor(again)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := p.Predict(t.Context(), x, lengths)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s predicts %v, %v, want %v", name, got, err, want)
		}
		p.Close()
	}
}

// forward2 applies a network to two inputs.
func forward2(t *testing.T, net nn.Module, a, b *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	tape := grad.NewTape(grad.Evaluation, 1)
	y := net.Forward(grad.Tuple(tape.Input(a), tape.Input(b)))
	if y.Err() != nil {
		t.Fatal(y.Err())
	}
	return y.Data().Clone()
}

// TestAttentionNames: parameters have PyTorch's names, order and shapes.
func TestAttentionNames(t *testing.T) {
	e := nn.NewTransformerEncoder(1, nn.TransformerEncoderLayer{Dim: 4, Heads: 2, Feedforward: 5})
	e.Norm = nn.NewLayerNorm(4)
	for _, c := range []struct {
		m    nn.Module
		want string
	}{
		{nn.NewMultiheadAttention(4, 2), "[in_proj_weight [12 4] in_proj_bias [12] out_proj.weight [4 4] out_proj.bias [4]]"},
		{
			&nn.MultiheadAttention{Dim: 4, Heads: 2, KeyDim: 3, ValueDim: 6, NoBias: true},
			"[q_proj_weight [4 4] k_proj_weight [4 3] v_proj_weight [4 6] out_proj.weight [4 4]]",
		},
		{masked(&nn.MultiheadAttention{Dim: 4, Heads: 2, NoBias: true}, 3, 3), "[in_proj_weight [12 4] out_proj.weight [4 4] attn_mask [3 3]]"},
		{e, "[layers.0.self_attn.in_proj_weight [12 4] layers.0.self_attn.in_proj_bias [12]" +
			" layers.0.self_attn.out_proj.weight [4 4] layers.0.self_attn.out_proj.bias [4]" +
			" layers.0.linear1.weight [5 4] layers.0.linear1.bias [5] layers.0.linear2.weight [4 5] layers.0.linear2.bias [4]" +
			" layers.0.norm1.weight [4] layers.0.norm1.bias [4] layers.0.norm2.weight [4] layers.0.norm2.bias [4]" +
			" norm.weight [4] norm.bias [4]]"},
	} {
		m, err := nn.Init(1, c.m)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, p := range nn.Params(m) {
			list = append(list, p.Name, fmt.Sprint(p.Shape()))
		}
		if got := fmt.Sprint(list); got != c.want {
			t.Errorf("%T has parameters %s, want %s", c.m, got, c.want)
		}
	}
}

// TestMultiheadAttentionInit: weights start as PyTorch's.
func TestMultiheadAttentionInit(t *testing.T) {
	l, err := nn.Init(1, nn.NewMultiheadAttention(64, 4))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p     *grad.Param
		bound float64
	}{
		{l.InProjWeight, math.Sqrt(6. / (64 + 3*64))}, {l.OutProj.Weight, 1. / 8}, {l.InProjBias, 0}, {l.OutProj.Bias, 0},
	} {
		largest := float64(tensor.Max(tensor.Abs(c.p.Value)).Item())
		if largest > c.bound || largest < 0.99*c.bound {
			t.Errorf("%s has values up to %v, want up to %v", c.p.Name, largest, c.bound)
		}
	}
}

// TestAttentionBuildErrors checks settings that cannot be, at Init and at Forward.
func TestAttentionBuildErrors(t *testing.T) {
	for _, c := range []struct {
		m    nn.Module
		want string
	}{
		{&nn.DotProductAttention{Heads: -1}, "nn: DotProductAttention: -1 heads, want at least 1"},
		{&nn.DotProductAttention{Scale: math.NaN()}, "nn: DotProductAttention: scale NaN, want a number"},
		{&nn.DotProductAttention{Dropout: 1}, "nn: DotProductAttention: probability 1, want at least 0 and less than 1"},
		{nn.NewAdditiveAttention(4, 0, 3), "nn: AdditiveAttention: queries of 4, keys of 0 and 3 hidden, want at least 1"},
		{&nn.AdditiveAttention{QueryDim: 4, KeyDim: 4, Hidden: 2, Dropout: -1}, "nn: AdditiveAttention: probability -1, want at least 0 and less than 1"},
		{nn.NewMultiheadAttention(4, 3), "nn: MultiheadAttention: 4 features for 3 heads, want at least 1 and a multiple of it"},
		{nn.NewMultiheadAttention(4, 0), "nn: MultiheadAttention: 4 features for 0 heads, want at least 1 and a multiple of it"},
		{&nn.MultiheadAttention{Dim: 4, Heads: 2, KeyDim: -1}, "nn: MultiheadAttention: 4 features, -1 of keys and 0 of values, want none negative or more than 16384"},
		{&nn.MultiheadAttention{Dim: 4, Heads: 2, Dropout: 2}, "nn: MultiheadAttention: probability 2, want at least 0 and less than 1"},
		{&nn.MultiheadAttention{Dim: 4, Heads: 2, MaskShape: tensor.Shape{3, 4, 4}}, "nn: MultiheadAttention: mask has shape [3 4 4], want [queries keys] or [2 queries keys]"},
		{&nn.MultiheadAttention{Dim: 4, Heads: 2, OutProj: nn.NewLinear(4, 5)}, "nn: MultiheadAttention: output projection from 4 to 5 features, want 4"},
		{nn.NewTransformerEncoderLayer(4, 3, 5), "nn: TransformerEncoderLayer: 4 features for 3 heads, want at least 1 and a multiple of it"},
		{nn.NewTransformerEncoderLayer(4, 2, 0), "nn: TransformerEncoderLayer: feedforward of 0, want at least 1"},
		{&nn.TransformerEncoderLayer{Dim: 4, Heads: 2, Feedforward: 5, Activation: (*nn.Function)(nil)}, "nn: TransformerEncoderLayer: activation is a nil *nn.Function, want a module or plain nil"},
		{&nn.TransformerEncoderLayer{Dim: 4, Heads: 2, Feedforward: 5, Dropout: 1}, "nn: TransformerEncoderLayer: probability 1, want at least 0 and less than 1"},
		{nn.NewTransformerEncoder(0, nn.TransformerEncoderLayer{}), "nn: TransformerEncoder: no layers, want at least one"},
		{&nn.TransformerEncoder{Layers: []*nn.TransformerEncoderLayer{nil}}, "nn: TransformerEncoder: layer 0 is nil"},
		{nn.NewLearnedPositions(0, 4), "nn: LearnedPositions: 0 steps of 4, want at least 1"},
	} {
		if _, err := nn.Init(1, c.m); err == nil || err.Error() != "nn: Init: the network: "+c.want {
			t.Errorf("Init: %v, want %s", err, c.want)
		}
		tape := grad.NewTape(grad.Training, 1)
		if err := c.m.Forward(tape.Input(tensor.Zeros(2, 3, 4))).Err(); err == nil {
			t.Errorf("Forward of a layer with settings that cannot be (%s) gives no error", c.want)
		}
	}
}

// TestMaskTakenAway takes a mask away.
func TestMaskTakenAway(t *testing.T) {
	plain := initialised(t, nn.NewMultiheadAttention(4, 2))
	want := forward2(t, plain, nntest.Values(1, 2, 5, 4), nntest.Values(2, 2, 3, 4))
	plain.SetMask(tensor.Full[float32](1, 5, 3))
	plain.AttnMask.Value.Set(float32(math.Inf(-1)), 0, 0)
	if got := forward2(t, plain, nntest.Values(1, 2, 5, 4), nntest.Values(2, 2, 3, 4)); reflect.DeepEqual(got.Data(), want.Data()) {
		t.Error("the mask changes nothing")
	}
	plain.SetMask(nil)
	if got := forward2(t, plain, nntest.Values(1, 2, 5, 4), nntest.Values(2, 2, 3, 4)); !reflect.DeepEqual(got.Data(), want.Data()) {
		t.Errorf("without its mask the layer gives %v, want %v", got, want)
	}
}

// TestLengthsOfValues gives the lengths that keys and values share with either, and with
// both.
func TestLengthsOfValues(t *testing.T) {
	l := initialised(t, nn.NewMultiheadAttention(4, 2))
	run := func(keys, values bool) (*tensor.Tensor, error) {
		tape := grad.NewTape(grad.Evaluation, 1)
		lengths := tape.Input(tensor.New([]float32{1, 3}, 2))
		q, k, v := tape.Input(nntest.Values(1, 2, 5, 4)), tape.Input(nntest.Values(2, 2, 3, 4)), tape.Input(nntest.Values(3, 2, 3, 4))
		if keys {
			k = grad.Tuple(k, lengths)
		}
		if values {
			v = grad.Tuple(v, lengths)
		}
		y := l.Forward(grad.Tuple(q, k, v))
		return y.Data().Clone(), y.Err()
	}
	want, err := run(true, false)
	got, err2 := run(false, true)
	if err != nil || err2 != nil || !reflect.DeepEqual(got.Data(), want.Data()) {
		t.Errorf("lengths with the values: %v, %v, want %v, %v", got, err2, want, err)
	}
	if got, err := run(true, true); err != nil || !reflect.DeepEqual(got.Data(), want.Data()) {
		t.Errorf("lengths with both: %v, %v, want %v", got, err, want)
	}
}

// TestAttentionOfNothing goes back from no sequences: all gradients are zeros.
func TestAttentionOfNothing(t *testing.T) {
	for name, layer := range attentionLayers {
		tape := grad.NewTape(grad.Training, 1)
		net := initialised(t, layer())
		x := tape.Input(tensor.Zeros(0, 5, 4)).RequireGrad()
		if err := net.Forward(x).BackwardFrom(tensor.Zeros(0, 5, 4)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if x.Grad() == nil {
			t.Errorf("%s: the input has no gradient", name)
		}
		for _, p := range nn.Params(net) {
			if g := tape.ParamGrad(p); p.Trainable() && (g == nil || !reflect.DeepEqual(g.Data(), tensor.Zeros(p.Shape()...).Data())) {
				t.Errorf("%s: %s has gradient %v, want zeros", name, p.Name, g)
			}
		}
	}
}

// TestAttentionInputErrors checks inputs that cannot be.
func TestAttentionInputErrors(t *testing.T) {
	multihead := initialised(t, nn.NewMultiheadAttention(4, 2))
	small := initialised(t, masked(nn.NewMultiheadAttention(4, 2), 3, 3))
	row := masked(initialised(t, nn.NewMultiheadAttention(4, 2)), 3)
	unsaid := initialised(t, masked(nn.NewMultiheadAttention(4, 2), 5, 5))
	unsaid.MaskShape = nil
	encoder := initialised(t, nn.NewTransformerEncoder(1, nn.TransformerEncoderLayer{Dim: 4, Heads: 2, Feedforward: 5}))
	learned := initialised(t, nn.NewLearnedPositions(4, 4))
	zeros := func(shape ...int) *tensor.Tensor { return tensor.Zeros(shape...) }
	full := zeros(2, 5, 4)
	lengths := func(l ...float32) *tensor.Tensor { return tensor.New(l, len(l)) }
	for _, c := range []struct {
		m    nn.Module
		in   []*tensor.Tensor
		want string
	}{
		{multihead, []*tensor.Tensor{full, full, full, full}, "grad: MultiheadAttention: input is a tuple of 4, want a sequence, with what it attends to or with keys and values"},
		{multihead, []*tensor.Tensor{zeros(2, 5, 3)}, "grad: MultiheadAttention: queries have shape [2 5 3], want [batch steps 4]"},
		{multihead, []*tensor.Tensor{full, lengths(0, 5)}, "grad: ClearPadding: length 0 of sequence 0, want a whole number from 1 to 5"},
		{multihead, []*tensor.Tensor{full, lengths(1, 6)}, "grad: ClearPadding: length 6 of sequence 1, want a whole number from 1 to 5"},
		{multihead, []*tensor.Tensor{full, lengths(1, 2, 3)}, "grad: ClearPadding: lengths have shape [3], want [2]"},
		{multihead, []*tensor.Tensor{zeros(2, 5, 4), zeros(3, 5, 4)}, "grad: ScaledDotProduct: queries, keys and values have shapes [2 5 4], [3 5 4] and [3 5 4], want the same batch"},
		{multihead, []*tensor.Tensor{zeros(2, 4)}, "grad: MultiheadAttention: queries have shape [2 4], want [batch steps 4]"},
		{multihead, []*tensor.Tensor{full, zeros(2, 5, 3)}, "grad: MultiheadAttention: keys have shape [2 5 3], want [batch steps 4]"},
		{encoder, []*tensor.Tensor{zeros(2, 5, 3)}, "nn: TransformerEncoder.layers.0.self_attn (MultiheadAttention): queries have shape [2 5 3], want [batch steps 4]"},
		{row, []*tensor.Tensor{full}, "grad: MultiheadAttention: nn: MultiheadAttention: mask has shape [3], want [queries keys] or [2 queries keys]"},
		{unsaid, []*tensor.Tensor{full}, "grad: MultiheadAttention: nn: MultiheadAttention: mask has shape [5 5], MaskShape says []"},
		{small, []*tensor.Tensor{full}, "grad: MultiheadAttention: mask has shape [3 3], want at least 5 queries and 5 keys"},
		{nn.NewDotProductAttention(), []*tensor.Tensor{full, lengths(9, 1)}, "grad: ScaledDotProduct: length 9 of sequence 0, want a whole number from 1 to 5"},
		{encoder, []*tensor.Tensor{full, full}, "grad: TransformerEncoder: input is a tuple of 2, want sequences and their lengths"},
		{encoder.Layers[0], []*tensor.Tensor{full, full, full}, "grad: TransformerEncoderLayer: input is a tuple of 3, want sequences and their lengths"},
		{learned, []*tensor.Tensor{full}, "grad: LearnedPositions: input has shape [2 5 4], want [batch steps 4] with at most 4 steps"},
		{nn.SinusoidalPositions, []*tensor.Tensor{zeros(2, 5)}, "grad: SinusoidalPositions: input has shape [2 5], want [batch steps features]"},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		var in []*grad.Var
		for _, x := range c.in {
			in = append(in, tape.Input(x))
		}
		err := c.m.Forward(grad.Tuple(in...)).Err()
		if err == nil || err.Error() != c.want {
			t.Errorf("%T: %v, want %s", c.m, err, c.want)
		}
	}
}
