package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// entriesOfAllKinds covers the element types, shapes and views.
func entriesOfAllKinds() []Entry {
	m := counting(5, 7)
	ints := tensor.New([]int{math.MinInt, -1, 0, 1, math.MaxInt, 7}, 2, 3)
	bools := tensor.New([]bool{true, false, false, true, true, false}, 3, 2)
	return []Entry{
		{Name: "matrix", Value: m},
		{Name: "scalar", Value: tensor.New([]float32{2.5})},
		{Name: "empty", Value: tensor.Make[float32](3, 0, 2)},
		{Name: "zero value", Value: new(tensor.Tensor)},
		{Name: "transposed", Value: m.Transpose(0, 1)},
		{Name: "column", Value: m.Slice(1, 3, 4)},
		{Name: "one column", Value: m.Index(1, 3)},
		{Name: "expanded", Value: counting(3, 1).Expand(2, 3, 4)},
		{Name: "empty view", Value: m.Slice(1, 2, 2)},
		{Name: "part of a cube", Value: counting(4, 5, 6).Slice(0, 1, 3).Slice(2, 2, 5).Permute(2, 0, 1)},
		{Name: "large", Value: counting(300, 200).Transpose(0, 1)},
		{Name: "special", Value: tensor.New([]float32{
			float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32,
			math.MaxFloat32, math.Float32frombits(0x7fc12345), math.Float32frombits(0xffc00001),
		}, 7)},
		{Name: "ints", Value: ints},
		{Name: "ints transposed", Value: ints.Transpose(0, 1)},
		{Name: "bytes", Value: tensor.New([]uint8{0, 1, 127, 128, 255}, 5)},
		{Name: "bools", Value: bools},
		{Name: "bools transposed", Value: bools.Transpose(0, 1)},
	}
}

// same reports whether two arrays have the same type, shape and bits.
func same(a, b tensor.Any) bool {
	if !a.Shape().Equal(b.Shape()) {
		return false
	}
	switch a := a.(type) {
	case *tensor.Tensor:
		b, ok := b.(*tensor.Tensor)
		return ok && slices.EqualFunc(a.Clone().Data(), b.Clone().Data(), func(x, y float32) bool {
			return math.Float32bits(x) == math.Float32bits(y)
		})
	case *tensor.Ints:
		b, ok := b.(*tensor.Ints)
		return ok && slices.Equal(a.Clone().Data(), b.Clone().Data())
	case *tensor.Bytes:
		b, ok := b.(*tensor.Bytes)
		return ok && slices.Equal(a.Clone().Data(), b.Clone().Data())
	case *tensor.Bools:
		b, ok := b.(*tensor.Bools)
		return ok && slices.Equal(a.Clone().Data(), b.Clone().Data())
	}
	return false
}

func TestWriteLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	entries := entriesOfAllKinds()
	metadata := map[string]string{"format": "gannet", "": "\x00\x1f \"\\\n é 😀", "step": "12"}
	if err := Write(path, entries, metadata); err != nil {
		t.Fatal(err)
	}
	got, gotMetadata, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(gotMetadata, metadata) {
		t.Errorf("metadata %q, want %q", gotMetadata, metadata)
	}
	if len(got) != len(entries) {
		t.Fatalf("%d tensors, want %d", len(got), len(entries))
	}
	values := map[string]tensor.Any{}
	for _, e := range got {
		values[e.Name] = e.Value
	}
	for _, e := range entries {
		if v := values[e.Name]; v == nil || !same(v, e.Value) {
			t.Errorf("%s: got %v, want %v", e.Name, v, e.Value)
		}
	}
	// What was loaded writes the same file.
	var again bytes.Buffer
	if err := Encode(&again, got, gotMetadata); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), data) {
		t.Error("loaded tensors write another file")
	}
}

