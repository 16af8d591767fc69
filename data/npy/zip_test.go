package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// member is a file of an archive.
type member struct{ name, content string }

func zipped(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, b []byte) *Archive {
	t.Helper()
	a, err := NewArchive(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestArchive(t *testing.T) {
	two := string(file(dict("<i2", "(2,)"), "\x01\x00\x02\x00"))
	b := zipped(t, member{"b.npy", two}, member{"readme.txt", "text"}, member{"folder.npy/", ""}, member{"../a.npy", two})
	a := opened(t, b)
	if got, want := a.Names(), []string{"b", "../a"}; !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
	if x, err := a.Read("../a"); err != nil || !equal(x, tensor.New([]int{1, 2}, 2)) {
		t.Errorf("Read = %v, %v, want [1 2]", x, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	all, err := LoadZip(path)
	if err != nil || len(all) != 2 || !equal(all["b"], tensor.New([]int{1, 2}, 2)) {
		t.Errorf("LoadZip = %v, %v", all, err)
	}
	f, err := OpenZip(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Read("c")
	wantError(t, "no array", err, path+`: no array "c", want one of ["b" "../a"]`)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Read("b"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: error %v, want %v", err, fs.ErrClosed)
	}
}

func TestArchiveErrors(t *testing.T) {
	good := string(file(dict("<i2", "(2,)"), "\x01\x00\x02\x00"))
	path := filepath.Join(t.TempDir(), "x.npz")
	for _, c := range []struct {
		name, content, want string
	}{
		{"long", good + "x", "more data behind the elements, want the end"},
		{"short", good[:len(good)-1], "byte 71: elements of shape [2]: unexpected EOF"},
		{"empty", "", "byte 0: header: EOF"},
		{"text", "no array", "byte 0: not in the .npy format"},
	} {
		if err := os.WriteFile(path, zipped(t, member{"x.npy", c.content}), 0o644); err != nil {
			t.Fatal(err)
		}
		all, err := LoadZip(path)
		wantError(t, c.name, err, path, `array "x": `+c.want)
		if all != nil {
			t.Errorf("%s: arrays with the error", c.name)
		}
	}

	b := zipped(t, member{"x.npy", good}, member{"x.npy", good})
	_, err := NewArchive(bytes.NewReader(b), int64(len(b)))
	wantError(t, "twice", err, `array "x" comes twice`)
	if err := os.WriteFile(path, []byte("no archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = OpenZip(path)
	wantError(t, "no archive", err, path, "not a valid zip file")
	_, err = LoadZip(path + "x")
	wantError(t, "nowhere", err, path+"x")

	// A wrong bit in the elements is found by the checksum.
	var stored bytes.Buffer
	if err := EncodeZip(&stored, map[string]tensor.Any{"x": tensor.New([]uint8("elements"), 8)}); err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(stored.Bytes(), []byte("elements"), []byte("elementz"), 1)
	_, err = opened(t, broken).Read("x")
	wantError(t, "checksum", err, `array "x": zip: checksum error`)
}

// A small archive that unpacks to much is refused before anything is unpacked, and
// an archive that lies about it does not get further than it says.
func TestArchiveLimits(t *testing.T) {
	zeros := string(file(dict("|u1", "(100000,)"), strings.Repeat("\x00", 100_000)))
	b := zipped(t, member{"x.npy", zeros}, member{"y.npy", zeros})
	a := opened(t, b)
	if a.limit != maxSmall {
		t.Errorf("limit %d, want %d", a.limit, maxSmall)
	}
	a.limit = 150_000
	if x, err := a.Read("x"); err != nil || x.Len() != 100_000 {
		t.Errorf("Read: %v", err)
	}
	_, err := a.all()
	wantError(t, "all", err, "unpacks to more than 150000 bytes; read its arrays one by one")
	a.limit = 100_000
	_, err = a.Read("x")
	wantError(t, "one", err, `array "x": unpacks to 100073 bytes, want at most 100000`)

	// The sizes of the directory at the end count: after 46 bytes comes the name.
	lie := bytes.Clone(b)
	at := bytes.LastIndex(lie, []byte("x.npy")) - 46
	if got := binary.LittleEndian.Uint32(lie[at+24:]); got != uint32(len(zeros)) {
		t.Fatalf("the size in the directory is %d, want %d", got, len(zeros))
	}
	binary.LittleEndian.PutUint32(lie[at+24:], 1000)
	_, err = opened(t, lie).Read("x")
	wantError(t, "lie", err, `array "x": `)
}

func FuzzArchive(f *testing.F) {
	good := string(file(dict("<i2", "(2,)"), "\x01\x00\x02\x00"))
	f.Add(zipped(f, member{"x.npy", good}, member{"y.txt", "text"}))
	var stored bytes.Buffer
	if err := EncodeZip(&stored, map[string]tensor.Any{"x": tensor.Scalar(true), "y": tensor.Make[float32](2, 3)}); err != nil {
		f.Fatal(err)
	}
	f.Add(stored.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := NewArchive(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		a.limit = 1 << 20
		all, err := a.all()
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := EncodeZip(&again, all); err != nil {
			t.Fatal(err)
		}
		back, err := opened(t, again.Bytes()).all()
		if err != nil || !slices.Equal(slices.Sorted(maps.Keys(back)), slices.Sorted(maps.Keys(all))) {
			t.Fatalf("%v comes back as %v, %v", all, back, err)
		}
	})
}
