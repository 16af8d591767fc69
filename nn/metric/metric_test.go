package metric

import (
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// metric is nn.Metric, which this package must not import.
type metric interface {
	Name() string
	Reset()
	Update(output *tensor.Tensor, target tensor.Any) error
	Value() float64
}

var _ = []metric{(*Score)(nil), (*Confusion)(nil), (*Error)(nil)}

func TestNames(t *testing.T) {
	for want, m := range map[string]metric{
		"accuracy": Accuracy(), "precision": Precision(), "recall": Recall(), "f1": F1(),
		"confusion": ConfusionMatrix(), "mse": MSE(), "rmse": RMSE(), "mae": MAE(),
		"precision_macro": Precision(Macro), "recall_class_3": Recall(Class(3)),
		"f1_weighted": F1(Threshold(0.5), Weighted),
	} {
		if m.Name() != want {
			t.Errorf("name %q, want %q", m.Name(), want)
		}
	}
}

func TestDefaultAverage(t *testing.T) {
	for _, g := range golden(t) {
		want := g.Averages["macro"]
		if g.Classes == 2 {
			want = g.Averages["binary"]
		}
		for i, m := range []*Score{Precision(), Recall(), F1()} {
			feed(t, m, g.Truth, g.Predicted, g.Classes, 16)
			if !near(m.Value(), want[i]) {
				t.Errorf("%s: %s = %v, want %v", g.Name, m.Name(), m.Value(), want[i])
			}
		}
		one := F1(Class(1))
		feed(t, one, g.Truth, g.Predicted, g.Classes, 16)
		if !near(one.Value(), g.PerClass[1][2]) {
			t.Errorf("%s: F1 of class 1 %v, want %v", g.Name, one.Value(), g.PerClass[1][2])
		}
		t.Run("Golden/Accuracy/"+g.Name, func(t *testing.T) {
			m := Accuracy()
			feed(t, m, g.Truth, g.Predicted, g.Classes, 16)
			if !near(m.Value(), g.Accuracy) {
				t.Errorf("accuracy %v, want %v", m.Value(), g.Accuracy)
			}
		})
	}
}

// TestArgmax: the first of the largest wins, infinities count as numbers.
func TestArgmax(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		row  []float32
		want int
	}{
		{[]float32{1, 2, 3}, 2}, {[]float32{3, 2, 3}, 0}, {[]float32{0, 0, 0}, 0},
		{[]float32{-inf, -inf, -1}, 2}, {[]float32{-inf, -inf, -inf}, 0}, {[]float32{1, inf, inf}, 1},
	} {
		got, err := appendArgmax(nil, tensor.New(c.row, 1, 3))
		if err != nil || got[0] != c.want {
			t.Errorf("argmax of %v is %d, error %v; want %d", c.row, got, err, c.want)
		}
	}
}

// TestOneOutput: one output per sample is compared with the threshold.
func TestOneOutput(t *testing.T) {
	out := []float32{-0.1, 0, 0.1, 0.5, 0.7, float32(math.Inf(1))}
	ints := []int{0, 0, 1, 1, 0, 1}
	floats := []float32{0, 0, 1, 1, 0, 1}
	bools := []bool{false, false, true, true, false, true}
	n := len(out)
	for _, shape := range [][]int{{n}, {n, 1}} {
		for _, target := range []tensor.Any{
			tensor.New(ints, n), tensor.New(ints, n, 1), tensor.New(floats, shape...), tensor.New(bools, n),
		} {
			for _, c := range []struct {
				m    *Score
				want float64
			}{{Accuracy(), 5.0 / 6}, {Accuracy(Threshold(0.5)), 3.0 / 6}, {Precision(), 3.0 / 4}, {Recall(Threshold(0.5)), 1.0 / 3}} {
				if err := c.m.Update(tensor.New(out, shape...), target); err != nil {
					t.Fatal(err)
				}
				if got := c.m.Value(); !near(got, c.want) {
					t.Errorf("output %v, target %T%v: %s = %v, want %v", shape, target, target.Shape(), c.m.Name(), got, c.want)
				}
			}
		}
	}
}

