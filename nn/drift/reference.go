package drift

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// The sizes of a sample. Fewer than minRows say too little; more than maxRows say
// nothing new.
const (
	minRows     = 100
	maxRows     = 100_000
	defaultRows = 2000
)

// Option is a setting of [NewReference] and [NewBuilder]: an [Outputs], [Names],
// [ChannelsLast], [Features], [SampleSize] or [Seed].
type Option interface{ apply(s *settings) }

type option func(s *settings)

func (o option) apply(s *settings) { o(s) }

// settings are what options say.
type settings struct {
	outputs Outputs
	last    bool
	names   []string
	f       Func
	rows    int
	seed    uint64
}

// Names names the columns of inputs [N, F], which are x0, x1, … otherwise.
func Names(columns ...string) Option {
	return option(func(s *settings) { s.names, s.f = slices.Clone(columns), nil })
}

// ChannelsLast is for inputs [N, …, C], such as the sequences [N, T, F] of package
// rnn.
var ChannelsLast Option = option(func(s *settings) { s.last = true })

// Features replaces the features of inputs by those that f computes, one for each
// name and at most 64. A file does not hold f: give it to the monitor in
// [Options].Features too.
func Features(names []string, f Func) Option {
	return option(func(s *settings) { s.names, s.f = slices.Clone(names), f })
}

// SampleSize sets how many samples a reference keeps of those it is given, from 100
// to 100,000; the default is 2000. Of more it keeps a random choice.
func SampleSize(n int) Option { return option(func(s *settings) { s.rows = n }) }

// Seed sets the seed of the random choice, 0 by default.
func Seed(seed uint64) Option { return option(func(s *settings) { s.seed = seed }) }

// Reference is what a [Monitor] compares with: a sample of the features of inputs and
// outputs as they ought to be, how often each class was predicted, and the mean and
// covariance of the features of inputs. It does not change; any number of goroutines
// may share it.
type Reference struct {
	schema
	samples  int      // taken in
	rows     int      // kept
	features []sample // of inputs, then of outputs
	classes  []int    // predictions of each, nil if there are none
	cloud    *cloud   // nil if too few inputs were complete
}

// sample is the values of one feature.
type sample struct {
	values  []float64 // sorted
	edges   []float64 // of bins
	bins    []int
	mean    float64
	std     float64
	missing int
}

func newSample(values []float64, missing int, quantiles []float64) sample {
	s := sample{values: values, missing: missing, edges: binEdges(values, quantiles)}
	s.bins = histogram(s.edges, values, missing)
	s.mean, s.std = meanStd(values)
	return s
}

// meanStd returns the mean of values and the standard deviation around it, 0 if there
// are none.
func meanStd(values []float64) (mean, std float64) {
	if len(values) == 0 {
		return 0, 0
	}
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		std += (v - mean) * (v - mean) / n
	}
	if values[0] == values[len(values)-1] {
		return values[0], 0 // exactly
	}
	return mean, math.Sqrt(std)
}

// cloud is where the inputs lie.
type cloud struct {
	center, covariance []float64
	distances          sample
	outlier            float64 // distance
}

// NewReference returns a reference of inputs x [N, …] and of the outputs y that the
// network gave for them, [N, C] or [N]: typically those of the validation set, and at
// least 100. Either may be nil if it is not to be watched.
func NewReference(x, y *tensor.Tensor, options ...Option) (*Reference, error) {
	b := NewBuilder(options...)
	if err := b.add(x, y); err != nil {
		return nil, fmt.Errorf("drift: NewReference: %w", err)
	}
	r, err := b.reference()
	if err != nil {
		return nil, fmt.Errorf("drift: NewReference: %w", err)
	}
	return r, nil
}

// Samples returns the number of samples that the reference was made of.
func (r *Reference) Samples() int { return r.samples }

// Builder makes a [Reference] of batches, in memory that does not grow with their
// number: samples are kept by algorithm R (Vitter, Random Sampling with a Reservoir,
// 1985). The same batches and seed give the same reference. A Builder may be used by
// one goroutine at a time.
type Builder struct {
	settings
	schema  *schema // nil before the first batch
	batch   batch
	samples int
	rows    []float32
	classes []int
	moments *moments
}

// NewBuilder returns a builder without samples.
func NewBuilder(options ...Option) *Builder {
	b := &Builder{settings: settings{outputs: Logits, rows: defaultRows}}
	for _, o := range options {
		o.apply(&b.settings)
	}
	return b
}

// Add takes in a batch of inputs x [N, …] and outputs y, see [NewReference].
func (b *Builder) Add(x, y *tensor.Tensor) error {
	if err := b.add(x, y); err != nil {
		return fmt.Errorf("drift: Builder.Add: %w", err)
	}
	return nil
}

// Reference returns the reference of all batches so far.
func (b *Builder) Reference() (*Reference, error) {
	r, err := b.reference()
	if err != nil {
		return nil, fmt.Errorf("drift: Builder.Reference: %w", err)
	}
	return r, nil
}

