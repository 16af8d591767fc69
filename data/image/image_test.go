package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gannet-ml/gannet/tensor"
)

// sample returns a picture of 3×2 pixels whose corner is not at (0, 0).
func sample() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(10, 20, 13, 22))
	for y := range 2 {
		for x := range 3 {
			m.SetNRGBA(10+x, 20+y, color.NRGBA{uint8(10*x + y), uint8(100 + x), uint8(200 + y), 255})
		}
	}
	return m
}

var samplePlanes = []uint8{
	0, 10, 20,
	1, 11, 21,

	100, 101, 102,
	100, 101, 102,

	200, 200, 200,
	201, 201, 201,
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// header returns the start of a PNG that says it has w×h pixels.
func header(w, h uint32) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	chunk = append(binary.BigEndian.AppendUint32(chunk, h), 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(b, chunk...), crc32.ChecksumIEEE(chunk))
}

func TestDecode(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"whole":         bytes.NewReader(encodePNG(t, sample())),
		"byte by byte":  iotest.OneByteReader(bytes.NewReader(encodePNG(t, sample()))),
		"with an error": iotest.DataErrReader(bytes.NewReader(encodePNG(t, sample()))),
	} {
		m, err := Decode(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := ToBytes(m, 0, 0); !slices.Equal(got.Data(), samplePlanes) {
			t.Errorf("%s: %v, want %v", name, got.Data(), samplePlanes)
		}
	}
	gray := image.NewGray(image.Rect(0, 0, 16, 8))
	for i := range gray.Pix {
		gray.Pix[i] = 77
	}
	m, err := Decode(bytes.NewReader(encodeJPEG(t, gray)))
	if err != nil || m.Bounds() != gray.Rect || m.At(3, 3) != (color.Gray{77}) {
		t.Errorf("JPEG: %v, %v, want a grey picture of 16x8 pixels", m, err)
	}
}

func TestDecodeErrors(t *testing.T) {
	good := encodePNG(t, sample())
	photo := encodeJPEG(t, sample())
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"empty", nil, "not a picture, want PNG or JPEG"},
		{"text", []byte("no picture at all"), "not a picture"},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), "not a picture"}, // an Example imports GIF,
		{"PNG/signature only", good[:8], "broken picture (png)"},
		{"PNG/truncated", good[:len(good)-20], "broken picture (png)"},
		{"PNG/changed", append(slices.Clone(good[:20]), make([]byte, 40)...), "broken picture (png)"},
		{"JPEG/truncated", photo[:len(photo)-30], "broken picture (jpeg)"},
		{"JPEG/start only", photo[:3], "broken picture (jpeg)"},
		{"huge", header(1<<20, 1<<20), "the picture has 1048576x1048576 pixels, want at most 67108864"},
		{"one row too many", header(1<<13, 1<<13+1), "8192x8193 pixels"},
		{"empty picture", header(0, 5), "broken picture (png)"},
	} {
		m, err := Decode(bytes.NewReader(c.b))
		if err == nil || !strings.HasPrefix(err.Error(), "image: ") || !strings.Contains(err.Error(), c.want) || m != nil {
			t.Errorf("%s: %v, error %v, want one with %q", c.name, m, err, c.want)
		}
		if none := strings.Contains(c.want, "not a picture"); errors.Is(err, image.ErrFormat) != none {
			t.Errorf("%s: error %v is image.ErrFormat: %v, want %v", c.name, err, !none, none)
		}
	}
	broken := errors.New("broken")
	if _, err := Decode(iotest.ErrReader(broken)); err == nil {
		t.Error("no error from a reader that fails")
	}
}