// The bytes of a small file, worked out by hand.
func TestEncodeGolden(t *testing.T) {
	got := encoded(t, []Entry{
		{Name: "m", Value: tensor.New([]bool{true, false, true}, 3)},
		{Name: "w", Value: tensor.New([]float32{1, -2}, 1, 2)},
		{Name: "i", Value: tensor.New([]int{-1}, 1)},
		{Name: "é\"", Value: tensor.New([]float32{0.5})},
	}, map[string]string{"b": "2", "a": "\n\x01"})
	header := `{"__metadata__":{"a":"\n\u0001","b":"2"},` +
		`"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},` +
		`"w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},` +
		`"é\"":{"dtype":"F32","shape":[],"data_offsets":[16,20]},` +
		`"m":{"dtype":"BOOL","shape":[3],"data_offsets":[20,23]}}`
	for len(header)%8 != 0 {
		header += " "
	}
	want := fileOf(header, 0)
	want = append(want, "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x01\x00\x01"...)
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got, want := encoded(t, nil, nil), fileOf("{}      ", 0); !bytes.Equal(got, want) {
		t.Errorf("no tensors: got %q, want %q", got, want)
	}
	if got, want := encoded(t, nil, map[string]string{}), fileOf(`{"__metadata__":{}}     `, 0); !bytes.Equal(got, want) {
		t.Errorf("empty metadata: got %q, want %q", got, want)
	}
}

func TestEncodeDeterministic(t *testing.T) {
	entries := entriesOfAllKinds()
	metadata := map[string]string{}
	for i := range 20 {
		metadata[fmt.Sprint(i)] = "x"
	}
	want := encoded(t, entries, metadata)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rng.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if got := encoded(t, entries, maps.Clone(metadata)); !bytes.Equal(got, want) {
			t.Fatal("another order of the entries makes another file")
		}
	}
	if n := 8 + int(binary.LittleEndian.Uint64(want)); n%8 != 0 {
		t.Errorf("data start at %d, want a multiple of 8", n)
	}
}

// Raw tensors of every type come back as they are, each aligned to its size.
func TestRawRoundTrip(t *testing.T) {
	var entries []Entry
	n := 0
	for _, d := range dtypes {
		size := d.dtype.Size()
		if size == 0 {
			continue
		}
		n++
		data := make([]byte, 6*size)
		for i := range data {
			data[i] = byte(i * 37)
			if d.dtype == BOOL {
				data[i] &= 1
			}
		}
		entries = append(entries, Entry{Name: "t." + string(d.dtype), Raw: &Raw{d.dtype, tensor.Shape{2, 3}, data}})
	}
	f := parsed(t, encoded(t, entries, nil))
	back := rawEntries(t, f)
	byName := func(a, b Entry) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(entries, byName)
	slices.SortFunc(back, byName)
	if !reflect.DeepEqual(back, entries) {
		t.Errorf("got %v, want %v", back, entries)
	}
	for _, name := range f.Names() {
		info, _ := f.Info(name)
		if info.Begin%int64(info.DType.Size()) != 0 {
			t.Errorf("%s begins at %d", name, info.Begin)
		}
	}
	t.Logf("%d of %d types with whole bytes round-trip", n, n)
}

