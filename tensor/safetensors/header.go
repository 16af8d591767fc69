package safetensors

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/internal/jsonscan"
	"github.com/gannet-ml/gannet/tensor"
)

// The limits of a file. Only that of the header is the format's own.
const (
	MaxHeader   = 100_000_000 // bytes
	MaxTensors  = 1 << 20
	MaxMetadata = 1 << 16 // entries
	MaxRank     = 64
)

// maxOthers is how many unknown keys a tensor may have.
const maxOthers = 16

// metadataKey is the key of the header that is not a tensor.
const metadataKey = "__metadata__"

// minEntry is the least number of bytes that describe a tensor:
//
//	"":{"dtype":"U8","shape":[],"data_offsets":[0,1]},
const minEntry = 50

// Info describes a tensor of a file.
type Info struct {
	Name       string
	DType      DType
	Shape      tensor.Shape
	Begin, End int64 // of its bytes, from the start of the data
}

// parseHeader reads a header that lies at byte 8 of a file, and checks it
// against the size of the data. The tensors are in the order of their data.
func parseHeader(text []byte, dataSize int64) (infos []Info, metadata map[string]string, err error) {
	if !utf8.Valid(text) {
		return nil, nil, bad("header is not UTF-8")
	}
	// The number of tensors is known well enough to allocate once.
	infos = make([]Info, 0, min(bytes.Count(text, []byte("data_offsets")), len(text)/minEntry, MaxTensors))
	s := &scanner{Scanner: jsonscan.Scanner{Text: text}, start: 8}
	err = s.object("the header", func(key []byte) error {
		if string(key) == metadataKey {
			if metadata != nil {
				return s.errorf("duplicate key %q", metadataKey)
			}
			var err error
			metadata, err = s.metadata()
			return err
		}
		if len(infos) == MaxTensors {
			return s.errorf("more than %d tensors", MaxTensors)
		}
		info, err := s.info(string(key), dataSize)
		infos = append(infos, info)
		return err
	})
	if err == nil {
		err = s.fault(s.End())
	}
	if err == nil {
		err = checkLayout(infos, dataSize)
	}
	return infos, metadata, err
}

// metadata reads the object of strings.
func (s *scanner) metadata() (map[string]string, error) {
	m := map[string]string{}
	err := s.object(metadataKey, func(key []byte) error {
		k := string(key)
		if _, ok := m[k]; ok {
			return s.errorf("duplicate key %q in %s", k, metadataKey)
		}
		if len(m) == MaxMetadata {
			return s.errorf("more than %d entries in %s", MaxMetadata, metadataKey)
		}
		v, err := s.str("a value of " + metadataKey)
		m[k] = string(v)
		return err
	})
	return m, err
}

// info reads the description of a tensor and checks that it is one by itself.
func (s *scanner) info(name string, dataSize int64) (Info, error) {
	info := Info{Name: name}
	if err := checkName(name); err != nil {
		return info, err
	}
	const dtype, shape, offsets = 1, 2, 4
	seen := 0
	field := func(bit int, key string, read func() error) error {
		if seen&bit != 0 {
			return s.errorf("duplicate key %q", key)
		}
		seen |= bit
		return read()
	}
	s.others = s.others[:0]
	err := s.object("a tensor", func(key []byte) error {
		switch k := string(key); k {
		case "dtype":
			return field(dtype, k, func() error { return s.dtype(&info) })
		case "shape":
			return field(shape, k, func() error { return s.shape(&info) })
		case "data_offsets":
			return field(offsets, k, func() error { return s.offsets(&info) })
		default:
			if slices.Contains(s.others, k) {
				return s.errorf("duplicate key %q", k)
			}
			if len(s.others) == maxOthers {
				return s.errorf("more than %d unknown keys", maxOthers)
			}
			s.others = append(s.others, k)
			return s.fault(s.Skip(maxDepth))
		}
	})
	if e, ok := err.(*FormatError); ok {
		e.Tensor = name
		return info, e
	}
	for i, key := range []string{"dtype", "shape", "data_offsets"} {
		if seen>>i&1 == 0 {
			return info, badTensor(name, "no %s", key)
		}
	}
	return info, checkInfo(info, dataSize)
}

