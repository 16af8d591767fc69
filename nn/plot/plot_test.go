package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/gannet-ml/gannet/nn"
)

// history returns n epochs of a loss that falls.
func history(n int, speed float64, metrics ...string) *nn.History {
	h := new(nn.History)
	for i := range n {
		r := nn.EpochRecord{Epoch: i + 1, Loss: 0.7 * math.Exp(-speed*float64(i)), Validation: map[string]float64{}}
		for j, m := range metrics {
			r.Validation[m] = 1 - 0.5/float64(j+1)*math.Exp(-0.7*speed*float64(i))
			if m == "loss" {
				r.Validation[m] = 0.1 + 0.6*math.Exp(-speed*float64(i))
			}
		}
		h.Epochs = append(h.Epochs, r)
	}
	return h
}

// both draws a picture as PNG and as SVG, checks that both can be read, and
// returns the texts of the SVG.
func both(t *testing.T, draw func(path string) error) []string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a.png", "a.svg", "b.SVG"} {
		if err := draw(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	raster, vector := read(t, dir, "a.png"), read(t, dir, "a.svg")
	if !bytes.Equal(vector, read(t, dir, "b.SVG")) {
		t.Error("the same data gives other bytes")
	}
	img, err := png.Decode(bytes.NewReader(raster))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X < 200 || size.Y < 200 || size.X > 8000 || size.Y > 8000 {
		t.Errorf("the picture has size %v", size)
	}
	return texts(t, vector)
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// texts returns the contents of all text elements.
func texts(t *testing.T, svg []byte) []string {
	t.Helper()
	var out []string
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "text" {
			var s string
			if err := d.DecodeElement(&s, &e); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
	}
}

// want reports texts that are missing.
func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no text %q in %q", w, got)
		}
	}
}

func TestCurves(t *testing.T) {
	got := both(t, func(path string) error {
		return Curves(path, Run{History: history(10, 0.2, "loss", "accuracy", "f1")})
	})
	want(t, got, "epoch", "loss", "training", "validation", "accuracy", "f1", "2", "4", "10", "0.6")
	for _, s := range got {
		if strings.Contains(s, "2.5") {
			t.Errorf("an epoch is labelled %q", s)
		}
	}
}

func TestCurvesOfRuns(t *testing.T) {
	got := both(t, func(path string) error {
		return Curves(path,
			Run{"ours", history(100, 0.05, "accuracy")},
			Run{"PyTorch <2.9> & co", history(80, 0.04, "accuracy", "loss", "f1")})
	})
	want(t, got, "ours", "PyTorch <2.9> & co", "PyTorch <2.9> & co, validation", "accuracy", "f1", "100")
	if slices.Contains(got, "ours, validation") {
		t.Error("the first run has no validation loss, but a name in the legend")
	}
}

func TestCurvesWithoutValidation(t *testing.T) {
	got := both(t, func(path string) error { return Curves(path, Run{"run", history(1, 0)}) })
	want(t, got, "run", "loss", "1")
}

// TestLines draws data that is hard to draw.
func TestLines(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, ys := range map[string][]float64{
		"empty": {}, "one": {3}, "constant": {2, 2, 2}, "zero": {0, 0}, "gap": {1, nan, 2, 3, inf, nan, 4, -inf},
		"nan": {nan, nan}, "huge": {1e308, -1e308, 1e300}, "tiny": {1e-300, 2e-300}, "close": {1e17, 1e17 + 16},
		"small": {1e-7, 3e-7, 2e-7}, "large": {3e9, 1e9}, "negative": {-5, -3, -4},
	} {
		for _, logY := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/log=%v", name, logY), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a.svg")
				p := Panel{Title: "title", X: "x", Y: "y", LogY: logY, Series: []Series{{Name: "line", Y: ys}}}
				if err := Lines(path, p); err != nil {
					t.Fatal(err)
				}
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				want(t, texts(t, b), "title", "x", "y", "line")
				if bytes.Contains(b, []byte("NaN")) || bytes.Contains(b, []byte("Inf")) {
					t.Errorf("%s", b)
				}
			})
		}
	}
}