func TestEncodeRefuses(t *testing.T) {
	x := tensor.Make[float32](2)
	value := func(names ...string) (list []Entry) {
		for _, name := range names {
			list = append(list, Entry{Name: name, Value: x})
		}
		return list
	}
	raw := func(d DType, n int, shape ...int) []Entry {
		return []Entry{{Name: "a", Raw: &Raw{d, shape, make([]byte, n)}}}
	}
	many := map[string]string{}
	for i := range MaxMetadata + 1 {
		many[fmt.Sprint(i)] = ""
	}
	for _, c := range []struct {
		name     string
		entries  []Entry
		metadata map[string]string
		want     string
	}{
		{"two of one name", value("a", "b", "a"), nil, `tensor "a": two tensors`},
		{"two of one name and other types", append(value("a"), Entry{Name: "a", Value: tensor.Make[int](1)}), nil, `two tensors`},
		{"no value", []Entry{{Name: "a"}}, nil, "no value"},
		{"control character", value("a\x00"), nil, "control character"},
		{"name not UTF-8", value("a\xff"), nil, "not UTF-8"},
		{"name of the metadata", value("__metadata__"), nil, "that of the metadata"},
		{"metadata key not UTF-8", nil, map[string]string{"\xff": ""}, "not UTF-8"},
		{"metadata value not UTF-8", nil, map[string]string{"a": "\xff"}, "not UTF-8"},
		{"too much metadata", nil, many, "65536 at most"},
		{"header too long", nil, map[string]string{"a": strings.Repeat("x", MaxHeader)}, "want 100000000 at most"},
		{"too many tensors", make([]Entry, MaxTensors+1), nil, "want 1048576 at most"},
		{"raw of unknown type", raw("X", 2, 2), nil, `unknown dtype "X"`},
		{"raw of no whole bytes", raw(F4, 1, 2), nil, "not supported"},
		{"raw with missing bytes", raw(F32, 7, 2), nil, "7 bytes of data, shape [2] of F32 needs 8"},
		{"raw with more bytes", raw(U8, 3, 2), nil, "3 bytes of data"},
		{"raw of negative size", raw(U8, 0, -1), nil, "too many elements"},
		{"raw of too many axes", raw(U8, 1, slices.Repeat([]int{1}, MaxRank+1)...), nil, "64 at most"},
		{"raw of huge shape", raw(U8, 0, math.MaxInt, 2), nil, "too many elements"},
	} {
		path := filepath.Join(t.TempDir(), "m")
		err := Write(path, c.entries, c.metadata)
		e, ok := errors.AsType[*FormatError](err)
		if !ok || !strings.Contains(e.Error(), c.want) || e.Path != path {
			t.Errorf("%s: error %v, want a *FormatError with %q and the path", c.name, err, c.want)
		}
		if list, _ := os.ReadDir(filepath.Dir(path)); len(list) != 0 {
			t.Errorf("%s: %v is left behind", c.name, list)
		}
		if err := Encode(io.Discard, c.entries, c.metadata); err == nil {
			t.Errorf("%s: Encode succeeds", c.name)
		}
	}
}

// A failing writer leaves the old file, see internal/atomicfile for its faults.
func TestWriteAtomic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if err := Write(path, []Entry{{Name: "a", Value: counting(3)}}, nil); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(path)
	if err := Write(path, []Entry{{Name: "a"}}, nil); err == nil {
		t.Fatal("no error")
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, want) {
		t.Error("the old file has changed")
	}
	// Writing over a file that is open for reading, even from its own tensors.
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(path, append(rawEntries(t, f), Entry{Name: "b", Value: counting(100)}), nil); err != nil {
		t.Skip("this system does not replace open files: ", err)
	}
	if a, err := f.ReadTensor("a"); err != nil || !same(a, counting(3)) {
		t.Errorf("from the file open before: %v, %v", a, err)
	}
	if list, _, err := Load(path); err != nil || len(list) != 2 {
		t.Errorf("from the new file: %v, %v", list, err)
	}
}

// failWriter accepts n bytes.
type failWriter struct{ n int }

var errFull = errors.New("full")

func (w *failWriter) Write(p []byte) (int, error) {
	if len(p) > w.n {
		return w.n, errFull
	}
	w.n -= len(p)
	return len(p), nil
}

func TestEncodeWriterFails(t *testing.T) {
	entries := entriesOfAllKinds()
	size := len(encoded(t, entries, nil))
	for n := 0; n < size; n += 1 + n/8 {
		if err := Encode(&failWriter{n}, entries, nil); err != errFull {
			t.Errorf("writer of %d bytes: error %v, want %v", n, err, errFull)
		}
	}
	if err := Encode(&failWriter{size}, entries, nil); err != nil {
		t.Errorf("writer of all %d bytes: %v", size, err)
	}
}

// failReader reads up to byte n.
type failReader struct {
	data []byte
	n    int64
	err  error
}

func (r *failReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= r.n {
		return copy(p, r.data[off:]), nil
	}
	return 0, r.err
}

func TestReadFails(t *testing.T) {
	data := encoded(t, []Entry{{Name: "a", Value: counting(20000)}, {Name: "b", Value: counting(3)}}, nil)
	broken := errors.New("broken disk")
	for n := int64(0); n < int64(len(data)); n += 1 + n/8 {
		for _, c := range []struct{ err, want error }{{broken, broken}, {io.EOF, io.ErrUnexpectedEOF}} {
			f, err := NewReader(&failReader{data, n, c.err}, int64(len(data)))
			if err == nil {
				_, err = f.Read("a")
			}
			if err == nil {
				_, err = f.ReadRaw("b")
			}
			if !errors.Is(err, c.want) {
				t.Errorf("reader fails at %d: error %v, want %v", n, err, c.want)
			}
		}
	}
}

