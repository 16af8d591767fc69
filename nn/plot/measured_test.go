package plot

import (
	"image"
	"image/color"
	"math"
	"path/filepath"
	"testing"

	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
)

// forecast returns n logits of class 1 with noise and the classes; spread makes
// them surer than they should be.
func forecast(n int, spread float64) (*tensor.Tensor, *tensor.Ints) {
	x, y := tensor.Make[float32](n), tensor.Make[int](n)
	for i := range n {
		noise := math.Mod(float64(i)*0.6180339887, 1) // spread evenly over 0 to 1
		z := 4 * (math.Mod(float64(i)*0.7548776662, 1) - 0.5)
		if noise < 1/(1+math.Exp(-z)) {
			y.Set(1, i)
		}
		x.Set(float32(spread*z), i)
	}
	return x, y
}

// measure returns the curves and the bins of a forecast.
func measure(t *testing.T, n int, spread float64) (roc, pr metric.Curve, bins []metric.Bin) {
	t.Helper()
	x, y := forecast(n, spread)
	r, p, e := metric.ROC(), metric.PrecisionRecall(), metric.ECE(10)
	for _, err := range []error{r.Update(x, y), p.Update(x, y), e.Update(x, y)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r.Curve(1), p.Curve(1), e.Bins()
}

func series(name string, c metric.Curve) Series { return Series{Name: name, X: c.X, Y: c.Y} }

func TestROC(t *testing.T) {
	a, _, _ := measure(t, 80, 1)
	got := both(t, func(path string) error {
		return ROC(path, series("convolutional", a), Series{X: []float64{0, 0, 1}, Y: []float64{0, 0.5, 1}},
			Series{Name: "none", X: []float64{0, 1}, Y: []float64{math.NaN(), math.NaN()}})
	})
	want(t, got, "false positive rate", "true positive rate", "0.0", "1.0", "AUC 0.750", "none (no AUC)", "chance")
}

func TestPrecisionRecall(t *testing.T) {
	_, a, _ := measure(t, 80, 1)
	got := both(t, func(path string) error {
		return PrecisionRecall(path, series("convolutional", a),
			Series{Name: "by hand", X: []float64{0, 0.5, 0.5, 1}, Y: []float64{1, 1, 0.5, 2. / 3}}, series("", a))
	})
	want(t, got, "recall", "precision", "by hand (AP 0.833)")
	for _, s := range got {
		if s == "chance" {
			t.Error("curves that end at different precisions have a common guide")
		}
	}
	got = both(t, func(path string) error { return PrecisionRecall(path, series("", a)) })
	want(t, got, "chance")
}

func TestReliability(t *testing.T) {
	_, _, bins := measure(t, 80, 2)
	got := both(t, func(path string) error { return Reliability(path, bins) })
	want(t, got, "predicted probability", "observed frequency", "samples", "calibrated", "observed", "gap to prediction", "1.0")
	dir := t.TempDir()
	if err := Reliability(filepath.Join(dir, "a.svg"), []metric.Bin{{Upper: 1}}); err != nil {
		t.Fatal(err)
	}
	want(t, texts(t, read(t, dir, "a.svg")), "no samples")
}

// photo returns a picture with a gradient and a disk.
func photo(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(5, 7, 5+w, 7+h)) // bounds need not begin at 0
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 120, 255}
			if math.Hypot(float64(x-w/2), float64(y-h/2)) < float64(min(w, h))/3 {
				c = color.NRGBA{250, 220, 60, 255}
			}
			m.SetNRGBA(5+x, 7+y, c)
		}
	}
	return m
}

func TestGallery(t *testing.T) {
	pictures := []Picture{
		{photo(32, 32), "dog", "cat", 0.973}, {photo(300, 200), "cat", "dog", 0.81}, {photo(28, 28), "deer", "deer", 1},
		{photo(200, 600), "automobile", "African hunting dog, hyena dog", 0.5}, {photo(1, 1), "", "", 0}, {image.NewGray(image.Rect(0, 0, 8, 8)), "7", "9", 0.6},
		{photo(64, 64), "ship", "airplane", 0.55},
	}
	got := both(t, func(path string) error { return Gallery(path, pictures...) })
	want(t, got, "true dog", "predicted cat 97.3%", "predicted airplane 55.0%", "predicted African hu… 50.0%")
}

func TestMoreErrors(t *testing.T) {
	ok := Series{Name: "s", X: []float64{0, 1}, Y: []float64{0, 1}}
	for _, c := range []struct {
		err  error
		want string
	}{
		{ROC("a.png"), "plot: a.png: no curves"},
		{PrecisionRecall("a.png"), "plot: a.png: no curves"},
		{ROC("a.png", ok, Series{Name: "t"}), "plot: a.png: curve 1 (t) has 0 X and 0 Y, want as many and some"},
		{PrecisionRecall("a.png", Series{X: []float64{1}, Y: []float64{1, 0}}), "plot: a.png: curve 0 () has 1 X and 2 Y, want as many and some"},
		{ROC("a.png", Series{Name: "s", X: []float64{0, 2}, Y: []float64{0, 1}}), "plot: a.png: curve 0 (s) has numbers outside of 0 to 1"},
		{PrecisionRecall("a.png", Series{Name: "s", X: []float64{0}, Y: []float64{-1}}), "plot: a.png: curve 0 (s) has numbers outside of 0 to 1"},
		{ROC("a.gif", ok), `plot: a.gif: suffix is ".gif", want .png or .svg`},
		{Reliability("a.png", nil), "plot: a.png: no bins"},
		{Reliability("a.png", []metric.Bin{{}, {Upper: 1, Accuracy: 2}}), "plot: a.png: bin 1 is {Lower:0 Upper:1 Samples:0 Confidence:0 Accuracy:2}, want numbers from 0 to 1"},
		{Reliability("a.gif", []metric.Bin{{}}), `plot: a.gif: suffix is ".gif", want .png or .svg`},
		{Gallery("a.png"), "plot: a.png: no pictures"},
		{Gallery("a.png", Picture{Image: photo(2, 2)}, Picture{}), "plot: a.png: picture 1 is empty"},
		{Gallery("a.gif", Picture{Image: photo(2, 2)}), `plot: a.gif: suffix is ".gif", want .png or .svg`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("error %v\nwant  %s", c.err, c.want)
		}
	}
}
