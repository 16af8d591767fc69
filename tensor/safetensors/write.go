package safetensors

import (
	"cmp"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/tensor"
)

// Entry is a named tensor, to be written or as [Load] returns it.
type Entry struct {
	Name  string
	Value tensor.Any // may be a strided view
	Raw   *Raw       // if not nil, written instead of Value
}

// Raw is a tensor of any type as a file holds it: little-endian, in row-major
// order.
type Raw struct {
	DType DType
	Shape tensor.Shape
	Data  []byte
}

// Write replaces the file at path by one with these tensors and metadata, in one
// step: whatever fails, path holds the old file or the new one (see package
// internal/atomicfile). The order of the entries does not matter. Nil metadata
// is left out.
//
// What cannot be written is a [*FormatError]: two entries of one name, a name
// with control characters, text that is not UTF-8, an entry without value, a Raw
// whose data do not fit its shape, or more than the limits of the package.
func Write(path string, entries []Entry, metadata map[string]string) error {
	infos, header, err := layout(entries, metadata)
	if err != nil {
		return withPath(err, path)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		return encode(w, infos, header)
	})
}

// Encode writes what [Write] writes to w, in pieces of at most 64 KiB.
func Encode(w io.Writer, entries []Entry, metadata map[string]string) error {
	infos, header, err := layout(entries, metadata)
	if err != nil {
		return err
	}
	return encode(w, infos, header)
}

// placed is an entry with its place in the file.
type placed struct {
	Info
	value tensor.Any
	raw   *Raw
	rank  int // of the type
}

// layout gives every tensor its place and builds the header, length and padding
// included.
func layout(entries []Entry, metadata map[string]string) ([]placed, []byte, error) {
	if len(entries) > MaxTensors {
		return nil, nil, bad("%d tensors, want %d at most", len(entries), MaxTensors)
	}
	list := make([]placed, len(entries))
	for i, e := range entries {
		p, err := place(e)
		if err != nil {
			return nil, nil, err
		}
		list[i] = p
	}
	slices.SortFunc(list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), strings.Compare(a.Name, b.Name))
	})
	seen := make(map[string]bool, len(list))
	end := int64(0)
	for i := range list {
		p := &list[i]
		if seen[p.Name] {
			return nil, nil, badTensor(p.Name, "two tensors have this name")
		}
		seen[p.Name] = true
		if p.End > maxInteger-end {
			return nil, nil, badTensor(p.Name, "the file would be too large")
		}
		p.Begin, p.End = end, end+p.End
		end = p.End
	}
	header, err := appendHeader(make([]byte, 8), list, metadata)
	return list, header, err
}

// place checks an entry by itself. The data still begin at 0.
func place(e Entry) (placed, error) {
	p := placed{Info: Info{Name: e.Name}, value: e.Value, raw: e.Raw}
	if err := checkName(e.Name); err != nil {
		return p, err
	}
	switch {
	case e.Raw != nil:
		p.DType, p.Shape = e.Raw.DType, e.Raw.Shape
	case e.Value != nil:
		p.DType, p.Shape = dtypeOf(e.Value), e.Value.Shape()
	default:
		return p, badTensor(e.Name, "no value")
	}
	if p.rank = p.DType.rank(); p.rank < 0 {
		return p, badTensor(e.Name, "unknown dtype %.20q", string(p.DType))
	}
	var err error
	if p.End, err = byteSize(e.Name, p.DType, p.Shape); err != nil {
		return p, err
	}
	if e.Raw != nil && int64(len(e.Raw.Data)) != p.End {
		return p, badTensor(e.Name, "%d bytes of data, shape %v of %s needs %d", len(e.Raw.Data), p.Shape, p.DType, p.End)
	}
	return p, nil
}

