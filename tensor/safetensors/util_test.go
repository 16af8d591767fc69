package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// fileOf returns a file with this header and n bytes of data: 0, 1, 2, ….
func fileOf(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for i := range n {
		b = append(b, byte(i))
	}
	return b
}

// one returns the entry of a header.
func one(name, dtype, shape string, begin, end int64) string {
	return fmt.Sprintf(`"%s":{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, name, dtype, shape, begin, end)
}

// says reports whether a message has the text wanted. Machines of 32 bits refuse
// some sizes earlier.
func says(err error, want string) bool {
	return strings.Contains(err.Error(), want) ||
		strconv.IntSize == 32 && strings.Contains(err.Error(), "too large for this machine")
}

func object(members ...string) string { return "{" + strings.Join(members, ",") + "}" }

func encoded(t testing.TB, entries []Entry, metadata map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, entries, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parsed(t testing.TB, data []byte, options ...Option) *File {
	t.Helper()
	f, err := Parse(data, options...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rawEntries returns all tensors of a file as they are.
func rawEntries(t testing.TB, f *File) []Entry {
	t.Helper()
	var entries []Entry
	for _, name := range f.Names() {
		raw, err := f.ReadRaw(name)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, Entry{Name: name, Raw: raw})
	}
	return entries
}

// counting returns an array of shape with elements 0, 1, 2, ….
func counting(shape ...int) *tensor.Tensor {
	a := tensor.Make[float32](shape...)
	for i := range a.Data() {
		a.Data()[i] = float32(i)
	}
	return a
}
