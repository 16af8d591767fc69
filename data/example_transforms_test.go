package data_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// single returns a data set of one picture.
func single(x *tensor.Tensor) data.Dataset {
	return data.Tensors(x.Unsqueeze(0), tensor.New([]int{0}, 1))
}

// epochs prints what a random transform makes of a picture in three epochs.
func epochs(x *tensor.Tensor, t data.Transform) {
	ds := data.Map(single(x), t)
	if err := ds.Spec().Err; err != nil {
		fmt.Println(err)
		return
	}
	s := data.NewSample(ds.Spec())
	s.Seed = 1
	for s.Epoch = range 3 {
		if err := ds.Read(0, s); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.2f\n", s.X.Data())
	}
}

func ExampleFlatten() {
	x, err := data.Pipeline{data.Flatten()}.Run(digits(2, 3))
	fmt.Println(x.Shape(), err)
	// Output: [6] <nil>
}

func ExamplePadToMultiple() {
	x, err := data.Pipeline{data.PadToMultiple(4)}.Run(digits(1, 3))
	fmt.Println(x, err)
	// Output:
	// [[[0.  0.1 0.2 0. ]
	//   [0.  0.  0.  0. ]
	//   [0.  0.  0.  0. ]
	//   [0.  0.  0.  0. ]]] <nil>
}

// Pictures of any proportions become squares without being distorted.
func ExampleResizeShorter() {
	preprocess := data.Pipeline{data.ResizeShorter(256), data.CenterCrop(224)}
	for _, size := range []tensor.Shape{{3, 300, 400}, {3, 1024, 768}} {
		between, err := preprocess[0].Shape(size)
		fmt.Println(between, err)
		after, err := preprocess.Shape(size)
		fmt.Println(after, err)
	}
	// Output:
	// [3 256 341] <nil>
	// [3 224 224] <nil>
	// [3 341 256] <nil>
	// [3 224 224] <nil>
}

// A quarter of the pixels, in a square.
func ExampleRandomResizedCrop() {
	epochs(digits(4, 4), data.RandomResizedCrop(2, data.Scale(0.25, 0.25), data.Ratio(1, 1)))
	// Output:
	// [0.90 0.00 0.30 0.40]
	// [0.10 0.20 0.50 0.60]
	// [0.00 0.10 0.40 0.50]
}

func ExampleRandomAffine() {
	t := data.RandomAffine(10, data.Translate(0.1, 0.1), data.Scale(0.8, 1.2), data.Shear(5, 0), data.Bilinear)
	epochs(digits(2, 3), t)
	// Output:
	// [0.00 0.08 0.10 0.15 0.32 0.22]
	// [0.03 0.11 0.20 0.30 0.39 0.47]
	// [0.00 0.11 0.20 0.26 0.39 0.45]
}

// A row is moved to the left or right by at most two of its four pixels.
func ExampleTranslate() {
	epochs(tensor.New([]float32{1, 2, 3, 4}, 1, 1, 4), data.RandomAffine(0, data.Translate(0.5, 0)))
	// Output:
	// [2.00 3.00 4.00 0.00]
	// [1.00 2.00 3.00 4.00]
	// [1.00 2.00 3.00 4.00]
}

// The columns are slanted, rows stay rows.
func ExampleShear() {
	column := tensor.New([]float32{0, 1, 0, 0, 1, 0, 0, 1, 0}, 1, 3, 3)
	epochs(column, data.RandomAffine(0, data.Shear(45, 0), data.Bilinear))
	// Output:
	// [0.00 0.73 0.27 0.00 1.00 0.00 0.27 0.73 0.00]
	// [0.00 0.80 0.20 0.00 1.00 0.00 0.20 0.80 0.00]
	// [0.36 0.64 0.00 0.00 1.00 0.00 0.00 0.64 0.36]
}

func ExampleFill() {
	white := data.Fill(1)
	epochs(tensor.Make[float32](1, 1, 4), data.RandomAffine(0, data.Translate(0.5, 0), white))
	_, err := data.RandomAffine(0, data.Fill(1, 0)).Shape(tensor.Shape{3, 8, 8})
	fmt.Println(err)
	// Output:
	// [0.00 0.00 0.00 1.00]
	// [0.00 0.00 0.00 0.00]
	// [0.00 0.00 0.00 0.00]
	// RandomAffine: fill of 2 values for 3 channels
}

// A square of four of the 25 pixels.
func ExampleRatio() {
	t := data.RandomErasing(1, data.Scale(0.16, 0.16), data.Ratio(1, 1), data.Fill(1))
	x, err := data.Pipeline{t}.Run(tensor.Make[float32](1, 5, 5))
	fmt.Println(x, err)
	// Output:
	// [[[0. 0. 0. 0. 0.]
	//   [1. 1. 0. 0. 0.]
	//   [1. 1. 0. 0. 0.]
	//   [0. 0. 0. 0. 0.]
	//   [0. 0. 0. 0. 0.]]] <nil>
}

func ExampleNoise() {
	epochs(tensor.Make[float32](1, 2, 3), data.RandomErasing(1, data.Scale(0.2, 0.4), data.Noise))
	// Output:
	// [0.00 -1.82 0.00 0.00 0.00 0.00]
	// [0.00 0.00 0.00 0.00 -0.17 -1.26]
	// [0.00 -1.24 -0.71 0.00 0.00 0.00]
}

func ExampleRandomChoice() {
	t := data.RandomChoice(
		data.RandomHorizontalFlip(1),
		data.Pipeline{data.RandomHorizontalFlip(1), data.RandomVerticalFlip(1)})
	epochs(digits(2, 2), t)
	// Output:
	// [0.10 0.00 0.30 0.20]
	// [0.30 0.20 0.10 0.00]
	// [0.10 0.00 0.30 0.20]
}

func ExampleRandomGrayscale() {
	red := tensor.New([]float32{1, 0, 0}, 3, 1, 1)
	epochs(red, data.RandomGrayscale(0.5))
	// Output:
	// [0.30 0.30 0.30]
	// [1.00 0.00 0.00]
	// [0.30 0.30 0.30]
}

// It has nothing to be tuned.
func ExampleTrivialAugmentWide() {
	epochs(digits(2, 3), data.TrivialAugmentWide())
	// Output:
	// [0.00 0.19 0.38 0.58 0.77 0.96]
	// [0.00 0.10 0.20 0.30 0.40 0.50]
	// [0.00 0.10 0.20 0.30 0.40 0.50]
}

func ExampleMeanStd() {
	pixels := tensor.New([]uint8{0, 51, 102, 255, 204, 153, 0, 255}, 2, 2, 1, 2) // of two channels
	ds := data.Images(pixels, tensor.New([]int{0, 1}, 2), nil)
	mean, std, err := data.MeanStd(ds)
	fmt.Printf("%.3f %.3f %v\n", mean, std, err)

	_, std, err = data.MeanStd(data.Map(ds, data.Normalize(mean, std)))
	fmt.Printf("%.3f %v\n", std, err)
	// Output:
	// [0.400 0.600] [0.316 0.424] <nil>
	// [1.000 1.000] <nil>
}
