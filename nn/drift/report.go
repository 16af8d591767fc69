package drift

import (
	"bytes"
	"fmt"
	"slices"
	"text/tabwriter"
)

// The names under which a report has what is not a feature of a sample alone.
const (
	distanceName = "distance"
	classesName  = "classes"
)

// Verdict is what a report comes to.
type Verdict string

// The verdicts, from the least to the worst.
const (
	Unknown Verdict = "unknown" // not enough samples
	OK      Verdict = "ok"
	Warning Verdict = "warning"
	Alarm   Verdict = "alarm"
)

// number returns −1 for Unknown and 0, 1, 2 for the others.
func (v Verdict) number() int {
	return slices.Index([]Verdict{Unknown, OK, Warning, Alarm}, v) - 1
}

// Report compares the samples in the window of a [Monitor] with the reference.
type Report struct {
	Verdict   Verdict `json:"verdict"`           // the worst of all below
	Note      string  `json:"note,omitempty"`    // why it is Unknown
	Samples   int     `json:"samples"`           // in the window
	Seen      int64   `json:"seen"`              // since the monitor was made
	Reference int     `json:"reference_samples"` // kept of those that the reference was made of
	// Significance is the level of each test: that of the options divided by the
	// number of features (Bonferroni), where distance and classes count as one each.
	Significance float64   `json:"significance,omitempty"`
	Inputs       []Feature `json:"inputs,omitempty"`   // features of inputs
	Outputs      []Feature `json:"outputs,omitempty"`  // and of outputs
	Distance     *Distance `json:"distance,omitempty"` // of inputs; nil if the reference has none
	Classes      *Classes  `json:"classes,omitempty"`  // nil if there are none
}

// Feature is how the values of one feature differ from those of the reference. Where
// there are not enough of them for a test, Test is empty, P is 1 and Note says so.
type Feature struct {
	Name          string  `json:"name"`
	Verdict       Verdict `json:"verdict"`
	Note          string  `json:"note,omitempty"`
	Values        int     `json:"values"`  // in the window
	Missing       int     `json:"missing"` // samples where it is NaN or infinite
	Mean          float64 `json:"mean"`    // 0 if there are no values
	ReferenceMean float64 `json:"reference_mean"`
	PSI           float64 `json:"psi"`
	Chance        float64 `json:"chance"`      // p value of the chi-squared test of the bins that PSI is of
	KS            float64 `json:"ks"`          // statistic of Kolmogorov and Smirnov
	P             float64 `json:"p"`           // its p value
	Wasserstein   float64 `json:"wasserstein"` // in standard deviations of the reference; 0 if that is 0
	Test          string  `json:"test"`        // which of both decides, "ks" or "wasserstein"
	Threshold     float64 `json:"threshold"`   // of p or of the distance
	Drifted       bool    `json:"drifted"`
}

// Distance is how far the inputs lie from the mean of the reference's, by
// Mahalanobis. Samples with a missing feature have no distance.
type Distance struct {
	Feature
	Limit    float64 `json:"limit"`    // which one of a hundred samples of the reference exceeds
	Outliers float64 `json:"outliers"` // the share of the window's samples that do
}

// Classes is how often each class was predicted. Samples without a prediction, such as
// outputs NaN, are not counted.
type Classes struct {
	Verdict    Verdict `json:"verdict"`
	Reference  []int   `json:"reference"` // of all samples that the reference was made of
	Window     []int   `json:"window"`
	PSI        float64 `json:"psi"`
	ChiSquared float64 `json:"chi_squared"`
	P          float64 `json:"p"`
	Threshold  float64 `json:"threshold"` // of p
	Drifted    bool    `json:"drifted"`
}

// Report compares the window with the reference. It takes milliseconds for a few
// features and a tenth of a second for 64, during which Observe goes on.
func (m *Monitor) Report() *Report {
	rows, labels, seen := m.window()
	r := &Report{Verdict: Unknown, Samples: len(labels), Seen: seen, Reference: m.ref.rows}
	if r.Samples < m.options.MinSamples {
		r.Note = m.few("samples", r.Samples)
		return r
	}
	tests := len(m.ref.features)
	if m.distance != nil {
		tests++
	}
	if len(m.ref.classes) > 0 {
		tests++
	}
	r.Verdict, r.Significance = OK, m.options.Significance/float64(tests)
	k := m.schema.features()
	for i := range m.ref.features {
		values, missing := column(nil, rows, k, i)
		f := m.compare(m.schema.name(i), &m.ref.features[i], values, missing, r.Significance)
		if r.worst(f.Verdict); i < len(m.schema.inputs) {
			r.Inputs = append(r.Inputs, f)
		} else {
			r.Outputs = append(r.Outputs, f)
		}
	}
	if m.distance != nil {
		r.Distance = m.compareDistance(rows, r.Significance)
		r.worst(r.Distance.Verdict)
	}
	if len(m.ref.classes) > 0 {
		r.Classes = m.compareClasses(labels, r.Significance)
		r.worst(r.Classes.Verdict)
	}
	return r
}

// few says that there are less than MinSamples.
func (m *Monitor) few(what string, n int) string {
	return fmt.Sprintf("not enough %s: %d, want %d", what, n, m.options.MinSamples)
}

func (r *Report) worst(v Verdict) {
	if v.number() > r.Verdict.number() {
		r.Verdict = v
	}
}

// verdict judges a PSI that is chance with probability p.
func (m *Monitor) verdict(psi, p, significance float64) Verdict {
	switch {
	case p >= significance || psi < m.options.Warning:
		return OK
	case psi < m.options.Alarm:
		return Warning
	}
	return Alarm
}

