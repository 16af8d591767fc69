package mnist

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/gannet-ml/gannet/data/internal/elements"
	"github.com/gannet-ml/gannet/tensor"
)

// types lists the types of the format.
var types = map[byte]elements.Type{
	0x08: elements.Uint8,
	0x09: elements.Int8,
	0x0B: elements.Int16,
	0x0C: elements.Int32,
	0x0D: elements.Float32,
	0x0E: elements.Float64,
}

// maxAxes is the most axes that an array may have: those that arithmetic serves.
const maxAxes = 16

// OpenIDX reads the array of a file in the IDX format, plain or compressed with
// gzip, which its first bytes tell. A file that ends before the array does, or
// after it, is an error. Errors name the file and the position in it, for a
// compressed file that in the unpacked data.
func OpenIDX(path string) (tensor.Any, error) {
	a, err := openIDX(path)
	if err != nil {
		return nil, fmt.Errorf("mnist: %w", err)
	}
	return a, nil
}

func openIDX(path string) (tensor.Any, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	a, err := decode(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// DecodeIDX is [OpenIDX] for data from r, which it reads to the end.
func DecodeIDX(r io.Reader) (tensor.Any, error) {
	a, err := decode(r, unknown)
	if err != nil {
		return nil, fmt.Errorf("mnist: %w", err)
	}
	return a, nil
}

const unknown = -1 // number of bytes

// decode reads an array that may be compressed, from r of size bytes.
func decode(r io.Reader, size int64) (tensor.Any, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := b.Peek(2); len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return decodePlain(b, size)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	a, err := decodePlain(z, unknown)
	if err != nil {
		return nil, fmt.Errorf("unpacked: %w", err)
	}
	return a, nil
}

func decodePlain(r io.Reader, size int64) (tensor.Any, error) {
	t, shape, err := decodeHeader(r)
	if err != nil {
		return nil, err
	}
	start := int64(4 + 4*len(shape))
	n, err := t.Bytes(shape)
	switch {
	case err != nil:
		return nil, fmt.Errorf("byte 4: %w", err)
	case size != unknown && size-start != n:
		return nil, fmt.Errorf("byte %d: %d bytes of data, want %d for shape %v", start, size-start, n, shape)
	}
	a, at, err := elements.Read(r, t, binary.BigEndian, shape, max(size-start, 0))
	if err != nil {
		return nil, fmt.Errorf("byte %d: shape %v has %d bytes of data: %w", start+at, shape, n, err)
	}
	// Behind the data of a compressed file there is a checksum.
	if k, err := io.CopyN(io.Discard, r, 1); k > 0 {
		return nil, fmt.Errorf("byte %d: more data, want the end", start+n)
	} else if err != io.EOF {
		return nil, fmt.Errorf("byte %d: %w", start+n, err)
	}
	return a, nil
}

// decodeHeader reads what comes before the elements.
func decodeHeader(r io.Reader) (elements.Type, tensor.Shape, error) {
	var b [4]byte
	if n, err := io.ReadFull(r, b[:]); err != nil {
		return 0, nil, fmt.Errorf("byte %d: header: %w", n, unexpected(err))
	}
	t, ok := types[b[2]]
	axes := int(b[3])
	switch {
	case b[0] != 0 || b[1] != 0:
		return 0, nil, fmt.Errorf("byte 0: not in the IDX format: starts with %#02x %#02x, want 0 0", b[0], b[1])
	case !ok:
		return 0, nil, fmt.Errorf("byte 2: type is %#02x, want 0x08, 0x09 or 0x0b to 0x0e", b[2])
	case axes > maxAxes:
		return 0, nil, fmt.Errorf("byte 3: %d axes, want at most %d", axes, maxAxes)
	}
	shape := make(tensor.Shape, axes)
	for i := range shape {
		if n, err := io.ReadFull(r, b[:]); err != nil {
			return 0, nil, fmt.Errorf("byte %d: size of axis %d: %w", 4+4*i+n, i, unexpected(err))
		}
		v := binary.BigEndian.Uint32(b[:])
		if uint64(v) > math.MaxInt {
			return 0, nil, fmt.Errorf("byte %d: size of axis %d is %d, want at most %d", 4+4*i, i, v, math.MaxInt)
		}
		shape[i] = int(v)
	}
	return t, shape, nil
}

// unexpected returns err, of a place where the data must not end.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
