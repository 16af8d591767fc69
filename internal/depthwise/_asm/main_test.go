package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGenerated fails if the assembly is not what the generator writes now.
func TestGenerated(t *testing.T) {
	for isa, file := range map[string]string{
		"avx2": "depthwise_avx2_amd64.s", "avx512": "depthwise_avx512_amd64.s", "neon": "depthwise_neon_arm64.s",
	} {
		out := filepath.Join(t.TempDir(), file)
		if msg, err := exec.Command("go", "run", ".", "-isa", isa, "-out", out).CombinedOutput(); err != nil {
			t.Fatalf("generate %s: %v\n%s", file, err, msg)
		}
		if !bytes.Equal(body(t, out), body(t, filepath.Join("..", file))) {
			t.Errorf("%s differs from what the generator writes; run go generate", file)
		}
	}
}

// body returns a file without its first line, which holds the command.
func body(t *testing.T, file string) []byte {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	return rest
}
