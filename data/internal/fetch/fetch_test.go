package fetch

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// server serves body; its behaviour can be changed between requests.
type server struct {
	*httptest.Server
	body     []byte
	noRanges bool
	breakAt  int           // if > 0, the connection breaks after so many bytes
	stall    chan struct{} // if not nil, it stops there instead, and tells
	ranges   []string      // of the requests
}

func newServer(t *testing.T) *server {
	s := &server{body: make([]byte, 100_000)}
	random := rand.NewChaCha8([32]byte{1})
	random.Read(s.body)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	// What some servers say of a .tar.gz must not unpack it on the way.
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		http.Error(w, "asked for compression", http.StatusBadRequest)
		return
	}
	switch {
	case s.breakAt > 0:
		w.Header().Set("Content-Length", fmt.Sprint(len(s.body)))
		w.Write(s.body[:s.breakAt])
		w.(http.Flusher).Flush()
		if s.stall != nil {
			close(s.stall)
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	case s.noRanges:
		w.Write(s.body)
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.body))
	}
}

func (s *server) download(progress func(done, total int64)) download {
	sum := md5.Sum(s.body)
	return download{File{s.URL + "/" + name, hex.EncodeToString(sum[:]), 1 << 20}, progress}
}

const name = "archive.tar.gz"

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func fileIs(t *testing.T, name string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, %v, want the %d of the server", filepath.Base(name), len(got), err, len(want))
	}
}

func isAbsent(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s exists", filepath.Base(name))
	}
}

func TestDownload(t *testing.T) {
	s := newServer(t)
	dir := filepath.Join(t.TempDir(), "new", "folder")
	var last, total int64
	d := s.download(func(done, of int64) {
		if done <= last {
			t.Errorf("progress from %d to %d", last, done)
		}
		last, total = done, of
	})
	path := filepath.Join(dir, name)
	if err := d.run(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	fileIs(t, path, s.body)
	isAbsent(t, path+".part")
	if last != 100_000 || total != 100_000 {
		t.Errorf("progress ended at %d of %d, want 100000 of 100000", last, total)
	}

	// What is there is not fetched again, unless it is broken.
	if err := d.run(t.Context(), filepath.Join(dir, name)); err != nil || len(s.ranges) != 1 {
		t.Errorf("second time: %v, %d requests, want 1", err, len(s.ranges))
	}
	write(t, path, []byte("broken"))
	last = 0
	if err := d.run(t.Context(), filepath.Join(dir, name)); err != nil {
		t.Error(err)
	}
	fileIs(t, path, s.body)
}

func TestDownloadResume(t *testing.T) {
	for _, noRanges := range []bool{false, true} {
		s := newServer(t)
		dir := t.TempDir()
		s.breakAt = 40_000
		if err := s.download(nil).run(t.Context(), filepath.Join(dir, name)); err == nil {
			t.Fatal("no error from a broken connection")
		}
		path := filepath.Join(dir, name)
		isAbsent(t, path)
		fileIs(t, path+".part", s.body[:40_000])

		s.breakAt, s.noRanges = 0, noRanges
		var first int64
		err := s.download(func(done, total int64) {
			if first == 0 {
				first = done
			}
			if total != 100_000 && !noRanges {
				t.Errorf("total %d, want 100000", total)
			}
		}).run(t.Context(), filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fileIs(t, path, s.body)
		isAbsent(t, path+".part")
		if want := []string{"", "bytes=40000-"}; !slices.Equal(s.ranges, want) {
			t.Errorf("ranges asked for: %q, want %q", s.ranges, want)
		}
		if resumed := first > 40_000; resumed == noRanges {
			t.Errorf("server without ranges %v: first progress %d", noRanges, first)
		}
	}
}

// A complete file whose renaming failed, and one that is too long.
func TestDownloadPart(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	write(t, path+".part", s.body)
	if err := s.download(nil).run(t.Context(), filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	fileIs(t, path, s.body)

	// Without ranges, what comes replaces what is there.
	long := append(slices.Clone(s.body), 0)
	write(t, path, nil)
	write(t, path+".part", long)
	s.noRanges = true
	if err := s.download(nil).run(t.Context(), filepath.Join(dir, name)); err != nil {
		t.Error(err)
	}
	fileIs(t, path, s.body)
	s.noRanges = false

	for _, part := range [][]byte{long, []byte("wrong bytes")} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		write(t, path+".part", part)
		if err := s.download(nil).run(t.Context(), filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), "MD5 is ") {
			t.Errorf("error %v, want a wrong MD5", err)
		}
		isAbsent(t, path)
		isAbsent(t, path+".part")
		if err := s.download(nil).run(t.Context(), filepath.Join(dir, name)); err != nil {
			t.Errorf("the next call: %v", err)
		}
	}
}

func TestDownloadWrongChecksum(t *testing.T) {
	s := newServer(t)
	d := s.download(nil)
	s.body[7] ^= 1
	dir := t.TempDir()
	err := d.run(t.Context(), filepath.Join(dir, name))
	if err == nil || !strings.Contains(err.Error(), "want "+d.MD5) {
		t.Errorf("error %v, want one with %s", err, d.MD5)
	}
	isAbsent(t, filepath.Join(dir, name))
	isAbsent(t, filepath.Join(dir, name+".part"))
}

func TestDownloadTooLarge(t *testing.T) {
	s := newServer(t)
	d := s.download(nil)
	d.Limit = 50_000
	dir := t.TempDir()
	for range 2 { // what the first leaves does not confuse the second
		if err := d.run(t.Context(), filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), "more than 50000 bytes") {
			t.Errorf("error %v, want more than 50000 bytes", err)
		}
	}
	s.body = s.body[:10_000]
	d = s.download(nil)
	d.Limit = 50_000
	if err := d.run(t.Context(), filepath.Join(dir, name)); err != nil {
		t.Errorf("another archive, after that: %v", err)
	}
}

func TestDownloadCancelled(t *testing.T) {
	s := newServer(t)
	s.breakAt, s.stall = 30_000, make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-s.stall
		cancel()
	}()
	dir := t.TempDir()
	if err := s.download(nil).run(ctx, filepath.Join(dir, name)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	isAbsent(t, filepath.Join(dir, name))
	s.breakAt = 0
	if err := s.download(nil).run(t.Context(), filepath.Join(dir, name)); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestDownloadRefused(t *testing.T) {
	for want, handler := range map[string]http.HandlerFunc{
		"404 Not Found": http.NotFound,
		"range":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) },
	} {
		s := httptest.NewServer(handler)
		path := filepath.Join(t.TempDir(), name)
		write(t, path+".part", []byte("x"))
		err := File{s.URL, "", 100}.To(t.Context(), path, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), s.URL) {
			t.Errorf("error %v, want one with %q and the URL", err, want)
		}
		s.Close()
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	if err := (File{}).To(t.Context(), filepath.Join(file, name), nil); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v, want one with %s", err, file)
	}
}

func TestDir(t *testing.T) {
	if dir, err := Dir("here", "set"); dir != "here" || err != nil {
		t.Errorf("Dir = %s, %v, want here", dir, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	if dir, err := Dir("", "set"); dir != filepath.Join(cache, "gannet", "set") || err != nil {
		t.Errorf("Dir = %s, %v, want gannet/set in %s", dir, err, cache)
	}
}
