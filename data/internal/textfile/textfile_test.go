package textfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func read(t *testing.T, text string) ([]string, error) {
	t.Helper()
	var lines []string
	err := Read(iotest.OneByteReader(strings.NewReader(text)), func(n int, line string) error {
		lines = append(lines, fmt.Sprint(n, line))
		return nil
	})
	return lines, err
}

func TestRead(t *testing.T) {
	for text, want := range map[string][]string{
		"":                         nil,
		"a":                        {"1a"},
		"a\n":                      {"1a"},
		"a\n\n":                    {"1a", "2"},
		"\ufeffa\r\nb\rc":          {"1a", "2b\rc"},
		"\xff":                     nil,
		strings.Repeat("é", 1<<16): {"1" + strings.Repeat("é", 1<<16)},
	} {
		got, err := read(t, text)
		if text == "\xff" {
			if err == nil || err.Error() != "line 1: byte 0 is 0xff, want UTF-8" {
				t.Errorf("error %v", err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%.20q: %.40q, %v, want %.40q", text, got, err, want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	mine := errors.New("mine")
	err := Read(strings.NewReader("a\nb\n"), func(n int, _ string) error {
		if n == 2 {
			return mine
		}
		return nil
	})
	if !errors.Is(err, mine) || err.Error() != "line 2: mine" {
		t.Errorf("error %v", err)
	}
	if err := Read(iotest.ErrReader(mine), nil); !errors.Is(err, mine) {
		t.Errorf("error %v, want %v", err, mine)
	}
	if _, err := read(t, "é\ufffdé\xc3"); err == nil || err.Error() != "line 1: byte 7 is 0xc3, want UTF-8" {
		t.Errorf("error %v", err)
	}
}

func TestLongLine(t *testing.T) {
	err := Read(bytes.NewReader(make([]byte, maxLine+1)), func(int, string) error { return nil })
	if err == nil || err.Error() != "line 1: more than 16777216 bytes" {
		t.Errorf("error %v", err)
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("a\nb\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{[]byte("a\nb\n"), packed.Bytes()} {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		var got []string
		err := Load(path, func(_ int, line string) error {
			got = append(got, line)
			return nil
		})
		if err != nil || !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := os.WriteFile(path, packed.Bytes()[:15], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Load(path, func(int, string) error { return nil }); err == nil || !strings.HasPrefix(err.Error(), path+": line ") {
		t.Errorf("error %v, want one that names the file", err)
	}
	if err := Load(path+"x", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
	if err := unpack(bytes.NewReader(packed.Bytes()), 3, func(int, string) error { return nil }); err == nil || !strings.Contains(err.Error(), "unpacks to too much") {
		t.Errorf("error %v", err)
	}
}
