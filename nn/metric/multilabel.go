package metric

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// labels counts for each label of samples that may have several.
type labels struct {
	counts []outcome
	batch  []outcome // of the current batch
	truth  []bool    // of the current batch
}

func (l *labels) reset() { l.counts = l.counts[:0] }

// read checks a batch and counts it in l.batch.
func (l *labels) read(output *tensor.Tensor, target tensor.Any, threshold float32) (err error) {
	s := output.Shape()
	if len(s) != 2 || s[1] == 0 {
		return fmt.Errorf("output has shape %v, want [N C]", s)
	}
	if len(l.counts) > 0 && s[1] != len(l.counts) {
		return fmt.Errorf("output has %d labels, want %d as before", s[1], len(l.counts))
	}
	l.truth, err = appendFlags(l.truth[:0], target, s[0], s[1])
	if err != nil {
		return err
	}
	l.batch = l.batch[:0]
	data, step := output.Raw(), output.Strides()
	for j := range s[1] {
		var o outcome
		for i := range s[0] {
			v := data[i*step[0]+j*step[1]]
			if v != v {
				return fmt.Errorf("output of sample %d for label %d is NaN", i, j)
			}
			o = o.plus(judge(v > threshold, l.truth[i*s[1]+j]))
		}
		l.batch = append(l.batch, o)
	}
	return nil
}

// judge returns the counts of one decision.
func judge(predicted, truth bool) (o outcome) {
	if predicted {
		o.predicted = 1
	}
	if truth {
		o.support = 1
	}
	o.found = o.predicted * o.support
	return o
}

// count counts the batch that was read.
func (l *labels) count() {
	if len(l.counts) == 0 {
		l.counts = append(l.counts, l.batch...)
		return
	}
	for j, o := range l.batch {
		l.counts[j] = l.counts[j].plus(o)
	}
}

// appendFlags appends the elements of target [n, labels], which are 0 and 1, in
// row-major order.
func appendFlags(dst []bool, target tensor.Any, n, labels int) ([]bool, error) {
	if s := target.Shape(); len(s) != 2 || s[0] != n || s[1] != labels {
		return dst, fmt.Errorf("target has shape %v, want [%d %d]", s, n, labels)
	}
	switch x := target.(type) {
	case *tensor.Tensor:
		return appendBinary(dst, x)
	case *tensor.Ints:
		return appendBinary(dst, x)
	case *tensor.Bools:
		data, step := x.Raw(), x.Strides()
		for i := range n {
			for j := range labels {
				dst = append(dst, data[i*step[0]+j*step[1]])
			}
		}
		return dst, nil
	}
	return dst, fmt.Errorf("target is %T, want *tensor.Tensor", target)
}

func appendBinary[T int | float32](dst []bool, x *tensor.Array[T]) ([]bool, error) {
	data, step := x.Raw(), x.Strides()
	for i := range x.Dim(0) {
		for j := range x.Dim(1) {
			v := data[i*step[0]+j*step[1]]
			if v != 0 && v != 1 {
				return dst, fmt.Errorf("target of sample %d for label %d is %v, want 0 or 1", i, j, v)
			}
			dst = append(dst, v == 1)
		}
	}
	return dst, nil
}
