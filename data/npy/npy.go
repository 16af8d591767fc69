package npy

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gannet-ml/gannet/data/internal/elements"
	"github.com/gannet-ml/gannet/tensor"
)

// Load reads the array of a .npy file. A file that ends before the array does, or
// after it, is an error.
func Load(path string) (tensor.Any, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	defer f.Close()
	a, err := loadFile(f)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	return a, nil
}

func loadFile(f *os.File) (tensor.Any, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 1<<16)
	h, n, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if have := info.Size() - h.start; have != n {
		return nil, fmt.Errorf("byte %d: %d bytes of data, want %d for shape %v", h.start, have, n, h.shape)
	}
	return h.read(r, n)
}

// Decode reads an array in the .npy format from r, and no byte beyond it: of
// arrays that follow each other, each call reads the next. After the last the
// error is [io.EOF], wrapped.
func Decode(r io.Reader) (tensor.Any, error) {
	a, err := decode(r)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	return a, nil
}

func decode(r io.Reader) (tensor.Any, error) {
	h, _, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	return h.read(r, 0)
}

// read reads the elements from r, which is known to hold so many bytes.
func (h header) read(r io.Reader, have int64) (tensor.Any, error) {
	shape := h.shape
	if h.columns { // row-major, if the axes are in the opposite order
		shape = shape.Clone()
		slices.Reverse(shape)
	}
	a, at, err := elements.Read(r, h.kind, h.order, shape, have)
	if err != nil {
		return nil, fmt.Errorf("byte %d: elements of shape %v: %w", h.start+at, h.shape, err)
	}
	if !h.columns || len(shape) < 2 {
		return a, nil
	}
	switch a := a.(type) {
	case *tensor.Tensor:
		return transpose(a), nil
	case *tensor.Ints:
		return transpose(a), nil
	case *tensor.Bytes:
		return transpose(a), nil
	default:
		return transpose(a.(*tensor.Bools)), nil
	}
}

// transpose returns a with its axes in the opposite order.
func transpose[T tensor.Element](a *tensor.Array[T]) tensor.Any {
	axes := make([]int, a.Rank())
	for i := range axes {
		axes[i] = len(axes) - 1 - i
	}
	return a.Permute(axes...).Clone()
}
