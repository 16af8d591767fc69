package metric

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// predict writes the predicted class of each sample to c.predicted and returns
// the number of classes.
func (c *Confusion) predict(output *tensor.Tensor) (classes int, err error) {
	shape := output.Shape()
	c.predicted = c.predicted[:0]
	switch {
	case len(shape) == 2 && shape[1] > 1:
		c.predicted, err = appendArgmax(c.predicted, output)
		return shape[1], err
	case len(shape) == 1 || len(shape) == 2 && shape[1] == 1:
		c.predicted, err = appendAbove(c.predicted, output, c.Threshold)
		return 2, err
	}
	return 0, fmt.Errorf("output has shape %v, want [N C], [N 1] or [N]", shape)
}

// appendArgmax appends the position of the largest number of each row.
func appendArgmax(dst []int, x *tensor.Tensor) ([]int, error) {
	data, step := x.Raw(), x.Strides()
	for i := range x.Dim(0) {
		best := 0
		for j := range x.Dim(1) {
			v := data[i*step[0]+j*step[1]]
			if v != v {
				return dst, fmt.Errorf("output of sample %d for class %d is NaN", i, j)
			}
			if v > data[i*step[0]+best*step[1]] {
				best = j
			}
		}
		dst = append(dst, best)
	}
	return dst, nil
}

// appendAbove appends 1 for each number above the threshold and 0 for others.
func appendAbove(dst []int, x *tensor.Tensor, threshold float32) ([]int, error) {
	data, step := column(x)
	for i := range x.Len() {
		v, class := data[i*step], 0
		switch {
		case v != v:
			return dst, fmt.Errorf("output of sample %d is NaN", i)
		case v > threshold:
			class = 1
		}
		dst = append(dst, class)
	}
	return dst, nil
}

// appendLabels appends the classes in target, n numbers below the given number
// of classes.
func appendLabels(dst []int, target tensor.Any, n, classes int) ([]int, error) {
	if s := target.Shape(); !(len(s) == 1 || len(s) == 2 && s[1] == 1) || s[0] != n {
		return dst, fmt.Errorf("target has shape %v, want [%d]", s, n)
	}
	dst, err := appendInts(dst, target, n)
	for i, t := range dst {
		if t < 0 || t >= classes {
			return dst, fmt.Errorf("label %d at sample %d, want 0 to %d", t, i, classes-1)
		}
	}
	return dst, err
}

// appendInts appends the numbers in x, which has one axis of size n and perhaps
// one of size 1.
func appendInts(dst []int, x tensor.Any, n int) ([]int, error) {
	switch x := x.(type) {
	case *tensor.Ints:
		data, step := column(x)
		for i := range n {
			dst = append(dst, data[i*step])
		}
	case *tensor.Bools:
		data, step := column(x)
		for i := range n {
			class := 0
			if data[i*step] {
				class = 1
			}
			dst = append(dst, class)
		}
	case *tensor.Tensor:
		data, step := column(x)
		for i := range n {
			v := data[i*step]
			if v != float32(int(v)) {
				return dst, fmt.Errorf("label %v at sample %d, want a whole number", v, i)
			}
			dst = append(dst, int(v))
		}
	default:
		return dst, fmt.Errorf("target is %T, want *tensor.Ints", x)
	}
	return dst, nil
}

// column returns the memory of an array with one axis, or a second of size 1,
// and the distance of its elements.
func column[T tensor.Element](x *tensor.Array[T]) (data []T, step int) {
	if s := x.Strides(); len(s) > 0 {
		return x.Raw(), s[0]
	}
	return nil, 1 // the zero value
}