func TestMaxPixels(t *testing.T) {
	b := encodePNG(t, sample())
	if _, err := (Decoder{MaxPixels: 6}).Decode(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
	if _, err := (Decoder{MaxPixels: 5}).Decode(bytes.NewReader(b)); err == nil || !strings.Contains(err.Error(), "3x2 pixels, want at most 5") {
		t.Errorf("error %v, want 3x2 pixels, want at most 5", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for name, b := range map[string][]byte{"a.png": encodePNG(t, sample()), "b.png": []byte("text")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := Open(filepath.Join(dir, "a.png")); err != nil || m.Bounds().Dx() != 3 {
		t.Errorf("Open = %v, %v, want 3 columns", m, err)
	}
	name := filepath.Join(dir, "b.png")
	_, err := Open(name)
	if want := "image: " + name + ": not a picture, want PNG or JPEG: image: unknown format"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := Open(filepath.Join(dir, "c.png")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "c.png") {
		t.Errorf("error %v, want %v with the name", err, fs.ErrNotExist)
	}
}

func TestToTensor(t *testing.T) {
	x := ToTensor(sample(), 0, 0)
	if !x.Shape().Equal(tensor.Shape{3, 2, 3}) {
		t.Fatalf("shape %v, want [3 2 3]", x.Shape())
	}
	for i, v := range x.Data() {
		if want := float32(samplePlanes[i]) / 255; v != want {
			t.Errorf("element %d = %v, want %v", i, v, want)
		}
	}
	if got := ToTensor(sample(), 5, 4).Shape(); !got.Equal(tensor.Shape{3, 4, 5}) {
		t.Errorf("resized: shape %v, want [3 4 5]", got)
	}
}

// Every kind of picture gives the same bytes.
func TestPictureKinds(t *testing.T) {
	src := sample()
	half := image.NewNRGBA(src.Rect)
	paletted := image.NewPaletted(src.Rect, nil)
	wide := image.NewNRGBA64(src.Rect)
	rgba := image.NewRGBA(src.Rect)
	for y := src.Rect.Min.Y; y < src.Rect.Max.Y; y++ {
		for x := src.Rect.Min.X; x < src.Rect.Max.X; x++ {
			c := src.NRGBAAt(x, y)
			rgba.Set(x, y, c)
			wide.Set(x, y, c)
			paletted.Palette = append(paletted.Palette, c)
			paletted.SetColorIndex(x, y, uint8(len(paletted.Palette)-1))
			c.A = 0 // the colour counts even then
			half.SetNRGBA(x, y, c)
		}
	}
	for name, m := range map[string]image.Image{"RGBA": rgba, "NRGBA64": wide, "Paletted": paletted, "NRGBA": src} {
		if got := ToBytes(m, 0, 0).Data(); !slices.Equal(got, samplePlanes) {
			t.Errorf("%s: %v, want %v", name, got, samplePlanes)
		}
	}
	// Fully transparent pixels have no colour in a model of premultiplied ones;
	// half transparent ones keep theirs, but for rounding.
	for i := 3; i < len(half.Pix); i += 4 {
		half.Pix[i] = 128
	}
	for i, v := range ToBytes(half, 0, 0).Data() {
		if d := int(v) - int(samplePlanes[i]); d < -1 || d > 1 {
			t.Errorf("half transparent: element %d = %d, want %d", i, v, samplePlanes[i])
		}
	}
}

func TestResize(t *testing.T) {
	gray := func(w int, pix ...uint8) *image.Gray {
		return &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, len(pix)/w)}
	}
	for _, c := range []struct {
		name string
		in   image.Image
		w, h int
		want []uint8
	}{
		{"same", gray(2, 1, 2, 3, 4), 2, 2, []uint8{1, 2, 3, 4}},
		{"constant", gray(2, 9, 9, 9, 9), 3, 5, slices.Repeat([]uint8{9}, 15)},
		// Twice as large: weights 3/4 and 1/4 between neighbours.
		{"enlarged", gray(2, 0, 100), 4, 1, []uint8{0, 25, 75, 100}},
		// Half as large: weights 1, 3, 3, 1 over eight, cut off at the edge to
		// 3, 3, 1 over seven; without antialias it would be 40 and 80.
		{"reduced", gray(4, 0, 0, 80, 160), 2, 1, []uint8{80 / 7, (80*3 + 160*3) / 7}},
	} {
		got := ToGrayBytes(Resize(c.in, c.w, c.h), 0, 0).Data()
		for i, v := range got {
			if d := int(v) - int(c.want[i]); len(got) != len(c.want) || d < -1 || d > 1 {
				t.Errorf("%s: %v, want %v to within 1", c.name, got, c.want)
				break
			}
		}
	}
	for _, size := range [][2]int{{0, 1}, {1, 0}, {-1, 5}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Resize to %v does not panic", size)
				}
			}()
			Resize(sample(), size[0], size[1])
		}()
	}
}

