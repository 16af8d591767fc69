package data

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Tensors returns a data set over arrays in memory: sample i is row i of x, with
// row i of y as its target. Shapes: x [N, …], y [N, …].
//
// A y of *tensor.Ints holds class labels, from 0 to the largest one found; a y
// of *tensor.Tensor holds numbers, and may be x itself for an autoencoder. The
// arrays are not copied unless they are strided views, and must not change as
// long as the data set is in use.
func Tensors(x *tensor.Tensor, y tensor.Any) Dataset {
	ds := &tensors{}
	ds.spec.Err = ds.set(x, y)
	return ds
}

type tensors struct {
	spec   Spec
	n      int
	x      *tensor.Tensor
	labels *tensor.Ints   // either this
	target *tensor.Tensor // or this
}

func (ds *tensors) set(x *tensor.Tensor, y tensor.Any) error {
	if x == nil || x.Rank() == 0 {
		return fmt.Errorf("data: Tensors: x has shape %v, want [N, …]", shapeOf(x))
	}
	switch y := y.(type) {
	case *tensor.Ints:
		if y == nil {
			return fmt.Errorf("data: Tensors: y is nil")
		}
		ds.labels = contiguous(y)
	case *tensor.Tensor:
		if y == nil {
			return fmt.Errorf("data: Tensors: y is nil")
		}
		ds.target = contiguous(y)
	default:
		return fmt.Errorf("data: Tensors: y is %T, want *tensor.Ints or *tensor.Tensor", y)
	}
	shape := y.Shape()
	if len(shape) == 0 || shape[0] != x.Dim(0) {
		return fmt.Errorf("data: Tensors: y has shape %v, want [%d, …], as many rows as x", shape, x.Dim(0))
	}
	ds.x, ds.n = contiguous(x), x.Dim(0)
	ds.spec.X, ds.spec.Y = x.Shape()[1:].Clone(), shape[1:].Clone()
	var err error
	if ds.labels != nil {
		ds.spec.Classes, err = countClasses("Tensors", ds.labels)
	}
	return err
}

// maxClasses bounds class labels, since there is memory for each class.
const maxClasses = 1 << 24

// countClasses returns one more than the largest label, at least 1. Negative
// labels are an error.
func countClasses(op string, labels *tensor.Ints) (int, error) {
	last := 0
	for i, c := range labels.Data() {
		if c < 0 {
			return 0, fmt.Errorf("data: %s: label %d of number %d is negative", op, c, i)
		}
		last = max(last, c)
	}
	if last >= maxClasses {
		return 0, fmt.Errorf("data: %s: label %d, want less than %d", op, last, maxClasses)
	}
	return last + 1, nil
}

func (ds *tensors) Len() int   { return ds.n }
func (ds *tensors) Spec() Spec { return ds.spec }

func (ds *tensors) Read(i int, dst Sample) error {
	if err := ds.spec.check("Tensors", i, ds.n, dst); err != nil {
		return err
	}
	copy(dst.X.Data(), row(ds.x, i, dst.X.Len()))
	if ds.labels != nil {
		copy(dst.Y.(*tensor.Ints).Data(), row(ds.labels, i, dst.Y.Len()))
	} else {
		copy(dst.Y.(*tensor.Tensor).Data(), row(ds.target, i, dst.Y.Len()))
	}
	return nil
}

func (ds *tensors) Label(i int) (int, error) { return labelAt("Tensors", ds.spec, ds.labels, ds.n, i) }

// labelAt returns the label of sample i of n.
func labelAt(op string, s Spec, labels *tensor.Ints, n, i int) (int, error) {
	switch {
	case s.Err != nil:
		return 0, s.Err
	case s.Classes <= 0 || s.Y.Size() != 1:
		return 0, fmt.Errorf("data: %s: the target is not one class: shape %v, %d classes", op, s.Y, s.Classes)
	case i < 0 || i >= n:
		return 0, fmt.Errorf("data: %s: no sample %d, have %d", op, i, n)
	}
	return labels.Raw()[i], nil
}
