package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/tensor"
)

// Normalize shifts and scales every channel, the first axis of a sample:
//
//	y[c, …] = (x[c, …] - mean[c]) / std[c]
//
// mean and std have one number for each channel, or a single one for all. It is
// torchvision's Normalize. [MeanStd] measures both.
func Normalize(mean, std []float32) Transform {
	return normalize{slices.Clone(mean), slices.Clone(std)}
}

type normalize struct {
	Mean []float32 `json:"mean"`
	Std  []float32 `json:"std"`
}

func (t normalize) check() error {
	m, s := len(t.Mean), len(t.Std)
	if m != s && m != 1 && s != 1 || m == 0 || s == 0 {
		return fmt.Errorf("Normalize: %d means and %d standard deviations, want one for each channel or one for all", m, s)
	}
	for c, s := range t.Std {
		if !(s > 0) {
			return fmt.Errorf("Normalize: standard deviation %d is %v, want more than 0", c, s)
		}
	}
	return nil
}

func (t normalize) Shape(in tensor.Shape) (tensor.Shape, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if len(in) == 0 {
		return nil, fmt.Errorf("Normalize: input has shape %v, want [C, …]", in)
	}
	if n := len(t.Mean); n != 1 && n != in[0] {
		return nil, fmt.Errorf("Normalize: %d means for %d channels", n, in[0])
	}
	if n := len(t.Std); n != 1 && n != in[0] {
		return nil, fmt.Errorf("Normalize: %d standard deviations for %d channels", n, in[0])
	}
	return in, nil
}

func (t normalize) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	y, x := dst.Data(), src.Data()
	channels := src.Dim(0)
	for c := range channels {
		mean, std := t.Mean[c%len(t.Mean)], t.Std[c%len(t.Std)]
		lo, hi := c*len(x)/channels, (c+1)*len(x)/channels
		in := x[lo:hi]
		for i, v := range in {
			y[lo+i] = (v - mean) / std
		}
	}
	return nil
}

// MeanStd returns the mean and the standard deviation of every channel, the
// first axis of a sample, over all samples of ds in epoch 0:
//
//	mean[c] = Σ x[…, c, …] / n        std[c] = √(Σ x[…, c, …]² / n - mean[c]²)
//
// It is an error if ds has no samples.
func MeanStd(ds Dataset) (mean, std []float32, err error) {
	spec := ds.Spec()
	if spec.Err != nil {
		return nil, nil, spec.Err
	}
	if len(spec.X) == 0 || spec.X.Size() == 0 || ds.Len() == 0 {
		return nil, nil, fmt.Errorf("data: MeanStd: nothing to measure: %d samples of shape %v", ds.Len(), spec.X)
	}
	channels := spec.X[0]
	sum, squares := make([]float64, channels), make([]float64, channels)
	s := NewSample(spec)
	area := s.X.Len() / channels
	for i := range ds.Len() {
		if err := ds.Read(i, s); err != nil {
			return nil, nil, fmt.Errorf("data: MeanStd: sample %d: %w", i, err)
		}
		for c := range channels {
			for _, v := range row(s.X, c, area) {
				sum[c] += float64(v)
				squares[c] += float64(v) * float64(v)
			}
		}
	}
	n := float64(ds.Len()) * float64(area)
	for c := range channels {
		m := sum[c] / n
		mean = append(mean, float32(m))
		std = append(std, float32(math.Sqrt(max(squares[c]/n-m*m, 0))))
	}
	return mean, std, nil
}
