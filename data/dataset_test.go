package data

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// numbers is a data set in which sample i is [i, i] with label i mod 3. It
// fails at some samples, and knows no labels but by reading.
type numbers struct {
	n    int
	fail map[int]error
}

func (d numbers) Len() int   { return d.n }
func (d numbers) Spec() Spec { return Spec{X: tensor.Shape{2}, Y: tensor.Shape{}, Classes: 3} }
func (d numbers) Read(i int, dst Sample) error {
	if err := d.fail[i]; err != nil {
		return err
	}
	dst.X.Set(float32(i), 0)
	dst.X.Set(float32(i), 1)
	dst.Y.(*tensor.Ints).Set(i % 3)
	return nil
}

// firsts returns the first number of every sample.
func firsts(t *testing.T, ds Dataset) []float32 {
	t.Helper()
	var v []float32
	for i := range ds.Len() {
		s, err := Get(ds, i)
		if err != nil {
			t.Fatalf("sample %d: %v", i, err)
		}
		v = append(v, s.X.Data()[0])
	}
	return v
}

func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want one with %q", what, err, want)
	}
}

func TestTensors(t *testing.T) {
	x := tensor.New([]float32{0, 1, 2, 3, 4, 5}, 3, 2)
	ds := Tensors(x, tensor.New([]int{2, 0, 1}, 3))
	if s := ds.Spec(); s.Err != nil || s.Classes != 3 || !s.X.Equal(tensor.Shape{2}) || len(s.Y) != 0 {
		t.Errorf("Spec() = %+v", s)
	}
	s, err := Get(ds, 1)
	if err != nil || !slices.Equal(s.X.Data(), []float32{2, 3}) || s.Y.(*tensor.Ints).Item() != 0 {
		t.Errorf("sample 1 = %v, %v, %v, want [2 3], 0", s.X, s.Y, err)
	}

	// A regression target, from a strided view.
	y := tensor.New([]float32{0, 10, 20, 1, 11, 21}, 2, 3).Transpose(0, 1)
	s, err = Get(Tensors(x, y), 2)
	if err != nil || !slices.Equal(s.Y.(*tensor.Tensor).Data(), []float32{20, 21}) {
		t.Errorf("target of sample 2 = %v, %v, want [20 21]", s.Y, err)
	}
}

