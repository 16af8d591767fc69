package image_test

import (
	"fmt"
	stdimage "image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/image"
)

// drawing writes a black picture and returns an error if that fails.
func drawing(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, stdimage.NewGray(stdimage.Rect(0, 0, 20, 10)))
}

func ExampleFolder() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"cat/1.png", "cat/2.png", "dog/1.png"} {
		if err := drawing(filepath.Join(dir, name)); err != nil {
			fmt.Println(err)
			return
		}
	}

	ds, err := image.Folder(dir, 32, 32)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range ds.Len() {
		s, err := data.Get(ds, i)
		fmt.Println(ds.Name(i), s.X.Shape(), s.Y, err)
	}
	fmt.Println(ds.Spec().ClassNames)
	// Output:
	// cat/1.png [3 32 32] 0 <nil>
	// cat/2.png [3 32 32] 0 <nil>
	// dog/1.png [3 32 32] 1 <nil>
	// [cat dog]
}
