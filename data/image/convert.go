package image

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"github.com/gannet-ml/gannet/data/internal/planar"
	"github.com/gannet-ml/gannet/data/internal/resample"
	"github.com/gannet-ml/gannet/tensor"
)

// Resize returns a picture of w×h pixels, scaled without regard to its
// proportions, and without its transparency. Each new pixel is the mean of the
// old ones round its place with weights that fall off linearly, over one pixel
// when enlarging and over as many as there are to one new pixel when reducing:
// the bilinear Resize of torchvision with antialias, for pictures of bytes, and
// that of package data but for rounding. An empty picture becomes a black one.
// It panics if w or h is not positive.
func Resize(img image.Image, w, h int) *image.RGBA {
	if w <= 0 || h <= 0 {
		panic(fmt.Sprintf("image: Resize to %dx%d pixels", w, h))
	}
	src := opaque(img)
	if src.Rect.Dx() == w && src.Rect.Dy() == h {
		return src
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := 3; i < len(dst.Pix); i += 4 {
		dst.Pix[i] = 255
	}
	if src.Rect.Empty() {
		return dst
	}
	var s resample.Scaler
	s.Fit(resample.Bilinear, src.Rect.Dy(), src.Rect.Dx(), h, w)
	for c := range 3 {
		s.Bytes(dst.Pix[c:], src.Pix[c:], 4, src.Stride)
	}
	return dst
}

// opaque returns a copy of img with its upper left corner at (0, 0) and with the
// colours that its pixels have before transparency.
func opaque(img image.Image) *image.RGBA {
	area := img.Bounds()
	dst := image.NewRGBA(image.Rect(0, 0, area.Dx(), area.Dy()))
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		draw.Draw(dst, dst.Rect, img, area.Min, draw.Src)
		return dst
	}
	for y := range area.Dy() {
		for x := range area.Dx() {
			c := color.NRGBAModel.Convert(img.At(area.Min.X+x, area.Min.Y+y)).(color.NRGBA)
			dst.SetRGBA(x, y, color.RGBA{c.R, c.G, c.B, 255})
		}
	}
	return dst
}

// fit returns img resized to w×h pixels, or in its own size if w and h are 0.
func fit(img image.Image, w, h int) *image.RGBA {
	if w == 0 && h == 0 {
		return opaque(img)
	}
	return Resize(img, w, h)
}

// ToBytes returns img, resized as by [Resize] to w×h pixels, or in its own size
// if both are 0, as an array [3, h, w] of red, green and blue. A grey picture has
// three equal channels.
func ToBytes(img image.Image, w, h int) *tensor.Bytes {
	src := fit(img, w, h)
	w, h = src.Rect.Dx(), src.Rect.Dy()
	dst := tensor.Make[uint8](3, h, w)
	for c := range 3 {
		plane := dst.Data()[c*h*w : (c+1)*h*w]
		for i := range plane {
			plane[i] = src.Pix[4*i+c]
		}
	}
	return dst
}

// ToTensor is [ToBytes] with numbers from 0 to 1: byte / 255.
func ToTensor(img image.Image, w, h int) *tensor.Tensor { return scaled(ToBytes(img, w, h)) }

// ToGrayBytes returns img, resized like [ToBytes] does, as an array [1, h, w] of
// brightness,
//
//	0.299·red + 0.587·green + 0.114·blue
//
// as [color.GrayModel] has it and Pillow's convert("L").
func ToGrayBytes(img image.Image, w, h int) *tensor.Bytes {
	src := fit(img, w, h)
	gray := image.NewGray(src.Rect)
	draw.Draw(gray, gray.Rect, src, image.Point{}, draw.Src)
	return tensor.New(gray.Pix, 1, src.Rect.Dy(), src.Rect.Dx())
}

// ToGrayTensor is [ToGrayBytes] with numbers from 0 to 1: byte / 255.
func ToGrayTensor(img image.Image, w, h int) *tensor.Tensor { return scaled(ToGrayBytes(img, w, h)) }

func scaled(b *tensor.Bytes) *tensor.Tensor {
	t := tensor.Make[float32](b.Shape()...)
	for i, v := range b.Data() {
		t.Data()[i] = float32(v) / 255
	}
	return t
}

// FromBytes returns an array [3, H, W] of red, green and blue as a picture, or
// one of shape [1, H, W] or [H, W] as a grey picture. Other shapes are an error.
func FromBytes(b *tensor.Bytes) (image.Image, error) {
	s := b.Shape()
	if len(s) == 2 {
		s = tensor.Shape{1, s[0], s[1]}
	}
	if len(s) != 3 || s[0] != 1 && s[0] != 3 {
		return nil, fmt.Errorf("image: array of shape %v, want [3, H, W], [1, H, W] or [H, W]", b.Shape())
	}
	return planar.Image(b.Clone().Data(), s[0], s[1], s[2]), nil
}

// FromTensor is [FromBytes] for numbers from 0 to 1. They are rounded to the
// nearest of 256 steps; smaller and larger ones count as 0 and 1, NaN as 0.
func FromTensor(t *tensor.Tensor) (image.Image, error) {
	b := tensor.Make[uint8](t.Shape()...)
	for i, v := range t.Clone().Data() {
		if v > 0 { // not for NaN
			b.Data()[i] = uint8(min(v, 1)*255 + 0.5)
		}
	}
	return FromBytes(b)
}
