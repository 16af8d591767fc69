package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSigned serves a model that was signed, and none that was changed since.
func TestSigned(t *testing.T) {
	dir := t.TempDir()
	folder, pair := filepath.Join(dir, "models", "digits", "1"), filepath.Join(dir, "release")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(embedded)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	do := func(want string, args ...string) {
		t.Helper()
		err := run(t.Context(), args)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
	put(modelFile, file)
	do("", "keygen", "-signing", pair)
	do("exists", "keygen", "-signing", pair) // keys are not overwritten
	do("want sign DIR -key FILE", "sign", folder)
	do("want verify DIR -key FILE", "verify", "-key", pair+".pub")
	do("unexpected argument", "sign", folder, "-key", pair+".key", "more")
	do("signed", "verify", folder, "-key", pair+".pub")
	serving := []string{"-addr", "127.0.0.1:0", "-admin", "", "-log", "error", "-require-signature", pair + ".pub", "-model"}
	do("signed", append(serving, folder)...)
	do("-require-signature needs a folder", append(serving, filepath.Join(folder, modelFile))...)
	do("", "sign", folder, "-key", pair+".key")
	do("", "verify", "-key", pair+".pub", folder)
	start(t, "-model", filepath.Join(dir, "models"), "-require-signature", pair+".pub")
	s, _ := start(t, "-model", folder, "-require-signature", pair+".pub")
	if !s.server.Ready() {
		t.Error("a signed model is not ready")
	}
	file[len(file)-1]++
	put(modelFile, file)
	do(modelFile, "verify", folder, "-key", pair+".pub")
	do(modelFile, append(serving, folder)...)
}
