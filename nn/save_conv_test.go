package nn_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// TestSaveConv: files keep every setting of the layers of package conv.
func TestSaveConv(t *testing.T) {
	for _, c := range []struct {
		name string
		net  nn.Module
		x    tensor.Shape
	}{
		{"Conv1D", conv.New1D(4, 6, 3, conv.Stride(2), conv.Dilation(2), conv.Pad(1), conv.Groups(2), conv.NoBias), tensor.Shape{4, 9}},
		{"Conv1D same", conv.New1D(4, 6, 3, conv.Same), tensor.Shape{4, 9}},
		{
			"ConvTranspose2D", conv.NewTranspose2D(4, 6, 3, conv.Stride(2, 3), conv.Dilation(1, 2), conv.Pad(1, 0), conv.OutputPad(1, 2), conv.Groups(2)),
			tensor.Shape{4, 5, 4},
		},
		{"ConvTranspose1D", conv.NewTranspose1D(4, 2, 4, conv.Stride(2), conv.Pad(1), conv.OutputPad(1), conv.NoBias), tensor.Shape{4, 5}},
		{"Separable2D", conv.NewSeparable2D(3, 5, 3, conv.Stride(2), conv.Same), tensor.Shape{3, 5, 6}},
		{"MaxPool1D", conv.MaxPool1D(3, conv.Stride(2), conv.Pad(1)), tensor.Shape{2, 7}},
		{"AvgPool1D", conv.AvgPool1D(2), tensor.Shape{2, 7}},
		{"LPPool2D", conv.LPPool2D(2, 3, conv.Stride(2, 1)), tensor.Shape{2, 6, 5}},
		{"AdaptiveAvgPool2D", conv.AdaptiveAvgPool2D(3, 2), tensor.Shape{2, 7, 5}},
		{"AdaptiveMaxPool1D", conv.AdaptiveMaxPool1D(3), tensor.Shape{2, 7}},
		{"GlobalPool", nn.Seq(conv.GlobalMaxPool), tensor.Shape{2, 7, 5}},
		{"Upsample", nn.Seq(conv.Upsample(1.5, conv.Bilinear, conv.AlignCorners), conv.UpsampleTo(4, 3)), tensor.Shape{2, 5, 4}},
		{"PixelShuffle", nn.Seq(conv.PixelUnshuffle(2), conv.PixelUnshuffle(2), conv.PixelShuffle(2)), tensor.Shape{2, 4, 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := initialised(t, c.net)
			path := filepath.Join(t.TempDir(), "model")
			if err := nn.Save(path, net, nn.Info{}); err != nil {
				t.Fatal(err)
			}
			again, _, err := nn.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := reflect.TypeOf(again), reflect.TypeOf(c.net); got != want {
				t.Errorf("network is a %v, want a %v", got, want)
			}
			x := nntest.Values(3, append(tensor.Shape{2}, c.x...)...)
			if got, want := forward(t, again, x), forward(t, net, x); !got.Equal(want) {
				t.Errorf("output is %v, want %v", got, want)
			}
			second := filepath.Join(t.TempDir(), "model")
			if err := nn.Save(second, again, nn.Info{}); err != nil {
				t.Fatal(err)
			}
			if got, want := readFile(t, second), readFile(t, path); string(got) != string(want) {
				t.Error("the loaded network, saved again, makes another file")
			}
		})
	}
}

// TestLoadConvHostile is about settings that nobody should have written.
func TestLoadConvHostile(t *testing.T) {
	for _, c := range []struct{ name, network, want string }{
		{"global", `{"type":"GlobalPool","settings":"median"}`, `conv: GlobalPool: "median", want "avg" or "max"`},
		{"adaptive", `{"type":"AdaptivePool2D","settings":{"Out":[1,-1]}}`, "output of 1×-1, want at least 1×1"},
		{"power", `{"type":"PowerPool2D","settings":{"P":-1,"Kernel":[2,2]}}`, "power -1, want a finite number above 0"},
		{"resize", `{"type":"Resize","settings":{"Scale":[1e300,1]}}`, "scale [1e+300 1], want more than 0 and at most 1048576"},
		{"shuffle", `{"type":"Shuffle","settings":{"Factor":1000000}}`, "factor 1000000, want 1 to 1024"},
		{"separable", `{"type":"Separable2D","settings":{"Depthwise":null}}`, "conv: Separable2D: a part is nil"},
		{"output padding", `{"type":"ConvTranspose1D","settings":{"In":1,"Out":1,"Kernel":1,"OutputPad":1000000000}}`, "output padding 1000000000, want less than"},
		{"huge", `{"type":"ConvTranspose2D","settings":{"In":1000000000,"Out":1000000000,"Kernel":[1048576,1048576]}}`, "missing"},
		{"huge 1D", `{"type":"Conv1D","settings":{"In":1000000000,"Out":1000000000,"Kernel":1048576}}`, "missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model")
			writeModel(t, path, c.network, nil)
			if _, _, err := nn.Load(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Load: %v, want %s", err, c.want)
			}
		})
	}
}
