package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"

	"github.com/gannet-ml/gannet/tensor"
)

// bufferSize is the number of bytes that are converted at a time.
const bufferSize = 64 << 10

// File is a file whose header has been read. Its methods may be called from
// many goroutines.
type File struct {
	path     string
	r        io.ReaderAt
	closer   io.Closer // nil unless Open or Map made r
	start    int64     // of the data
	infos    []Info
	index    map[string]int32 // into infos
	metadata map[string]string
	finite   bool
}

// Option changes how a file is read.
type Option func(*File)

// Finite makes it an error to read a NaN or an infinity. The check is of the
// float32 values that are returned, so an F64 beyond their range counts.
func Finite() Option { return func(f *File) { f.finite = true } }

// Open opens a file and reads its header. The caller must close it. The content
// must not change as long as it is open.
func Open(path string, options ...Option) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	f, err := open(r, path, options)
	if err != nil {
		r.Close()
		return nil, err
	}
	return f, nil
}

func open(r *os.File, path string, options []Option) (*File, error) {
	size, err := sizeOf(r, path)
	if err != nil {
		return nil, err
	}
	f, err := NewReader(r, size, options...)
	if err != nil {
		return nil, withPath(err, path)
	}
	f.path, f.closer = path, r
	return f, nil
}

// sizeOf returns the size of a file, which has to be a regular one.
func sizeOf(r *os.File, path string) (int64, error) {
	info, err := r.Stat()
	if err != nil {
		return 0, fmt.Errorf("safetensors: %w", err)
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("safetensors: %s is not a regular file: %v", path, info.Mode())
	}
	return info.Size(), nil
}

// Parse reads the header of a file in memory, to which the result refers.
func Parse(data []byte, options ...Option) (*File, error) {
	return NewReader(&memory{data: data}, int64(len(data)), options...)
}

// minFile is the size of the length that a file begins with.
const minFile = 8

func tooShort(size int64) error { return bad("%d bytes are too short for a file", size) }

