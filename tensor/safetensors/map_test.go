package safetensors

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// mapped maps a file with a tensor of every kind, or skips the test where there is
// no Map.
func mapped(t *testing.T, options ...Option) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model")
	if err := os.WriteFile(path, encoded(t, entriesOfAllKinds(), map[string]string{"a": "b"}), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Map(path, options...)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A mapped file is that which was written, and views have the values that are read.
func TestMap(t *testing.T) {
	f := mapped(t)
	want := parsed(t, encoded(t, entriesOfAllKinds(), map[string]string{"a": "b"}))
	if !slices.Equal(f.Names(), want.Names()) || f.Metadata()["a"] != "b" {
		t.Errorf("names are %q, metadata %q", f.Names(), f.Metadata())
	}
	views := 0
	for _, file := range []*File{f, want} {
		for _, name := range file.Names() {
			info, _ := file.Info(name)
			raw, err := file.ReadRaw(name)
			w, _ := want.ReadRaw(name)
			if err != nil || !slices.Equal(raw.Data, w.Data) {
				t.Errorf("%s: bytes differ, %v", name, err)
			}
			v, err := file.View(name)
			if info.DType != F32 {
				if err == nil || !strings.Contains(err.Error(), "use ReadTensor") {
					t.Errorf("View of %s: %v, want the hint at ReadTensor", info.DType, err)
				}
				continue
			}
			if err != nil {
				t.Error(err)
				continue
			}
			x, err := want.ReadTensor(name)
			if err != nil || !v.Shape().Equal(x.Shape()) || !slices.EqualFunc(v.Data(), x.Data(), sameBits) {
				t.Errorf("View of %q = %v, want %v (%v)", name, v, x, err)
			}
			views++
		}
	}
	if views == 0 {
		t.Error("no tensor was viewed")
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// Many goroutines read and view while the file is closed: each gets all or the
// error.
func TestMapClose(t *testing.T) {
	f := mapped(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				for _, name := range f.Names() {
					if _, err := f.ReadRaw(name); err != nil && !errors.Is(err, os.ErrClosed) {
						t.Errorf("ReadRaw: %v", err)
					}
					if info, _ := f.Info(name); info.DType == F32 {
						if _, err := f.View(name); err != nil && !errors.Is(err, os.ErrClosed) {
							t.Errorf("View: %v", err)
						}
					}
				}
			}
		})
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	wg.Wait()
	for _, name := range f.Names() {
		info, _ := f.Info(name)
		if _, err := f.Read(name); info.End > info.Begin && !errors.Is(err, os.ErrClosed) {
			t.Errorf("Read of %q after Close: %v, want os.ErrClosed", name, err)
		}
	}
}

func TestMapErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "none"), "no such file"},
		{dir, "is not a regular file"},
		{write("empty", nil), "empty: 0 bytes are too short for a file"},
		{write("short", make([]byte, 7)), "short: 7 bytes are too short for a file"},
		{write("bad", lengthOf(MaxHeader, "{}")), "bad: header has 100000000 bytes, of which the file holds 2"},
	} {
		_, err := Map(c.path)
		if errors.Is(err, errors.ErrUnsupported) {
			t.Skip(err)
		}
		if !says(err, c.want) {
			t.Errorf("Map of %s: %v, want … %s", c.path, err, c.want)
		}
	}
}

func TestViewErrors(t *testing.T) {
	nan := tensor.New([]float32{1, 0}, 2)
	nan.Data()[1] /= nan.Data()[1] // 0/0
	data := encoded(t, []Entry{{Name: "nan", Value: nan}, {Name: "empty", Value: tensor.Zeros(0, 3)}}, nil)
	shifted := append(make([]byte, 1, len(data)+1), data...)[1:]
	path := filepath.Join(t.TempDir(), "model")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	finite, err := Parse(data, Finite())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f          *File
		name, want string
	}{
		{opened, "nan", `tensor "nan": the file is not in memory; use Map`},
		{parsed(t, data), "none", `tensor "none": not in the file`},
		{parsed(t, shifted), "nan", `a view is not possible: its address is no multiple of 4; use ReadTensor`},
		{finite, "nan", `tensor "nan": element 1: NaN is not finite`},
		{finite, "empty", ""},
	} {
		v, err := c.f.View(c.name)
		if c.want == "" && (err != nil || !v.Shape().Equal(tensor.Shape{0, 3})) || c.want != "" && !says(err, c.want) {
			t.Errorf("View of %q: %v, %v, want %s", c.name, v, err, c.want)
		}
	}
}
