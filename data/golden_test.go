package data

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// deterministic are transforms that leave nothing to chance.
var deterministic = map[string]func(c *nntest.GoldenCase) Transform{
	"Resize": func(c *nntest.GoldenCase) Transform {
		return Resize(c.Int("height", 0), c.Int("width", 0), interpolationOf(c))
	},
	"ResizeShorter": func(c *nntest.GoldenCase) Transform { return ResizeShorter(c.Int("size", 0)) },
	"Grayscale":     func(c *nntest.GoldenCase) Transform { return Grayscale(c.Int("channels", 0)) },
	"GaussianBlur": func(c *nntest.GoldenCase) Transform {
		return GaussianBlur(c.Int("size", 0), c.Float("sigma", 0), c.Float("sigma", 0))
	},
}

func interpolationOf(c *nntest.GoldenCase) TransformOption {
	return map[string]TransformOption{"nearest": Nearest, "bilinear": Bilinear, "bicubic": Bicubic}[c.String("interpolation")]
}

// wholeOf names the transforms that parts are tested for.
var wholeOf = map[string]string{
	"Brightness": "ColorJitter/", "Contrast": "ColorJitter/", "Saturation": "ColorJitter/", "Hue": "ColorJitter/",
	"Sharpness": "RandAugment/", "AutoContrast": "RandAugment/", "Equalize": "RandAugment/",
}

// inPlace are the parts of random transforms that change a picture where it is.
var inPlace = map[string]func(c *nntest.GoldenCase, x *tensor.Tensor){
	"Brightness":   func(c *nntest.GoldenCase, x *tensor.Tensor) { adjustBrightness(x, float32(c.Float("factor", 0))) },
	"Contrast":     func(c *nntest.GoldenCase, x *tensor.Tensor) { adjustContrast(x, float32(c.Float("factor", 0))) },
	"Saturation":   func(c *nntest.GoldenCase, x *tensor.Tensor) { adjustSaturation(x, float32(c.Float("factor", 0))) },
	"Sharpness":    func(c *nntest.GoldenCase, x *tensor.Tensor) { adjustSharpness(x, float32(c.Float("factor", 0))) },
	"Hue":          func(c *nntest.GoldenCase, x *tensor.Tensor) { adjustHue(x, float32(c.Float("factor", 0))) },
	"AutoContrast": func(_ *nntest.GoldenCase, x *tensor.Tensor) { stretchContrast(x) },
	"Equalize":     func(_ *nntest.GoldenCase, x *tensor.Tensor) { equalizeBytes(x) },
	"RandomErasing": func(c *nntest.GoldenCase, x *tensor.Tensor) {
		t := RandomErasing(1, Fill(float32(c.Float("a", 0)), float32(c.Float("b", 0)))).(*randomErasing)
		t.erase(x, areaOf(c), nil)
	},
}

func areaOf(c *nntest.GoldenCase) area {
	return area{c.Int("top", 0), c.Int("left", 0), c.Int("h", 0), c.Int("w", 0)}
}

// moved are the parts of random transforms that write their result elsewhere.
var moved = map[string]func(c *nntest.GoldenCase, x *tensor.Tensor) *tensor.Tensor{
	"RandomResizedCrop": func(c *nntest.GoldenCase, x *tensor.Tensor) *tensor.Tensor {
		y := tensor.Make[float32](x.Dim(0), c.Int("size", 0), c.Int("size", 0))
		scale(y, x, bilinear, areaOf(c))
		return y
	},
	"RandomRotation": func(c *nntest.GoldenCase, x *tensor.Tensor) *tensor.Tensor {
		return move(c, x, movement{angle: -c.Float("angle", 0), scale: 1})
	},
	"RandomAffine": func(c *nntest.GoldenCase, x *tensor.Tensor) *tensor.Tensor {
		return move(c, x, movement{
			angle: c.Float("angle", 0), moveX: c.Float("move_x", 0), moveY: c.Float("move_y", 0), scale: c.Float("scale", 0),
			shearX: math.Tan(radians(c.Float("shear_x", 0))), shearY: math.Tan(radians(c.Float("shear_y", 0))),
		})
	},
	"RandAugment": func(c *nntest.GoldenCase, x *tensor.Tensor) *tensor.Tensor {
		return augmented1(c, x, randReach(x.Dim(-2), x.Dim(-1)))
	},
	"TrivialAugmentWide": func(c *nntest.GoldenCase, x *tensor.Tensor) *tensor.Tensor {
		return augmented1(c, x, wideReach)
	},
}

func move(c *nntest.GoldenCase, x *tensor.Tensor, m movement) *tensor.Tensor {
	y := tensor.Make[float32](x.Shape()...)
	m.apply(y, x, interpolation(c.String("interpolation")), []float32{float32(c.Float("fill", 0))})
	return y
}

// augmented1 applies one operation of RandAugment.
func augmented1(c *nntest.GoldenCase, x *tensor.Tensor, limits reach) *tensor.Tensor {
	op := operation(c.Int("operation", 0))
	amount, _ := limits.amount(op, c.Int("magnitude", 0))
	y := tensor.Make[float32](x.Shape()...)
	a := augmenter{y, x, nearest, nil}
	if i := c.String("interpolation"); i != "" {
		a.interpolation = interpolation(i)
	}
	a.apply(op, amount*c.Float("sign", 1))
	a.finish(y)
	return y
}

// What random transforms do, once they have chosen, is what torchvision does.
func TestGoldenTransforms(t *testing.T) {
	golden := nntest.GoldenFile{Path: "testdata/transforms.json", Tolerance: 1e-5, Name: func(c *nntest.GoldenCase) string {
		return wholeOf[c.Op] + c.Name
	}}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		in := x[0].Data().Clone()
		var out *tensor.Tensor
		if f := deterministic[c.Op]; f != nil {
			var err error
			if out, err = (Pipeline{f(c)}).Run(in); err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
		} else if f := inPlace[c.Op]; f != nil {
			f(c, in)
			out = in
		} else if f := moved[c.Op]; f != nil {
			out = f(c, in)
		} else {
			t.Fatalf("%s: the test knows no %s", c.Name, c.Op)
		}
		return []*grad.Var{x[0].Tape().Const(out)}
	})
}
