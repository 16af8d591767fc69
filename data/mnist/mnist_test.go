package mnist

import (
	"errors"
	"image/color"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// pixel is the byte at a place of picture i of the tests' sets.
func pixel(i, row, col int) byte { return byte(40*i + 3*row + 5*col) }

// arrays returns the pictures and the labels of a set of n; picture i has label
// (first + i) mod classes.
func arrays(n, first, classes int) (images, labels []byte) {
	var pixels, classOf strings.Builder
	for i := range n {
		for row := range side {
			for col := range side {
				pixels.WriteByte(pixel(i, row, col))
			}
		}
		classOf.WriteByte(byte((first + i) % classes))
	}
	return idx(0x08, pixels.String(), uint32(n), side, side), idx(0x08, classOf.String(), uint32(n))
}

// folder writes the four files of a set with names in the given style, after
// edit has changed them; it leaves out those that are nil.
func folder(t *testing.T, train, test string, classes int, edit func(f map[string][]byte)) string {
	t.Helper()
	f := map[string][]byte{}
	f[train+"-images-idx3-ubyte"], f[train+"-labels-idx1-ubyte"] = arrays(12, 0, classes)
	f[test+"-images-idx3-ubyte"], f[test+"-labels-idx1-ubyte"] = arrays(5, 3, classes)
	if edit != nil {
		edit(f)
	}
	dir := t.TempDir()
	for name, b := range f {
		if b != nil {
			write(t, filepath.Join(dir, name), b)
		}
	}
	return dir
}

// check compares a data set with what arrays makes.
func check(t *testing.T, ds data.Dataset, n, first int, names []string, at func(i, row, col int) byte) {
	t.Helper()
	s := ds.Spec()
	if ds.Len() != n || !s.X.Equal(tensor.Shape{1, side, side}) || s.Classes != len(names) || !slices.Equal(s.ClassNames, names) {
		t.Fatalf("%d samples of %+v, want %d, names %v", ds.Len(), s, n, names)
	}
	for i := range n {
		sample, err := data.Get(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := sample.Y.(*tensor.Ints).Item(), (first+i)%len(names); got != want {
			t.Errorf("label of sample %d = %d, want %d", i, got, want)
		}
		for row := range side {
			for col := range side {
				if got, want := sample.X.At(0, row, col), float32(at(i, row, col))/255; got != want {
					t.Fatalf("sample %d, pixel %d, %d = %v, want %v", i, row, col, got, want)
				}
			}
		}
	}
}

func TestLoad(t *testing.T) {
	for name, edit := range map[string]func(f map[string][]byte){
		"plain": nil,
		"gzip": func(f map[string][]byte) {
			for name, b := range maps.Clone(f) {
				f[name+".gz"], f[name] = zipped(t, b), nil
			}
		},
		"both": func(f map[string][]byte) { f["train-images-idx3-ubyte.gz"] = []byte("not looked at") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, "train", "t10k", 10, edit)
			train, test, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			check(t, train, 12, 0, digitNames, pixel)
			check(t, test, 5, 3, digitNames, pixel)
			train, test, err = LoadFashion(dir)
			if err != nil {
				t.Fatal(err)
			}
			check(t, train, 12, 0, fashionNames, pixel)
			check(t, test, 5, 3, fashionNames, pixel)
			if got, want := train.(*data.ImageSet).At(2).At(7, 4), (color.Gray{pixel(2, 4, 7)}); got != want {
				t.Errorf("pixel of column 7, row 4 = %v, want %v", got, want)
			}
		})
	}
}

