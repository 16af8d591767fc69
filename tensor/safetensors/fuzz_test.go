package safetensors

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// FuzzParse checks that no file makes the reader panic, that refusals are typed,
// and that what is accepted survives writing: same tensors, same metadata, and
// the same bytes from then on.
func FuzzParse(f *testing.F) {
	for _, c := range malformed {
		if len(c.data) < 1000 {
			f.Add(c.data)
		}
	}
	f.Add(encoded(f, entriesOfAllKinds()[:9], map[string]string{"a": "b"}))
	f.Add(fileOf(` {"a":{"dtype":"F16","shape":[1],"data_offsets":[1,3],"x":[1e5,null]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}} `, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Fatalf("error %v is not a *FormatError", err)
			}
			return
		}
		for _, name := range file.Names() {
			_, err := file.Read(name)
			if _, ok := errors.AsType[*FormatError](err); err != nil && !ok {
				t.Fatalf("error %v is not a *FormatError", err)
			}
		}
		entries := rawEntries(t, file)
		written := encoded(t, entries, file.Metadata())
		again := parsed(t, written)
		if !maps.Equal(again.Metadata(), file.Metadata()) {
			t.Fatalf("metadata %q, want %q", again.Metadata(), file.Metadata())
		}
		back := rawEntries(t, again)
		byName := func(a, b Entry) int { return strings.Compare(a.Name, b.Name) }
		slices.SortFunc(entries, byName)
		slices.SortFunc(back, byName)
		if !slices.EqualFunc(entries, back, func(a, b Entry) bool {
			return a.Name == b.Name && a.Raw.DType == b.Raw.DType && a.Raw.Shape.Equal(b.Raw.Shape) && bytes.Equal(a.Raw.Data, b.Raw.Data)
		}) {
			t.Fatalf("tensors %v, want %v", back, entries)
		}
		if !bytes.Equal(encoded(t, back, again.Metadata()), written) {
			t.Fatal("the second writing makes another file")
		}
		if n := le.Uint64(written); n%8 != 0 || n > math.MaxInt32 {
			t.Fatalf("header of %d bytes", n)
		}
	})
}