func (b *Builder) add(x, y *tensor.Tensor) error {
	if b.schema == nil {
		if err := b.start(x, y); err != nil {
			return err
		}
	}
	n, err := b.schema.check(x, y)
	if err != nil {
		return err
	}
	if n > math.MaxInt32-b.samples {
		return fmt.Errorf("%d samples after %d, want at most %d", n, b.samples, math.MaxInt32)
	}
	if err := b.batch.read(b.schema, x, y, n); err != nil {
		return err
	}
	if b.outputs == Probabilities && y != nil {
		if err := b.probabilities(contiguous(y), n); err != nil {
			return err
		}
	}
	k := b.schema.features()
	random := rng.New(b.seed, rng.Hash("drift"))
	for i := range n {
		row := b.batch.rows[i*k : (i+1)*k]
		b.keep(row, random)
		b.moments.add(row[:len(b.schema.inputs)])
		if b.classes != nil && b.batch.labels[i] >= 0 {
			b.classes[b.batch.labels[i]]++
		}
	}
	return nil
}

// start fixes what the first batch looks like.
func (b *Builder) start(x, y *tensor.Tensor) error {
	switch {
	case b.settings.rows < minRows || b.settings.rows > maxRows:
		return fmt.Errorf("SampleSize is %d, want %d to %d", b.settings.rows, minRows, maxRows)
	case x == nil && y == nil:
		return errors.New("neither inputs nor outputs")
	}
	s := &schema{}
	if x != nil {
		if err := b.startInputs(s, x.Shape()); err != nil {
			return err
		}
	}
	if y != nil {
		shape := y.Shape()
		if len(shape) == 0 || len(shape) > 2 || shape[1:].Size() == 0 {
			return fmt.Errorf("outputs have shape %v, want [N] or [N, C]", shape)
		}
		s.outputs, s.single = b.outputs, shape[1:].Size()
		s.scores = s.outputs.names(s.single)
	}
	if err := s.valid(); err != nil {
		return err
	}
	b.classes = make([]int, s.classes())
	b.schema, b.moments = s, newMoments(len(s.inputs))
	return nil
}

func (b *Builder) startInputs(s *schema, shape tensor.Shape) error {
	if b.f != nil {
		s.layout, s.f, s.inputs = custom, b.f, b.names
		return nil
	}
	var err error
	if s.layout, s.width, s.inputs, err = arrange(shape, b.last); err != nil {
		return err
	}
	if b.names == nil {
		return nil
	}
	if s.layout != columns || len(b.names) != s.width {
		return fmt.Errorf("%d names for inputs of shape %v, want one for each of up to %d columns", len(b.names), shape, maxFeatures)
	}
	s.inputs = b.names
	return nil
}

// probabilities reports outputs that are no probabilities, though they are finite.
func (b *Builder) probabilities(y []float32, n int) error {
	for i := range n {
		row := y[i*b.schema.single : (i+1)*b.schema.single]
		if b.batch.labels[i] < 0 && !slices.ContainsFunc(row, func(v float32) bool { return v-v != 0 }) {
			return fmt.Errorf("outputs of sample %d are %v, want probabilities that sum to 1; logits want the option Logits", b.samples+i, row)
		}
	}
	return nil
}

// keep takes a row into the reservoir, or not.
func (b *Builder) keep(row []float32, random rng.Stream) {
	i := b.samples
	b.samples++
	if i < b.settings.rows {
		b.rows = append(b.rows, row...)
		return
	}
	if j := random.IntN(uint64(i), i+1); j < b.settings.rows {
		copy(b.rows[j*len(row):], row)
	}
}

func (b *Builder) reference() (*Reference, error) {
	rows := min(b.samples, b.settings.rows)
	if rows < minRows {
		return nil, fmt.Errorf("%d samples, want at least %d", rows, minRows)
	}
	k := b.schema.features()
	r := &Reference{schema: *b.schema, samples: b.samples, rows: rows, classes: slices.Clone(b.classes)}
	for f := range k {
		values, missing := column(nil, b.rows, k, f)
		r.features = append(r.features, newSample(values, missing, deciles))
	}
	inputs := len(r.inputs)
	if inputs == 0 || b.moments.n < max(minRows, inputs+3) {
		return r, nil
	}
	center, covariance := slices.Clone(b.moments.mean), b.moments.covariance()
	m, err := newMahalanobis(center, covariance)
	if err != nil {
		return nil, err
	}
	var distances []float64
	for row := range slices.Chunk(b.rows, k) {
		if complete(row[:inputs]) {
			distances = append(distances, m.without(row[:inputs], b.moments.n))
		}
	}
	slices.Sort(distances)
	r.cloud = newCloud(center, covariance, distances)
	return r, nil
}

func newCloud(center, covariance, distances []float64) *cloud {
	c := &cloud{center: center, covariance: covariance, distances: newSample(distances, 0, tail)}
	c.outlier = quantile(distances, outlierQuantile)
	return c
}

// column appends to dst the sorted values of feature f in rows of k features, and
// returns how many are missing.
func column(dst []float64, rows []float32, k, f int) (values []float64, missing int) {
	for i := f; i < len(rows); i += k {
		if v := rows[i]; v == v {
			dst = append(dst, float64(v))
		} else {
			missing++
		}
	}
	slices.Sort(dst)
	return dst, missing
}