func TestImages(t *testing.T) {
	pixels := tensor.New([]uint8{0, 51, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2, 3, 1, 2)
	ds := Images(pixels, tensor.New([]int{1, 0}, 2), []string{"cat", "dog"})
	s, err := Get(ds, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{0, 0.2, 1, 1. / 255, 2. / 255, 3. / 255}
	if !slices.Equal(s.X.Data(), want) || s.Y.(*tensor.Ints).Item() != 1 {
		t.Errorf("sample 0 = %v, %v, want %v, 1", s.X.Data(), s.Y, want)
	}
	if got, want := ds.At(1).At(1, 0), (color.RGBA{5, 7, 9, 255}); got != want {
		t.Errorf("pixel (1, 0) of picture 1 = %v, want %v", got, want)
	}
	gray := Images(tensor.New([]uint8{7, 8}, 1, 1, 1, 2), tensor.New([]int{0}, 1), nil)
	if got, want := gray.At(0).At(1, 0), (color.Gray{8}); got != want {
		t.Errorf("grey pixel = %v, want %v", got, want)
	}
}

// Errors of construction come out of the Spec, of Get, of Label and of a Loader,
// also through other data sets.
func TestSpecErr(t *testing.T) {
	x, labels := tensor.Make[float32](2, 4), tensor.Make[int](2)
	pictures := tensor.Make[uint8](2, 3, 4, 4)
	ok := Tensors(x, labels)
	for _, c := range []struct {
		name string
		ds   Dataset
		want string
	}{
		{"Tensors/nil", Tensors(nil, labels), "x has shape []"},
		{"Tensors/nil y", Tensors(x, nil), "y is <nil>"},
		{"Tensors/typed nil y", Tensors(x, (*tensor.Ints)(nil)), "y is nil"},
		{"Tensors/bytes", Tensors(x, tensor.Make[uint8](2)), "want *tensor.Ints or *tensor.Tensor"},
		{"Tensors/rows", Tensors(x, tensor.Make[int](3)), "y has shape [3], want [2, …]"},
		{"Tensors/scalar", Tensors(x, tensor.New([]int{1})), "y has shape []"},
		{"Tensors/negative", Tensors(x, tensor.New([]int{0, -1}, 2)), "label -1 of number 1"},
		{"Images/nil", Images(nil, labels, nil), "nil"},
		{"Images/rank", Images(tensor.Make[uint8](2, 3), labels, nil), "pixels have shape [2 3]"},
		{"Images/rows", Images(pictures, tensor.Make[int](1), nil), "labels have shape [1], want [2]"},
		{"Images/names", Images(pictures, tensor.New([]int{0, 2}, 2), []string{"a", "b"}), "label 2 is too large for 2 class names"},
		{"Subset", Subset(ok, []int{0, 2}), "index 1 is 2, want 0 to 1"},
		{"Concat/empty", Concat(), "no data sets"},
		{"Concat/shapes", Concat(ok, Tensors(tensor.Make[float32](2, 5), labels)), "set 1 has X [5]"},
		{"Map", Map(ok, Flatten(), CenterCrop(2)), "transform 1: CenterCrop: input has shape [4]"},
		{"Map/first of two", Map(ok, CenterCrop(2), CenterCrop(3)), "transform 0: CenterCrop"},
		{"nested", Map(Subset(Concat(Map(ok, Pad(1, 1, 1, 1)), ok), []int{0}), Flatten()), "Pad: input has shape [4]"},
	} {
		wantError(t, c.name+": Spec", c.ds.Spec().Err, c.want)
		_, err := Get(c.ds, 0)
		wantError(t, c.name+": Get", err, c.want)
		_, err = Label(c.ds, 0)
		wantError(t, c.name+": Label", err, c.want)
		wantError(t, c.name+": Read", c.ds.Read(0, Sample{}), c.want)
		l, ok := c.ds.(Labeler)
		if !ok {
			t.Fatalf("%s is no Labeler", c.name)
		}
		_, err = l.Label(0)
		wantError(t, c.name+": method Label", err, c.want)
		l2 := NewLoader(c.ds)
		wantError(t, c.name+": Loader", l2.Err(), c.want)
		if n := l2.Batches(); n != 0 {
			t.Errorf("%s: Batches() = %d, want 0", c.name, n)
		}
		_, err = Split(c.ds, 1, 0.5)
		wantError(t, c.name+": Split", err, c.want)
		_, _, err = MeanStd(c.ds)
		wantError(t, c.name+": MeanStd", err, c.want)
	}
}

// Read refuses what does not fit.
func TestReadErrors(t *testing.T) {
	sets := map[string]Dataset{
		"Tensors": Tensors(tensor.Make[float32](2, 3, 1, 2), tensor.Make[int](2)),
		"Images":  Images(tensor.Make[uint8](2, 3, 1, 2), tensor.Make[int](2), nil),
	}
	sets["Subset"] = Subset(sets["Tensors"], []int{1, 0})
	sets["Concat"] = Concat(Subset(sets["Tensors"], []int{0}), Subset(sets["Images"], []int{0}))
	sets["Map"] = Map(sets["Images"], Pad(0, 0, 0, 0))
	for name, ds := range sets {
		good := NewSample(ds.Spec())
		if err := ds.Read(1, good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, i := range []int{-1, 2} {
			wantError(t, name, ds.Read(i, good), fmt.Sprintf("no sample %d, have 2", i))
			_, err := Label(ds, i)
			wantError(t, name+": Label", err, fmt.Sprintf("no sample %d, have 2", i))
		}
		wantError(t, name, ds.Read(0, Sample{Y: good.Y}), "X has shape [], want [3 1 2]")
		wantError(t, name, ds.Read(0, Sample{X: tensor.Make[float32](3, 2, 1), Y: good.Y}), "X has shape [3 2 1], want [3 1 2]")
		wantError(t, name, ds.Read(0, Sample{X: good.X, Y: tensor.Make[float32]()}), "Y is *tensor.Array[float32]")
		wantError(t, name, ds.Read(0, Sample{X: good.X, Y: tensor.Make[int](1)}), "want shape []")
		wantError(t, name, ds.Read(0, Sample{X: good.X}), "Y is <nil>")
	}
	regression := Tensors(tensor.Make[float32](2, 3), tensor.Make[float32](2))
	wantError(t, "regression", regression.Read(0, Sample{X: tensor.Make[float32](3), Y: tensor.Make[int]()}), "0 classes")
	for name, ds := range map[string]Dataset{"plain": regression, "Subset": Subset(regression, []int{0}), "sequence": Tensors(tensor.Make[float32](2, 3), tensor.Make[int](2, 4))} {
		_, err := Label(ds, 0)
		wantError(t, name, err, "not one class")
		_, err = ds.(Labeler).Label(0)
		wantError(t, name, err, "not one class")
	}
}

// Read writes every element: what was there before does not show.
func TestReadWritesAll(t *testing.T) {
	pixels := tensor.Make[uint8](4, 3, 5, 6)
	for i := range pixels.Data() {
		pixels.Data()[i] = uint8(i)
	}
	base := Images(pixels, tensor.New([]int{1, 2, 3, 1}, 4), nil)
	for name, ds := range map[string]Dataset{
		"Images":  base,
		"Tensors": Tensors(tensor.Make[float32](4, 3, 5), tensor.Make[float32](4, 2)),
		"Subset":  Subset(base, []int{3, 1}),
		"Concat":  Concat(base, base),
		"Map":     Map(base),
		"all transforms": Map(base, Pad(1, 2, 3, 4), PadToMultiple(4), RandomCrop(9, 3), CenterCrop(7), RandomHorizontalFlip(0.5),
			Normalize([]float32{0.5}, []float32{2}), Flatten()),
		"Pad":                    Map(base, Pad(1, 2, 3, 4)),
		"RandomCrop":             Map(base, RandomCrop(6, 4)),
		"RandomHorizontalFlip":   Map(base, RandomHorizontalFlip(0.5)),
		"nothing of the picture": Map(base, RandomCrop(2, 20)),
	} {
		for i := range ds.Len() {
			for epoch := range 5 {
				dst, clean := NewSample(ds.Spec()), NewSample(ds.Spec())
				dst.Epoch, clean.Epoch = epoch, epoch
				for j := range dst.X.Data() {
					dst.X.Data()[j] = float32(math.NaN())
				}
				switch y := dst.Y.(type) {
				case *tensor.Ints:
					y.Data()[0] = -1
				case *tensor.Tensor:
					y.Data()[0], y.Data()[1] = float32(math.NaN()), float32(math.NaN())
				}
				if err := errors.Join(ds.Read(i, dst), ds.Read(i, clean)); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !slices.Equal(dst.X.Data(), clean.X.Data()) || fmt.Sprint(dst.Y) != fmt.Sprint(clean.Y) {
					t.Fatalf("%s: sample %d depends on what was there before: %v, want %v", name, i, dst.X.Data(), clean.X.Data())
				}
			}
		}
	}
}

func TestSubsetAndConcat(t *testing.T) {
	a, b := numbers{n: 4}, numbers{n: 3}
	ds := Concat(Subset(a, []int{3, 1, 1}), Subset(a, nil), b)
	if got, want := firsts(t, ds), []float32{3, 1, 1, 0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("samples %v, want %v", got, want)
	}
	var labels []int
	for i := range ds.Len() {
		c, err := Label(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels, c)
	}
	if want := []int{0, 1, 1, 0, 1, 2}; !slices.Equal(labels, want) {
		t.Errorf("labels %v, want %v", labels, want)
	}
}

func TestLabelOfUnreadable(t *testing.T) {
	broken := errors.New("broken")
	if _, err := Label(numbers{n: 2, fail: map[int]error{1: broken}}, 1); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestMeanStd(t *testing.T) {
	x := tensor.New([]float32{1, 3, 10, 10, 5, 7, 10, 10}, 2, 2, 2)
	mean, std, err := MeanStd(Tensors(x, tensor.Make[int](2)))
	if err != nil || !slices.Equal(mean, []float32{4, 10}) || !slices.Equal(std, []float32{float32(math.Sqrt(5)), 0}) {
		t.Errorf("MeanStd = %v, %v, %v, want [4 10], [√5 0]", mean, std, err)
	}
	_, _, err = MeanStd(numbers{})
	wantError(t, "empty", err, "nothing to measure")
	_, _, err = MeanStd(numbers{n: 3, fail: map[int]error{2: errors.New("broken")}})
	wantError(t, "unreadable", err, "sample 2: broken")
}
