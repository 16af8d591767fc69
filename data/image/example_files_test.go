package image_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	stdimage "image"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/image"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "picture.png")
	if err := drawing(path); err != nil {
		fmt.Println(err)
		return
	}

	img, err := image.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds().Size())
	// Output: (20,10)
}

// A server says how large a picture it takes; larger ones cost it nothing.
func ExampleDecoder() {
	var request bytes.Buffer
	if err := png.Encode(&request, stdimage.NewGray(stdimage.Rect(0, 0, 300, 200))); err != nil {
		fmt.Println(err)
		return
	}
	decoder := image.Decoder{MaxPixels: 100 * 100}
	_, err := decoder.Decode(&request)
	fmt.Println(err)
	// Output: image: the picture has 300x200 pixels, want at most 10000
}

func ExampleDecoder_Open() {
	decoder := image.Decoder{MaxPixels: 100 * 100}
	_, err := decoder.Open(filepath.Join(os.TempDir(), "no", "such", "picture.png"))
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}

// Grey samples from files of another format, of which image/gif is imported.
func ExampleExtensions() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	var file bytes.Buffer
	err = gif.Encode(&file, redBlue(), nil)
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "flag"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "flag", "1.GIF"), file.Bytes(), 0o644)
	}
	if err != nil {
		fmt.Println(err)
		return
	}

	ds, err := image.Folder(dir, 2, 1, image.Gray(), image.Extensions(".gif"))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := data.Get(ds, 0)
	fmt.Println(ds.Name(0), s.X.Shape(), err)
	// Output: flag/1.GIF [1 1 2] <nil>
}

// Before training for hours: is there a picture that cannot be decoded?
func ExampleFolderSet_Check() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	err = drawing(filepath.Join(dir, "cat", "1.png"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "cat", "2.png"), []byte("a text"), 0o644)
	}
	if err != nil {
		fmt.Println(err)
		return
	}

	ds, err := image.Folder(dir, 32, 32)
	if err != nil {
		fmt.Println(err)
		return
	}
	img, err := ds.At(0) // as it is in its file
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds().Size())
	err = ds.Check(context.Background())
	fmt.Println(strings.ReplaceAll(filepath.ToSlash(err.Error()), filepath.ToSlash(dir), "photos"))
	// Output:
	// (20,10)
	// image: photos/cat/2.png: not a picture, want PNG or JPEG: image: unknown format
}