// NewReader reads the header of a file of size bytes. Close need not be called.
func NewReader(r io.ReaderAt, size int64, options ...Option) (*File, error) {
	if size < minFile {
		return nil, tooShort(size)
	}
	var length [8]byte
	if err := readAt(r, length[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n > MaxHeader:
		return nil, bad("header has %d bytes, want %d at most", n, MaxHeader)
	case int64(n) > size-8:
		return nil, bad("header has %d bytes, of which the file holds %d", n, size-8)
	}
	text := make([]byte, n)
	if err := readAt(r, text, 8); err != nil {
		return nil, err
	}
	f := &File{r: r, start: 8 + int64(n)}
	for _, o := range options {
		o(f)
	}
	var err error
	if f.infos, f.metadata, err = parseHeader(text, size-f.start); err != nil {
		return nil, err
	}
	f.index = make(map[string]int32, len(f.infos))
	for i, info := range f.infos {
		if _, ok := f.index[info.Name]; ok {
			return nil, badTensor(info.Name, "duplicate key")
		}
		f.index[info.Name] = int32(i)
	}
	return f, nil
}

// readAt fills b. A file that ends too early is an error.
func readAt(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("safetensors: reading %d bytes at %d: %w", len(b), offset, err)
}

// Close closes a file that [Open] or [Map] opened. Reading it later is an error.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Names returns the names of the tensors in the order of their data.
func (f *File) Names() []string {
	names := make([]string, len(f.infos))
	for i, info := range f.infos {
		names[i] = info.Name
	}
	return names
}

// Metadata returns a copy of the metadata, nil if the file has none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Info returns the description of a tensor and whether there is one of that
// name. The caller must not change the shape.
func (f *File) Info(name string) (Info, bool) {
	i, ok := f.index[name]
	if !ok {
		return Info{}, false
	}
	return f.infos[i], true
}

// find is Info with an error.
func (f *File) find(name string) (Info, error) {
	info, ok := f.Info(name)
	if !ok {
		return info, badTensor(name, "not in the file")
	}
	return info, nil
}

// Read reads a tensor into the array that suits its type, see the table of the
// package.
func (f *File) Read(name string) (tensor.Any, error) {
	a, err := f.read(name)
	if err != nil {
		return nil, withPath(err, f.path)
	}
	return a, nil
}

func (f *File) read(name string) (tensor.Any, error) {
	info, err := f.find(name)
	if err != nil {
		return nil, err
	}
	switch info.DType {
	case BOOL:
		return readNew(f, info, decodeBools)
	case U8:
		return readNew(f, info, decodeBytes)
	case I8, I16, I32, I64, U16, U32, U64:
		return readNew(f, info, decodeInts)
	default:
		return f.readFloats(info)
	}
}

// ReadTensor reads a tensor of floating-point numbers.
func (f *File) ReadTensor(name string) (*tensor.Tensor, error) {
	info, err := f.find(name)
	if err != nil {
		return nil, withPath(err, f.path)
	}
	t, err := f.readFloats(info)
	return t, withPath(err, f.path)
}

func (f *File) readFloats(info Info) (*tensor.Tensor, error) {
	if err := checkFloat(info); err != nil {
		return nil, err
	}
	return readNew(f, info, f.decodeFloats)
}

// ReadInto reads a tensor of floating-point numbers into dst, which must have
// its shape. After an error dst may hold a part of it.
func (f *File) ReadInto(dst *tensor.Tensor, name string) error {
	return withPath(f.readInto(dst, name), f.path)
}

func (f *File) readInto(dst *tensor.Tensor, name string) error {
	info, err := f.find(name)
	if err != nil {
		return err
	}
	if err := checkFloat(info); err != nil {
		return err
	}
	if !info.Shape.Equal(dst.Shape()) {
		return badTensor(name, "shape %v, want %v", info.Shape, dst.Shape())
	}
	if dst.Contiguous() {
		return readValues(f, info, dst.Data(), f.decodeFloats)
	}
	t, err := f.readFloats(info)
	if err == nil {
		dst.Copy(t)
	}
	return err
}

// checkFloat returns an error if a tensor has no floating-point numbers.
func checkFloat(info Info) error {
	switch info.DType {
	case F64, F32, F16, BF16, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ:
		return nil
	}
	return unsupported(info.Name, "dtype %s cannot be read as float32", info.DType)
}

// ReadRaw reads the bytes of a tensor of any type.
func (f *File) ReadRaw(name string) (*Raw, error) {
	info, err := f.find(name)
	if err != nil {
		return nil, withPath(err, f.path)
	}
	n := info.End - info.Begin
	if n > math.MaxInt {
		return nil, withPath(badTensor(name, "%d bytes are too many for this machine", n), f.path)
	}
	raw := &Raw{DType: info.DType, Shape: info.Shape.Clone(), Data: make([]byte, n)}
	if err := readAt(f.r, raw.Data, f.start+info.Begin); err != nil {
		return nil, err
	}
	return raw, nil
}

// decoder converts the bytes of len(dst) elements. An error is about the
// element at the index that it also returns.
type decoder[T tensor.Element] func(dst []T, dtype DType, src []byte) (index int, err error)

// readNew reads a tensor into a new array.
func readNew[T tensor.Element](f *File, info Info, decode decoder[T]) (*tensor.Array[T], error) {
	a := tensor.Make[T](info.Shape...)
	if err := readValues(f, info, a.Data(), decode); err != nil {
		return nil, err
	}
	return a, nil
}

// readValues reads the elements of a tensor, a buffer at a time.
func readValues[T tensor.Element](f *File, info Info, dst []T, decode decoder[T]) error {
	size := info.DType.Size()
	buf := make([]byte, min(len(dst)*size, bufferSize))
	for done := 0; done < len(dst); {
		k := min(len(dst)-done, len(buf)/size)
		if err := readAt(f.r, buf[:k*size], f.start+info.Begin+int64(done)*int64(size)); err != nil {
			return err
		}
		if i, err := decode(dst[done:done+k], info.DType, buf); err != nil {
			return badTensor(info.Name, "element %d: %v", done+i, err)
		}
		done += k
	}
	return nil
}

// decodeFloats is a decoder that also does the check of Finite.
func (f *File) decodeFloats(dst []float32, dtype DType, src []byte) (int, error) {
	decodeFloats(dst, dtype, src)
	return f.checkFinite(dst)
}

// checkFinite does the check of Finite. An error is about the value at the index.
func (f *File) checkFinite(values []float32) (int, error) {
	if !f.finite {
		return 0, nil
	}
	for i, v := range values {
		if v-v != 0 {
			return i, errors.New(fmt.Sprint(v, " is not finite"))
		}
	}
	return 0, nil
}

// Load reads all tensors of a file, in the order of their data, and its
// metadata, nil if it has none.
func Load(path string, options ...Option) ([]Entry, map[string]string, error) {
	f, err := Open(path, options...)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	entries := make([]Entry, len(f.infos))
	for i, info := range f.infos {
		entries[i].Name = info.Name
		if entries[i].Value, err = f.Read(info.Name); err != nil {
			return nil, nil, err
		}
	}
	return entries, f.metadata, nil
}
