package image_test

import (
	"bytes"
	"fmt"
	stdimage "image"
	"image/color"
	"image/png"

	"github.com/gannet-ml/gannet/data/image"
)

func Example() {
	// A file with a red picture of 2x2 pixels.
	red := stdimage.NewRGBA(stdimage.Rect(0, 0, 2, 2))
	for i := range 4 {
		red.Set(i/2, i%2, color.RGBA{255, 51, 0, 255})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, red); err != nil {
		fmt.Println(err)
		return
	}

	img, err := image.Decode(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := image.ToTensor(img, 1, 2) // one pixel wide, two high
	fmt.Println(x.Shape(), x.Data())
	// Output: [3 2 1] [1 1 0.2 0.2 0 0]
}

func ExampleDecode_error() {
	_, err := image.Decode(bytes.NewReader([]byte("a text")))
	fmt.Println(err)
	// Output: image: not a picture, want PNG or JPEG: image: unknown format
}
