package cifar

import (
	"path/filepath"
	"strings"
	"testing"
)

// What Download does is tested in data/internal/fetch.
func TestDownloadError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	path, err := Download(t.Context(), filepath.Join(file, "dir"), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "cifar: Download: ") || path != "" {
		t.Errorf("path %q, error %v, want cifar: Download: …", path, err)
	}
}
