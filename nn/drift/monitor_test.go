package drift

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

var nan = float32(math.NaN())

// rows returns n samples of four columns: two normal ones that go together, one that
// is mostly 0, and a constant.
func rows(seed uint64, n int) *tensor.Tensor {
	x := tensor.Normal(seed, 0, 1, n, 4)
	for i := range n {
		r := x.Data()[4*i : 4*i+4]
		r[1] = 0.8*r[0] + 0.6*r[1]
		r[2] = max(r[2]-1, 0)
		r[3] = 7
	}
	return x
}

// logits returns what a network of three classes might answer.
func logits(x *tensor.Tensor) *tensor.Tensor {
	y := tensor.Make[float32](x.Dim(0), 3)
	for i := range x.Dim(0) {
		y.Set(2*x.At(i, 0), i, 0)
		y.Set(2*x.At(i, 1), i, 1)
	}
	return y
}

func reference(t testing.TB, seed uint64, n int, options ...Option) *Reference {
	t.Helper()
	x := rows(seed, n)
	ref, err := NewReference(x, logits(x), options...)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func monitor(t testing.TB, ref *Reference, o Options) *Monitor {
	t.Helper()
	m, err := NewMonitor(ref, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func observe(t testing.TB, m *Monitor, x *tensor.Tensor) *Report {
	t.Helper()
	if err := m.Observe(x, logits(x)); err != nil {
		t.Fatal(err)
	}
	return m.Report()
}

// Without drift at most one report of twenty says that a feature has drifted, and at
// most as many have a verdict, of full windows none.
func TestFalseAlarms(t *testing.T) {
	for _, window := range []int{100, 300, 1000} {
		drifted, verdicts, windows := 0, 0, 0
		for r := range uint64(20) {
			ref := reference(t, 1000+r, 1500)
			for w := range uint64(10) {
				m := monitor(t, ref, Options{Window: window})
				rep := observe(t, m, rows(5000+10*r+w, window))
				windows++
				if rep.Verdict != OK {
					verdicts++
				}
				any := rep.Classes.Drifted
				for _, f := range rep.features() {
					any = any || f.Drifted
				}
				if any {
					drifted++
				}
			}
		}
		if drifted > windows/20 {
			t.Errorf("window %d: %d of %d reports have drift, want at most %d", window, drifted, windows, windows/20)
		}
		limit := windows / 20
		if window == 1000 {
			limit = 0
		}
		if verdicts > limit {
			t.Errorf("window %d: %d of %d reports have a verdict, want at most %d", window, verdicts, windows, limit)
		}
	}
}

func TestDetection(t *testing.T) {
	ref := reference(t, 1, 2000)
	for _, c := range []struct {
		name    string
		window  int
		change  func(r []float32)
		verdict Verdict
		feature string // "" if none drifts
	}{
		{"none", 1000, func([]float32) {}, OK, ""},
		{"shift of 0.4", 1000, func(r []float32) { r[0] += 0.4; r[1] += 0.4 }, Warning, "x0"},
		{"shift of 1", 100, func(r []float32) { r[0]++ }, Alarm, "x0"},
		{"shift of 1 in a large window", 2000, func(r []float32) { r[0]++ }, Alarm, "x0"},
		{"width", 500, func(r []float32) { r[0] *= 3 }, Alarm, "x0"},
		{"combination", 500, func(r []float32) { r[1] = -r[1] }, Alarm, "distance"},
		{"zeros", 500, func(r []float32) { r[2] = 0 }, Alarm, "x2"},
		{"constant", 200, func(r []float32) { r[3] = 8 }, Alarm, "x3"},
		{"constant in a large window", 2000, func(r []float32) { r[3] = 8 }, Alarm, "x3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := rows(2, c.window)
			for i := range c.window {
				c.change(x.Data()[4*i : 4*i+4])
			}
			r := observe(t, monitor(t, ref, Options{Window: c.window}), x)
			if r.Verdict != c.verdict {
				t.Errorf("verdict %s, want %s\n%v", r.Verdict, c.verdict, r)
			}
			found := c.feature == ""
			for _, f := range r.features() {
				found = found || f.Name == c.feature && f.Drifted
				if c.feature == "" && f.Drifted {
					t.Errorf("%s drifted: %+v", f.Name, f)
				}
				want := "ks"
				if c.window > 1000 && f.Name != "x3" {
					want = "wasserstein"
				}
				if f.Test != want {
					t.Errorf("%s: test %q, want %q", f.Name, f.Test, want)
				}
			}
			if !found {
				t.Errorf("%s has not drifted\n%v", c.feature, r)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Error(err)
			}
		})
	}
}

// One of ten inputs that is far out is an alarm, though features hardly change.
func TestOutliers(t *testing.T) {
	x := rows(2, 1000)
	for i := 0; i < 1000; i += 10 {
		x.Set(2.5, i, 0)
		x.Set(-2.5, i, 1)
	}
	d := observe(t, monitor(t, reference(t, 1, 2000), Options{}), x).Distance
	if d.Outliers < 0.09 || d.Outliers > 0.13 || d.Verdict == OK {
		t.Errorf("outliers %v, PSI %v, verdict %s, want about 0.11 and a warning or an alarm", d.Outliers, d.PSI, d.Verdict)
	}
}

func TestClassShift(t *testing.T) {
	ref := reference(t, 1, 2000)
	m := monitor(t, ref, Options{})
	x := rows(2, 1000)
	y := logits(x)
	for i := range 300 {
		y.Set(9, i, 2)
	}
	if err := m.Observe(x, y); err != nil {
		t.Fatal(err)
	}
	c := m.Report().Classes
	if !c.Drifted || c.Verdict == OK || sum(c.Window) != 1000 || sum(c.Reference) != 2000 {
		t.Errorf("%+v, want drift", c)
	}
}

// NaN and infinities are counted, and the others are compared as if they had not come.
func TestMissing(t *testing.T) {
	ref := reference(t, 1, 2000)
	x := rows(2, 1000)
	for i := range 400 {
		x.Set([]float32{nan, float32(math.Inf(1)), float32(math.Inf(-1)), nan}[i%4], i, 0)
	}
	r := observe(t, monitor(t, ref, Options{}), x)
	f := r.Inputs[0]
	if f.Missing != 400 || f.Values != 600 || f.Drifted || f.Verdict != Alarm {
		t.Errorf("%+v, want 400 missing, an alarm and no drift of the others", f)
	}
	if r.Inputs[1].Missing != 0 || r.Inputs[1].Verdict != OK || r.Distance.Missing != 400 || r.Distance.Drifted {
		t.Errorf("%v\n%+v", r, r.Distance)
	}
	// A logit NaN or +Inf is no prediction; −Inf is a probability of 0.
	if got, want := sum(r.Classes.Window), 700; got != want {
		t.Errorf("%d predictions, want %d", got, want)
	}
	for i := range 950 {
		x.Set(nan, i, 0)
	}
	f = observe(t, monitor(t, ref, Options{}), x).Inputs[0]
	if f.Note != "not enough values: 50, want 100" || f.Test != "" || f.P != 1 || f.Verdict != Alarm {
		t.Errorf("%+v, want an alarm and no test", f)
	}
}

// A reference with missing values expects as many.
func TestMissingInReference(t *testing.T) {
	build := func(seed uint64) *tensor.Tensor {
		x := rows(seed, 2000)
		for i := range 2000 {
			x.Set(nan, i, 3)
			if i%5 == 0 {
				x.Set(nan, i, 2)
			}
		}
		return x
	}
	ref, err := NewReference(build(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := monitor(t, ref, Options{Window: 2000})
	r := observe(t, m, build(2))
	if r.Verdict != OK || r.Distance != nil || r.Classes != nil || r.Inputs[2].Missing != 400 {
		t.Errorf("%v%+v", r, r.Distance)
	}
	if r = observe(t, m, rows(3, 2000)); r.Verdict != Alarm {
		t.Errorf("verdict %s where values came back, want %s", r.Verdict, Alarm)
	}
}

func TestFewSamples(t *testing.T) {
	m := monitor(t, reference(t, 1, 200), Options{})
	r := observe(t, m, rows(2, 12))
	if r.Verdict != Unknown || r.Note != "not enough samples: 12, want 100" {
		t.Errorf("%+v", r)
	}
	if got, want := r.String(), "unknown: not enough samples: 12, want 100\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var names []string
	r.Values(func(name, feature string, v float64) { names = append(names, fmt.Sprint(name, feature, v)) })
	if got := strings.Join(names, " "); got != "verdict-1 window_samples12" {
		t.Errorf("values %s", got)
	}
}

// The window holds the last samples, however they came.
func TestWindow(t *testing.T) {
	ref := reference(t, 1, 500)
	all := rows(2, 700)
	want, err := json.Marshal(observe(t, monitor(t, ref, Options{Window: 150}), all.Slice(0, 550, 700)))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 7, 150, 400, 700} {
		m := monitor(t, ref, Options{Window: 150})
		for i := 0; i < 700; i += size {
			observe(t, m, all.Slice(0, i, min(i+size, 700)))
		}
		r := m.Report()
		if r.Seen != 700 || r.Samples != 150 {
			t.Errorf("size %d: %d seen, %d in the window, want 700 and 150", size, r.Seen, r.Samples)
		}
		r.Seen = 150
		if got, _ := json.Marshal(r); string(got) != string(want) {
			t.Errorf("size %d: report\n%s, want\n%s", size, got, want)
		}
	}
}

func TestRegression(t *testing.T) {
	x := rows(1, 1000)
	ref, err := NewReference(nil, x, Numbers)
	if err != nil {
		t.Fatal(err)
	}
	m := monitor(t, ref, Options{})
	if err := m.Observe(nil, tensor.AddScalar(rows(2, 500), 1)); err != nil {
		t.Fatal(err)
	}
	r := m.Report()
	if r.Inputs != nil || r.Classes != nil || r.Distance != nil || len(r.Outputs) != 4 || r.Outputs[0].Name != "y0" || !r.Outputs[0].Drifted {
		t.Errorf("%+v", r)
	}
}

func TestFeatures(t *testing.T) {
	sumOf := func(dst, x *tensor.Tensor) error {
		tensor.SumTo(dst, x)
		return nil
	}
	ref := reference(t, 1, 500, Features([]string{"sum"}, sumOf))
	r := observe(t, monitor(t, ref, Options{}), rows(2, 500))
	if len(r.Inputs) != 1 || r.Inputs[0].Name != "sum" || r.Verdict != OK {
		t.Errorf("%v", r)
	}
	failing := monitor(t, ref, Options{Features: func(_, _ *tensor.Tensor) error { return errors.New("no luck") }})
	x := rows(2, 500)
	if err := failing.Observe(x, logits(x)); err == nil || err.Error() != "drift: Observe: no luck" {
		t.Errorf("error %v", err)
	}
	if r := failing.Report(); r.Seen != 0 {
		t.Errorf("%d samples seen of a batch that failed", r.Seen)
	}
}

func TestLayouts(t *testing.T) {
	for _, c := range []struct {
		shape tensor.Shape
		last  bool
		want  string
	}{
		{tensor.Shape{2}, false, "x0"},
		{tensor.Shape{2, 2}, false, "x0 x1"},
		{tensor.Shape{2, 65}, false, "mean std sharpness min max"},
		{tensor.Shape{2, 1, 3}, false, "mean[0] std[0] sharpness[0] min[0] max[0]"},
		{tensor.Shape{2, 13, 3}, false, "mean std sharpness min max"},
		{tensor.Shape{2, 13, 1}, true, "mean[0] std[0] sharpness[0] min[0] max[0]"},
	} {
		_, _, names, err := arrange(c.shape, c.last)
		if got := strings.Join(names, " "); got != c.want || err != nil {
			t.Errorf("%v: features %s, %v, want %s", c.shape, got, err, c.want)
		}
		x := tensor.Normal(1, 0, 1, append([]int{200}, c.shape[1:]...)...)
		o := []Option{Seed(1)}
		if c.last {
			o = append(o, ChannelsLast)
		}
		ref, err := NewReference(x, nil, o...)
		if err != nil {
			t.Fatal(err)
		}
		m := monitor(t, ref, Options{})
		if err := m.Observe(x, nil); err != nil {
			t.Error(err)
		}
		if r := m.Report(); r.Verdict != OK || r.Inputs[0].PSI != 0 {
			t.Errorf("%v: %v", c.shape, r)
		}
	}
}

func TestErrors(t *testing.T) {
	x, y := rows(1, 200), logits(rows(1, 200))
	ref := reference(t, 1, 200)
	m := monitor(t, ref, Options{})
	custom, err := NewReference(x, y, Features([]string{"a", "b"}, func(dst, x *tensor.Tensor) error { dst.Fill(1); return nil }))
	if err != nil {
		t.Fatal(err)
	}
	custom.f = nil // as one of a file
	made := func(x, y *tensor.Tensor, o ...Option) error { _, err := NewReference(x, y, o...); return err }
	watch := func(r *Reference, o Options) error { _, err := NewMonitor(r, o); return err }
	empty := NewBuilder()
	_, errEmpty := empty.Reference()
	pictures := monitor(t, mustReference(t, tensor.Normal(1, 0, 1, 100, 3, 4, 4)), Options{})
	for _, c := range []struct {
		err  error
		want string
	}{
		{made(x, y.Slice(0, 0, 100)), "drift: NewReference: 200 inputs and 100 outputs, want as many"},
		{made(x.Slice(0, 0, 99), y.Slice(0, 0, 99)), "drift: NewReference: 99 samples, want at least 100"},
		{errEmpty, "drift: Builder.Reference: 0 samples, want at least 100"},
		{made(nil, nil), "drift: NewReference: neither inputs nor outputs"},
		{made(tensor.Scalar[float32](1), nil), "drift: NewReference: inputs have shape [], want [N, …] with numbers for a sample"},
		{made(nil, tensor.Zeros(2, 3, 4)), "drift: NewReference: outputs have shape [2 3 4], want [N] or [N, C]"},
		{made(x, y, Probabilities), "drift: NewReference: outputs of sample 0 are "},
		{made(x, y, Names("a", "b")), "drift: NewReference: 2 names for inputs of shape [200 4], want one for each of up to 64 columns"},
		{made(x, y, Names("a", "b", "c", "a")), `drift: NewReference: feature name "a" is taken`},
		{made(x, y, Names("a", "b", "c", "distance")), `drift: NewReference: feature name "distance" is taken`},
		{made(x, y, Names("a", "b", "c", "")), `drift: NewReference: feature name "", want 1 to 200 bytes of UTF-8`},
		{made(x, y, Outputs("odds")), `drift: NewReference: outputs are "odds", want "logits", "probabilities" or "numbers"`},
		{made(x, y, SampleSize(10)), "drift: NewReference: SampleSize is 10, want 100 to 100000"},
		{made(x, tensor.Zeros(200, 65), Numbers), "drift: NewReference: 65 outputs for a sample, want 1 to 64"},
		{watch(ref, Options{Window: 50}), "drift: NewMonitor: the window is 50 and MinSamples 100, want at least 1 and a window of as many"},
		{watch(ref, Options{Significance: 2}), "drift: NewMonitor: the significance is 2, want more than 0 and less than 1"},
		{watch(ref, Options{Distance: -1}), "drift: NewMonitor: the distance is -1, want more than 0"},
		{watch(ref, Options{Warning: 0.3}), "drift: NewMonitor: the warning is from 0.3 and the alarm from 0.25, want more than 0 and an alarm of as much"},
		{watch(custom, Options{}), "drift: NewMonitor: the reference was made with the option Features, and there is no function in Options.Features"},
		{watch(ref, Options{Features: func(_, _ *tensor.Tensor) error { return nil }}), "drift: NewMonitor: Options.Features is a function, but the reference was made without"},
		{m.Observe(nil, y), "drift: Observe: inputs are missing, the reference has them"},
		{m.Observe(x, nil), "drift: Observe: outputs are missing, the reference has them"},
		{m.Observe(tensor.Zeros(2, 5), y), "drift: Observe: inputs have shape [2 5], want [N, 4]"},
		{m.Observe(x, tensor.Zeros(200, 2)), "drift: Observe: outputs have shape [200 2], want [N, 3]"},
		{m.Observe(x, tensor.Zeros(3, 3)), "drift: Observe: 200 inputs and 3 outputs, want as many"},
		{pictures.Observe(tensor.Zeros(2, 1, 4, 4), nil), "drift: Observe: inputs have shape [2 1 4 4], want [N, 3, …]"},
		{pictures.Observe(tensor.Zeros(2, 3, 0, 4), nil), "drift: Observe: inputs have shape [2 3 0 4], want [N, 3, …]"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), c.want) {
			t.Errorf("error %v, want %s", c.err, c.want)
		}
	}
	if r := m.Report(); r.Seen != 0 {
		t.Errorf("%d samples seen, want 0", r.Seen)
	}
}

func mustReference(t testing.TB, x *tensor.Tensor) *Reference {
	t.Helper()
	ref, err := NewReference(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestManyGoroutines(t *testing.T) {
	m := monitor(t, reference(t, 1, 500), Options{})
	var wg sync.WaitGroup
	for g := range uint64(8) {
		wg.Go(func() {
			for i := range uint64(20) {
				x := rows(100*g+i, 16)
				if err := m.Observe(x, logits(x)); err != nil {
					t.Error(err)
				}
				if i%10 == 9 {
					m.Report()
				}
			}
		})
	}
	wg.Wait()
	if r := m.Report(); r.Seen != 8*20*16 || r.Samples != 1000 || r.Verdict != OK {
		t.Errorf("%v", r)
	}
}

func TestObserveAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	pictures := mustReference(t, tensor.Normal(1, 0, 1, 100, 3, 8, 8))
	x, p := rows(2, 32), tensor.Normal(2, 0, 1, 32, 3, 8, 8)
	y := logits(x)
	double := func(dst, x *tensor.Tensor) error { tensor.MulScalarTo(dst, x, 2); return nil }
	for _, c := range []struct {
		name string
		m    *Monitor
		x    *tensor.Tensor
	}{
		{"rows", monitor(t, reference(t, 1, 200), Options{}), x},
		{"pictures", monitor(t, pictures, Options{}), p},
		{"function", monitor(t, reference(t, 1, 200, Features([]string{"a", "b", "c", "d"}, double)), Options{}), x},
	} {
		if n := testing.AllocsPerRun(20, func() {
			if err := c.m.Observe(c.x, y); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", c.name, n)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	x := tensor.Normal(1, 0, 1, 32, 3, 224, 224)
	ref := mustReference(b, tensor.Normal(1, 0, 1, 100, 3, 8, 8))
	m := monitor(b, ref, Options{})
	for b.Loop() {
		if err := m.Observe(x, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(32*b.N), "µs/picture")
}

func BenchmarkReport(b *testing.B) {
	m := monitor(b, mustReference(b, tensor.Normal(1, 0, 1, 2000, 64)), Options{})
	if err := m.Observe(tensor.Normal(2, 0, 1, 1000, 64), nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.Report()
	}
}
