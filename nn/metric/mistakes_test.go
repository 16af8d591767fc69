package metric

import (
	"fmt"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// TestMistakes compares with testdata/mistakes.py.
func TestMistakes(t *testing.T) {
	type table struct {
		Logits                  [][]float32
		Truth, Wrong, Predicted []int
		Loss                    []number
	}
	for i, g := range load[table](t, "mistakes.json") {
		t.Run(fmt.Sprintf("Golden/WorstMistakes/%d", i), func(t *testing.T) {
			most := max(1, len(g.Wrong)-1) // one is left out
			m := WorstMistakes(most)
			batched(t, m, matrix(g.Logits), tensor.New(g.Truth, len(g.Truth)), 4)
			if got := m.Value(); got != float64(len(g.Wrong)) || len(m.Worst()) != most {
				t.Fatalf("%v mistakes, %d kept, want %d, %d kept", got, len(m.Worst()), len(g.Wrong), most)
			}
			for j, w := range m.Worst() {
				if w.Sample != g.Wrong[j] || w.True != g.Truth[w.Sample] || w.Predicted != g.Predicted[j] {
					t.Errorf("mistake %d is %+v, want sample %d taken for %d", j, w, g.Wrong[j], g.Predicted[j])
				}
				if got := -math.Log(w.TrueProbability); !(math.Abs(got-float64(g.Loss[j])) <= 1e-6) {
					t.Errorf("mistake %d has the loss %v, want %v", j, got, g.Loss[j])
				}
			}
		})
	}
}
