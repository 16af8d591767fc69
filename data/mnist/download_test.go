package mnist

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	images, labels := arrays(3, 0, 10)
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/set/")
		asked = append(asked, name)
		if strings.Contains(name, "images") {
			w.Write(zipped(t, images))
		} else {
			w.Write(zipped(t, labels))
		}
	}))
	defer server.Close()
	s := fashionSource
	s.url = server.URL + "/set/"
	var names []string
	for i, b := range [][]byte{images, labels, images, labels} {
		sum := md5.Sum(zipped(t, b))
		s.files[i].md5 = hex.EncodeToString(sum[:])
		names = append(names, s.files[i].name)
	}
	dir := filepath.Join(t.TempDir(), "new")
	last := map[string]int64{}
	for range 2 { // the second time nothing is fetched
		got, err := s.download(t.Context(), dir, func(file string, done, total int64) { last[file] = total - done })
		if err != nil || got != dir {
			t.Fatalf("%s, %v, want %s", got, err, dir)
		}
	}
	if !slices.Equal(asked, names) {
		t.Errorf("asked for %q, want %q", asked, names)
	}
	for _, name := range names {
		if left, ok := last[name]; !ok || left != 0 {
			t.Errorf("%s: progress ended %d bytes before the end", name, left)
		}
	}
	train, test, err := Load(dir)
	if err != nil || train.Len() != 3 || test.Len() != 3 {
		t.Errorf("Load: %v", err)
	}

	s.files[2].md5 = s.files[1].md5
	if _, err := s.download(t.Context(), t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "t10k-images-idx3-ubyte.gz.part: MD5 is ") {
		t.Errorf("error %v, want a wrong MD5", err)
	}
}

func TestDownloadErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	_, err := Download(t.Context(), filepath.Join(file, "dir"), nil)
	wantError(t, "Download", err, "mnist: Download: ", file)
	_, err = DownloadFashion(t.Context(), filepath.Join(file, "dir"), nil)
	wantError(t, "DownloadFashion", err, "mnist: DownloadFashion: ", file)
}
