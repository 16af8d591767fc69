package drift

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// golden is what testdata/golden.py wrote.
type golden struct {
	Pairs []struct {
		Name           string
		X, Y           []float64
		KS, P, Exact   float64
		Wasserstein    float64
		Bins           [][]int
		PSI            float64
		ChiSquaredTest []float64 `json:"chi_squared"`
	}
	Counts []struct {
		A, B           []int
		PSI            float64
		ChiSquaredTest []float64 `json:"chi_squared"`
	}
	Scores []struct {
		Logits, Probabilities       [][]float32
		Labels                      []int
		Entropy, Confidence, Energy []float64
	}
	Cloud struct {
		Rows, Fresh                    [][]float32
		Without, Distances, Covariance []float64
	}
	Pictures, Features []float32
	WholeSharpness     float64 `json:"whole_sharpness"`
}

func readGolden(t *testing.T) *golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{}
	if err := json.Unmarshal(text, g); err != nil {
		t.Fatal(err)
	}
	return g
}

// near compares with a tolerance relative to the wanted value.
func near(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(math.Abs(want), 1e-30)) && got != want {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

func TestGoldenPairs(t *testing.T) {
	for _, c := range readGolden(t).Pairs {
		for i := range c.X {
			c.X[i] = float64(float32(c.X[i]))
		}
		for i := range c.Y {
			c.Y[i] = float64(float32(c.Y[i]))
		}
		ks, w := distances(c.X, c.Y)
		near(t, c.Name+": ks", ks, c.KS, 1e-12)
		near(t, c.Name+": wasserstein", w, c.Wasserstein, 1e-9)
		p := kolmogorov(ks, len(c.X), len(c.Y))
		near(t, c.Name+": p", p, c.P, 1e-9)
		if p < c.Exact*(1-1e-9) {
			t.Errorf("%s: p = %v is below the exact value %v", c.Name, p, c.Exact)
		}
		edges := binEdges(c.X, deciles)
		x, y := histogram(edges, c.X, 0), histogram(edges, c.Y, 0)
		// The last bin is of missing values.
		if want := append(slices.Clone(c.Bins[0]), 0); !slices.Equal(x, want) {
			t.Errorf("%s: bins %v, want %v", c.Name, x, want)
		}
		if want := append(slices.Clone(c.Bins[1]), 0); !slices.Equal(y, want) {
			t.Errorf("%s: bins %v, want %v", c.Name, y, want)
		}
		near(t, c.Name+": psi", psi(x, y), c.PSI, 1e-9)
		statistic, p := chiSquared(x, y)
		near(t, c.Name+": chi-squared", statistic, c.ChiSquaredTest[0], 1e-9)
		near(t, c.Name+": its p", p, c.ChiSquaredTest[1], 1e-6)
	}
}

func TestGoldenCounts(t *testing.T) {
	for _, c := range readGolden(t).Counts {
		name := fmt.Sprintf("%v %v", c.A, c.B)
		near(t, name+": psi", psi(c.A, c.B), c.PSI, 1e-9)
		statistic, p := chiSquared(c.A, c.B)
		near(t, name+": chi-squared", statistic, c.ChiSquaredTest[0], 1e-9)
		near(t, name+": its p", p, c.ChiSquaredTest[1], 1e-6)
	}
}

func TestGoldenScores(t *testing.T) {
	for _, c := range readGolden(t).Scores {
		for i := range c.Logits {
			for _, o := range []Outputs{Logits, Probabilities} {
				y := c.Logits[i]
				if o == Probabilities {
					y = c.Probabilities[i]
				}
				var got [3]float32
				if label := o.score(got[:], y); label != c.Labels[i] {
					t.Errorf("%s %v: label %d, want %d", o, y, label, c.Labels[i])
				}
				near(t, "entropy", float64(got[0]), c.Entropy[i], 1e-5)
				near(t, "confidence", float64(got[1]), c.Confidence[i], 1e-6)
				if o == Logits {
					near(t, "energy", float64(got[2]), c.Energy[i], 1e-6)
				}
			}
		}
		if len(c.Logits[0]) != 2 {
			continue
		}
		// One output says the same as two.
		for i, z := range c.Logits {
			var got [3]float32
			if label := Logits.score(got[:], []float32{z[1] - z[0]}); label != c.Labels[i] {
				t.Errorf("single logit: label %d, want %d", label, c.Labels[i])
			}
			near(t, "entropy", float64(got[0]), c.Entropy[i], 1e-5)
			if label := Probabilities.score(got[:], c.Probabilities[i][1:]); label != c.Labels[i] {
				t.Errorf("single probability: label %d, want %d", label, c.Labels[i])
			}
			near(t, "entropy", float64(got[0]), c.Entropy[i], 1e-5)
		}
	}
}

func TestGoldenDistance(t *testing.T) {
	c := readGolden(t).Cloud
	m := newMoments(3)
	for _, r := range c.Rows {
		m.add(r)
	}
	for i, v := range m.covariance() {
		near(t, "covariance", v, c.Covariance[i], 1e-6)
	}
	d, err := newMahalanobis(m.mean, m.covariance())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range c.Rows {
		near(t, "distance from the others", d.without(r, m.n), c.Without[i], 1e-5)
	}
	for i, r := range c.Fresh {
		near(t, "distance", d.distance(r), c.Distances[i], 1e-5)
	}
}

func TestGoldenFeatures(t *testing.T) {
	g := readGolden(t)
	x := tensor.New(g.Pictures, 2, 2, 3, 4)
	for _, c := range []struct {
		name string
		x    *tensor.Tensor
		last bool
	}{
		{"first", x, false},
		{"last", x.Permute(0, 2, 3, 1), true},
	} {
		s := &schema{}
		var err error
		if s.layout, s.width, s.inputs, err = arrange(c.x.Shape(), c.last); err != nil {
			t.Fatal(err)
		}
		var b batch
		if err := b.read(s, c.x, nil, 2); err != nil {
			t.Fatal(err)
		}
		if len(b.rows) != len(g.Features) {
			t.Fatalf("%s: %d features, want %d", c.name, len(b.rows), len(g.Features))
		}
		for i, want := range g.Features {
			near(t, fmt.Sprintf("%s: %s", c.name, s.inputs[i%10]), float64(b.rows[i]), float64(want), 1e-6)
		}
	}
	near(t, "sharpness", sharpness(g.Pictures, 24, 1, []int{2, 3, 4}), g.WholeSharpness, 1e-6)
}
