package image

import (
	"image"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Resize gives the bytes that torchvision gives.
func TestGoldenResize(t *testing.T) {
	nntest.Golden(t, "testdata/resize.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		img := pictureOf(t, x[0].Data())
		b := ToBytes(Resize(img, c.Int("width", 0), c.Int("height", 0)), 0, 0)
		y := tensor.Make[float32](b.Shape()...)
		for i, v := range b.Data() {
			y.Data()[i] = float32(v)
		}
		return []*grad.Var{x[0].Tape().Const(y)}
	})
}

// pictureOf returns a picture of bytes.
func pictureOf(t *testing.T, x *tensor.Tensor) image.Image {
	t.Helper()
	b := tensor.Make[uint8](x.Shape()...)
	for i, v := range x.Data() {
		b.Data()[i] = uint8(v)
	}
	img, err := FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// The transform of package data does the same, but for rounding.
func TestResizeAgreesWithTransform(t *testing.T) {
	x := nntest.Values(1, 3, 13, 9)
	for i, v := range x.Data() {
		x.Data()[i] = float32(int((v + 1) * 127.5))
	}
	img := pictureOf(t, x)
	for _, size := range [][2]int{{13, 9}, {4, 5}, {30, 20}, {5, 20}} {
		h, w := size[0], size[1]
		want, err := data.Pipeline{data.Resize(h, w)}.Run(ToTensor(img, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		got := ToTensor(img, w, h)
		for i, v := range got.Data() {
			if d := v - want.Data()[i]; d > 0.5001/255 || d < -0.5001/255 {
				t.Fatalf("%dx%d: element %d is %v, want %v to within half a byte", h, w, i, v, want.Data()[i])
			}
		}
	}
}

func TestResizeEmpty(t *testing.T) {
	m := Resize(image.NewGray(image.Rect(0, 0, 0, 3)), 2, 1)
	if b := ToBytes(m, 0, 0); !b.Equal(tensor.Make[uint8](3, 1, 2)) {
		t.Errorf("an empty picture resized is %v, want black", b)
	}
}
