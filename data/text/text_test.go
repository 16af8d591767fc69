package text

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func wantError(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", what, err, w)
		}
	}
}

// write writes a file and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// All that reads files names the one that is not there.
func TestNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere")
	v := vocabularyOf(t, "a")
	for name, load := range map[string]func() error{
		"LoadVocabulary": func() error { _, err := LoadVocabulary(path); return err },
		"LoadEncoder":    func() error { _, err := LoadEncoder(path); return err },
		"LoadBPE":        func() error { _, err := LoadBPE(path); return err },
		"LoadWordPiece":  func() error { _, err := LoadWordPiece(path); return err },
		"LoadTFIDF":      func() error { _, err := LoadTFIDF(path); return err },
		"LoadVectors":    func() error { _, err := LoadVectors(path, v); return err },
		"LoadCoNLLU":     func() error { _, err := LoadCoNLLU(path); return err },
		"LoadLabeled":    func() error { _, err := LoadLabeled(path); return err },
		"LoadClasses":    func() error { _, err := LoadClasses(path); return err },
	} {
		err := load()
		wantError(t, name, err, "text: ", path)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v, want %v", name, err, fs.ErrNotExist)
		}
	}
}

// shared returns a path among the public data sets, and skips the test if they are
// not there.
func shared(t *testing.T, elements ...string) string {
	t.Helper()
	dir := os.Getenv("GANNET_SHARED")
	if dir == "" {
		t.Skip("GANNET_SHARED does not name a folder with data")
	}
	return filepath.Join(append([]string{dir, "data"}, elements...)...)
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