func TestReadInto(t *testing.T) {
	want := counting(200, 300)
	f := parsed(t, encoded(t, []Entry{{Name: "a", Value: want}, {Name: "i", Value: tensor.Make[int](2)}}, nil))
	dst := tensor.Make[float32](200, 300)
	if err := f.ReadInto(dst, "a"); err != nil || !same(dst, want) {
		t.Errorf("contiguous: %v", err)
	}
	wide := tensor.Make[float32](300, 2, 200)
	view := wide.Index(1, 1).Transpose(0, 1)
	if err := f.ReadInto(view, "a"); err != nil || !same(view, want) {
		t.Errorf("strided: %v", err)
	}
	if other := wide.Index(1, 0); !same(other, tensor.Make[float32](300, 200)) {
		t.Error("ReadInto writes outside its view")
	}
	for name, c := range map[string]struct {
		dst    *tensor.Tensor
		tensor string
		want   string
	}{
		"other shape": {tensor.Make[float32](300, 200), "a", `safetensors: tensor "a": shape [200 300], want [300 200]`},
		"other rank":  {tensor.Make[float32](60000), "a", `shape [200 300], want [60000]`},
		"no tensor":   {dst, "b", `tensor "b": not in the file`},
		"integers":    {tensor.Make[float32](2), "i", "dtype I64 cannot be read as float32"},
	} {
		if err := f.ReadInto(c.dst, c.tensor); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestReadWrongKind(t *testing.T) {
	f := parsed(t, fileOf(object(one("c", "C64", "[1]", 0, 8), one("b", "BOOL", "[3]", 8, 11)), 11))
	if _, err := f.Read("c"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("C64: error %v, want ErrUnsupported", err)
	}
	if raw, err := f.ReadRaw("c"); err != nil || len(raw.Data) != 8 {
		t.Errorf("ReadRaw of C64 = %v, %v", raw, err)
	}
	if _, err := f.ReadTensor("b"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("BOOL as float32: error %v, want ErrUnsupported", err)
	}
	_, err := f.Read("b")
	if want := `safetensors: tensor "b": element 0: byte 8 is no BOOL, want 0 or 1`; err == nil || err.Error() != want {
		t.Errorf("BOOL of byte 8: error %v, want %v", err, want)
	}
	for _, read := range []func() error{
		func() error { _, err := f.Read("x"); return err },
		func() error { _, err := f.ReadTensor("x"); return err },
		func() error { _, err := f.ReadRaw("x"); return err },
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), "not in the file") {
			t.Errorf("no such tensor: error %v", err)
		}
	}
	if _, ok := f.Info("x"); ok {
		t.Error("Info finds a tensor that is not there")
	}
}

func TestFinite(t *testing.T) {
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		x := counting(20000)
		x.Set(v, 17000)
		path := filepath.Join(t.TempDir(), "m")
		if err := Write(path, []Entry{{Name: "a", Value: x}, {Name: "b", Value: counting(3)}}, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Load(path); err != nil {
			t.Errorf("without the option: %v", err)
		}
		_, _, err := Load(path, Finite())
		want := fmt.Sprintf(`safetensors: %s: tensor "a": element 17000: %v is not finite`, path, v)
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	f := parsed(t, encoded(t, []Entry{{Name: "a", Value: counting(3)}, {Name: "i", Value: tensor.Make[int](3)}}, nil), Finite())
	for _, name := range f.Names() {
		if _, err := f.Read(name); err != nil {
			t.Error(err)
		}
	}
}

func TestConcurrentReads(t *testing.T) {
	entries := entriesOfAllKinds()
	path := filepath.Join(t.TempDir(), "m")
	if err := Write(path, entries, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, e := range entries {
				if v, err := f.Read(e.Name); err != nil || !same(v, e.Value) {
					t.Errorf("%s: %v", e.Name, err)
				}
			}
		})
	}
	wg.Wait()
}
