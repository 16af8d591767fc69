package nn_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// TestSaveLoadLayers saves and loads every layer with other settings than the
// default.
func TestSaveLoadLayers(t *testing.T) {
	two := 2
	picture, vector := nntest.Values(1, 2, 4, 3, 2), nntest.Values(1, 2, 4)
	for _, c := range []struct {
		layer nn.Module
		x     *tensor.Tensor
	}{
		{nn.Seq(nn.SELU, nn.ReLU6, nn.SiLU, nn.Mish, nn.GELUTanh, nn.Softsign, nn.Tanhshrink), vector},
		{nn.Seq(nn.LogSigmoid, nn.Hardsigmoid, nn.Hardswish, nn.LogSoftmax, nn.Softmin, nn.GLU, nn.Identity), vector},
		{nn.NewELU(0.5), vector},
		{nn.NewCELU(0.5), vector},
		{nn.NewLeakyReLU(0.2), vector},
		{nn.NewRReLU(0.2, 0.3), vector},
		{nn.NewPReLU(4), picture},
		{nn.NewSoftplus(2, 0.5), vector},
		{nn.NewHardtanh(-0.5, 0.25), vector},
		{nn.NewHardshrink(0.2), vector},
		{nn.NewSoftshrink(0.2), vector},
		{nn.NewThreshold(0.2, -3), vector},
		{nn.Seq(nn.NewSoftmax(1), nn.NewLogSoftmax(1), nn.NewSoftmin(1), nn.NewGLU(1)), picture},
		{nn.NewSpatialDropout(0.5), picture},
		{nn.NewAlphaDropout(0.5), picture},
		{&nn.LayerNorm{Shape: tensor.Shape{3, 2}, Eps: 0.1}, picture},
		{&nn.LayerNorm{Shape: tensor.Shape{2}, NoAffine: true}, picture},
		{&nn.RMSNorm{Shape: tensor.Shape{3, 2}, Eps: 0.1}, picture},
		{&nn.GroupNorm{Groups: 2, Channels: 4, Eps: 0.1}, picture},
		{&nn.GroupNorm{Groups: 2, Channels: 4, NoAffine: true}, picture},
		{nn.NewInstanceNorm(4), picture},
		{&nn.InstanceNorm{Features: 4, Eps: 0.1, Momentum: 0.2, Affine: true, TrackRunningStats: true}, picture},
		{nn.NewWeightNorm(nn.NewLinear(4, 3)), vector},
		{nn.NewWeightNorm(conv.New2D(4, 2, 2, conv.NoBias)), picture},
		{&nn.Embedding{Vocabulary: 5, Dim: 3, PaddingIdx: &two}, tensor.New([]float32{0, 4, 2, 1}, 2, 2)},
		{nn.NewEmbedding(5, 3), tensor.New([]float32{0, 4, 2, 1}, 2, 2)},
		{nn.NewResidual(nn.NewLinear(4, 4), nil), vector},
		{nn.NewResidual(nn.NewLinear(4, 3), nn.NewLinear(4, 3)), vector},
		{nn.Concat(1, nn.NewLinear(4, 3), nn.Identity), vector},
		{nn.Parallel(nn.NewLinear(4, 4), nn.Identity), vector},
		{nn.Reshape(2, -1), picture},
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

// settings returns the fields of a layer that are neither parameters nor modules.
func settings(m nn.Module) map[string]any {
	list := map[string]any{}
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		switch f := v.Type().Field(i); f.Type.Kind() {
		case reflect.Int, reflect.Float64, reflect.Bool, reflect.String:
			list[f.Name] = v.Field(i).Interface()
		case reflect.Pointer:
			if f.Type.Elem().Kind() == reflect.Int {
				list[f.Name] = v.Field(i).Interface()
			}
		}
	}
	return list
}

// TestLoadLayerErrors loads descriptions of layers that cannot be.
func TestLoadLayerErrors(t *testing.T) {
	for _, c := range []struct{ network, want string }{
		{`{"type":"WeightNorm","settings":{"Layer":{"type":"ReLU"}}}`, "nn: WeightNorm: a layer of type *nn.Function, want a *nn.Linear or *conv.Conv2D"},
		{`{"type":"WeightNorm","settings":{"Layer":null}}`, "nn: WeightNorm: a layer of type <nil>, want a *nn.Linear or *conv.Conv2D"},
		{`{"type":"LayerNorm","settings":{"Shape":[4611686018427387904,4]}}`, "nn: LayerNorm: tensor: shape [4611686018427387904 4]: too many elements"},
		{`{"type":"Residual","settings":{"Shortcut":{"type":"ReLU"}}}`, "nn: Residual: body is nil"},
		{`{"type":"Concat","settings":{"Branches":[]}}`, "nn: Concat: no branches, want at least one"},
		{`{"type":"Parallel","settings":{"Branches":[null]}}`, "nn: Parallel: branch 0 is nil"},
		{`{"type":"BatchNorm","settings":{"Features":1,"Frozen":true}}`, `network: BatchNorm: unknown setting "Frozen"`},
	} {
		path := filepath.Join(t.TempDir(), "model")
		writeModel(t, path, c.network, nil)
		_, _, err := nn.Load(path)
		if want := "nn: Load: " + path + ": "; err == nil || err.Error() != want+"the network: "+c.want && err.Error() != want+c.want {
			t.Errorf("Load: %v, want %s", err, c.want)
		}
	}
}
