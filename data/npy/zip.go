package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/tensor"
)

// How many bytes an archive may unpack to: the larger of both. Deflate packs up to
// 1032 bytes into one.
const (
	maxSmall = 1 << 30
	maxRatio = 64 // to the bytes of the archive
)

const extension = ".npy"

// Archive is an .npz file open for reading. Many goroutines may read at once.
type Archive struct {
	path    string // for errors; may be empty
	file    io.Closer
	members map[string]*zip.File // by name of the array
	names   []string
	limit   int64 // of bytes that an array, or all in LoadZip, unpack to
}

// OpenZip opens an .npz file. Its arrays are read one by one with [Archive.Read];
// [LoadZip] reads them all.
func OpenZip(path string) (*Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		var a *Archive
		if a, err = newArchive(f, info.Size()); err == nil {
			a.path, a.file = path+": ", f
			return a, nil
		}
	}
	f.Close()
	return nil, fmt.Errorf("npy: %s: %w", path, err)
}

// NewArchive is [OpenZip] for an archive of size bytes in r.
func NewArchive(r io.ReaderAt, size int64) (*Archive, error) {
	a, err := newArchive(r, size)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	return a, nil
}

func newArchive(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	a := &Archive{members: map[string]*zip.File{}, limit: max(maxSmall, maxRatio*size)}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, extension)
		if !ok {
			continue
		}
		if a.members[name] != nil {
			return nil, fmt.Errorf("array %q comes twice", name)
		}
		a.members[name] = f
		a.names = append(a.names, name)
	}
	return a, nil
}

// Close closes the file. It does nothing if [NewArchive] made a.
func (a *Archive) Close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// Names returns the names of the arrays, in the order of the archive: those of
// its members that end in .npy, without that. They are only names: check them
// before making paths of them.
func (a *Archive) Names() []string { return slices.Clone(a.names) }

// Read reads an array.
func (a *Archive) Read(name string) (tensor.Any, error) {
	f := a.members[name]
	if f == nil {
		return nil, fmt.Errorf("npy: %sno array %q, want one of %q", a.path, name, a.names)
	}
	array, err := a.read(f)
	if err != nil {
		return nil, fmt.Errorf("npy: %sarray %q: %w", a.path, name, err)
	}
	return array, nil
}

func (a *Archive) read(f *zip.File) (array tensor.Any, err error) {
	if f.UncompressedSize64 > uint64(a.limit) {
		return nil, fmt.Errorf("unpacks to %d bytes, want at most %d", f.UncompressedSize64, a.limit)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if array, err = decode(r); err != nil {
		return nil, err
	}
	// Behind the elements comes the checksum.
	if k, err := io.CopyN(io.Discard, r, 1); k > 0 {
		return nil, errors.New("more data behind the elements, want the end")
	} else if err != io.EOF {
		return nil, err
	}
	return array, nil
}

// LoadZip reads all arrays of an .npz file, by name.
func LoadZip(path string) (map[string]tensor.Any, error) {
	a, err := OpenZip(path)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return a.all()
}

// all reads all arrays. Members can share the bytes that they are unpacked from,
// so the limit is on their sum.
func (a *Archive) all() (map[string]tensor.Any, error) {
	left := uint64(a.limit)
	for _, name := range a.names {
		size := a.members[name].UncompressedSize64
		if size > left {
			return nil, fmt.Errorf("npy: %sunpacks to more than %d bytes; read its arrays one by one", a.path, a.limit)
		}
		left -= size
	}
	arrays := map[string]tensor.Any{}
	for _, name := range a.names {
		array, err := a.Read(name)
		if err != nil {
			return nil, err
		}
		arrays[name] = array
	}
	return arrays, nil
}

// SaveZip writes arrays by name to an .npz file, in one step like [Save]. They are
// not compressed, and in the order of their names, so that the same arrays make
// the same file.
func SaveZip(path string, arrays map[string]tensor.Any) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return encodeZip(w, arrays) })
	if err != nil {
		return fmt.Errorf("npy: %s: %w", path, err)
	}
	return nil
}

// EncodeZip is [SaveZip] into w.
func EncodeZip(w io.Writer, arrays map[string]tensor.Any) error {
	if err := encodeZip(w, arrays); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

func encodeZip(w io.Writer, arrays map[string]tensor.Any) error {
	z := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		member, err := z.CreateHeader(&zip.FileHeader{Name: name + extension, Method: zip.Store})
		if err == nil {
			err = encode(member, arrays[name])
		}
		if err != nil {
			return fmt.Errorf("array %q: %w", name, err)
		}
	}
	return z.Close()
}