// appendHeader appends the JSON, padded so that the data start at a multiple of
// 8, to 8 bytes that get its length.
func appendHeader(b []byte, list []placed, metadata map[string]string) ([]byte, error) {
	b = append(b, '{')
	if metadata != nil {
		if len(metadata) > MaxMetadata {
			return nil, bad("%d entries of metadata, want %d at most", len(metadata), MaxMetadata)
		}
		b = append(appendString(b, metadataKey), ":{"...)
		for i, k := range slices.Sorted(maps.Keys(metadata)) {
			if !utf8.ValidString(k) || !utf8.ValidString(metadata[k]) {
				return nil, bad("metadata %q: %q is not UTF-8", k, metadata[k])
			}
			b = appendComma(b, i)
			b = append(appendString(b, k), ':')
			b = appendString(b, metadata[k])
		}
		b = append(b, '}')
		if len(list) > 0 {
			b = append(b, ',')
		}
	}
	for i, p := range list {
		b = appendComma(b, i)
		b = appendString(b, p.Name)
		b = append(b, `:{"dtype":"`...)
		b = append(b, p.DType...)
		b = append(b, `","shape":[`...)
		for j, n := range p.Shape {
			b = strconv.AppendInt(appendComma(b, j), int64(n), 10)
		}
		b = append(b, `],"data_offsets":[`...)
		b = strconv.AppendInt(b, p.Begin, 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, p.End, 10)
		b = append(b, "]}"...)
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	if n := len(b) - 8; n > MaxHeader {
		return nil, bad("header has %d bytes, want %d at most", n, MaxHeader)
	}
	le.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

// appendComma appends a comma before all elements but the first.
func appendComma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// appendString appends s in quotes. Escapes are as in the Rust library: short
// ones where JSON has them, \u00.. for the other control characters.
func appendString(b []byte, s string) []byte {
	const special, short, hex = "\"\\\b\f\n\r\t", `"\bfnrt`, "0123456789abcdef"
	b = append(b, '"')
	done := 0 // bytes of s that are in b
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[done:i]...)
		done = i + 1
		if j := strings.IndexByte(special, c); j >= 0 {
			b = append(b, '\\', short[j])
		} else {
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[done:]...), '"')
}

// encode writes the header and the values.
func encode(w io.Writer, list []placed, header []byte) error {
	if _, err := w.Write(header); err != nil {
		return err
	}
	s := &sink{w: w, buf: make([]byte, 0, bufferSize)}
	for _, p := range list {
		if p.raw != nil {
			s.bytes(p.raw.Data)
			continue
		}
		switch a := p.value.(type) {
		case *tensor.Tensor:
			writeValues(s, a, 4, func(b []byte, v float32) { le.PutUint32(b, math.Float32bits(v)) })
		case *tensor.Ints:
			writeValues(s, a, 8, func(b []byte, v int) { le.PutUint64(b, uint64(v)) })
		case *tensor.Bytes:
			writeValues(s, a, 1, func(b []byte, v uint8) { b[0] = v })
		case *tensor.Bools:
			writeValues(s, a, 1, func(b []byte, v bool) {
				b[0] = 0
				if v {
					b[0] = 1
				}
			})
		}
	}
	s.flush()
	return s.err
}

// sink collects bytes and keeps the first error of w.
type sink struct {
	w   io.Writer
	buf []byte
	err error
}

func (s *sink) flush() {
	if s.err == nil && len(s.buf) > 0 {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

// bytes writes b in pieces of the buffer's size.
func (s *sink) bytes(b []byte) {
	for len(b) > 0 && s.err == nil {
		k := min(len(b), cap(s.buf)-len(s.buf))
		s.buf = append(s.buf, b[:k]...)
		b = b[k:]
		if len(s.buf) == cap(s.buf) {
			s.flush()
		}
	}
}

// writeValues writes an array, view or not, in row-major order.
func writeValues[T tensor.Element](s *sink, a *tensor.Array[T], size int, put func([]byte, T)) {
	switch {
	case a.Len() == 0:
	case a.Contiguous():
		writeRow(s, a.Data(), a.Len(), 1, size, put)
	default:
		writeAxes(s, a.Raw(), a.Shape(), a.Strides(), size, put)
	}
}

// writeAxes writes row by row, one recursion per axis. There is at least one:
// a scalar is contiguous.
func writeAxes[T tensor.Element](s *sink, data []T, shape tensor.Shape, stride []int, size int, put func([]byte, T)) {
	if len(shape) == 1 {
		writeRow(s, data, shape[0], stride[0], size, put)
		return
	}
	for i := range shape[0] {
		writeAxes(s, data[i*stride[0]:], shape[1:], stride[1:], size, put)
	}
}

// writeRow writes n elements that lie step apart.
func writeRow[T tensor.Element](s *sink, data []T, n, step, size int, put func([]byte, T)) {
	for i := 0; i < n && s.err == nil; {
		if cap(s.buf)-len(s.buf) < size {
			s.flush()
		}
		k := min(n-i, (cap(s.buf)-len(s.buf))/size)
		b := s.buf[len(s.buf) : len(s.buf)+k*size]
		s.buf = s.buf[:len(s.buf)+k*size]
		for ; len(b) > 0; b = b[size:] {
			put(b, data[i*step])
			i++
		}
	}
}
