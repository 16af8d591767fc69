//go:build unix

package serve_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gannet-ml/gannet/nn/serve"
)

// hang puts a version in a repository whose file does not answer, as on a network file
// system that is gone: opening it waits until the test ends, or free is called.
func hang(t *testing.T, dir, version string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(version), "model.safetensors")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	free = func() {
		if f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK, 0); err == nil { // somebody waits
			f.Close()
		}
	}
	t.Cleanup(free)
	return free
}

// TestFolderThatHangs tests that a model whose files do not come delays no other.
func TestFolderThatHangs(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	s := watched(t, dir, serve.Repository{})
	free := hang(t, dir, "hangs/1")
	until(t, s, "hangs 1 LOADING: being loaded; m 1 READY")

	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	until(t, s, "hangs 1 LOADING: being loaded; m 1 READY; m 2 READY")
	says(t, s, "2", 3)
	if err := s.Unload(t.Context(), "m"); err != nil {
		t.Error(err)
	}
	until(t, s, "hangs 1 LOADING: being loaded; m 1 UNAVAILABLE: not loaded; m 2 UNAVAILABLE: not loaded")
	if err := s.Load(t.Context(), "m"); err != nil {
		t.Error(err)
	}
	says(t, s, "2", 3)

	// Who waits for it does not wait longer than he wants to.
	for name, f := range map[string]func(context.Context, string) error{"Load": s.Load, "Unload": s.Unload} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if err := f(ctx, "hangs"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s of a model that is being loaded: %v, want %v", name, err, context.DeadlineExceeded)
		}
		cancel()
	}
	free()
	until(t, s, "hangs 1 UNAVAILABLE: safetensors; m 1 READY; m 2 READY")
}

// TestCloseLeavesFolder tests that a folder which does not answer keeps no server from
// closing, nor Watch from ending.
func TestCloseLeavesFolder(t *testing.T) {
	dir := t.TempDir()
	hang(t, dir, "m/1")
	s := serve.New(serve.Options{Grace: 20 * time.Millisecond})
	watch := make(chan error, 1)
	go func() { watch <- s.Watch(t.Context(), serve.Repository{Dir: dir}) }()
	until(t, s, "m 1 LOADING: being loaded")
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("Close: %v, want an error that names %s", err, dir)
	}
	if err := <-watch; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch: %v, want %v", err, context.Canceled)
	}
}
