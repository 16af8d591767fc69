package series

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// collectionOf makes series of numbers, of which nil are missing.
func collectionOf(values [][][]*float32) *Collection {
	c := &Collection{}
	for _, channels := range values {
		s := make(Series, len(channels))
		for k, steps := range channels {
			for _, v := range steps {
				if v == nil {
					v = &nan
				}
				s[k] = append(s[k], *v)
			}
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func TestScalerGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/scaler.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Train, Test, Scaled [][][]*float32
		Mean, Std           []float64
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	s, err := FitScaler(collectionOf(file.Train))
	if err != nil {
		t.Fatal(err)
	}
	for k, m := range file.Mean {
		if math.Abs(s.Mean[k]-m) > 1e-10 || math.Abs(s.Std[k]-file.Std[k]) > 1e-10 {
			t.Errorf("channel %d: mean %v, deviation %v, want %v, %v", k, s.Mean[k], s.Std[k], m, file.Std[k])
		}
	}
	got, err := s.Apply(collectionOf(file.Test))
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range collectionOf(file.Scaled).Series[0] {
		for i, w := range want {
			if v := got.Series[0][k][i]; math.Abs(float64(v-w)) > 1e-5 {
				t.Errorf("channel %d, step %d is %v, want %v", k, i, v, w)
			}
		}
	}
}
