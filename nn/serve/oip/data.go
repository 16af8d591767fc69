package oip

import (
	"bytes"
	"net/http"

	"github.com/gannet-ml/gannet/internal/jsonscan"
)

// nesting is what was seen of the lists that hold a tensor's data. They are either
// flat or all nested alike.
type nesting struct {
	dims []int // lengths of the lists from the outside, -1 before the first ends
	leaf int   // the level of the lists that hold the elements, -1 if not seen yet
}

// json reads data that are written as lists in at most room bytes.
func (d *decoder) json(t *Tensor, n, room int) error {
	if t.Datatype == FP16 || t.Datatype == BF16 {
		return d.errorf("datatype", "%s has no form in JSON, want the binary extension", t.Datatype)
	}
	// An element takes a digit and a comma at least, so that what is allocated
	// is in proportion to the text, whatever the shape says.
	if n > room/2 {
		return d.errorf("shape", "data have fewer elements than the %d of shape %v", n, t.Shape.Clone())
	}
	if err := d.takeElements(n); err != nil {
		return err
	}
	switch t.Datatype {
	case BOOL:
		return values(d, t, n, (*decoder).boolean)
	case UINT8:
		return values(d, t, n, unsigned[uint8])
	case UINT16:
		return values(d, t, n, unsigned[uint16])
	case UINT32:
		return values(d, t, n, unsigned[uint32])
	case UINT64:
		return values(d, t, n, unsigned[uint64])
	case INT8:
		return values(d, t, n, signed[int8])
	case INT16:
		return values(d, t, n, signed[int16])
	case INT32:
		return values(d, t, n, signed[int32])
	case INT64:
		return values(d, t, n, signed[int64])
	case FP32:
		return values(d, t, n, (*decoder).single)
	case FP64:
		return values(d, t, n, (*decoder).double)
	}
	d.chars = make([]byte, 0, room)
	return values(d, t, n, (*decoder).characters)
}

// values reads n values.
func values[T any](d *decoder, t *Tensor, n int, value func(*decoder, Datatype) (T, error)) error {
	dst := reuse[T](t, n)[:0]
	d.lists.dims, d.lists.leaf = d.lists.dims[:0], -1
	dst, err := list(d, dst, t, n, 0, value)
	if err != nil {
		return err
	}
	d.element = -1
	if len(dst) < n {
		return d.errorf("shape", "data have %d elements, want the %d of shape %v", len(dst), n, t.Shape.Clone())
	}
	if !d.lists.fits(t.Shape) {
		return d.errorf("shape", "data are nested as %v, want %v or flat", d.lists.dims[:d.lists.leaf+1], t.Shape.Clone())
	}
	store(t, dst)
	return nil
}

// list reads a list of values, or of lists, and appends the values to dst.
func list[T any](d *decoder, dst []T, t *Tensor, n, level int, value func(*decoder, Datatype) (T, error)) ([]T, error) {
	if err := d.enter('[', "data", "data"); err != nil {
		return nil, err
	}
	d.Take('[')
	l := &d.lists
	if level == len(l.dims) {
		l.dims = append(l.dims, -1)
	}
	count := 0
	for ; ; count++ {
		more, err := d.More(']', count == 0)
		if err != nil {
			return nil, d.fault(err)
		}
		if !more {
			break
		}
		d.element = len(dst)
		if d.Peek() == '[' {
			if l.leaf >= 0 && level >= l.leaf {
				return nil, d.errorf("shape", "data are ragged: a list at depth %d, where others have elements", level+1)
			}
			if dst, err = list(d, dst, t, n, level+1, value); err != nil {
				return nil, err
			}
			continue
		}
		if l.leaf != level {
			if l.leaf >= 0 {
				return nil, d.errorf("shape", "data are ragged: an element at depth %d, want a list", level+1)
			}
			l.leaf = level
		}
		if len(dst) == n {
			return nil, d.errorf("shape", "data have more elements than the %d of shape %v", n, t.Shape.Clone())
		}
		v, err := value(d, t.Datatype)
		if err != nil {
			return nil, err
		}
		dst = append(dst, v)
	}
	d.depth--
	if l.leaf < 0 {
		l.leaf = level
	}
	if l.dims[level] < 0 {
		l.dims[level] = count
	}
	if l.dims[level] != count {
		return nil, d.errorf("shape", "data are ragged: a list of %d where others have %d", count, l.dims[level])
	}
	return dst, nil
}

