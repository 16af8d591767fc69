package plot

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
)

func TestRates(t *testing.T) {
	c := &nn.RateCurve{}
	for i := range 60 {
		c.Rates = append(c.Rates, 1e-5*math.Pow(1e6, float64(i)/59))
		c.Smooth = append(c.Smooth, 2-math.Exp(-math.Pow(float64(i)-40, 2)/100))
		c.Losses = append(c.Losses, c.Smooth[i]+0.1*math.Sin(float64(i)))
	}
	c.Suggestion = c.Rates[33]
	got := both(t, func(path string) error { return Rates(path, c) })
	want(t, got, "learning rate", "loss", "smooth", "suggestion: 0.023", "1e-05", "0.001", "1")

	for _, c := range []*nn.RateCurve{nil, {}} {
		err := Rates("a.svg", c)
		if err == nil || err.Error() != "plot: a.svg: the curve has no rates" {
			t.Errorf("Rates = %v, want an error", err)
		}
	}
}

// TestLogX leaves out what a logarithmic axis cannot show.
func TestLogX(t *testing.T) {
	s := Series{X: []float64{-1, 0, 1, 10, 100}, Y: []float64{1, 2, 3, 4, 5}}
	if got, want := fmt.Sprint(s.parts(true, false)), "[[{1 3} {10 4} {100 5}]]"; got != want {
		t.Errorf("parts = %s, want %s", got, want)
	}
	if got := both(t, func(path string) error { return Lines(path, Panel{LogX: true, LogY: true, Series: []Series{s}}) }); len(got) == 0 {
		t.Error("the picture has no text")
	}
	path := filepath.Join(t.TempDir(), "a.svg")
	if err := Lines(path, Panel{LogX: true, Series: []Series{{X: []float64{-1}, Y: []float64{1}}}}); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "NaN") {
		t.Errorf("the picture of nothing holds NaN, or error %v", err)
	}
}

func ExampleRates() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	curve := &nn.RateCurve{ // what nn.FindRate returns
		Rates:  []float64{1e-3, 1e-2, 1e-1, 1},
		Losses: []float64{0.69, 0.66, 0.52, 1.41},
		Smooth: []float64{0.69, 0.67, 0.61, 0.83}, Suggestion: 1e-1,
	}
	fmt.Println(Rates(filepath.Join(dir, "rates.png"), curve))
	// Output: <nil>
}
