package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// number is a float64 of a golden file, NaN for null.
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// load reads a golden file that testdata/scikit.py wrote.
func load[T any](t *testing.T, name string) []T {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var cases []T
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%s: %d cases, error %v", name, len(cases), err)
	}
	return cases
}

// averaged are a score of every class and its averages.
type averaged struct {
	Macro, Micro, Weighted number
	PerClass               []number `json:"per_class"`
}

// of returns the values of three averages.
func (a *averaged) of() map[Average]number {
	return map[Average]number{Macro: a.Macro, Micro: a.Micro, Weighted: a.Weighted}
}

// matrix returns rows as a tensor.
func matrix(rows [][]float32) *tensor.Tensor {
	x := tensor.Make[float32](len(rows), len(rows[0]))
	for i, r := range rows {
		for j, v := range r {
			x.Set(v, i, j)
		}
	}
	return x
}

// batched updates m in batches of the given size.
func batched(t *testing.T, m metric, x *tensor.Tensor, y tensor.Any, batch int) {
	t.Helper()
	m.Reset()
	n := x.Dim(0)
	for lo := 0; lo < n; lo += batch {
		hi := min(lo+batch, n)
		var part tensor.Any
		switch y := y.(type) {
		case *tensor.Tensor:
			part = y.Slice(0, lo, hi)
		case *tensor.Ints:
			part = y.Slice(0, lo, hi)
		}
		if err := m.Update(x.Slice(0, lo, hi), part); err != nil {
			t.Fatal(err)
		}
	}
}

// check compares, relative to large values; NaN wants NaN.
func check(t *testing.T, name string, got float64, want number) {
	t.Helper()
	w := float64(want)
	if math.IsNaN(got) && math.IsNaN(w) {
		return
	}
	if !(math.Abs(got-w) <= 1e-12*max(1, math.Abs(w))) {
		t.Errorf("%s = %v, want %v", name, got, w)
	}
}

// checkAll compares values in order.
func checkAll(t *testing.T, name string, got []float64, want []number) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s = %v, want %v", name, got, want)
		return
	}
	for i := range got {
		check(t, fmt.Sprintf("%s[%d]", name, i), got[i], want[i])
	}
}

// checkScore measures with batches of every size, which must give the same bits.
// It is a subtest that names the constructor of m.
func checkScore(t *testing.T, constructor string, m metric, x *tensor.Tensor, y tensor.Any, want number) {
	t.Helper()
	t.Run("Golden/"+constructor+"/"+m.Name(), func(t *testing.T) {
		batched(t, m, x, y, x.Dim(0))
		whole := m.Value()
		check(t, m.Name(), whole, want)
		for _, batch := range []int{1, 5} {
			batched(t, m, x, y, batch)
			if got := m.Value(); math.Float64bits(got) != math.Float64bits(whole) {
				t.Errorf("%s in batches of %d = %v, want %v", m.Name(), batch, got, whole)
			}
		}
	})
}

// constructors are those of the metrics of the golden files, and scoresByName makes
// them.
var constructors = map[string]string{
	"precision": "Precision", "recall": "Recall", "f1": "F1", "jaccard": "Jaccard", "f0.5": "FBeta", "f2": "FBeta",
}

var scoresByName = map[string]func(...Option) *Score{
	"precision": Precision, "recall": Recall, "f1": F1, "jaccard": Jaccard,
	"f0.5": func(o ...Option) *Score { return FBeta(0.5, o...) },
	"f2":   func(o ...Option) *Score { return FBeta(2, o...) },
}

func checkClassScores(t *testing.T, scores map[string]averaged, x *tensor.Tensor, y tensor.Any, targets Targets) {
	t.Helper()
	if len(scores) != len(scoresByName) {
		t.Fatalf("%d scores, want %d", len(scores), len(scoresByName))
	}
	for name, want := range scores {
		for a, v := range want.of() {
			m := scoresByName[name](a, targets)
			if got := name + "_" + a.String(); m.Name() != got {
				t.Errorf("name %q, want %q", m.Name(), got)
			}
			checkScore(t, constructors[name], m, x, y, v)
			checkAll(t, name, m.PerClass(), want.PerClass)
		}
		for i, v := range want.PerClass {
			checkScore(t, constructors[name], scoresByName[name](Class(i), targets), x, y, v)
		}
	}
}