func TestLoadEMNIST(t *testing.T) {
	upright := func(i, row, col int) byte { return pixel(i, col, row) }
	for split, names := range emnistNames {
		prefix := "emnist-" + string(split)
		train, test, err := LoadEMNIST(folder(t, prefix+"-train", prefix+"-test", len(names), nil), split)
		if err != nil {
			t.Fatal(err)
		}
		check(t, train, 12, 0, names, upright)
		check(t, test, 5, 3, names, upright)
	}
	for split, want := range map[Split]int{ByClass: 62, ByMerge: 47, Balanced: 47, Letters: 27, Digits: 10, LikeMNIST: 10} {
		if got := len(emnistNames[split]); got != want {
			t.Errorf("%s has %d classes, want %d", split, got, want)
		}
	}
	_, _, err := LoadEMNIST(t.TempDir(), "numbers")
	wantError(t, "split", err, `EMNIST has no split "numbers", want byclass,`)
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(f map[string][]byte)
		want string
	}{
		{"missing", func(f map[string][]byte) { f["t10k-labels-idx1-ubyte"] = nil }, "has neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz"},
		{"no pictures", func(f map[string][]byte) { f["train-images-idx3-ubyte"] = nil }, "has neither train-images-idx3-ubyte nor"},
		{"short", func(f map[string][]byte) {
			f["train-images-idx3-ubyte"] = f["train-images-idx3-ubyte"][:1000]
		}, "train-images-idx3-ubyte: byte 16: 984 bytes of data, want 9408 for shape [12 28 28]"},
		{"size", func(f map[string][]byte) { f["t10k-images-idx3-ubyte"] = idx(0x08, "abcdef", 1, 2, 3) },
			"t10k-images-idx3-ubyte: byte 2: *tensor.Array[uint8] of shape [1 2 3], want *tensor.Array[uint8] of shape [N 28 28]"},
		{"type", func(f map[string][]byte) { f["t10k-labels-idx1-ubyte"] = idx(0x0b, "abcdef", 3) },
			"t10k-labels-idx1-ubyte: byte 2: *tensor.Array[int] of shape [3], want *tensor.Array[uint8] of shape [N]"},
		{"number", func(f map[string][]byte) { f["t10k-labels-idx1-ubyte"] = idx(0x08, "\x01\x02\x03\x04", 4) },
			"t10k-labels-idx1-ubyte: 4 labels, want 5, one for each picture of t10k-images-idx3-ubyte"},
		{"label", func(f map[string][]byte) { f["train-labels-idx1-ubyte"][8+7] = 10 },
			"train-labels-idx1-ubyte: byte 15: label of picture 7 is 10, want 0 to 9"},
		{"swapped", func(f map[string][]byte) {
			f["train-labels-idx1-ubyte"], f["train-images-idx3-ubyte"] = f["train-images-idx3-ubyte"], f["train-labels-idx1-ubyte"]
		}, "train-labels-idx1-ubyte: byte 2: "},
	} {
		dir := folder(t, "train", "t10k", 10, c.edit)
		train, test, err := Load(dir)
		wantError(t, c.name, err, dir, c.want)
		if train != nil || test != nil {
			t.Errorf("%s: data sets with the error", c.name)
		}
		if missing := strings.Contains(c.want, "has neither"); errors.Is(err, fs.ErrNotExist) != missing {
			t.Errorf("%s: error %v is fs.ErrNotExist: %v, want %v", c.name, err, !missing, missing)
		}
	}
	if _, _, err := Load(filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
}

// The real data sets, if they are there.
func TestReal(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with the data sets, is not set")
	}
	if testing.Short() {
		t.Skip("140,000 pictures take long with the race detector")
	}
	for _, c := range []struct {
		folder    string
		load      func(string) (data.Dataset, data.Dataset, error)
		mean, std float32
		first     []int // labels
	}{
		{"mnist", Load, Mean[0], Std[0], []int{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}},
		{"fashion-mnist", LoadFashion, FashionMean[0], FashionStd[0], []int{9, 0, 0, 3, 0, 2, 7, 2, 5, 5}},
	} {
		train, test, err := c.load(filepath.Join(shared, "data", c.folder))
		if err != nil {
			t.Fatal(err)
		}
		if train.Len() != 60000 || test.Len() != 10000 {
			t.Errorf("%s: %d and %d pictures, want 60000 and 10000", c.folder, train.Len(), test.Len())
		}
		var first []int
		for i := range c.first {
			label, err := data.Label(train, i)
			if err != nil {
				t.Fatal(err)
			}
			first = append(first, label)
		}
		if !slices.Equal(first, c.first) {
			t.Errorf("%s: labels begin with %v, want %v", c.folder, first, c.first)
		}
		mean, std, err := data.MeanStd(train)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(mean[0]-c.mean)) > 5e-5 || math.Abs(float64(std[0]-c.std)) > 5e-5 {
			t.Errorf("%s: mean %v, standard deviation %v, want %v, %v", c.folder, mean, std, c.mean, c.std)
		}
	}
}
