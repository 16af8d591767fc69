package image_test

import (
	"fmt"
	stdimage "image"
	"image/color"

	"github.com/gannet-ml/gannet/data/image"
	"github.com/gannet-ml/gannet/tensor"
)

// redBlue returns a picture of a red and a blue pixel.
func redBlue() stdimage.Image {
	img := stdimage.NewRGBA(stdimage.Rect(0, 0, 2, 1))
	img.Set(0, 0, color.RGBA{R: 255, A: 255})
	img.Set(1, 0, color.RGBA{B: 255, A: 255})
	return img
}

func ExampleResize() {
	small := image.Resize(redBlue(), 1, 1)
	fmt.Println(small.Bounds().Size(), small.At(0, 0))
	// Output: (1,1) {128 0 128 255}
}

// 0, 0 keeps the size.
func ExampleToBytes() {
	x := image.ToBytes(redBlue(), 0, 0)
	fmt.Println(x.Shape(), x.Data())
	// Output: [3 1 2] [255 0 0 0 0 255]
}

func ExampleToTensor() {
	x := image.ToTensor(redBlue(), 4, 2)
	fmt.Println(x.Shape())
	fmt.Printf("%.2f\n", x.Data()[:4]) // the first row of red
	// Output:
	// [3 2 4]
	// [1.00 0.75 0.25 0.00]
}

func ExampleToGrayBytes() {
	x := image.ToGrayBytes(redBlue(), 0, 0)
	fmt.Println(x.Shape(), x.Data())
	// Output: [1 1 2] [76 29]
}

func ExampleToGrayTensor() {
	x := image.ToGrayTensor(redBlue(), 0, 0)
	fmt.Println(x.Shape())
	fmt.Printf("%.3f\n", x.Data())
	// Output:
	// [1 1 2]
	// [0.298 0.114]
}

func ExampleFromBytes() {
	img, err := image.FromBytes(tensor.New([]uint8{255, 0, 0, 0, 0, 255}, 3, 1, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds().Size(), img.At(0, 0), img.At(1, 0))

	_, err = image.FromBytes(tensor.Make[uint8](2, 8, 8))
	fmt.Println(err)
	// Output:
	// (2,1) {255 0 0 255} {0 0 255 255}
	// image: array of shape [2 8 8], want [3, H, W], [1, H, W] or [H, W]
}

// What lies outside of 0 to 1 counts as its nearest end.
func ExampleFromTensor() {
	img, err := image.FromTensor(tensor.New([]float32{-0.5, 0.5, 1.5}, 1, 3))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.At(0, 0), img.At(1, 0), img.At(2, 0))
	// Output: {0} {128} {255}
}