func TestGray(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 4, 1))
	for x, c := range []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {50, 50, 50, 255}} {
		m.SetRGBA(x, 0, c)
	}
	b := ToGrayBytes(m, 0, 0)
	if want := []uint8{76, 150, 29, 50}; !slices.Equal(b.Data(), want) || !b.Shape().Equal(tensor.Shape{1, 1, 4}) {
		t.Errorf("ToGrayBytes = %v %v, want [1 1 4] %v", b.Shape(), b.Data(), want)
	}
	if v := ToGrayTensor(m, 0, 0).Data()[3]; v != 50./255 {
		t.Errorf("ToGrayTensor = %v, want %v", v, 50./255)
	}
	// A grey picture in three channels.
	g := &image.Gray{Pix: []uint8{7, 8}, Stride: 2, Rect: image.Rect(0, 0, 2, 1)}
	if got, want := ToBytes(g, 0, 0).Data(), []uint8{7, 8, 7, 8, 7, 8}; !slices.Equal(got, want) {
		t.Errorf("ToBytes of grey = %v, want %v", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, shape := range [][]int{{3, 4, 5}, {1, 4, 5}, {4, 5}} {
		b := tensor.Make[uint8](shape...)
		for i := range b.Data() {
			b.Data()[i] = uint8(37 * i)
		}
		m, err := FromBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		back := ToBytes(m, 0, 0)
		if shape[0] != 3 {
			back = ToGrayBytes(m, 0, 0)
		}
		if !slices.Equal(back.Data(), b.Data()) {
			t.Errorf("shape %v: bytes come back as %v, want %v", shape, back.Data(), b.Data())
		}
		same, err := FromTensor(scaled(b))
		if err != nil || fmt.Sprint(same) != fmt.Sprint(m) {
			t.Errorf("shape %v: FromTensor = %v, %v, want %v", shape, same, err, m)
		}
	}
}

func TestFromTensor(t *testing.T) {
	nan := float32(math.NaN())
	m, err := FromTensor(tensor.New([]float32{-1, 0.4 / 255, 0.6 / 255, nan, 1, 2}, 1, 6))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.(*image.Gray).Pix, []uint8{0, 0, 1, 0, 255, 255}; !slices.Equal(got, want) {
		t.Errorf("pixels %v, want %v", got, want)
	}
	// A strided view.
	m, err = FromTensor(tensor.New([]float32{0, 1, 1, 0, 1, 0}, 2, 3).Transpose(0, 1))
	if err != nil || !slices.Equal(m.(*image.Gray).Pix, []uint8{0, 0, 255, 255, 255, 0}) {
		t.Errorf("transposed: %v, %v", m, err)
	}
	for _, shape := range [][]int{{2, 4, 4}, {4}, {1, 3, 4, 4}, {}} {
		if _, err := FromTensor(tensor.Make[float32](shape...)); err == nil || !strings.Contains(err.Error(), "want [3, H, W]") {
			t.Errorf("shape %v: error %v", shape, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encodePNG(f, sample()))
	f.Add(encodeJPEG(f, sample()))
	f.Add(header(1<<20, 1<<20))
	f.Add([]byte("text"))
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decoder{MaxPixels: limit}.Decode(bytes.NewReader(b))
		if err != nil {
			return
		}
		size := m.Bounds().Size()
		if size.X <= 0 || size.Y <= 0 || size.X*size.Y > limit {
			t.Fatalf("decoded %v pixels", size)
		}
		if x := ToTensor(m, 0, 0); !x.Shape().Equal(tensor.Shape{3, size.Y, size.X}) {
			t.Fatalf("tensor of shape %v for %v pixels", x.Shape(), size)
		}
		if x := ToTensor(m, 4, 3); x.Len() != 36 {
			t.Fatalf("resized to %v", x.Shape())
		}
	})
}
