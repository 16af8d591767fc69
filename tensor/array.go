package tensor

import (
	"fmt"
	"slices"
)

// Element is what arrays are made of.
type Element interface {
	float32 | int | uint8 | bool
}

// Array is a dense n-dimensional array, or a view of a part of one: views made
// by [Array.Slice], [Array.Permute], [Array.Reshape] and their kin share memory
// with the array they came from, so a write through either is seen by both.
//
// An Array may be read by many goroutines at once; writes need the usual care.
// The zero value is an empty array of shape [0].
type Array[T Element] struct {
	data   []T   // from the first element on
	shape  Shape // nil together with stride in the zero value
	stride []int // distance of neighbours along each axis, in elements
}

// The arrays of the library. Tensor holds the numbers of networks, Ints class
// labels and indices, Bytes the pixels of images and Bools masks.
type (
	Tensor = Array[float32]
	Ints   = Array[int]
	Bytes  = Array[uint8]
	Bools  = Array[bool]
)

// Any is an array of any element type.
type Any interface {
	Shape() Shape
	Len() int
	fmt.Stringer
	any() // implemented by Array alone
}

func (*Array[T]) any() {}

// New returns an array over data, in row-major order, which it does not copy.
// It panics if the shape does not have len(data) elements.
//
//	tensor.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
func New[T Element](data []T, shape ...int) *Array[T] {
	return new(Array[T]).Bind(data, shape)
}

// Make returns an array of zeros. It panics if a size is negative.
func Make[T Element](shape ...int) *Array[T] {
	s := Shape(shape)
	if err := s.Check(); err != nil {
		panic(err.Error())
	}
	return New(make([]T, s.Size()), shape...)
}

// Bind makes a an array of the given shape over data, in row-major order, and
// returns it. It keeps no reference to shape and reuses the memory of a's own
// header, so that a header bound again and again costs no allocation. It panics
// if the shape does not have len(data) elements.
func (a *Array[T]) Bind(data []T, shape Shape) *Array[T] {
	if n := shape.Size(); n != len(data) || !shape.valid() {
		// Formatting a copy leaves shape on the caller's stack.
		panic(fmt.Sprintf("tensor: %d elements for shape %v of %d", len(data), shape.Clone(), n))
	}
	a.data = data
	a.shape = append(a.shape[:0], shape...)
	a.stride = slices.Grow(a.stride[:0], len(shape))[:len(shape)]
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		a.stride[i] = step
		step *= shape[i]
	}
	if a.shape == nil {
		a.shape = Shape{}
	}
	return a
}

// BindStrided makes a a view of data, whose element (i, j, …) is at
// i·strides[0] + j·strides[1] + …, and returns it. Like [Array.Bind] it keeps
// no reference to shape and strides and reuses the memory of a's header. It
// panics if there are not as many strides as axes or an element lies outside
// data.
func (a *Array[T]) BindStrided(data []T, shape Shape, strides []int) *Array[T] {
	ok := len(shape) == len(strides) && shape.valid()
	if ok && shape.Size() > 0 {
		first, last := 0, 0
		for i, d := range shape {
			first += min(0, (d-1)*strides[i])
			last += max(0, (d-1)*strides[i])
		}
		ok = first == 0 && last < len(data)
	}
	if !ok {
		panic(fmt.Sprintf("tensor: %d elements for shape %v, strides %v", len(data), shape.Clone(), slices.Clone(strides)))
	}
	a.data = data
	a.shape = append(a.shape[:0], shape...)
	a.stride = append(a.stride[:0], strides...)
	if a.shape == nil {
		a.shape = Shape{}
	}
	return a
}

// Shape returns the sizes of the axes. The caller must not change it.
func (a *Array[T]) Shape() Shape {
	if a.shape == nil {
		return Shape{0}
	}
	return a.shape
}

// Strides returns the distance of neighbours along each axis, in elements. The
// caller must not change it.
func (a *Array[T]) Strides() []int { return a.stride }

// Rank returns the number of axes.
func (a *Array[T]) Rank() int { return len(a.Shape()) }

// Dim returns the size of an axis; negative axes count from the right. It
// panics if there is no such axis.
func (a *Array[T]) Dim(axis int) int { return a.Shape()[a.Shape().axis(axis)] }

// Len returns the number of elements.
func (a *Array[T]) Len() int { return a.Shape().Size() }

// Contiguous reports whether the elements lie in row-major order without gaps. An
// empty array is contiguous.
func (a *Array[T]) Contiguous() bool {
	if a.Len() == 0 {
		return true
	}
	step := 1
	for i := len(a.shape) - 1; i >= 0; i-- {
		if a.shape[i] != 1 && a.stride[i] != step {
			return false
		}
		step *= a.shape[i]
	}
	return true
}

// Data returns the elements of a contiguous array in row-major order, without
// copying them. It panics if a is not contiguous; use [Array.Clone] first, or
// [Array.Raw].
func (a *Array[T]) Data() []T {
	if !a.Contiguous() {
		panic(fmt.Sprintf("tensor: Data of a strided view, shape %v, strides %v", a.shape, a.stride))
	}
	return a.data[:a.Len()]
}

// Raw returns the memory of a, from its first element on; element (i, j, …) is
// at i·Strides()[0] + j·Strides()[1] + ….
func (a *Array[T]) Raw() []T { return a.data }

// offset returns the position of an element in data.
func (a *Array[T]) offset(index []int) int {
	if len(index) != len(a.shape) {
		panic(fmt.Sprintf("tensor: %d indices for shape %v", len(index), a.shape))
	}
	o := 0
	for i, x := range index {
		if x < 0 || x >= a.shape[i] {
			panic(fmt.Sprintf("tensor: index %v out of range for shape %v", index, a.shape))
		}
		o += x * a.stride[i]
	}
	return o
}

// At returns one element. It panics if the index is out of range.
func (a *Array[T]) At(index ...int) T { return a.data[a.offset(index)] }

// Set changes one element. It panics if the index is out of range.
func (a *Array[T]) Set(v T, index ...int) { a.data[a.offset(index)] = v }

// Item returns the only element. It panics if there is not exactly one.
func (a *Array[T]) Item() T {
	if a.Len() != 1 {
		panic(fmt.Sprintf("tensor: Item of shape %v", a.Shape()))
	}
	return a.data[0]
}

// Clone returns a contiguous copy.
func (a *Array[T]) Clone() *Array[T] {
	c := Make[T](a.Shape()...)
	c.Copy(a)
	return c
}
