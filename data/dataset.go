package data

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Dataset is a collection of samples of one shape. Its methods may be called by
// many goroutines at once.
type Dataset interface {
	// Len returns the number of samples.
	Len() int

	// Spec says what the samples look like. It does not change.
	Spec() Spec

	// Read writes sample i, 0 ≤ i < Len, to dst: all of dst.X, dst.Y and what is
	// in dst.More, which have the shapes and types that the Spec says; [Spec.Fits]
	// makes sure.
	Read(i int, dst Sample) error
}

// Spec describes the samples of a data set.
type Spec struct {
	X tensor.Shape // of the input of one sample
	Y tensor.Shape // of its target; [] for a class or a single number

	// More has the shapes of further inputs, nil if X is the only one; see [Zip].
	More []tensor.Shape

	// Classes, if positive, says that targets are *tensor.Ints and hold class
	// labels from 0 to Classes-1; otherwise they are *tensor.Tensor.
	Classes    int
	ClassNames []string // one for each class, or nil

	// Err, if not nil, is why the data set cannot be read.
	Err error
}

// Sample is where a [Dataset] writes one example. X, Y and More are contiguous;
// they are rows of a batch, or stand alone.
type Sample struct {
	X *tensor.Tensor
	Y tensor.Any // *tensor.Ints or *tensor.Tensor, see [Spec]

	More []*tensor.Tensor // further inputs

	// Seed and Epoch say which randomness a data set that has any must use: the
	// same Seed, Epoch and index of the sample give the same sample.
	Seed  uint64
	Epoch int

	fixed bool // a Cache reads: randomness is an error
}

// NewSample returns memory for one sample of the given kind.
func NewSample(s Spec) Sample {
	dst := Sample{X: tensor.Make[float32](s.X...)}
	for _, shape := range s.More {
		dst.More = append(dst.More, tensor.Make[float32](shape...))
	}
	if s.Classes > 0 {
		dst.Y = tensor.Make[int](s.Y...)
	} else {
		dst.Y = tensor.Make[float32](s.Y...)
	}
	return dst
}

// Get reads sample i into new memory, with the randomness of seed 0 and epoch
// 0.
func Get(ds Dataset, i int) (Sample, error) {
	s := ds.Spec()
	if s.Err != nil {
		return Sample{}, s.Err
	}
	dst := NewSample(s)
	return dst, ds.Read(i, dst)
}

// Labeler is a [Dataset] of classes that knows the label of a sample without
// reading the sample. The data sets of this package are Labelers.
type Labeler interface {
	// Label returns the class of sample i. It is an error if there is no such
	// sample or if its target is not a single class.
	Label(i int) (int, error)
}

// Label returns the class of sample i of ds, without reading the sample if ds
// is a [Labeler]. It is an error if the target is not a single class.
func Label(ds Dataset, i int) (int, error) {
	s := ds.Spec()
	switch l, ok := ds.(Labeler); {
	case s.Err != nil:
		return 0, s.Err
	case s.Classes <= 0 || s.Y.Size() != 1:
		return 0, fmt.Errorf("data: Label: the target is not one class: shape %v, %d classes", s.Y, s.Classes)
	case ok:
		return l.Label(i)
	}
	dst, err := Get(ds, i)
	if err != nil {
		return 0, err
	}
	return dst.Y.(*tensor.Ints).Item(), nil
}

// check returns an error unless there is a sample i and dst can hold it. The
// data sets of this package call it in Read.
func (s Spec) check(op string, i, n int, dst Sample) error {
	if s.Err != nil {
		return s.Err
	}
	if i < 0 || i >= n {
		return fmt.Errorf("data: %s: no sample %d, have %d", op, i, n)
	}
	if err := s.Fits(dst); err != nil {
		return fmt.Errorf("data: %s: %w", op, err)
	}
	return nil
}

// Fits returns an error unless dst has the shapes and types of the samples that s
// describes.
func (s Spec) Fits(dst Sample) error {
	if dst.X == nil || !dst.X.Shape().Equal(s.X) {
		return fmt.Errorf("dst.X has shape %v, want %v", shapeOf(dst.X), s.X)
	}
	if len(dst.More) != len(s.More) {
		return fmt.Errorf("dst.More has %d inputs, want %d", len(dst.More), len(s.More))
	}
	for k, x := range dst.More {
		if x == nil || !x.Shape().Equal(s.More[k]) {
			return fmt.Errorf("dst.More[%d] has shape %v, want %v", k, shapeOf(x), s.More[k])
		}
	}
	switch y := dst.Y.(type) {
	case *tensor.Ints:
		if s.Classes > 0 && y.Shape().Equal(s.Y) {
			return nil
		}
	case *tensor.Tensor:
		if s.Classes <= 0 && y.Shape().Equal(s.Y) {
			return nil
		}
	}
	return fmt.Errorf("dst.Y is %T, want shape %v and %d classes", dst.Y, s.Y, s.Classes)
}

// shapeOf returns the shape of x, nil if there is no x.
func shapeOf(x *tensor.Tensor) tensor.Shape {
	if x == nil {
		return nil
	}
	return x.Shape()
}

// contiguous returns a, or a copy of it if its elements have gaps.
func contiguous[T tensor.Element](a *tensor.Array[T]) *tensor.Array[T] {
	if a.Contiguous() {
		return a
	}
	return a.Clone()
}

// row returns the elements of row i of a contiguous array whose rows have size
// elements.
func row[T tensor.Element](a *tensor.Array[T], i, size int) []T {
	return a.Raw()[i*size : (i+1)*size]
}
