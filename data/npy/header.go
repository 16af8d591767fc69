package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/data/internal/elements"
	"github.com/gannet-ml/gannet/tensor"
)

const (
	magic = "\x93NUMPY"

	// maxHeader is the longest header that is read, as in NumPy.
	maxHeader = 10_000

	// maxAxes is the most axes that an array may have: those that arithmetic
	// serves.
	maxAxes = 16
)

// header is what a file says of its array.
type header struct {
	kind    elements.Type
	order   binary.ByteOrder
	columns bool // column-major, Fortran's order
	shape   tensor.Shape
	start   int64 // of the elements
}

// types lists the types that can be read, without their byte order.
var types = map[string]elements.Type{
	"b1": elements.Bool,
	"u1": elements.Uint8,
	"i1": elements.Int8,
	"i2": elements.Int16,
	"u2": elements.Uint16,
	"i4": elements.Int32,
	"u4": elements.Uint32,
	"i8": elements.Int64,
	"u8": elements.Uint64,
	"f2": elements.Float16,
	"f4": elements.Float32,
	"f8": elements.Float64,
}

// readHeader reads what comes before the elements, and no byte more. It returns
// with it how many bytes of elements there are.
func readHeader(r io.Reader) (header, int64, error) {
	h, err := parseHeader(r)
	if err != nil {
		return header{}, 0, err
	}
	n, err := h.kind.Bytes(h.shape)
	if err != nil {
		return header{}, 0, fmt.Errorf("header: %w", err)
	}
	return h, n, nil
}

func parseHeader(r io.Reader) (header, error) {
	var b [12]byte
	if n, err := io.ReadFull(r, b[:8]); err != nil {
		return header{}, fmt.Errorf("byte %d: header: %w", n, err) // io.EOF before any byte
	}
	major, minor := b[6], b[7]
	switch {
	case string(b[:6]) != magic:
		return header{}, fmt.Errorf("byte 0: not in the .npy format: starts with %q, want %q", b[:6], magic)
	case major < 1 || major > 3 || minor != 0:
		return header{}, fmt.Errorf("byte 6: version %d.%d, want 1.0, 2.0 or 3.0", major, minor)
	}
	size := 4 // of the length of the header
	if major == 1 {
		size = 2
	}
	if n, err := io.ReadFull(r, b[8:8+size]); err != nil {
		return header{}, fmt.Errorf("byte %d: length of the header: %w", 8+n, unexpected(err))
	}
	length := binary.LittleEndian.Uint32(b[8:]) // b[10:] is 0 in version 1
	if length > maxHeader {
		return header{}, fmt.Errorf("byte 8: header of %d bytes, want at most %d", length, maxHeader)
	}
	text := make([]byte, length)
	if n, err := io.ReadFull(r, text); err != nil {
		return header{}, fmt.Errorf("byte %d: header of %d bytes: %w", 8+size+n, length, unexpected(err))
	}
	p := parser{text: string(text)}
	h, err := p.header()
	if err != nil {
		return header{}, fmt.Errorf("byte %d: header: %w", 8+size+p.at, err)
	}
	h.start = int64(8 + size + len(text))
	return h, nil
}

// unexpected returns err, of a place where the data must not end.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parser reads a header: of the literals of Python a dictionary of strings,
// booleans and tuples of whole numbers.
type parser struct {
	text string
	at   int // what is read next, or what an error is about
}

// header reads the whole text.
func (p *parser) header() (h header, err error) {
	seen := map[string]bool{}
	if !p.take("{") {
		return h, p.want("{")
	}
	for !p.take("}") {
		start := p.at
		key, err := p.quoted()
		if err != nil {
			return h, err
		}
		if seen[key] {
			p.at = start
			return h, fmt.Errorf("%q comes twice", key)
		}
		seen[key] = true
		if !p.take(":") {
			return h, p.want(":")
		}
		if err := p.value(&h, key, start); err != nil {
			return h, err
		}
		if !p.take(",") && !strings.HasPrefix(p.rest(), "}") {
			return h, p.want(", or }")
		}
	}
	if p.rest() != "" {
		return h, p.want("the end")
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return h, fmt.Errorf("has no %q", key)
		}
	}
	return h, nil
}

