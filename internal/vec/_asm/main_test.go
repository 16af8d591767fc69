package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed files are what the generator writes, apart from the first
// line, which names the output file.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-go", dir},
		{"-isa", "avx2", "-out", filepath.Join(dir, "vec_avx2_amd64.s")},
		{"-isa", "avx512", "-out", filepath.Join(dir, "vec_avx512_amd64.s")},
		{"-isa", "neon", "-out", filepath.Join(dir, "vec_neon_arm64.s")},
	} {
		if out, err := exec.Command("go", append([]string{"run", "."}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("go run . %v: %v\n%s", args, err, out)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	body := func(file string) []byte {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := bytes.Cut(b, []byte("\n"))
		return rest
	}
	for _, f := range files {
		if !bytes.Equal(body(filepath.Join(dir, f.Name())), body(filepath.Join("..", f.Name()))) {
			t.Errorf("%s is not what the generator writes; run go generate", f.Name())
		}
	}
}
