package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// must fails the test if there is an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a file below dir, with its folders.
func put(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

// model returns a new directory with files.
func model(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		put(t, dir, name, content)
	}
	return dir
}

// link makes a symbolic link or skips the test.
func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Skip(err)
	}
}

func newKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := GenerateKey(curve)
	must(t, err)
	return key
}

// publicKeys reads a file of keys.
func publicKeys(t testing.TB, path string) []*ecdsa.PublicKey {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	keys, err := ParsePublicKeys(text)
	must(t, err)
	return keys
}

// holds compares a verified model with its files.
func holds(t *testing.T, m *Model, files map[string]string) {
	t.Helper()
	if got, want := m.Files(), slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Errorf("Files() = %q, want %q", got, want)
	}
	for name, want := range files {
		if got, err := m.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("ReadFile(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
}