// TestViews: transposed and sliced outputs and targets count like copies.
func TestViews(t *testing.T) {
	x := tensor.New([]float32{1, 5, 2, 9, 0, 3, 7, 4, 8, 6, 1, 2}, 3, 4) // [classes, samples]
	y := tensor.New([]int{1, 9, 2, 9, 0, 9, 1, 9}, 4, 2)
	got, want := ConfusionMatrix(), ConfusionMatrix()
	if err := got.Update(x.Transpose(0, 1), y.Slice(1, 0, 1)); err != nil {
		t.Fatal(err)
	}
	if err := want.Update(x.Transpose(0, 1).Clone(), y.Slice(1, 0, 1).Clone()); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("got\n%vwant\n%v", got, want)
	}
}

func TestUpdateError(t *testing.T) {
	nan := float32(math.NaN())
	two := tensor.New([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 4, 2)
	four := tensor.New([]float32{1, 2, 3, 4}, 4)
	ok := tensor.New([]int{0, 1, 0, 1}, 4)
	for _, c := range []struct {
		m      metric
		output *tensor.Tensor
		target tensor.Any
		want   string
	}{
		{Accuracy(), two, tensor.New([]int{0, 1, 0, 7}, 4), "metric: accuracy: label 7 at sample 3, want 0 to 1"},
		{F1(), two, tensor.New([]int{0, -1, 0, 1}, 4), "metric: f1: label -1 at sample 1, want 0 to 1"},
		{Recall(), four, tensor.New([]int{0, 2, 0, 1}, 4), "metric: recall: label 2 at sample 1, want 0 to 1"},
		{Accuracy(), two, tensor.New([]int{0, 1}, 2), "metric: accuracy: target has shape [2], want [4]"},
		{Accuracy(), two, tensor.New([]int{0, 1, 0, 1}, 2, 2), "metric: accuracy: target has shape [2 2], want [4]"},
		{Accuracy(), tensor.Make[float32](4, 2, 2), ok, "metric: accuracy: output has shape [4 2 2], want [N C], [N 1] or [N]"},
		{Accuracy(), tensor.Make[float32](4, 0), ok, "metric: accuracy: output has shape [4 0], want [N C], [N 1] or [N]"},
		{Accuracy(), tensor.Make[float32](), ok, "metric: accuracy: output has shape [], want [N C], [N 1] or [N]"},
		{ConfusionMatrix(), tensor.New([]float32{1, 2, 3, nan}, 2, 2), tensor.New([]int{0, 1}, 2), "metric: confusion: output of sample 1 for class 1 is NaN"},
		{ConfusionMatrix(), tensor.New([]float32{1, nan}, 2), tensor.New([]int{0, 1}, 2), "metric: confusion: output of sample 1 is NaN"},
		{Accuracy(), four, tensor.New([]float32{0, 1, 0.5, 1}, 4), "metric: accuracy: label 0.5 at sample 2, want a whole number"},
		{Accuracy(), four, tensor.New([]float32{nan, 1, 1, 1}, 4), "metric: accuracy: label NaN at sample 0, want a whole number"},
		{Accuracy(), four, tensor.New([]uint8{0, 1, 0, 1}, 4), "metric: accuracy: target is *tensor.Array[uint8], want *tensor.Ints"},
		{F1(Class(2)), two, ok, "metric: f1_class_2: score of class 2, want 0 to 1"},
		{F1(Class(-1)), two, ok, "metric: f1_class_-1: score of class -1, want 0 to 1"},
		{F1(Binary), tensor.Make[float32](4, 3), ok, "metric: f1_binary: binary average of 3 classes, want 2"},
		{F1(Average(9)), two, ok, "metric: f1_Average(9): average is Average(9), want one from Binary to Weighted"},
		{MSE(), four, ok, "metric: mse: target is *tensor.Array[int], want *tensor.Tensor"},
		{MAE(), four, tensor.Make[float32](4, 1), "metric: mae: target has shape [4 1], want [4]"},
		{MAE(), four, tensor.New([]float32{1, 2, nan, 4}, 4), "metric: mae: element 2 has output 3 and target NaN"},
	} {
		err := c.m.Update(c.output, c.target)
		if err == nil || strings.ReplaceAll(err.Error(), "github.com/gannet-ml/gannet/", "") != c.want {
			t.Errorf("error %v\nwant  %s", err, c.want)
		}
		if c.m.Value() != 0 {
			t.Errorf("%s: value %v after an error, want 0", c.m.Name(), c.m.Value())
		}
	}
}

// TestUpdateErrorCountsNothing: a bad batch leaves what was counted before.
func TestUpdateErrorCountsNothing(t *testing.T) {
	m := Accuracy()
	feed(t, m, []int{0, 1, 2}, []int{0, 1, 1}, 3, 3)
	before := m.Confusion().String()
	if m.Update(logits([]int{0, 0}, 3), tensor.New([]int{0, 3}, 2)) == nil {
		t.Error("label 3: no error")
	}
	err := m.Update(logits([]int{0, 0}, 2), tensor.New([]int{0, 1}, 2))
	if want := "metric: accuracy: output has 2 classes, want 3 as before"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if got := m.Confusion().String(); got != before {
		t.Errorf("after an error:\n%swant\n%s", got, before)
	}
}

func TestRegression(t *testing.T) {
	y := tensor.New([]float32{1, 2, 3, 4, 5, 6}, 3, 2)
	x := tensor.New([]float32{1, 4, 3, 3, 5, 2}, 3, 2) // off by 0, 2, 0, -1, 0, -4
	for _, c := range []struct {
		m    *Error
		want float64
	}{{MSE(), 21.0 / 6}, {RMSE(), math.Sqrt(21.0 / 6)}, {MAE(), 7.0 / 6}} {
		for _, batches := range [][]int{{0, 3}, {0, 1, 2, 3}} {
			c.m.Reset()
			for i, lo := range batches[:len(batches)-1] {
				hi := batches[i+1]
				if err := c.m.Update(x.Slice(0, lo, hi), y.Slice(0, lo, hi)); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.m.Value(); got != c.want {
				t.Errorf("%s in %d batches = %v, want %v", c.m.Name(), len(batches)-1, got, c.want)
			}
		}
		if err := c.m.Update(x.Transpose(0, 1), y.Transpose(0, 1)); err != nil || c.m.Value() != c.want {
			t.Errorf("%s with a transposed batch = %v, error %v, want %v", c.m.Name(), c.m.Value(), err, c.want)
		}
	}
}

// TestEmptyBatch: no samples are no error, and no numbers are 0.
func TestEmptyBatch(t *testing.T) {
	for _, m := range []metric{Accuracy(), F1(), ConfusionMatrix(), MSE()} {
		var target tensor.Any = tensor.Make[int](0)
		if m.Name() == "mse" {
			target = tensor.Make[float32](0, 2)
		}
		if err := m.Update(tensor.Make[float32](0, 2), target); err != nil || m.Value() != 0 {
			t.Errorf("%s: value %v, error %v; want 0 and none", m.Name(), m.Value(), err)
		}
	}
	if err := Accuracy().Update(new(tensor.Tensor), new(tensor.Ints)); err != nil {
		t.Errorf("zero values: %v", err)
	}
}

func TestUpdateAllocates(t *testing.T) {
	x, y, z := logits([]int{0, 1, 2, 1}, 3), tensor.New([]int{0, 1, 1, 2}, 4), tensor.Make[float32](4, 3)
	for _, m := range []metric{Accuracy(), F1(Macro), ConfusionMatrix(), MSE()} {
		var target tensor.Any = y
		if m.Name() == "mse" {
			target = z
		}
		n := testing.AllocsPerRun(100, func() {
			if err := m.Update(x, target); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations in Update, want 0", m.Name(), n)
		}
	}
}
