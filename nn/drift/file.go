package drift

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/strictjson"
)

const (
	fileFormat  = "gannet.drift"
	fileVersion = 1

	maxFile    = 256 << 20 // bytes; of 128 features of 100,000 samples each it is about half
	maxName    = 200       // bytes
	maxClasses = 1 << 20
)

// file is the JSON of a reference. Bins, means and the like follow from the values.
type file struct {
	Format  string  `json:"format"`
	Version int     `json:"version"`
	Samples int     `json:"samples"`
	Rows    int     `json:"rows"`
	Layout  string  `json:"layout,omitempty"`
	Width   int     `json:"width,omitempty"`
	Inputs  []named `json:"inputs,omitempty"`
	Outputs Outputs `json:"outputs,omitempty"`
	Single  int     `json:"single,omitempty"` // numbers of a sample's outputs
	Scores  []named `json:"scores,omitempty"`
	Classes []int   `json:"classes,omitempty"`
	Cloud   *points `json:"cloud,omitempty"`
}

// named is a feature in a file.
type named struct {
	Name   string    `json:"name"`
	Values []float32 `json:"values"` // sorted
}

// points is a cloud in a file.
type points struct {
	Center     []float64 `json:"center"`
	Covariance []float64 `json:"covariance"` // the lower triangle, row by row
	Distances  []float32 `json:"distances"`  // sorted
}

// Save writes the reference to a file, as JSON; see [Load]. The file at path is
// replaced as a whole or, if anything fails, stays as it is.
func (r *Reference) Save(path string) error {
	text, err := json.Marshal(r.file())
	if err == nil {
		err = atomicfile.Write(path, func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("drift: Save: %w", err)
	}
	return nil
}

func (r *Reference) file() *file {
	f := &file{
		Format: fileFormat, Version: fileVersion, Samples: r.samples, Rows: r.rows,
		Layout: r.layout, Width: r.width, Outputs: r.outputs, Single: r.single, Classes: r.classes,
	}
	for i, s := range r.features {
		n := named{r.name(i), single(s.values)}
		if i < len(r.inputs) {
			f.Inputs = append(f.Inputs, n)
		} else {
			f.Scores = append(f.Scores, n)
		}
	}
	if c := r.cloud; c != nil {
		f.Cloud = &points{c.center, c.covariance, single(c.distances.values)}
	}
	return f
}

// Load reads a reference that [Reference.Save] wrote.
func Load(path string) (*Reference, error) {
	r, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("drift: Load: %s: %w", path, err)
	}
	return r, nil
}

func load(path string) (*Reference, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	return parse(text)
}

// Parse reads a reference from the content of a file, such as one that is embedded in
// the program. What it allocates is bounded by the size of data.
func Parse(data []byte) (*Reference, error) {
	r, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("drift: Parse: %w", err)
	}
	return r, nil
}

func parse(data []byte) (*Reference, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("more than %d bytes", maxFile)
	}
	var f file
	if err := strictjson.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	switch {
	case f.Format != fileFormat:
		return nil, fmt.Errorf("format is %q, want %q", f.Format, fileFormat)
	case f.Version != fileVersion:
		return nil, fmt.Errorf("version is %d, want %d; a newer version of the library may read it", f.Version, fileVersion)
	case f.Rows < minRows || f.Rows > maxRows || f.Rows > f.Samples:
		return nil, fmt.Errorf("%d rows of %d samples, want %d to %d rows", f.Rows, f.Samples, minRows, maxRows)
	}
	return f.open()
}

// open makes the reference that a file describes.
func (f *file) open() (*Reference, error) {
	r := &Reference{
		schema:  schema{layout: f.Layout, width: f.Width, outputs: f.Outputs, single: f.Single},
		samples: f.Samples, rows: f.Rows, classes: f.Classes,
	}
	for _, n := range f.Inputs {
		r.inputs = append(r.inputs, n.Name)
	}
	for _, n := range f.Scores {
		r.scores = append(r.scores, n.Name)
	}
	if err := r.valid(); err != nil {
		return nil, err
	}
	for _, n := range slices.Concat(f.Inputs, f.Scores) {
		if len(n.Values) > f.Rows {
			return nil, fmt.Errorf("feature %q: %d values of %d rows", n.Name, len(n.Values), f.Rows)
		}
		if !slices.IsSorted(n.Values) {
			return nil, fmt.Errorf("feature %q: the values are not sorted", n.Name)
		}
		r.features = append(r.features, newSample(double(n.Values), f.Rows-len(n.Values), deciles))
	}
	if err := f.checkClasses(r.schema.classes()); err != nil {
		return nil, err
	}
	if f.Cloud == nil {
		return r, nil
	}
	var err error
	if r.cloud, err = f.Cloud.open(len(f.Inputs), f.Rows); err != nil {
		return nil, fmt.Errorf("cloud: %w", err)
	}
	return r, nil
}