// checkReport compares a report with the scores it is made of.
func checkReport(t *testing.T, r *Report, scores map[string]averaged) {
	t.Helper()
	for name, of := range map[string]func(Scores) float64{
		"precision": func(s Scores) float64 { return s.Precision },
		"recall":    func(s Scores) float64 { return s.Recall },
		"f1":        func(s Scores) float64 { return s.F1 },
	} {
		want, class := scores[name], []float64(nil)
		for _, c := range r.Classes {
			class = append(class, of(c.Scores))
		}
		checkAll(t, name, class, want.PerClass)
		checkAll(t, name, []float64{of(r.Macro), of(r.Micro), of(r.Weighted)}, []number{want.Macro, want.Micro, want.Weighted})
	}
}

func TestLabels(t *testing.T) {
	type table struct {
		Classes          int
		Truth, Predicted []int
		Whole            map[string]number
		Scores           map[string]averaged
	}
	for i, g := range load[table](t, "labels.json") {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			x, y := logits(g.Predicted, g.Classes), tensor.New(g.Truth, len(g.Truth))
			for constructor, scores := range map[string][]*Score{
				"BalancedAccuracy": {BalancedAccuracy()}, "Matthews": {Matthews()},
				"Kappa": {Kappa(Unweighted), Kappa(Linear), Kappa(Quadratic)},
			} {
				for _, m := range scores {
					checkScore(t, constructor, m, x, y, g.Whole[m.Name()])
				}
			}
			checkClassScores(t, g.Scores, x, y, SingleLabel)
			c := ConfusionMatrix()
			batched(t, c, x, y, 5)
			checkReport(t, c.Report(), g.Scores)
		})
	}
}

func TestMultiLabel(t *testing.T) {
	type table struct {
		Truth, Logits [][]float32
		Scores        map[string]averaged
		ROC, AP       averaged
	}
	for i, g := range load[table](t, "multilabel.json") {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			x, y := matrix(g.Logits), matrix(g.Truth)
			checkClassScores(t, g.Scores, x, y, MultiLabel)
			m := F1(MultiLabel)
			batched(t, m, x, y, 5)
			checkReport(t, m.Report(), g.Scores)
			checkRanking(t, "ROC", ROC, g.ROC, x, y, MultiLabel)
			checkRanking(t, "PrecisionRecall", PrecisionRecall, g.AP, x, y, MultiLabel)
		})
	}
}

// checkRanking compares the areas under curves.
func checkRanking(t *testing.T, constructor string, metric func(...RankOption) *Ranking, want averaged, x *tensor.Tensor, y tensor.Any, options ...RankOption) {
	t.Helper()
	for a, v := range want.of() {
		m := metric(append(options, a)...)
		checkScore(t, constructor, m, x, y, v)
		checkAll(t, m.Name(), m.PerClass(), want.PerClass)
	}
	for i, v := range want.PerClass {
		checkScore(t, constructor, metric(append(options, Class(i))...), x, y, v)
	}
	v := want.Macro
	if len(want.PerClass) == 2 && y.Shape().Equal(x.Shape()[:1]) {
		v = want.PerClass[1]
	}
	checkScore(t, constructor, metric(options...), x, y, v)
}

// probabilityTable is a case of probabilities.json.
type probabilityTable struct {
	Kind        string
	Outputs     json.RawMessage
	Truth       []int
	ROC, AP     averaged
	LogLoss     number `json:"log_loss"`
	Brier       number
	Calibration []struct {
		Bins     int
		ECE, MCE number
		Curve    [][3]number
	}
	ROCCurve [3][]number `json:"roc_curve"`
	PRCurve  [3][]number `json:"pr_curve"`
	Top      []number
}

// tensors returns outputs [N] or [N, C] and labels.
func (g *probabilityTable) tensors(t *testing.T) (*tensor.Tensor, *tensor.Ints) {
	t.Helper()
	y := tensor.New(g.Truth, len(g.Truth))
	var single []float32
	if json.Unmarshal(g.Outputs, &single) == nil {
		return tensor.New(single, len(single)), y
	}
	var rows [][]float32
	if err := json.Unmarshal(g.Outputs, &rows); err != nil {
		t.Fatal(err)
	}
	return matrix(rows), y
}

