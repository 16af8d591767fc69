package mnist

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gannet-ml/gannet/tensor"
)

// idx returns an array in the IDX format.
func idx(kind byte, data string, shape ...uint32) []byte {
	b := []byte{0, 0, kind, byte(len(shape))}
	for _, d := range shape {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDecodeIDX(t *testing.T) {
	for _, c := range []struct {
		name string
		b    []byte
		want tensor.Any
	}{
		{"bytes", idx(0x08, "\x00\x01\x02\x03\x04\xff", 2, 3), tensor.New([]uint8{0, 1, 2, 3, 4, 255}, 2, 3)},
		{"signed bytes", idx(0x09, "\x01\xff", 2), tensor.New([]int{1, -1}, 2)},
		{"int16", idx(0x0b, "\x01\x00\xff\xfe", 2), tensor.New([]int{256, -2}, 2)},
		{"int32", idx(0x0c, "\x00\x01\x00\x00\xff\xff\xff\xfe", 1, 2), tensor.New([]int{65536, -2}, 1, 2)},
		{"float32", idx(0x0d, "\x3f\x80\x00\x00", 1), tensor.New([]float32{1}, 1)},
		{"float64", idx(0x0e, "\xbf\xe0\x00\x00\x00\x00\x00\x00", 1), tensor.New([]float32{-0.5}, 1)},
		{"scalar", idx(0x08, "\x07"), tensor.New([]uint8{7})},
		{"empty", idx(0x08, "", 0, 28, 28), tensor.Make[uint8](0, 28, 28)},
	} {
		for kind, b := range map[string][]byte{"plain": c.b, "gzip": zipped(t, c.b)} {
			got, err := DecodeIDX(iotest.OneByteReader(bytes.NewReader(b)))
			if err != nil || got.String() != c.want.String() || !got.Shape().Equal(c.want.Shape()) {
				t.Errorf("%s/%s: %v, %v, want %v", c.name, kind, got, err, c.want)
			}
			name := filepath.Join(t.TempDir(), "file")
			write(t, name, b)
			got, err = OpenIDX(name)
			if err != nil || got.String() != c.want.String() {
				t.Errorf("%s/%s: OpenIDX = %v, %v, want %v", c.name, kind, got, err, c.want)
			}
		}
	}
}

// malformed lists what can be wrong with an array.
var malformed = []struct {
	name string
	b    []byte
	want string
}{
	{"empty", nil, "byte 0: header: unexpected EOF"},
	{"half a header", []byte{0, 0, 8}, "byte 3: header: unexpected EOF"},
	{"text", []byte("<html>"), "byte 0: not in the IDX format: starts with 0x3c 0x68, want 0 0"},
	{"type", idx(0x0a, "", 0), "byte 2: type is 0x0a, want 0x08, 0x09 or 0x0b to 0x0e"},
	{"axes", idx(0x08, "", make([]uint32, 17)...), "byte 3: 17 axes, want at most 16"},
	{"sizes", idx(0x08, "", 1, 2)[:10], "byte 10: size of axis 1: unexpected EOF"},
	{"no size", idx(0x08, "", 1, 2)[:8], "byte 8: size of axis 1: unexpected EOF"},
}

func wantError(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	for _, w := range append(want, "mnist: ") {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", what, err, w)
		}
	}
}

func TestIDXErrors(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	for _, c := range malformed {
		write(t, name, c.b)
		_, err := OpenIDX(name)
		wantError(t, c.name, err, name, c.want)
		write(t, name, zipped(t, c.b))
		_, err = OpenIDX(name)
		wantError(t, c.name+"/gzip", err, name, "unpacked: "+c.want)
		_, err = DecodeIDX(bytes.NewReader(c.b))
		wantError(t, c.name+"/Decode", err, c.want)
	}
	good := idx(0x0b, "abcdef", 3)
	for _, c := range []struct {
		name            string
		b               []byte
		file, elsewhere string
	}{
		{"short", good[:13], "byte 8: 5 bytes of data, want 6 for shape [3]", "byte 13: shape [3] has 6 bytes of data: unexpected EOF"},
		{"long", append(good, 0, 0), "byte 8: 8 bytes of data, want 6", "byte 14: more data, want the end"},
		{"huge", idx(0x08, "", 1<<30, 1<<30, 1<<30), "byte 4: ", "too many"},
	} {
		write(t, name, c.b)
		_, err := OpenIDX(name)
		wantError(t, c.name, err, name, c.file)
		_, err = DecodeIDX(bytes.NewReader(c.b))
		wantError(t, c.name+"/Decode", err, c.elsewhere)
		write(t, name, zipped(t, c.b))
		_, err = OpenIDX(name)
		wantError(t, c.name+"/gzip", err, name, "unpacked: ", c.elsewhere)
	}

	z := zipped(t, good)
	broken := slices.Clone(z)
	broken[len(broken)-8] ^= 1
	write(t, name, broken)
	_, err := OpenIDX(name)
	wantError(t, "checksum", err, name, "unpacked: byte 14: gzip: invalid checksum")
	for n := 2; n < len(z); n++ {
		write(t, name, z[:n])
		_, err := OpenIDX(name)
		wantError(t, "truncated gzip", err, name, "EOF")
	}
	if _, err := OpenIDX(name + "s"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
	broke := errors.New("broke")
	if _, err := DecodeIDX(iotest.ErrReader(broke)); !errors.Is(err, broke) {
		t.Errorf("error %v, want %v", err, broke)
	}
}

// A header that promises a gigabyte costs only what comes.
func TestIDXMemory(t *testing.T) {
	b := zipped(t, idx(0x0e, "few", 1<<27))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := DecodeIDX(bytes.NewReader(b))
	runtime.ReadMemStats(&after)
	wantError(t, "huge", err, "unexpected EOF")
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}

func FuzzDecodeIDX(f *testing.F) {
	for _, c := range malformed {
		f.Add(c.b)
	}
	f.Add(idx(0x08, "abcdef", 2, 3))
	f.Add(idx(0x0e, "abcdefgh", 1))
	f.Add(idx(0x0c, "", 0, 1<<31))
	f.Add(zipped(f, idx(0x09, "abc", 3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := DecodeIDX(bytes.NewReader(b))
		c, err2 := decode(bytes.NewReader(b), int64(len(b))) // as a file
		if (err == nil) != (err2 == nil) {
			t.Fatalf("error %v of a stream, %v of a file", err, err2)
		}
		if err == nil && (!a.Shape().Equal(c.Shape()) || a.Len() != c.Len()) {
			t.Fatalf("shape %v of a stream, %v of a file", a.Shape(), c.Shape())
		}
	})
}