// fits reports whether the lists are nested as the axes of a shape are. Axes may be
// merged, down to a flat list, and there may be lists of one.
func (l *nesting) fits(shape []int) bool {
	if n, _ := elements(shape); n == 0 {
		return true
	}
	axis := 0
	for _, length := range l.dims[:l.leaf+1] {
		n := 1
		for n < length && axis < len(shape) {
			n *= shape[axis]
			axis++
		}
		if n != length {
			return false
		}
	}
	return true
}

// reuse returns memory for n elements, that of t if it is large enough.
func reuse[T any](t *Tensor, n int) []T {
	if old, _ := t.Data.([]T); cap(old) >= n {
		return old[:n]
	}
	return make([]T, n)
}

// store puts data into t; putting back what t holds allocates no new interface.
func store[T any](t *Tensor, data []T) {
	old, ok := t.Data.([]T)
	if !ok || old == nil || len(old) != len(data) || len(data) > 0 && &old[0] != &data[0] {
		t.Data = data
	}
}

func (d *decoder) boolean(Datatype) (bool, error) {
	switch {
	case d.Word("true"):
		return true, nil
	case d.Word("false"):
		return false, nil
	}
	return false, d.unexpected("data", "true or false")
}

// characters reads a string into chars, which has room for all of the tensor.
func (d *decoder) characters(Datatype) ([]byte, error) {
	s, err := d.str("data", "data")
	begin := len(d.chars)
	d.chars = append(d.chars, s...)
	return d.chars[begin:len(d.chars):len(d.chars)], err
}

// elementNumber reads a number of the data.
func (d *decoder) elementNumber(n *jsonscan.Number) error {
	err := d.number(n, "data", "a number")
	if err == nil {
		return nil
	}
	if rest := bytes.TrimLeft(d.Text[d.Pos:], "-"); len(rest) > 0 && (rest[0] == 'N' || rest[0] == 'I') {
		err = d.unexpected("data", "a number; JSON has no NaN and no infinity, the binary extension has")
	}
	return err
}

func signed[T int8 | int16 | int32 | int64](d *decoder, t Datatype) (T, error) {
	var n jsonscan.Number
	if err := d.elementNumber(&n); err != nil {
		return 0, err
	}
	v, ok := n.Int64()
	if !ok || int64(T(v)) != v {
		return 0, d.noValue(&n, t)
	}
	return T(v), nil
}

func unsigned[T uint8 | uint16 | uint32 | uint64](d *decoder, t Datatype) (T, error) {
	var n jsonscan.Number
	if err := d.elementNumber(&n); err != nil {
		return 0, err
	}
	v, ok := n.Uint64()
	if !ok || uint64(T(v)) != v || n.Neg && v > 0 {
		return 0, d.noValue(&n, t)
	}
	return T(v), nil
}

func (d *decoder) single(t Datatype) (float32, error) {
	var n jsonscan.Number
	if err := d.elementNumber(&n); err != nil {
		return 0, err
	}
	v, ok := n.Float32()
	if !ok {
		return 0, d.noValue(&n, t)
	}
	return v, nil
}

func (d *decoder) double(t Datatype) (float64, error) {
	var n jsonscan.Number
	if err := d.elementNumber(&n); err != nil {
		return 0, err
	}
	v, ok := n.Float64()
	if !ok {
		return 0, d.noValue(&n, t)
	}
	return v, nil
}

// noValue is the error of a number that a datatype does not have.
func (d *decoder) noValue(n *jsonscan.Number, t Datatype) error {
	if !n.Integer && t != FP32 && t != FP64 {
		return d.errorf("data", "got %.64s, want an integer for %s", n.Text, t)
	}
	return d.errorf("data", "%.64s is out of range for %s", n.Text, t)
}

// tooLarge is errorf with the status of what is too large.
func (d *decoder) tooLarge(format string, args ...any) error {
	err := d.errorf("limit", format, args...).(*Error)
	err.Status = http.StatusRequestEntityTooLarge
	return err
}
