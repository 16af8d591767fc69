package npy

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gannet-ml/gannet/tensor"
)

// numbers returns the elements of an array.
func numbers(a tensor.Any) (v []float64) {
	switch a := a.(type) {
	case *tensor.Tensor:
		for _, x := range a.Data() {
			v = append(v, float64(x))
		}
	case *tensor.Ints:
		for _, x := range a.Data() {
			v = append(v, float64(x))
		}
	case *tensor.Bytes:
		for _, x := range a.Data() {
			v = append(v, float64(x))
		}
	case *tensor.Bools:
		for _, x := range a.Data() {
			v = append(v, map[bool]float64{true: 1}[x])
		}
	}
	return v
}

// golden returns the arrays that NumPy wrote, each as the bytes of a .npy file.
func golden(t testing.TB) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader("testdata/golden.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(f.Name, ".npy")] = b
	}
	return files
}

func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Arrays map[string]struct {
			Shape  tensor.Shape
			Kind   string
			Values []any
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Arrays) == 0 {
		t.Fatalf("%d arrays, %v", len(file.Arrays), err)
	}
	archive, err := OpenZip("testdata/golden.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := golden(t)
	if len(archive.Names()) != len(files) {
		t.Errorf("%d names, want %d", len(archive.Names()), len(files))
	}
	for name, b := range files {
		want, ok := file.Arrays[name]
		if !ok {
			continue
		}
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		for from, read := range map[string]func() (tensor.Any, error){
			"Decode":  func() (tensor.Any, error) { return Decode(iotest.OneByteReader(bytes.NewReader(b))) },
			"Load":    func() (tensor.Any, error) { return Load(path) },
			"Archive": func() (tensor.Any, error) { return archive.Read(name) },
		} {
			t.Run("Golden/"+from+"/"+name, func(t *testing.T) {
				a, err := read()
				if err != nil {
					t.Fatal(err)
				}
				_, isTensor := a.(*tensor.Tensor)
				_, isBytes := a.(*tensor.Bytes)
				_, isBools := a.(*tensor.Bools)
				if isTensor != (want.Kind[0] == 'f') || isBytes != (want.Kind == "u1") || isBools != (want.Kind == "b1") {
					t.Errorf("%T for %s", a, want.Kind)
				}
				got := numbers(a)
				if !a.Shape().Equal(want.Shape) || len(got) != len(want.Values) {
					t.Fatalf("shape %v, want %v", a.Shape(), want.Shape)
				}
				for i, w := range want.Values {
					v, ok := w.(float64)
					if !ok {
						v, err = strconv.ParseFloat(w.(string), 64)
					}
					if err != nil || math.Float64bits(got[i]) != math.Float64bits(v) && !(got[i] != got[i] && v != v) {
						t.Errorf("element %d = %v, want %v", i, got[i], w)
					}
				}
			})
		}
	}
}

// What we write is what NumPy writes, byte by byte.
func TestEncodeGolden(t *testing.T) {
	files := golden(t)
	for _, name := range []string{"b1", "u1", "i8-little", "f4-little", "scalar", "vector", "empty", "f4-axes"} {
		t.Run("Golden/Encode/"+name, func(t *testing.T) {
			a, err := Decode(bytes.NewReader(files[name]))
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := Encode(&b, a); err != nil || !bytes.Equal(b.Bytes(), files[name]) {
				t.Errorf("%q, %v, want %q", b.Bytes(), err, files[name])
			}
		})
	}
}

// arrays lists arrays of all types.
func arrays() map[string]tensor.Any {
	long := tensor.Make[float32](300, 101)
	for i := range long.Data() {
		long.Data()[i] = float32(i) / 7
	}
	return map[string]tensor.Any{
		"long":       long,
		"transposed": long.Transpose(0, 1),
		"part":       long.Slice(0, 3, 9).Slice(1, 5, 7),
		"ints":       tensor.New([]int{1, -2, math.MaxInt, math.MinInt}, 4),
		"bytes":      tensor.New([]uint8{0, 255}, 1, 2),
		"bools":      tensor.New([]bool{true, false, true}, 3, 1),
		"scalar":     tensor.Scalar[float32](3),
		"empty":      tensor.Make[int](3, 0, 2),
		"zero":       new(tensor.Tensor),
		"":           tensor.Scalar(7),
		"a/ü":        tensor.Scalar(true),
	}
}

