package nntest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// GoldenDropout tests operations that drop elements with a file that
// tensor/grad/testdata/dropout.py wrote. F applies the one of a name, with the
// probability p, on a tape that trains. Each element of the result must be what
// PyTorch makes of one that it keeps, or of one that it drops; both must occur. On
// a tape that does not train the result is x.
func GoldenDropout(t *testing.T, path string, f func(op string, p float64, x *grad.Var) *grad.Var) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Shape []int
		X     []float32
		Cases []struct {
			Op            string
			P             float64
			Kept, Dropped []float32
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cases) == 0 {
		t.Fatalf("%s: %d cases, %v", path, len(file.Cases), err)
	}
	x := tensor.New(file.X, file.Shape...)
	for _, c := range file.Cases {
		t.Run(fmt.Sprintf("Golden/%s/p=%g", c.Op, c.P), func(t *testing.T) {
			y := f(c.Op, c.P, grad.NewTape(grad.Training, 1).Input(x))
			if y.Err() != nil {
				t.Fatal(y.Err())
			}
			kept, dropped := 0, 0
			for i, v := range y.Data().Data() {
				switch {
				case close5(v, c.Kept[i]):
					kept++
				case close5(v, c.Dropped[i]):
					dropped++
				default:
					t.Errorf("element %d is %v, want %v or %v", i, v, c.Kept[i], c.Dropped[i])
				}
			}
			if kept == 0 || dropped == 0 {
				t.Errorf("%d elements are kept and %d dropped, want some of both", kept, dropped)
			}
			if y := f(c.Op, c.P, grad.NewTape(grad.Evaluation, 1).Input(x)); !y.Data().Equal(x) {
				t.Errorf("without training the result is %v, want the input", y.Data())
			}
		})
	}
}

// close5 compares to five digits.
func close5(a, b float32) bool {
	return math.Abs(float64(a-b)) <= 1e-5*max(1, math.Abs(float64(b)))
}