// largeWindow is the number of values above which the distance decides instead of the
// p value, to which any small difference is significant then.
const largeWindow = 1000

// compare compares the sorted values of a feature with those of the reference.
func (m *Monitor) compare(name string, ref *sample, values []float64, missing int, significance float64) Feature {
	f := Feature{Name: name, Values: len(values), Missing: missing, ReferenceMean: ref.mean, P: 1}
	f.Mean, _ = meanStd(values)
	bins := histogram(ref.edges, values, missing)
	f.PSI = psi(ref.bins, bins)
	_, f.Chance = chiSquared(ref.bins, bins)
	f.Verdict = m.verdict(f.PSI, f.Chance, significance)
	if n := min(len(values), len(ref.values)); n < m.options.MinSamples {
		f.Note = m.few("values", n)
		return f
	}
	f.KS, f.Wasserstein = distances(ref.values, values)
	f.P = kolmogorov(f.KS, len(ref.values), len(values))
	if ref.std > 0 {
		f.Wasserstein /= ref.std
	} else {
		f.Wasserstein = 0
	}
	if len(values) <= largeWindow || ref.std == 0 {
		f.Test, f.Threshold, f.Drifted = "ks", significance, f.P < significance
	} else {
		f.Test, f.Threshold, f.Drifted = "wasserstein", m.options.Distance, f.Wasserstein >= m.options.Distance
	}
	return f
}

func (m *Monitor) compareDistance(rows []float32, significance float64) *Distance {
	k, cloud, outliers := m.schema.features(), m.ref.cloud, 0
	var values []float64
	for row := range slices.Chunk(rows, k) {
		row = row[:len(m.schema.inputs)]
		if !complete(row) {
			continue
		}
		d := m.distance.distance(row)
		if d > cloud.outlier {
			outliers++
		}
		values = append(values, d)
	}
	slices.Sort(values)
	d := &Distance{Feature: m.compare(distanceName, &cloud.distances, values, 0, significance), Limit: cloud.outlier}
	d.Missing = len(rows)/k - len(values)
	if len(values) > 0 {
		d.Outliers = float64(outliers) / float64(len(values))
	}
	return d
}

func (m *Monitor) compareClasses(labels []int32, significance float64) *Classes {
	c := &Classes{Reference: slices.Clone(m.ref.classes), Window: make([]int, len(m.ref.classes)), Threshold: significance}
	for _, l := range labels {
		if l >= 0 {
			c.Window[l]++
		}
	}
	c.PSI = psi(c.Reference, c.Window)
	c.ChiSquared, c.P = chiSquared(c.Reference, c.Window)
	c.Drifted = c.P < significance
	c.Verdict = m.verdict(c.PSI, c.P, significance)
	return c
}

// Values gives f the numbers of the report one by one, for gauges: their name and the
// feature they are of, "distance" and "classes" among these, "" for those of the whole
// report.
//
//	verdict          the whole and each feature: −1 unknown, 0 ok, 1 warning, 2 alarm
//	window_samples   the whole
//	psi, p, drifted  each feature (drifted is 0 or 1)
//	ks, wasserstein, mean, reference_mean, missing_ratio
//	                 each feature but classes
//	outlier_ratio    distance
//
// A report without enough samples has the first two alone.
func (r *Report) Values(f func(name, feature string, v float64)) {
	f("verdict", "", float64(r.Verdict.number()))
	f("window_samples", "", float64(r.Samples))
	for _, x := range r.features() {
		f("verdict", x.Name, float64(x.Verdict.number()))
		f("psi", x.Name, x.PSI)
		f("p", x.Name, x.P)
		f("drifted", x.Name, indicator(x.Drifted))
		f("ks", x.Name, x.KS)
		f("wasserstein", x.Name, x.Wasserstein)
		f("mean", x.Name, x.Mean)
		f("reference_mean", x.Name, x.ReferenceMean)
		f("missing_ratio", x.Name, float64(x.Missing)/float64(r.Samples))
	}
	if d := r.Distance; d != nil {
		f("outlier_ratio", distanceName, d.Outliers)
	}
	if c := r.Classes; c != nil {
		f("verdict", classesName, float64(c.Verdict.number()))
		f("psi", classesName, c.PSI)
		f("p", classesName, c.P)
		f("drifted", classesName, indicator(c.Drifted))
	}
}

// features returns all features of the report, and its distance.
func (r *Report) features() []Feature {
	all := slices.Concat(r.Inputs, r.Outputs)
	if r.Distance != nil {
		all = append(all, r.Distance.Feature)
	}
	return all
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// String returns the report as a table.
func (r *Report) String() string {
	if r.Note != "" {
		return fmt.Sprintf("%s: %s\n", r.Verdict, r.Note)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %d samples against %d\n", r.Verdict, r.Samples, r.Reference)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "feature\tmean\treference\tPSI\tp\tdrifted\tverdict\t")
	for _, f := range r.features() {
		fmt.Fprintf(w, "%s\t%.3g\t%.3g\t%.3f\t%.2g\t%v\t%s\t\n", f.Name, f.Mean, f.ReferenceMean, f.PSI, f.P, f.Drifted, f.Verdict)
	}
	if c := r.Classes; c != nil {
		fmt.Fprintf(w, "%s\t\t\t%.3f\t%.2g\t%v\t%s\t\n", classesName, c.PSI, c.P, c.Drifted, c.Verdict)
	}
	w.Flush()
	return b.String()
}
