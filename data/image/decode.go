package image

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // for image.Decode
	_ "image/png"
	"io"
	"os"
)

// DefaultMaxPixels is the largest picture that is decoded by default, 64
// megapixels; it takes 256 MB, or 512 MB with 16 bits per channel.
const DefaultMaxPixels = 64 << 20

// Decoder reads pictures. Its zero value is ready to use, by many goroutines at
// once.
type Decoder struct {
	// MaxPixels is the largest product of width and height that is decoded; 0
	// means DefaultMaxPixels. A file of a few bytes can say that it has any
	// size.
	MaxPixels int
}

// Open reads a picture from a file, as a zero [Decoder] does.
func Open(path string) (image.Image, error) { return Decoder{}.Open(path) }

// Decode reads a picture, as a zero [Decoder] does.
func Decode(r io.Reader) (image.Image, error) { return Decoder{}.Decode(r) }

// Open reads a picture from a file. Errors name the file.
func (d Decoder) Open(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	defer f.Close()
	img, err := d.decode(f)
	if err != nil {
		return nil, fmt.Errorf("image: %s: %w", path, err)
	}
	return img, nil
}

// Decode reads a PNG or JPEG picture, or one of a format that the program has
// registered with the standard library's image package. Data of no such format
// gives an error that is [image.ErrFormat]. Decode does not limit how many bytes
// it reads; use [io.LimitReader] or [net/http.MaxBytesReader] on what strangers
// send.
func (d Decoder) Decode(r io.Reader) (image.Image, error) {
	img, err := d.decode(r)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	return img, nil
}

func (d Decoder) decode(r io.Reader) (image.Image, error) {
	limit := d.MaxPixels
	if limit <= 0 {
		limit = DefaultMaxPixels
	}
	var head bytes.Buffer // what was read for the size, to be read again
	source := &keeper{r: r}
	r = source
	config, format, err := image.DecodeConfig(io.TeeReader(r, &head))
	if source.err != nil {
		return nil, source.err // which package image takes for an unknown format
	}
	if err != nil {
		return nil, explain(format, err)
	}
	if w, h := config.Width, config.Height; w <= 0 || h <= 0 {
		return nil, fmt.Errorf("the picture is empty: %dx%d pixels", w, h)
	} else if w > limit/h {
		return nil, fmt.Errorf("the picture has %dx%d pixels, want at most %d", w, h, limit)
	}
	img, format, err := image.Decode(io.MultiReader(&head, r))
	if source.err != nil {
		return nil, source.err
	}
	if err != nil {
		return nil, explain(format, err)
	}
	return img, nil
}

// keeper keeps the first error of a reader, other than its end.
type keeper struct {
	r   io.Reader
	err error
}

func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if err != nil && err != io.EOF && k.err == nil {
		k.err = err
	}
	return n, err
}

// explain says what an error of the standard library means.
func explain(format string, err error) error {
	if errors.Is(err, image.ErrFormat) {
		return fmt.Errorf("not a picture, want PNG or JPEG: %w", err)
	}
	return fmt.Errorf("broken picture (%s): %w", format, err)
}