func (f *file) checkClasses(want int) error {
	if len(f.Classes) != want {
		return fmt.Errorf("%d classes, want %d", len(f.Classes), want)
	}
	left := f.Samples
	for i, n := range f.Classes {
		if n < 0 || n > left {
			return fmt.Errorf("class %d has %d samples, %d are left of %d", i, n, left, f.Samples)
		}
		left -= n
	}
	return nil
}

func (p *points) open(inputs, rows int) (*cloud, error) {
	switch {
	case inputs == 0 || len(p.Center) != inputs || len(p.Covariance) != inputs*(inputs+1)/2:
		return nil, fmt.Errorf("%d means and %d covariances of %d features, want %d and %d",
			len(p.Center), len(p.Covariance), inputs, inputs, inputs*(inputs+1)/2)
	case len(p.Distances) == 0 || len(p.Distances) > rows:
		return nil, fmt.Errorf("%d distances of %d rows", len(p.Distances), rows)
	case !slices.IsSorted(p.Distances) || p.Distances[0] < 0:
		return nil, errors.New("the distances are not sorted or below 0")
	}
	if _, err := newMahalanobis(p.Center, p.Covariance); err != nil {
		return nil, err
	}
	return newCloud(p.Center, p.Covariance, double(p.Distances)), nil
}

// valid reports a schema that there cannot be.
func (s *schema) valid() error {
	if err := s.validInputs(); err != nil {
		return err
	}
	if err := s.validOutputs(); err != nil {
		return err
	}
	return s.validNames()
}

func (s *schema) validInputs() error {
	if s.width < 0 || s.width > maxFeatures {
		return fmt.Errorf("width is %d, want 0 to %d", s.width, maxFeatures)
	}
	want, wide := 0, false
	switch s.layout {
	case "":
	case columns:
		want, wide = s.width, true
	case channels, channelsLast:
		want, wide = s.width*len(summaries), true
	case whole:
		want = len(summaries)
	case custom:
		want = len(s.inputs)
	default:
		return fmt.Errorf("layout is %q, which is unknown", s.layout)
	}
	if wide != (s.width > 0) {
		return fmt.Errorf("layout %q has width %d", s.layout, s.width)
	}
	if n := len(s.inputs); n != want || n > maxFeatures || s.layout != "" && n == 0 {
		return fmt.Errorf("inputs have %d features, want %d, and 1 to %d", n, want, maxFeatures)
	}
	return nil
}

func (s *schema) validOutputs() error {
	least, most := 1, maxClasses
	switch s.outputs {
	case "":
		least, most = 0, 0
	case Logits, Probabilities:
	case Numbers:
		most = maxFeatures
	default:
		return fmt.Errorf("outputs are %q, want %q, %q or %q", s.outputs, Logits, Probabilities, Numbers)
	}
	if s.single < least || s.single > most {
		return fmt.Errorf("%d outputs for a sample, want %d to %d", s.single, least, most)
	}
	if names := s.outputs.names(s.single); !slices.Equal(s.scores, names) {
		return fmt.Errorf("outputs have features %q, want %q", s.scores, names)
	}
	return nil
}

func (s *schema) validNames() error {
	seen := map[string]bool{}
	for _, name := range slices.Concat(s.inputs, s.scores) {
		if name == "" || len(name) > maxName || !utf8.ValidString(name) {
			return fmt.Errorf("feature name %q, want 1 to %d bytes of UTF-8", name, maxName)
		}
		if name == distanceName || name == classesName || seen[name] {
			return fmt.Errorf("feature name %q is taken", name)
		}
		seen[name] = true
	}
	if len(seen) == 0 {
		return errors.New("neither inputs nor outputs")
	}
	return nil
}

// classes returns the number of classes, 0 if outputs are none.
func (s *schema) classes() int {
	switch {
	case s.outputs == "" || s.outputs == Numbers:
		return 0
	case s.single == 1:
		return 2
	}
	return s.single
}

func single(values []float64) []float32 {
	f := make([]float32, len(values))
	for i, v := range values {
		f[i] = float32(v)
	}
	return f
}

func double(values []float32) []float64 {
	f := make([]float64, len(values))
	for i, v := range values {
		f[i] = float64(v)
	}
	return f
}