// value reads the value of a key that starts at a place.
func (p *parser) value(h *header, key string, start int) (err error) {
	switch key {
	case "descr":
		return p.descr(h)
	case "fortran_order":
		switch {
		case p.take("True"):
			h.columns = true
		case !p.take("False"):
			return p.want("True or False")
		}
		return nil
	case "shape":
		h.shape, err = p.shape()
		return err
	}
	p.at = start
	return fmt.Errorf("unknown key %q", key)
}

// descr reads a byte order and a type.
func (p *parser) descr(h *header) error {
	const known = "a type b1, u1, i1, u2, …, f8"
	p.rest()
	start := p.at
	if strings.HasPrefix(p.text[p.at:], "[") {
		return fmt.Errorf("records are not supported, want %s: %w", known, errors.ErrUnsupported)
	}
	s, err := p.quoted()
	if err != nil {
		return err
	}
	var ok bool
	if len(s) > 0 {
		h.kind, ok = types[s[1:]]
		ok = ok && (s[0] == '<' || s[0] == '>' || s[0] == '|' && h.kind.Size() == 1)
	}
	if !ok {
		p.at = start
		return fmt.Errorf("type %q is not supported, want %s with < or > before it: %w", s, known, errors.ErrUnsupported)
	}
	h.order = binary.LittleEndian
	if s[0] == '>' {
		h.order = binary.BigEndian
	}
	return nil
}

// shape reads a tuple of sizes; a single one has a comma after it.
func (p *parser) shape() (tensor.Shape, error) {
	p.rest()
	start := p.at
	if !p.take("(") {
		return nil, p.want("(")
	}
	shape := tensor.Shape{}
	for comma := true; !p.take(")"); {
		if !comma {
			return nil, p.want(", or )")
		}
		n, err := p.number()
		if err != nil {
			return nil, err
		}
		shape = append(shape, n)
		if comma = p.take(","); !comma && len(shape) == 1 {
			return nil, p.want(",")
		}
		if len(shape) > maxAxes {
			p.at = start
			return nil, fmt.Errorf("shape has more than %d axes", maxAxes)
		}
	}
	return shape, nil
}

// number reads a whole number, with the L that Python 2 put after some.
func (p *parser) number() (int, error) {
	rest := p.rest()
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	n, err := strconv.ParseInt(rest[:digits], 10, 64)
	switch {
	case digits == 0:
		return 0, p.want("a size")
	case err != nil || n > math.MaxInt:
		return 0, fmt.Errorf("size %s is too large", rest[:digits])
	}
	p.at += digits
	if strings.HasPrefix(p.text[p.at:], "L") {
		p.at++
	}
	return int(n), nil
}

// quoted reads a string without escapes.
func (p *parser) quoted() (string, error) {
	rest := p.rest()
	if rest == "" || rest[0] != '\'' && rest[0] != '"' {
		return "", p.want("a string")
	}
	s, _, ok := strings.Cut(rest[1:], rest[:1])
	if !ok || strings.Contains(s, `\`) {
		return "", p.want("a string that ends and has no backslash")
	}
	p.at += len(s) + 2
	return s, nil
}

// rest skips white space and returns what follows.
func (p *parser) rest() string {
	rest := strings.TrimLeft(p.text[p.at:], " \t\r\n\f")
	p.at = len(p.text) - len(rest)
	return rest
}

// take skips a token if it comes next.
func (p *parser) take(token string) bool {
	ok := strings.HasPrefix(p.rest(), token)
	if ok {
		p.at += len(token)
	}
	return ok
}

// want returns an error about what comes next.
func (p *parser) want(what string) error {
	rest := p.rest()
	if rest == "" {
		return fmt.Errorf("ends, want %s", what)
	}
	return fmt.Errorf("%.10q, want %s", rest, what)
}