func (s *scanner) dtype(info *Info) error {
	b, err := s.str("dtype")
	if err != nil {
		return err
	}
	i := DType(b).rank()
	if i < 0 {
		return s.errorf("unknown dtype %.20q", b)
	}
	info.DType = dtypes[i].dtype
	return nil
}

func (s *scanner) shape(info *Info) error {
	var sizes [MaxRank]int
	rank := 0
	err := s.array("shape", func() error {
		n, err := s.integer("a size")
		if err != nil {
			return err
		}
		if rank == MaxRank {
			return s.errorf("shape has more than %d axes", MaxRank)
		}
		if n > math.MaxInt {
			return s.errorf("size %d is too large for this machine", n)
		}
		sizes[rank] = int(n)
		rank++
		return nil
	})
	info.Shape = append(tensor.Shape{}, sizes[:rank]...)
	return err
}

func (s *scanner) offsets(info *Info) error {
	n := 0
	err := s.array("data_offsets", func() (err error) {
		switch n++; n {
		case 1:
			info.Begin, err = s.integer("an offset")
		case 2:
			info.End, err = s.integer("an offset")
		default:
			err = s.errorf("data_offsets has more than 2 numbers")
		}
		return err
	})
	if err == nil && n != 2 {
		err = s.errorf("data_offsets has %d numbers, want 2", n)
	}
	return err
}

// checkName returns an error if a tensor cannot be called so.
func checkName(name string) error {
	switch {
	case strings.ContainsFunc(name, unicode.IsControl):
		return badTensor(name, "name has a control character")
	case !utf8.ValidString(name):
		return badTensor(name, "name is not UTF-8")
	case name == metadataKey:
		return badTensor(name, "name is that of the metadata")
	}
	return nil
}

// byteSize returns the number of bytes of a tensor. It is an error if the type
// does not fill bytes or if an array of this shape could not be made.
func byteSize(name string, dtype DType, shape tensor.Shape) (int64, error) {
	size := dtype.Size()
	if size == 0 {
		return 0, unsupported(name, "dtype %s is not supported", dtype)
	}
	if len(shape) > MaxRank {
		return 0, badTensor(name, "shape has %d axes, want %d at most", len(shape), MaxRank)
	}
	n := shape.Size()
	// Every array element has at most 8 bytes: a shape that passes can be made.
	if shape.Check() != nil || n > math.MaxInt/8 {
		return 0, badTensor(name, "shape %v of %s has too many elements", shape, dtype)
	}
	hi, lo := bits.Mul64(uint64(n), uint64(size))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, badTensor(name, "shape %v of %s has too many bytes", shape, dtype)
	}
	return int64(lo), nil
}

// checkInfo checks the size of a tensor against its range, and that against the
// size of the data.
func checkInfo(info Info, dataSize int64) error {
	size, err := byteSize(info.Name, info.DType, info.Shape)
	switch {
	case err != nil:
		return err
	case info.End < info.Begin:
		return badTensor(info.Name, "data_offsets [%d %d] are reversed", info.Begin, info.End)
	case info.End-info.Begin != size:
		return badTensor(info.Name, "data_offsets [%d %d] hold %d bytes, shape %v of %s needs %d",
			info.Begin, info.End, info.End-info.Begin, info.Shape, info.DType, size)
	case info.End > dataSize:
		return badTensor(info.Name, "data_offsets [%d %d] reach past the data, which have %d bytes",
			info.Begin, info.End, dataSize)
	}
	return nil
}

// checkLayout sorts tensors by their data and checks that these follow each
// other without overlap, hole or rest.
func checkLayout(infos []Info, dataSize int64) error {
	slices.SortFunc(infos, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.End, b.End), strings.Compare(a.Name, b.Name))
	})
	end := int64(0)
	for _, info := range infos {
		switch {
		case info.Begin < end:
			return badTensor(info.Name, "data_offsets [%d %d] overlap the tensor before, which ends at %d", info.Begin, info.End, end)
		case info.Begin > end:
			return badTensor(info.Name, "data_offsets [%d %d] leave a hole, the tensor before ends at %d", info.Begin, info.End, end)
		}
		end = info.End
	}
	if end != dataSize {
		return bad("%d bytes after the last tensor", dataSize-end)
	}
	return nil
}
