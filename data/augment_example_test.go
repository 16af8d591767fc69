package data_test

import (
	"encoding/json"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// digits returns a picture [1, h, w] of the numbers 0, 0.1, 0.2, … up to 0.9.
func digits(h, w int) *tensor.Tensor {
	x := tensor.Make[float32](1, h, w)
	for i := range x.Data() {
		x.Data()[i] = float32(i%10) / 10
	}
	return x
}

// What was trained with is kept as text, and applied to a picture of any size.
func ExamplePipeline() {
	preprocess := data.Pipeline{
		data.Resize(2, 3),
		data.Normalize([]float32{0.5}, []float32{0.5}),
	}
	text, err := json.Marshal(preprocess)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))

	var again data.Pipeline
	if err := json.Unmarshal(text, &again); err != nil {
		fmt.Println(err)
		return
	}
	x, err := again.Run(digits(5, 6))
	fmt.Printf("%v %.2f %v\n", x.Shape(), x.Data(), err)
	// Output:
	// [{"type":"Resize","settings":{"height":2,"width":3,"interpolation":"bilinear"}},{"type":"Normalize","settings":{"mean":[0.5],"std":[0.5]}}]
	// [1 2 3] [-0.22 -0.03 -0.28 0.08 -0.17 0.02] <nil>
}

// A file can say anything; what it says is checked.
func ExamplePipeline_error() {
	var p data.Pipeline
	fmt.Println(json.Unmarshal([]byte(`[{"type":"RandomErasing","settings":{"p":1.5}}]`), &p))
	fmt.Println(json.Unmarshal([]byte(`[{"type":"Resize","settings":{"height":32,"wdith":32}}]`), &p))
	// Output:
	// data: Pipeline: transform 0: RandomErasing: p is 1.5, want 0 to 1
	// data: Pipeline: transform 0: Resize: json: unknown field "wdith"
}

// scale multiplies by a factor. So that files can contain it, a program calls
// data.RegisterTransform while it starts, in an init function.
type scale struct {
	Factor float32 `json:"factor"`
}

func (s scale) Shape(in tensor.Shape) (tensor.Shape, error) { return in, nil }

func (s scale) Apply(dst, src *tensor.Tensor, _ *data.Rand) error {
	for i, v := range src.Data() {
		dst.Data()[i] = s.Factor * v
	}
	return nil
}

func init() { data.RegisterTransform("example.Scale", scale{}) }

func ExampleRegisterTransform() {
	text, err := json.Marshal(data.Pipeline{scale{3}})
	fmt.Println(string(text), err)
	// Output: [{"type":"example.Scale","settings":{"factor":3}}] <nil>
}

// The usual training pictures of CIFAR-10, with stronger augmentation.
func ExampleRandAugment() {
	pictures := data.Images(tensor.Make[uint8](4, 3, 32, 32), tensor.New([]int{0, 1, 0, 1}, 4), nil)
	train := data.Map(pictures,
		data.RandomCrop(32, 4),
		data.RandomHorizontalFlip(0.5),
		data.RandAugment(2, 9),
		data.Normalize([]float32{0.5}, []float32{0.5}),
		data.RandomErasing(0.25, data.Scale(0.02, 0.2)))
	train = data.MixUp(train, 0.2)
	fmt.Println(train.Spec().X, train.Spec().Y, train.Spec().Err)
	// Output: [3 32 32] [2] <nil>
}

func ExampleResize() {
	for _, t := range []data.Transform{data.Resize(1, 3), data.Resize(1, 3, data.Bicubic), data.Resize(1, 3, data.Nearest)} {
		x, err := data.Pipeline{t}.Run(digits(1, 10))
		fmt.Printf("%.3f %v\n", x.Data(), err)
	}
	// Output:
	// [0.149 0.450 0.751] <nil>
	// [0.124 0.450 0.776] <nil>
	// [0.000 0.300 0.600] <nil>
}

func ExampleRandomApply() {
	t := data.RandomApply(1, data.RandomVerticalFlip(1), data.RandomRotation(0, data.Bilinear))
	x, err := data.Pipeline{t}.Run(digits(2, 3))
	fmt.Printf("%.1f %v\n", x.Data(), err)
	// Output: [0.3 0.4 0.5 0.0 0.1 0.2] <nil>
}

func ExampleColorJitter() {
	_, err := data.Pipeline{data.ColorJitter(0.4, 0.4, 0.4, 0.6)}.Run(digits(2, 3))
	fmt.Println(err)
	// Output: data: Pipeline: transform 0: ColorJitter: hue is 0.6, want 0 to 0.5
}

func ExampleGrayscale() {
	red := tensor.New([]float32{1, 0, 0}, 3, 1, 1)
	x, err := data.Pipeline{data.Grayscale(1)}.Run(red)
	fmt.Println(x.Shape(), x.Data(), err)
	// Output: [1 1 1] [0.2989] <nil>
}

func ExampleGaussianBlur() {
	x, err := data.Pipeline{data.GaussianBlur(3, 1, 1)}.Run(tensor.New([]float32{0, 0, 0, 0, 1, 0, 0, 0, 0}, 1, 3, 3))
	fmt.Printf("%.3f %v\n", x.Data(), err)
	// Output: [0.300 0.248 0.300 0.248 0.204 0.248 0.300 0.248 0.300] <nil>
}

// Seeded: what is chosen depends on seed, epoch and sample.
func ExampleRandomErasing() {
	x := tensor.Full[float32](1, 1, 1, 4, 6)
	ds := data.Map(data.Tensors(x, tensor.New([]int{0}, 1)), data.RandomErasing(1))
	s := data.NewSample(ds.Spec())
	s.Seed, s.Epoch = 1, 3
	if err := ds.Read(0, s); err != nil {
		fmt.Println(err)
		return
	}
	for i := range 4 {
		fmt.Println(s.X.Data()[6*i : 6*i+6])
	}
	// Output:
	// [1 1 1 1 0 0]
	// [1 1 1 1 0 0]
	// [1 1 1 1 0 0]
	// [1 1 1 1 1 1]
}

func ExampleMixUp() {
	x := tensor.New([]float32{0, 1}, 2, 1)
	ds := data.MixUp(data.Tensors(x, tensor.New([]int{0, 1}, 2)), 1)
	s := data.NewSample(ds.Spec())
	s.Seed, s.Epoch = 1, 1
	if err := ds.Read(0, s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", s.X.Data(), s.Y.(*tensor.Tensor).Data())
	// Output: [0.61] [0.39 0.61]
}

func ExampleCutMix() {
	x := tensor.Make[float32](2, 1, 4, 6)
	for i := range 24 {
		x.Data()[24+i] = 1 // the second picture is white
	}
	ds := data.CutMix(data.Tensors(x, tensor.New([]int{0, 1}, 2)), 1)
	s := data.NewSample(ds.Spec())
	s.Seed, s.Epoch = 1, 7
	if err := ds.Read(0, s); err != nil {
		fmt.Println(err)
		return
	}
	for i := range 4 {
		fmt.Println(s.X.Data()[6*i : 6*i+6])
	}
	fmt.Printf("%.2f\n", s.Y.(*tensor.Tensor).Data())
	// Output:
	// [0 0 0 0 0 0]
	// [0 0 0 0 0 0]
	// [1 1 0 0 0 0]
	// [1 1 0 0 0 0]
	// [0.83 0.17]
}
