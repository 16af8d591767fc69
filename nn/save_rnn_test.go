package nn_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// TestSaveRNN saves and loads the layers of package rnn with other settings than the
// default.
func TestSaveRNN(t *testing.T) {
	all := []rnn.Option{rnn.Layers(2), rnn.Bidirectional, rnn.Dropout(0.25), rnn.TimeFirst, rnn.NoBias}
	vectors, rows, pictures := nntest.Values(1, 2, 4, 3), nntest.Values(1, 2, 4, 3, 5), nntest.Values(1, 2, 4, 3, 5, 2)
	for _, c := range []struct {
		layer nn.Module
		x     *tensor.Tensor
	}{
		{rnn.New(3, 4, rnn.ReLU, all...), vectors},
		{rnn.NewLSTM(3, 4, append(all, rnn.Proj(2))...), vectors},
		{rnn.NewGRU(3, 4, all...), vectors},
		{rnn.NewConv(3, 4, 3, rnn.Tanh, all...), rows},
		{rnn.NewConvLSTM(3, 4, 5, all...), rows},
		{rnn.NewConvGRU(3, 4, 1, all...), rows},
		{rnn.NewConvRNN2D(3, 4, 3, rnn.ReLU, all...), pictures},
		{rnn.NewConvLSTM2D(3, 4, 3, all...), pictures},
		{rnn.NewConvGRU2D(3, 4, 3, all...), pictures},
		{rnn.NewAttentionPool(3), vectors},
		{nn.Seq(rnn.Padded, rnn.NewLSTM(3, 4, rnn.Bidirectional), rnn.Ends), vectors},
	} {
		layer := initialised(t, c.layer)
		path := filepath.Join(t.TempDir(), "model")
		if err := nn.Save(path, layer, nn.Info{}); err != nil {
			t.Errorf("%T: %v", c.layer, err)
			continue
		}
		again, _, err := nn.Load(path)
		if err != nil {
			t.Errorf("%T: %v", c.layer, err)
			continue
		}
		if got, want := settings(again), settings(layer); !reflect.DeepEqual(got, want) {
			t.Errorf("%T has settings %v, want %v", c.layer, got, want)
		}
		if got, want := names(again), names(layer); !reflect.DeepEqual(got, want) {
			t.Errorf("%T has parameters %v, want %v", c.layer, got, want)
		}
		if got, want := forward(t, again, c.x), forward(t, layer, c.x); !got.Equal(want) {
			t.Errorf("%T computes %v, want %v", c.layer, got, want)
		}
	}
}

// TestSaveRagged: a network of tokens and their lengths is traced for
// zeros, which lengths cannot be, when it is saved or described.
func TestSaveRagged(t *testing.T) {
	net := initialised(t, nn.Seq(nn.Inputs(nn.NewEmbedding(7, 3), nn.Identity), rnn.NewGRU(3, 4), rnn.Mean))
	path := filepath.Join(t.TempDir(), "model")
	info := nn.Info{Input: tensor.Shape{5}, More: []tensor.Shape{{}}, InputNames: []string{"tokens", "lengths"}}
	if err := nn.Save(path, net, info); err != nil {
		t.Fatal(err)
	}
	_, got, err := nn.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nn.Summary(net, tensor.Shape{5}, tensor.Shape{}); err != nil {
		t.Errorf("Summary: %v", err)
	}
	if want := (tensor.Shape{4}); !got.Output.Equal(want) {
		t.Errorf("output has shape %v, want %v", got.Output, want)
	}
}