func TestParts(t *testing.T) {
	nan := math.NaN()
	s := Series{Y: []float64{nan, 1, 2, nan, nan, 3, -4, 5}}
	for _, c := range []struct {
		logY bool
		want string
	}{
		{false, "[[{2 1} {3 2}] [{6 3} {7 -4} {8 5}]]"},
		{true, "[[{2 1} {3 2}] [{6 3}] [{8 5}]]"},
	} {
		if got := fmt.Sprint(s.parts(false, c.logY)); got != c.want {
			t.Errorf("parts(%v) = %s, want %s", c.logY, got, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		t      ticks
		lo, hi float64
		want   string
	}{
		{ticks{most: 7}, 0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{ticks{most: 7}, 0.13, 0.42, "0.15 0.20 0.25 0.30 0.35 0.40"},
		{ticks{most: 7}, -3, 14, "0 5 10"},
		{ticks{most: 11}, 1, 3, "1.0 1.2 1.4 1.6 1.8 2.0 2.2 2.4 2.6 2.8 3.0"},
		{ticks{most: 11, whole: true}, 0.9, 3.1, "1 2 3"},
		{ticks{most: 11, whole: true}, 0, 100, "0 10 20 30 40 50 60 70 80 90 100"},
		{ticks{most: 7}, 0, 3e-7, "0 5e-08 1e-07 1.5e-07 2e-07 2.5e-07 3e-07"},
		{ticks{most: 7}, 0, 2e6, "0 500000 1000000 1500000 2000000"},
		{ticks{most: 7}, 1, 1, ""},
		{ticks{most: 7}, 1e17, 1e17 + 16, ""},
		{ticks{most: 7}, -math.MaxFloat64, math.MaxFloat64, ""},
	} {
		var labels []string
		for _, tick := range c.t.Ticks(c.lo, c.hi) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%+v from %v to %v: %s, want %s", c.t, c.lo, c.hi, got, c.want)
		}
	}
}

func TestDecades(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0.01, 10, "0.01 0.1 1 10"}, {1e-7, 1e9, "1e-07 0.0001 0.1 100 100000 1e+08"}, {1, 10, "1 10"},
	} {
		var labels []string
		for _, tick := range (decades{most: 7}).Ticks(c.lo, c.hi) {
			if !tick.IsMinor() {
				labels = append(labels, tick.Label)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("decades from %v to %v: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}

// TestHeader: names that do not fit in a row go on in the next.
func TestHeader(t *testing.T) {
	h := header{entries: []entry{{name: "one"}, {name: "two"}, {name: strings.Repeat("long", 100)}, {name: "four"}}}
	var rows []int
	n := h.place(pictureWidth, func(_ entry, _ vg.Length, row int) {
		rows = append(rows, row)
	})
	if want := []int{0, 0, 1, 2}; !slices.Equal(rows, want) || n != 3 {
		t.Errorf("%d rows %v, want 3 %v", n, rows, want)
	}
}

func TestConfusion(t *testing.T) {
	got := both(t, func(path string) error {
		return Confusion(path, [][]int{{90, 10}, {25, 175}}, []string{"cat", "dog"})
	})
	want(t, got, "cat", "dog", "true class", "predicted class", "90", "10", "25", "175", "90.0%", "12.5%", "accuracy 88.3% of 300 samples")

	got = both(t, func(path string) error { return Confusion(path, [][]int{{0}}, nil) })
	want(t, got, "0", "no samples")
}

// TestConfusionOfMany: numbers and names give way when there is no room.
func TestConfusionOfMany(t *testing.T) {
	for _, k := range []int{10, 30, 100, 200} {
		counts := make([][]int, k)
		for i := range counts {
			counts[i] = make([]int, k)
			counts[i][i] = 1234567
		}
		path := filepath.Join(t.TempDir(), "a.svg")
		if err := Confusion(path, counts, nil); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := texts(t, b)
		if has := slices.Contains(got, "1234567"); has != (k == 10) {
			t.Errorf("%d classes: counts written is %v", k, has)
		}
		if all := slices.Contains(got, "1"); all != (k < 200) {
			t.Errorf("%d classes: all of them labelled is %v", k, all)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	h := history(2, 1)
	for _, c := range []struct {
		err  error
		want string
	}{
		{Curves("a.jpg", Run{"a", h}), `plot: a.jpg: suffix is ".jpg", want .png or .svg`},
		{Curves("a", Run{"a", h}), `plot: a: suffix is "", want .png or .svg`},
		{Curves("a.png"), "plot: a.png: no runs"},
		{Curves("a.png", Run{"a", h}, Run{"b", new(nn.History)}), "plot: a.png: run 1 (b) has no epochs"},
		{Curves("a.png", Run{"a", nil}), "plot: a.png: run 0 (a) has no epochs"},
		{Lines("a.png"), "plot: a.png: no panels"},
		{Lines("a.png", Panel{}, Panel{Series: []Series{{Name: "s", X: []float64{1}, Y: []float64{1, 2}}}}), "plot: a.png: panel 1: series 0 (s) has 1 X and 2 Y"},
		{Confusion("a.png", nil, nil), "plot: a.png: confusion matrix is empty"},
		{Confusion("a.png", [][]int{{1, 2}}, nil), "plot: a.png: confusion matrix has 2 counts in row 0, want 1"},
		{Confusion("a.png", [][]int{{-1}}, nil), "plot: a.png: confusion matrix has count -1 in row 0, column 0, want 0 or more"},
		{Confusion("a.png", [][]int{{1}}, []string{"a", "b"}), "plot: a.png: got 2 names of classes, want 1"},
		{Confusion("a.gif", [][]int{{1}}, nil), `plot: a.gif: suffix is ".gif", want .png or .svg`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("error %v\nwant  %s", c.err, c.want)
		}
	}
	if err := Curves(filepath.Join(dir, "missing", "a.png"), Run{"a", h}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing folder: error %v", err)
	}
}

// TestErrorKeepsFile: a picture that cannot be drawn leaves the old one.
func TestErrorKeepsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.svg")
	if err := Curves(path, Run{"a", history(3, 1)}); err != nil {
		t.Fatal(err)
	}
	before := read(t, filepath.Dir(path), "a.svg")
	if Curves(path) == nil {
		t.Error("no error")
	}
	if !bytes.Equal(before, read(t, filepath.Dir(path), "a.svg")) {
		t.Error("the old picture is gone")
	}
}