// equal compares arrays that may be strided.
func equal(a, b tensor.Any) bool {
	switch a := a.(type) {
	case *tensor.Tensor:
		b, ok := b.(*tensor.Tensor)
		return ok && a.Equal(b)
	case *tensor.Ints:
		b, ok := b.(*tensor.Ints)
		return ok && a.Equal(b)
	case *tensor.Bytes:
		b, ok := b.(*tensor.Bytes)
		return ok && a.Equal(b)
	default:
		b, ok := b.(*tensor.Bools)
		return ok && a.(*tensor.Bools).Equal(b)
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	var stream bytes.Buffer
	var written []tensor.Any
	for name, a := range arrays() {
		path := filepath.Join(dir, "x.npy")
		if err := Save(path, a); err != nil {
			t.Fatal(err)
		}
		if b, err := Load(path); err != nil || !equal(a, b) {
			t.Errorf("%q comes back as %v, %v", name, b, err)
		}
		if err := Encode(&stream, a); err != nil {
			t.Fatal(err)
		}
		written = append(written, a)
	}
	for _, a := range written { // one after the other
		if b, err := Decode(&stream); err != nil || !equal(a, b) {
			t.Errorf("from a stream: %v, %v", b, err)
		}
	}
	if _, err := Decode(&stream); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: error %v, want %v", err, io.EOF)
	}

	path := filepath.Join(dir, "x.npz")
	if err := SaveZip(path, arrays()); err != nil {
		t.Fatal(err)
	}
	back, err := LoadZip(path)
	if err != nil || len(back) != len(arrays()) {
		t.Fatalf("LoadZip: %d arrays, %v, want %d", len(back), err, len(arrays()))
	}
	for name, a := range arrays() {
		if !equal(a, back[name]) {
			t.Errorf("%q comes back as %v", name, back[name])
		}
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := EncodeZip(&again, arrays()); err != nil || !bytes.Equal(first, again.Bytes()) {
		t.Errorf("the same arrays make another archive, %v", err)
	}
}

func TestEncodeErrors(t *testing.T) {
	broken := errors.New("broken")
	full := writerFunc(func([]byte) (int, error) { return 0, broken })
	if err := Encode(full, arrays()["long"]); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if err := EncodeZip(full, arrays()); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	wantError(t, "nil", Encode(io.Discard, nil), "array is <nil>, want a tensor")
	wantError(t, "typed nil", Encode(io.Discard, (*tensor.Ints)(nil)), "array is nil, want a tensor")
	wantError(t, "axes", Encode(io.Discard, tensor.Make[int](make([]int, 17)...)), "has more than 16 axes")
	wantError(t, "zip", EncodeZip(io.Discard, map[string]tensor.Any{"x": nil}), `array "x": array is <nil>, want a tensor`)
	path := filepath.Join(t.TempDir(), "nowhere", "x.npy")
	wantError(t, "Save", Save(path, tensor.Scalar(1)), path)
	wantError(t, "SaveZip", SaveZip(path, nil), path)
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func wantError(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	for _, w := range append(want, "npy: ") {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", what, err, w)
		}
	}
}

// file returns a .npy file of version 1.0 with a header and some elements.
func file(dict, elements string) []byte {
	b := append([]byte(magic), 1, 0, byte(len(dict)), byte(len(dict)>>8))
	return append(append(b, dict...), elements...)
}

// dict returns a header with a type and a shape.
func dict(descr, shape string) string {
	return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n"
}

var malformed = []struct {
	name string
	b    []byte
	want string
}{
	{"empty", nil, "byte 0: header: EOF"},
	{"short", []byte(magic), "byte 6: header: unexpected EOF"},
	{"text", []byte("<html>\n\n"), `byte 0: not in the .npy format: starts with "<html>", want "\x93NUMPY"`},
	{"version 0", []byte(magic + "\x00\x00ab"), "byte 6: version 0.0, want 1.0, 2.0 or 3.0"},
	{"version 1.1", []byte(magic + "\x01\x01ab"), "byte 6: version 1.1"},
	{"version 4", []byte(magic + "\x04\x00ab"), "byte 6: version 4.0"},
	{"no length", []byte(magic + "\x01\x00a"), "byte 9: length of the header: unexpected EOF"},
	{"no length, version 2", []byte(magic + "\x02\x00"), "byte 8: length of the header: unexpected EOF"},
	{"long", []byte(magic + "\x02\x00\xff\xff\xff\xff"), "byte 8: header of 4294967295 bytes, want at most 10000"},
	{"cut off", file(dict("<f4", "()"), "")[:20], "byte 20: header of 56 bytes: unexpected EOF"},
	{"no dictionary", file("[]", ""), `byte 10: header: "[]", want {`},
	{"no end", file("{'descr': '<f4', ", ""), "byte 27: header: ends, want a string"},
	{"no colon", file("{'descr' '<f4'}", ""), `byte 19: header: "'<f4'}", want :`},
	{"no comma", file("{'descr': '<f4' 'shape': ()}", ""), `byte 26: header: "'shape': (", want , or }`},
	{"garbage", file("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", ""), `byte 64: header: "x", want the end`},
	{"unknown", file("{'descr': '<f4', 'fortran': False, 'shape': ()}", ""), `byte 27: header: unknown key "fortran"`},
	{"twice", file("{'descr': '<f4', 'descr': '<f4'}", ""), `byte 27: header: "descr" comes twice`},
	{"missing", file("{'descr': '<f4', 'shape': ()}", ""), `has no "fortran_order"`},
	{"no string", file("{descr: '<f4'}", ""), `byte 11: header: "descr: '<f", want a string`},
	{"open string", file("{'descr: <f4}", ""), "want a string that ends"},
	{"escape", file(`{'\x64escr': '<f4'}`, ""), "has no backslash"},
	{"order", file("{'fortran_order': 1}", ""), `byte 28: header: "1}", want True or False`},
	{"type", file(dict("<f3", "()"), ""), `byte 20: header: type "<f3" is not supported, want a type b1,`},
	{"native", file(dict("=f4", "()"), ""), `type "=f4" is not supported`},
	{"no order", file(dict("|f4", "()"), ""), `type "|f4" is not supported`},
	{"bare", file(dict("f4", "()"), ""), `type "f4" is not supported`},
	{"empty type", file(dict("", "()"), ""), `type "" is not supported`},
	{"objects", file(dict("|O", "()"), ""), `type "|O" is not supported`},
	{"record", file("{'descr': [('a', '<f4')]}", ""), "byte 20: header: records are not supported"},
	{"number", file(dict("<f4", "3"), ""), `byte 60: header: "3, }`},
	{"no tuple", file(dict("<f4", "(3)"), ""), `byte 62: header: "), }`},
	{"negative", file(dict("<f4", "(-3,)"), ""), `byte 61: header: "-3,), }`},
	{"float", file(dict("<f4", "(3.0,)"), ""), `byte 62: header: ".0,), }`},
	{"two commas", file(dict("<f4", "(3,,)"), ""), `byte 63: header: ",), }`},
	{"no comma in it", file(dict("<f4", "(3, 4 5)"), ""), `byte 66: header: "5), }`},
	{"huge size", file(dict("<f4", "(99999999999999999999,)"), ""), "byte 61: header: size 99999999999999999999 is too large"},
	{"huge", file(dict("<f8", "(1073741824, 1073741824, 1073741824)"), ""), "header: tensor: shape [1073741824 1073741824 1073741824]: too many elements"},
	{"axes", file(dict("<f4", "("+strings.Repeat("1,", 17)+")"), ""), "byte 60: header: shape has more than 16 axes"},
	{"bool", file(dict("|b1", "(2,)"), "\x01\x02"), "byte 69: elements of shape [2]: byte 2 is no boolean, want 0 or 1"},
	{"range", file(dict("<u8", "()"), "\xff\xff\xff\xff\xff\xff\xff\xff"), "byte 66: elements of shape []: 18446744073709551615 does not fit an int"},
}

func TestDecodeErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	for _, c := range malformed {
		a, err := Decode(bytes.NewReader(c.b))
		wantError(t, c.name, err, c.want)
		if a != nil {
			t.Errorf("%s: an array with the error", c.name)
		}
		if unsupported := strings.Contains(c.want, "not supported"); errors.Is(err, errors.ErrUnsupported) != unsupported {
			t.Errorf("%s: error %v is ErrUnsupported: %v, want %v", c.name, err, !unsupported, unsupported)
		}
		if err := os.WriteFile(path, c.b, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = Load(path)
		wantError(t, c.name+": Load", err, path)
	}
	for name, b := range golden(t) {
		if strings.HasPrefix(name, "unsupported") {
			if _, err := Decode(bytes.NewReader(b)); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: error %v, want %v", name, err, errors.ErrUnsupported)
			}
		}
	}
	good := file(dict("<i2", "(2,)"), "abcd")
	for n, want := range map[int]string{2: "byte 68: 2 bytes of data, want 4 for shape [2]", 6: "byte 68: 6 bytes of data, want 4"} {
		if err := os.WriteFile(path, append(good[:len(good)-4:len(good)-4], "abcdef"[:n]...), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		wantError(t, "size", err, path, want)
	}
	_, err := Decode(bytes.NewReader(good[:len(good)-1]))
	wantError(t, "short", err, "byte 71: elements of shape [2]: unexpected EOF")
	if _, err := Load(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
}

// Headers that other programs write.
func TestHeaders(t *testing.T) {
	for _, h := range []string{
		`{"shape":(2L,),"descr":"<i2","fortran_order":True}`,
		"{ 'shape' : ( 2 , ) ,\n'fortran_order':False,'descr':'<i2'}   \n",
		"{'descr': '<i2', 'fortran_order': True, 'shape': (1,2,1)}",
	} {
		a, err := Decode(bytes.NewReader(file(h, "\x01\x00\x02\x00")))
		if err != nil || a.Len() != 2 || numbers(a)[1] != 2 {
			t.Errorf("%s: %v, %v, want 1 and 2", h, a, err)
		}
	}
}

// A header that promises a gigabyte costs only what comes.
func TestDecodeMemory(t *testing.T) {
	b := file(dict("<f8", "(134217728,)"), "few")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(bytes.NewReader(b))
	runtime.ReadMemStats(&after)
	wantError(t, "huge", err, "unexpected EOF")
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range malformed {
		f.Add(c.b)
	}
	for _, b := range golden(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Decode(bytes.NewReader(b))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := Encode(&first, a); err != nil {
			t.Fatal(err)
		}
		back, err := Decode(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := Encode(&second, back); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("%v comes back as %v, %v", a, back, err)
		}
	})
}
