package image

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// filled returns a picture of one colour.
func filled(w, h int, c color.Color) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	return m
}

// tree writes files to a new folder.
func tree(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func allNames(s *FolderSet) (names []string) {
	for i := range s.Len() {
		names = append(names, s.Name(i))
	}
	return names
}

func TestFolder(t *testing.T) {
	red, green := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}
	dir := tree(t, map[string][]byte{
		"cat/1.png":      encodePNG(t, filled(7, 5, red)),
		"dog/1.JPG":      encodeJPEG(t, filled(16, 16, color.Gray{51})),
		"dog/more/0.png": encodePNG(t, filled(2, 3, green)),
	})
	s, err := Folder(dir, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if spec := s.Spec(); spec.Err != nil || !spec.X.Equal(tensor.Shape{3, 3, 4}) || len(spec.Y) != 0 || spec.Classes != 2 || !slices.Equal(spec.ClassNames, []string{"cat", "dog"}) {
		t.Errorf("Spec() = %+v", spec)
	}
	gray, err := Folder(dir, 1, 1, Gray())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name  string
		label int
		pixel [3]float32
		gray  float32
	}{
		{"cat/1.png", 0, [3]float32{1, 0, 0}, 76. / 255},
		{"dog/1.JPG", 1, [3]float32{0.2, 0.2, 0.2}, 0.2},
		{"dog/more/0.png", 1, [3]float32{0, 1, 0}, 150. / 255},
	} {
		sample, err := data.Get(s, i)
		if err != nil {
			t.Fatal(err)
		}
		for c, v := range want.pixel {
			for _, got := range sample.X.Data()[12*c : 12*c+12] {
				if got != v {
					t.Errorf("%s: channel %d = %v, want %v", want.name, c, got, v)
				}
			}
		}
		if label, err := data.Label(s, i); label != want.label || err != nil || sample.Y.(*tensor.Ints).Item() != label || s.Name(i) != want.name {
			t.Errorf("picture %d is %s of class %d, %v, want %s of class %d", i, s.Name(i), label, err, want.name, want.label)
		}
		if sample, err := data.Get(gray, i); err != nil || sample.X.Len() != 1 || sample.X.Item() != want.gray {
			t.Errorf("%s: grey %v, %v, want %v", want.name, sample.X, err, want.gray)
		}
	}
	if m, err := s.At(0); err != nil || m.Bounds().Dx() != 7 {
		t.Errorf("At(0) = %v, %v, want 7 columns", m, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFolderGolden(t *testing.T) { t.Run("Golden/Folder", goldenFolder) }

func goldenFolder(t *testing.T) {
	text, err := os.ReadFile("testdata/folder.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Files   []string
		Classes []string
		Samples [][2]any
	}
	if err := json.Unmarshal(text, &want); err != nil || len(want.Files) == 0 {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range want.Files {
		files[name] = nil
	}
	dir := tree(t, files)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 {
		t.Skip("the file system does not tell upper and lower case apart")
	}
	s, err := Folder(dir, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Spec().ClassNames, want.Classes) || s.Len() != len(want.Samples) {
		t.Errorf("classes %v, %d pictures, want %v, %d", s.Spec().ClassNames, s.Len(), want.Classes, len(want.Samples))
	}
	for i, w := range want.Samples {
		if label, err := s.Label(i); err != nil || s.Name(i) != w[0] || float64(label) != w[1] {
			t.Errorf("picture %d is %s of class %d, want %v", i, s.Name(i), label, w)
		}
	}
}

func TestFolderRules(t *testing.T) {
	dir := tree(t, map[string][]byte{
		"a/1.png": nil, "a/._1.png": nil, "a/.hidden/2.png": nil, "a/3.gif": nil, "a/b.png/4.png": nil, "a/readme": nil,
		".git/5.png": nil, "elsewhere.png": nil,
	})
	other := tree(t, map[string][]byte{"6.png": nil, "sub/7.png": nil})
	if os.Symlink(filepath.Join(other, "6.png"), filepath.Join(dir, "a", "link.png")) == nil {
		for link, to := range map[string]string{
			"b":                 other,                               // a class
			"a/folder.png":      other,                               // below one
			"a/round":           filepath.Join(dir, "a"),             // in a circle
			"a/dangling.png":    filepath.Join(other, "nothing.png"), // nowhere
			"dangling":          filepath.Join(other, "nothing"),
			"a/unnamed-picture": filepath.Join(other, "6.png"),
		} {
			if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Folder(dir, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := allNames(s), []string{"a/1.png", "a/dangling.png", "a/link.png", "a/b.png/4.png", "b/6.png", "b/sub/7.png"}; !slices.Equal(got, want) {
			t.Errorf("pictures %q, want %q", got, want)
		}
		if _, err := data.Get(s, 1); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("dangling link: error %v, want %v", err, fs.ErrNotExist)
		}
	}
	s, err := Folder(dir, 1, 1, Extensions(".GIF"))
	if err == nil { // b has no such picture where links work
		if got := allNames(s); !slices.Equal(got, []string{"a/3.gif"}) {
			t.Errorf("pictures %q, want a/3.gif", got)
		}
	} else if want := filepath.Join(dir, "b") + ": has no pictures, want names that end in .GIF"; !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestFolderErrors(t *testing.T) {
	dir := tree(t, map[string][]byte{"a/1.png": nil, "b/readme.txt": nil})
	for _, c := range []struct {
		dir  string
		w, h int
		want string
	}{
		{dir, 0, 4, "image: Folder: size is 0x4 pixels, want at least 1x1"},
		{dir, 4, -1, "size is 4x-1 pixels"},
		{dir, math.MaxInt, math.MaxInt, "too many elements"},
		{dir, 4, 4, "image: Folder: " + filepath.Join(dir, "b") + ": has no pictures, want names that end in .png, .jpg, .jpeg"},
		{filepath.Join(dir, "a"), 4, 4, "has no folders, want one for each class"},
		{filepath.Join(dir, "c"), 4, 4, filepath.Join(dir, "c")},
	} {
		s, err := Folder(c.dir, c.w, c.h)
		if err == nil || !strings.Contains(err.Error(), c.want) || s != nil {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

func TestFolderReadErrors(t *testing.T) {
	good := encodePNG(t, sample())
	dir := tree(t, map[string][]byte{"a/1.png": good, "a/2.png": good[:len(good)-20], "b/3.jpg": []byte("text"), "b/4.png": good})
	s, err := Folder(dir, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[int]string{
		1: "image: " + filepath.Join(dir, "a", "2.png") + ": broken picture (png)",
		2: "image: " + filepath.Join(dir, "b", "3.jpg") + ": not a picture, want PNG or JPEG",
	}
	all := s.Check(t.Context())
	for i := range s.Len() {
		_, err := data.Get(s, i)
		if want, ok := bad[i]; ok != (err != nil) || ok && !strings.Contains(err.Error(), want) || ok && !strings.Contains(all.Error(), want) {
			t.Errorf("picture %d: error %v, of Check %v, want %q", i, err, all, want)
		}
	}
	if n := strings.Count(all.Error(), "\n"); n != 1 {
		t.Errorf("Check finds %d errors, want 2", n+1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}

	ok := data.NewSample(s.Spec())
	for want, err := range map[string]error{
		"no picture -1, have 4":                  s.Read(-1, ok),
		"no picture 4, have 4":                   s.Read(4, ok),
		"X has shape [3 4 3], want [3 3 4]":      s.Read(0, data.Sample{X: tensor.Make[float32](3, 4, 3), Y: ok.Y}),
		"X has shape [], want [3 3 4]":           s.Read(0, data.Sample{Y: ok.Y}),
		"Y is *tensor.Array[float32]":            s.Read(0, data.Sample{X: ok.X, Y: tensor.Make[float32]()}),
		"Y is *tensor.Array[int], want shape []": s.Read(0, data.Sample{X: ok.X, Y: tensor.Make[int](1)}),
		"Y is <nil>":                             s.Read(0, data.Sample{X: ok.X}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := s.Label(4); err == nil {
		t.Error("Label of no picture gives no error")
	}
	if _, err := s.At(-1); err == nil {
		t.Error("At of no picture gives no error")
	}
}
