package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// goldenCase is what testdata/golden.py wrote.
type goldenCase struct {
	Name             string
	Classes          int
	Truth, Predicted []int
	Accuracy         float64
	Confusion        [][]int
	PerClass         [][3]float64 `json:"per_class"` // precision, recall, F1
	Averages         map[string][3]float64
}

func golden(t *testing.T) []goldenCase {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("golden.json: %d cases, error %v", len(cases), err)
	}
	return cases
}

// logits returns outputs [N, classes] that predict the given classes.
func logits(predicted []int, classes int) *tensor.Tensor {
	x := tensor.Make[float32](len(predicted), classes)
	for i, p := range predicted {
		for j := range classes {
			x.Set(float32(-(i+j)%3), i, j)
		}
		x.Set(2.5, i, p)
	}
	return x
}

// feed updates m in batches of the given size.
func feed(t *testing.T, m interface {
	Update(*tensor.Tensor, tensor.Any) error
}, truth, predicted []int, classes, batch int) {
	t.Helper()
	for lo := 0; lo < len(truth); lo += batch {
		hi := min(lo+batch, len(truth))
		if err := m.Update(logits(predicted[lo:hi], classes), tensor.New(truth[lo:hi], hi-lo)); err != nil {
			t.Fatal(err)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-14 }

// TestScikitLearn compares all scores with those of scikit-learn, whatever the
// batches are.
func TestScikitLearn(t *testing.T) {
	averages := map[string]Average{"binary": Binary, "macro": Macro, "micro": Micro, "weighted": Weighted}
	for _, g := range golden(t) {
		for _, batch := range []int{1, 7, len(g.Truth)} {
			t.Run(fmt.Sprintf("Golden/ConfusionMatrix/%s/batch=%d", g.Name, batch), func(t *testing.T) {
				c := ConfusionMatrix()
				feed(t, c, g.Truth, g.Predicted, g.Classes, batch)
				if got := c.Counts(); !reflect.DeepEqual(got, g.Confusion) {
					t.Errorf("Counts() = %v, want %v", got, g.Confusion)
				}
				if !near(c.Accuracy(), g.Accuracy) || c.Value() != c.Accuracy() {
					t.Errorf("Accuracy() = %v, Value() = %v, want %v", c.Accuracy(), c.Value(), g.Accuracy)
				}
				for i, want := range g.PerClass {
					if !near(c.Precision(i), want[0]) || !near(c.Recall(i), want[1]) || !near(c.F1(i), want[2]) {
						t.Errorf("class %d: %v, want %v", i, c.class(i), want)
					}
				}
				for name, want := range g.Averages {
					a := averages[name]
					for i, m := range []*Score{Precision(a), Recall(a), F1(a)} {
						feed(t, m, g.Truth, g.Predicted, g.Classes, batch)
						if got := m.Value(); !near(got, want[i]) {
							t.Errorf("%s = %v, want %v", m.Name(), got, want[i])
						}
					}
				}
			})
		}
	}
}

// 0 is true four times: three found, one taken for 2. 1 is true twice, found
// once. 2 is true three times, found twice, once taken for 1.
var byHand = [][]int{{3, 0, 1}, {1, 1, 0}, {0, 1, 2}}

func TestScoresByHand(t *testing.T) {
	c, err := NewConfusion(byHand)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Scores{{3.0 / 4, 3.0 / 4, 3.0 / 4}, {1.0 / 2, 1.0 / 2, 1.0 / 2}, {2.0 / 3, 2.0 / 3, 2.0 / 3}} {
		if got := c.class(i); got != want {
			t.Errorf("class %d: %v, want %v", i, got, want)
		}
	}
	if got, want := c.Scores(Macro).F1, (3.0/4+1.0/2+2.0/3)/3; !near(got, want) {
		t.Errorf("macro F1 = %v, want %v", got, want)
	}
	if got, want := c.Scores(Micro).Recall, 6.0/9; !near(got, want) {
		t.Errorf("micro recall = %v, want %v", got, want)
	}
	if got, want := c.Scores(Weighted).Precision, (4*3.0/4+2*1.0/2+3*2.0/3)/9; !near(got, want) {
		t.Errorf("weighted precision = %v, want %v", got, want)
	}
	if c.Scores(0) != c.Scores(Macro) {
		t.Errorf("the default of three classes is %v, want the macro average", c.Scores(0))
	}
	if c.Classes() != 3 || c.Samples() != 9 || c.Support(0) != 4 || c.Support(1) != 2 {
		t.Errorf("%d classes, %d samples, support %d, %d; want 3, 9, 4, 2", c.Classes(), c.Samples(), c.Support(0), c.Support(1))
	}
}

// TestMerge: what two matrices saw is what one sees of all.
func TestMerge(t *testing.T) {
	g := golden(t)[1]
	var all, a, b, none Confusion
	n := len(g.Truth) / 3
	feed(t, &all, g.Truth, g.Predicted, g.Classes, 8)
	feed(t, &a, g.Truth[:n], g.Predicted[:n], g.Classes, 8)
	feed(t, &b, g.Truth[n:], g.Predicted[n:], g.Classes, 8)
	var sum Confusion
	for _, c := range []*Confusion{&a, &none, &b} {
		if err := sum.Merge(c); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(sum.Counts(), all.Counts()) {
		t.Errorf("merged %v, want %v", sum.Counts(), all.Counts())
	}
	three, _ := NewConfusion(byHand)
	if err := sum.Merge(three); err == nil || !strings.Contains(err.Error(), "merge of 3 classes, want 10") {
		t.Errorf("merge of other classes: error %v", err)
	}
}

func TestConfusionReset(t *testing.T) {
	c, _ := NewConfusion(byHand)
	c.Reset()
	if c.Samples() != 0 || c.Value() != 0 || c.Classes() != 0 || c.Scores(Binary) != (Scores{}) {
		t.Errorf("after Reset: %v", c)
	}
	feed(t, c, []int{1, 1}, []int{0, 1}, 2, 2)
	if got, want := c.Counts(), [][]int{{0, 0}, {1, 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("Counts() = %v, want %v", got, want)
	}
}

func TestNewConfusionError(t *testing.T) {
	for want, counts := range map[string][][]int{
		"metric: confusion: row 1 has 1 counts, want 2":         {{1, 2}, {3}},
		"metric: confusion: row 0 has count -1, want 0 or more": {{1, -1}, {3, 4}},
	} {
		if _, err := NewConfusion(counts); err == nil || err.Error() != want {
			t.Errorf("NewConfusion(%v): error %v, want %s", counts, err, want)
		}
	}
}

func TestConfusionString(t *testing.T) {
	c, _ := NewConfusion(byHand)
	c.Names = []string{"cat", "dög"} // one short: the number stands in
	want := `true \ predicted    cat    dög      2  recall
cat                   3      0      1   75.0%
dög                   1      1      0   50.0%
2                     0      1      2   66.7%
precision         75.0%  50.0%  66.7%   66.7%
`
	if got := c.String(); got != want {
		t.Errorf("String() =\n%swant\n%s", got, want)
	}
	if got := new(Confusion).String(); !strings.HasPrefix(got, "true") {
		t.Errorf("empty: %q", got)
	}
}