func TestProbabilities(t *testing.T) {
	for i, g := range load[probabilityTable](t, "probabilities.json") {
		t.Run(fmt.Sprintf("%d/%s", i, g.Kind), func(t *testing.T) {
			outputs := Logits
			if g.Kind == "probabilities" {
				outputs = Probabilities
			}
			x, y := g.tensors(t)
			checkRanking(t, "ROC", ROC, g.ROC, x, y, outputs)
			checkRanking(t, "PrecisionRecall", PrecisionRecall, g.AP, x, y, outputs)
			checkScore(t, "LogLoss", LogLoss(outputs), x, y, g.LogLoss)
			checkScore(t, "Brier", Brier(outputs), x, y, g.Brier)
			for _, c := range g.Calibration {
				checkScore(t, "MCE", MCE(c.Bins, outputs), x, y, c.MCE)
				m := ECE(c.Bins, outputs)
				checkScore(t, "ECE", m, x, y, c.ECE)
				checkBins(t, m.Bins(), c.Curve)
			}
			for k, want := range g.Top {
				checkScore(t, "TopK", TopK(k+1), x, y, want)
			}
			if g.ROCCurve[0] != nil {
				roc, pr := ROC(outputs), PrecisionRecall(outputs)
				batched(t, roc, x, y, 5)
				batched(t, pr, x, y, 5)
				checkCurves(t, &g, roc.Curve(1), pr.Curve(1))
			}
		})
	}
}

// checkBins compares the bins with samples.
func checkBins(t *testing.T, bins []Bin, want [][3]number) {
	t.Helper()
	for i, b := range bins {
		if w := 1 / float64(len(bins)); !near(b.Lower, float64(i)*w) || !near(b.Upper, float64(i+1)*w) {
			t.Errorf("bin %d is from %v to %v", i, b.Lower, b.Upper)
		}
		if b.Samples > 0 && len(want) > 0 {
			checkAll(t, fmt.Sprintf("bin %d", i), []float64{b.Confidence, b.Accuracy, float64(b.Samples)}, want[0][:])
			want = want[1:]
		} else if b != (Bin{Lower: b.Lower, Upper: b.Upper}) {
			t.Errorf("bin %d is %v, want none", i, b)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d bins are missing", len(want))
	}
}

// checkCurves compares curves. The first threshold is infinite here, and that of
// the precision-recall curve, which scikit-learn writes backwards, is missing
// there.
func checkCurves(t *testing.T, g *probabilityTable, roc, pr Curve) {
	t.Helper()
	checkAll(t, "false positives", roc.X, g.ROCCurve[0])
	checkAll(t, "true positives", roc.Y, g.ROCCurve[1])
	checkAll(t, "ROC thresholds", roc.Threshold[1:], g.ROCCurve[2][1:])
	backwards := func(x []number) []number {
		var r []number
		for i := range x {
			r = append(r, x[len(x)-1-i])
		}
		return r
	}
	checkAll(t, "precision", pr.Y, backwards(g.PRCurve[0]))
	checkAll(t, "recall", pr.X, backwards(g.PRCurve[1]))
	checkAll(t, "PR thresholds", pr.Threshold[1:], backwards(g.PRCurve[2]))
	if !math.IsInf(roc.Threshold[0], 1) || !math.IsInf(pr.Threshold[0], 1) {
		t.Errorf("first thresholds %v and %v, want +Inf", roc.Threshold[0], pr.Threshold[0])
	}
}

func TestRegressionScores(t *testing.T) {
	type table struct {
		Output, Target       [][]float32
		MSE, RMSE, MAE, MAPE number
		MaxError             number   `json:"max_error"`
		R2, Pearson          []number // of each column
		ExplainedVariance    []number `json:"explained_variance"`
		MeanR2               number   `json:"mean_r2"`
	}
	for i, g := range load[table](t, "regression.json") {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			x, y := matrix(g.Output), matrix(g.Target)
			for _, c := range []struct {
				constructor string
				m           metric
				want        number
			}{
				{"MSE", MSE(), g.MSE}, {"RMSE", RMSE(), g.RMSE}, {"MAE", MAE(), g.MAE}, {"MAPE", MAPE(), g.MAPE},
				{"MaxError", MaxError(), g.MaxError}, {"R2", R2(), g.MeanR2},
			} {
				checkScore(t, c.constructor, c.m, x, y, c.want)
			}
			for _, c := range []struct {
				constructor string
				m           *Variation
				want        []number
			}{{"R2", R2(), g.R2}, {"ExplainedVariance", ExplainedVariance(), g.ExplainedVariance}, {"Pearson", Pearson(), g.Pearson}} {
				sum := number(0)
				for _, v := range c.want {
					sum += v / number(len(c.want))
				}
				checkScore(t, c.constructor, c.m, x, y, sum)
				checkAll(t, c.m.Name(), c.m.PerColumn(), c.want)
			}
		})
	}
}
