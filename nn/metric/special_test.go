package metric

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

var _ = []metric{(*Ranking)(nil), (*Mean)(nil), (*Calibration)(nil), (*Mistakes)(nil), (*Variation)(nil)}

// everything returns each metric of one class per sample.
func everything() []metric {
	return []metric{
		BalancedAccuracy(), Matthews(), Kappa(Unweighted), Kappa(Quadratic), FBeta(2), Jaccard(), ROC(), ROC(Micro),
		PrecisionRecall(Weighted), TopK(2), LogLoss(), Brier(), ECE(10), MCE(10), WorstMistakes(3),
	}
}

func TestMoreNames(t *testing.T) {
	for want, m := range map[string]metric{
		"balanced_accuracy": BalancedAccuracy(), "matthews": Matthews(), "kappa": Kappa(Unweighted),
		"kappa_linear": Kappa(Linear), "f2": FBeta(2), "f0.5_macro": FBeta(0.5, Macro), "jaccard_class_2": Jaccard(Class(2)),
		"roc_auc": ROC(Probabilities), "roc_auc_weighted": ROC(Weighted), "average_precision_class_1": PrecisionRecall(Class(1)),
		"top_5_accuracy": TopK(5), "log_loss": LogLoss(), "brier": Brier(), "ece": ECE(10), "mce": MCE(10), "mistakes": WorstMistakes(1),
		"mape": MAPE(), "max_error": MaxError(), "r2": R2(), "explained_variance": ExplainedVariance(), "pearson": Pearson(),
	} {
		if m.Name() != want {
			t.Errorf("name %q, want %q", m.Name(), want)
		}
	}
}

func TestMoreUpdateErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	two := tensor.New([]float32{1, 2, 3, 4}, 2, 2)
	labels := tensor.New([]int{0, 1}, 2)
	flags := tensor.New([]float32{0, 1, 1, 0}, 2, 2)
	for _, c := range []struct {
		m      metric
		output *tensor.Tensor
		target tensor.Any
		want   string
	}{
		{FBeta(-1), two, labels, "metric: f-1: beta is -1, want 0 or more"},
		{Kappa(3), two, labels, "metric: kappa_Weights(3): weights are Weights(3), want one from Unweighted to Quadratic"},
		{TopK(0), two, labels, "metric: top_0_accuracy: k is 0, want 1 or more"},
		{ECE(0), two, labels, "metric: ece: the number of bins is 0, want 1 or more"},
		{MCE(-2), two, labels, "metric: mce: the number of bins is -2, want 1 or more"},
		{WorstMistakes(0), two, labels, "metric: mistakes: the number to keep is 0, want 1 or more"},
		{LogLoss(), tensor.New([]float32{1, 2, 3, nan}, 2, 2), labels, "metric: log_loss: output of sample 1 for class 1 is NaN"},
		{Brier(), tensor.New([]float32{1, nan}, 2), labels, "metric: brier: output of sample 1 is NaN"},
		{ROC(), tensor.New([]float32{1, 2, inf, 3}, 2, 2), labels, "metric: roc_auc: outputs of sample 1 have the maximum +Inf, want a finite number"},
		{ECE(5), tensor.New([]float32{-inf, -inf, 1, 3}, 2, 2), labels, "metric: ece: outputs of sample 0 have the maximum -Inf, want a finite number"},
		{LogLoss(Probabilities), two, labels, "metric: log_loss: outputs of sample 0 have the probability 2, want 0 to 1"},
		{Brier(Probabilities), tensor.New([]float32{0.5, 1.5}, 2), labels, "metric: brier: outputs of sample 1 have the probability 1.5, want 0 to 1"},
		{ROC(Probabilities), tensor.New([]float32{0.5, 0.5, 0.25, 0.5}, 2, 2), labels, "metric: roc_auc: outputs of sample 1 have the sum 0.75, want 1 for probabilities"},
		{LogLoss(), two, tensor.New([]int{0, 2}, 2), "metric: log_loss: label 2 at sample 1, want 0 to 1"},
		{ROC(), two, tensor.New([]int{0, 2}, 2), "metric: roc_auc: label 2 at sample 1, want 0 to 1"},
		{ROC(), two, flags, "metric: roc_auc: target has shape [2 2], want [2]"},
		{ROC(), tensor.Make[float32](2, 2, 2), labels, "metric: roc_auc: output has shape [2 2 2], want [N C], [N 1] or [N]"},
		{ROC(Class(2)), two, labels, "metric: roc_auc_class_2: score of class 2, want 0 to 1"},
		{PrecisionRecall(Binary), tensor.Make[float32](2, 3), labels, "metric: average_precision_binary: binary average of 3 classes, want 2"},
		{F1(MultiLabel), tensor.New([]float32{1, 2, 3, nan}, 2, 2), flags, "metric: f1: output of sample 1 for label 1 is NaN"},
		{F1(MultiLabel), two, tensor.New([]float32{0, 1, 2, 0}, 2, 2), "metric: f1: target of sample 1 for label 0 is 2, want 0 or 1"},
		{F1(MultiLabel), two, tensor.New([]int{0, 1, 1, -1}, 2, 2), "metric: f1: target of sample 1 for label 1 is -1, want 0 or 1"},
		{F1(MultiLabel), two, labels, "metric: f1: target has shape [2], want [2 2]"},
		{F1(MultiLabel), two, tensor.Make[uint8](2, 2), "metric: f1: target is *tensor.Array[uint8], want *tensor.Tensor"},
		{F1(MultiLabel), tensor.Make[float32](2), labels, "metric: f1: output has shape [2], want [N C]"},
		{F1(MultiLabel, Binary), two, flags, "metric: f1_binary: binary average of 2 labels, want another"},
		{F1(MultiLabel, Class(2)), two, flags, "metric: f1_class_2: score of class 2, want 0 to 1"},
		{ROC(MultiLabel), tensor.Make[float32](2), labels, "metric: roc_auc: output has shape [2], want [N C]"},
		{ROC(MultiLabel, Probabilities), two, flags, "metric: roc_auc: outputs of sample 0 have the probability 2, want 0 to 1"},
		{MAPE(), two, tensor.New([]float32{1, 2, inf, 4}, 2, 2), "metric: mape: element 2 has output 3 and target +Inf"},
		{MaxError(), two, tensor.New([]float32{1, nan, 3, 4}, 2, 2), "metric: max_error: element 1 has output 2 and target NaN"},
		{R2(), two, labels, "metric: r2: target is *tensor.Array[int], want *tensor.Tensor"},
		{Pearson(), two, tensor.Make[float32](4), "metric: pearson: target has shape [4], want [2 2]"},
		{R2(), two, tensor.New([]float32{1, 2, nan, 4}, 2, 2), "metric: r2: element 2 has output 3 and target NaN, want finite numbers"},
		{R2(), two, tensor.New([]float32{1, 2, 3, inf}, 2, 2), "metric: r2: element 3 has output 4 and target +Inf, want finite numbers"},
		{R2(), tensor.Make[float32](), tensor.Make[float32](), "metric: r2: output has shape [], want [N …]"},
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

// TestBadBatches: a bad batch leaves what was measured before, and so does one of
// another number of classes.
func TestBadBatches(t *testing.T) {
	x, y := logits([]int{0, 2, 1, 1}, 3), tensor.New([]int{0, 1, 1, 2}, 4)
	for _, m := range everything() {
		if err := m.Update(x, y); err != nil {
			t.Fatal(err)
		}
		before := m.Value()
		if err := m.Update(x, tensor.New([]int{0, 1, 1, 3}, 4)); err == nil || !strings.Contains(err.Error(), "label 3") {
			t.Errorf("%s: label 3: error %v", m.Name(), err)
		}
		err := m.Update(logits([]int{0, 1}, 2), tensor.New([]int{0, 1}, 2))
		if want := "metric: " + m.Name() + ": output has 2 classes, want 3 as before"; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
		if m.Value() != before {
			t.Errorf("%s: value %v after errors, want %v", m.Name(), m.Value(), before)
		}
		m.Reset()
		if m.Value() != 0 {
			t.Errorf("%s: value %v after Reset, want 0", m.Name(), m.Value())
		}
		if err := m.Update(logits([]int{0, 1}, 2), tensor.New([]int{0, 1}, 2)); err != nil {
			t.Errorf("after Reset: error %v", err)
		}
	}
	f := F1(MultiLabel)
	if err := f.Update(tensor.Make[float32](2, 3), tensor.Make[float32](2, 3)); err != nil {
		t.Fatal(err)
	}
	err := f.Update(tensor.Make[float32](2, 4), tensor.Make[float32](2, 4))
	if want := "metric: f1: output has 4 labels, want 3 as before"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	r := R2()
	if err := r.Update(tensor.Make[float32](2, 3), tensor.Make[float32](2, 3)); err != nil {
		t.Fatal(err)
	}
	err = r.Update(tensor.Make[float32](2, 4), tensor.Make[float32](2, 4))
	if want := "metric: r2: output has 4 numbers in a sample, want 3 as before"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestEmptyBatches(t *testing.T) {
	for _, m := range everything() {
		if err := m.Update(tensor.Make[float32](0, 3), tensor.Make[int](0)); err != nil || m.Value() != 0 {
			t.Errorf("%s: value %v, error %v; want 0 and none", m.Name(), m.Value(), err)
		}
	}
	for _, m := range []metric{F1(MultiLabel), ROC(MultiLabel), R2(), Pearson(), ExplainedVariance(), MAPE(), MaxError()} {
		if err := m.Update(tensor.Make[float32](0, 3), tensor.Make[float32](0, 3)); err != nil || m.Value() != 0 {
			t.Errorf("%s: value %v, error %v; want 0 and none", m.Name(), m.Value(), err)
		}
	}
	if r := ROC(); r.PerClass() != nil || len(r.Curve(0).X) != 0 || r.Classes() != 0 {
		t.Error("an empty ROC has classes")
	}
}

func TestMoreUpdatesAllocate(t *testing.T) {
	x, y, z := logits([]int{0, 1, 2, 1}, 3), tensor.New([]int{0, 1, 1, 2}, 4), tensor.Make[float32](4, 3)
	run := func(m metric, target tensor.Any) {
		n := testing.AllocsPerRun(100, func() {
			if _, ok := m.(*Ranking); ok {
				m.Reset() // keeps the memory
			}
			if err := m.Update(x, target); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations in Update, want 0", m.Name(), n)
		}
	}
	for _, m := range everything() {
		run(m, y)
	}
	for _, m := range []metric{F1(MultiLabel), ROC(MultiLabel), R2(), MAPE()} {
		run(m, z)
	}
}

// TestViewsOfOutputs: transposed outputs and targets count like copies.
func TestViewsOfOutputs(t *testing.T) {
	x := tensor.New([]float32{1, 5, 2, 9, 0, 3, 7, 4, 8, 6, 1, 2}, 3, 4).Transpose(0, 1)
	y := tensor.New([]int{1, 9, 2, 9, 0, 9, 1, 9}, 4, 2).Slice(1, 0, 1)
	flags := tensor.New([]float32{1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1}, 3, 4).Transpose(0, 1)
	same := func(m metric, target, copied tensor.Any) {
		if err := m.Update(x, target); err != nil {
			t.Fatal(err)
		}
		got := m.Value()
		m.Reset()
		if err := m.Update(x.Clone(), copied); err != nil || m.Value() != got {
			t.Errorf("%s: a view gives %v, a copy %v, error %v", m.Name(), got, m.Value(), err)
		}
	}
	for _, m := range everything() {
		same(m, y, y.Clone())
	}
	for _, m := range []metric{F1(MultiLabel), PrecisionRecall(MultiLabel), R2(), MAPE()} {
		same(m, flags, flags.Clone())
	}
}

// TestFlags: labels may be numbers or bools.
func TestFlags(t *testing.T) {
	x := tensor.New([]float32{1, -1, 2, 3}, 2, 2)
	for _, y := range []tensor.Any{
		tensor.New([]float32{1, 1, 0, 1}, 2, 2), tensor.New([]int{1, 1, 0, 1}, 2, 2), tensor.New([]bool{true, true, false, true}, 2, 2),
	} {
		m := Jaccard(MultiLabel)
		if err := m.Update(x, y); err != nil || m.Value() != 0.5 {
			t.Errorf("%T: %v, error %v; want 0.5", y, m.Value(), err)
		}
		if got := m.Confusion().Samples(); got != 0 {
			t.Errorf("%d samples in the confusion matrix of labels", got)
		}
	}
	one := F1(MultiLabel, Threshold(0.5))
	err := one.Update(tensor.New([]float32{0.6, 0.4}, 2, 1), tensor.New([]float32{1, 0}, 2, 1))
	if err != nil || one.Value() != 1 {
		t.Errorf("a single label: %v, error %v; want 1", one.Value(), err)
	}
}

// TestBeta: the ends of the scale are precision and recall.
func TestBeta(t *testing.T) {
	o := outcome{found: 3, predicted: 4, support: 9}
	for beta, want := range map[float64]float64{0: o.precision(), 1: o.f1(), math.Inf(1): o.recall(), 1e200: o.recall(), 2: 15. / 40} {
		if got := o.fBeta(beta); !near(got, want) {
			t.Errorf("F of beta %v = %v, want %v", beta, got, want)
		}
	}
}

// TestTopKTies: of equal outputs the first counts, as for the accuracy.
func TestTopKTies(t *testing.T) {
	x, y := tensor.Make[float32](3, 3), tensor.New([]int{0, 1, 2}, 3)
	for k, want := range []float64{1. / 3, 2. / 3, 1, 1} {
		m := TopK(k + 1)
		if err := m.Update(x, y); err != nil || !near(m.Value(), want) {
			t.Errorf("%s = %v, error %v; want %v", m.Name(), m.Value(), err, want)
		}
	}
}

// TestSureLogits: logits that are far apart keep their order and their loss.
func TestSureLogits(t *testing.T) {
	x := tensor.New([]float32{0, 300, 0, 200, 0, 400, 0, 100, 800, -800}, 5, 2)
	y := tensor.New([]int{1, 0, 1, 0, 1}, 5)
	roc, loss := ROC(), LogLoss()
	for _, m := range []metric{roc, loss, ECE(10), Brier()} {
		if err := m.Update(x, y); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := roc.Value(), 4./6; !near(got, want) {
		t.Errorf("area %v, want %v", got, want)
	}
	if got, want := loss.Value(), (200.+100+1600)/5; !near(got, want) {
		t.Errorf("loss %v, want %v", got, want)
	}
	flags, z := ROC(MultiLabel), tensor.New([]float32{0, 1, 0, 0, 0, 1, 0, 0, 1, 0}, 5, 2)
	if err := flags.Update(x, z); err != nil {
		t.Fatal(err)
	}
	if got := flags.PerClass(); got[0] != 1 || got[1] != 1 {
		t.Errorf("areas of labels %v, want 1 and 1", got)
	}
}

func TestWorstMistakes(t *testing.T) {
	x := tensor.New([]float32{
		2, 0, 0, // right
		0, 3, 0, // wrong, sure
		0, 1, 0, // wrong, not so sure
		0, 3, 0, // as sure as the one before
		9, 0, 0, // wrong, most sure
	}, 5, 3)
	y := tensor.New([]int{0, 2, 0, 0, 1}, 5)
	for _, batch := range []int{1, 2, 5} {
		m := WorstMistakes(3)
		batched(t, m, x, y, batch)
		var got [][3]int
		for _, w := range m.Worst() {
			got = append(got, [3]int{w.Sample, w.True, w.Predicted})
		}
		if want := [][3]int{{4, 1, 0}, {1, 2, 1}, {3, 0, 1}}; !reflect.DeepEqual(got, want) || m.Value() != 4 {
			t.Errorf("%v mistakes %v, want 4 %v", m.Value(), got, want)
		}
		w := m.Worst()[1]
		if want := math.Exp(3) / (math.Exp(3) + 2); !near(w.Probability, want) || !near(w.TrueProbability, (1-want)/2) {
			t.Errorf("%+v", w)
		}
	}
}

func TestReportString(t *testing.T) {
	c, _ := NewConfusion(byHand)
	c.Names = []string{"cat", "dög"}
	want := `                  precision  recall     f1  support
cat                   0.750   0.750  0.750        4
dög                   0.500   0.500  0.500        2
2                     0.667   0.667  0.667        3
macro average         0.639   0.639  0.639        9
micro average         0.667   0.667  0.667        9
weighted average      0.667   0.667  0.667        9
`
	if got := c.Report().String(); got != want {
		t.Errorf("String() =\n%swant\n%s", got, want)
	}
	if got := new(Confusion).Report().String(); !strings.Contains(got, "macro average") {
		t.Errorf("empty: %q", got)
	}
}

func TestUnknownPanics(t *testing.T) {
	c, _ := NewConfusion(byHand)
	for name, f := range map[string]func(){
		"average": func() { c.Scores(9) },
		"binary":  func() { c.Scores(Binary) },
		"weights": func() { c.Kappa(9) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
