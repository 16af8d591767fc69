package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/atomicfile/simfs"
)

const path = "dir/model"

// The new content takes several writes to the disk, the old one is short.
var (
	oldContent = "old content"
	newContent = strings.Repeat("new content ", 60000)
)

// chunks returns a write function that writes s in pieces of n bytes.
func chunks(s string, n int) func(io.Writer) error {
	return func(w io.Writer) error {
		for s := s; s != ""; {
			k := min(n, len(s))
			if _, err := io.WriteString(w, s[:k]); err != nil {
				return err
			}
			s = s[k:]
		}
		return nil
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWrite(t *testing.T) {
	p := filepath.Join(t.TempDir(), "model")
	for _, content := range []string{oldContent, newContent, "", oldContent} {
		if err := atomicfile.Write(p, chunks(content, 1000)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, p); got != content {
			t.Errorf("after Write of %d bytes: %d bytes", len(content), len(got))
		}
	}
	if got := names(t, filepath.Dir(p)); len(got) != 1 {
		t.Errorf("folder holds %q, want model alone", got)
	}
}

func TestWriteRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := atomicfile.Write("model", chunks("x", 1)); err != nil {
		t.Fatal(err)
	}
	if got := read(t, "model"); got != "x" {
		t.Errorf("content %q, want x", got)
	}
}

func TestWriteFunctionFails(t *testing.T) {
	p := filepath.Join(t.TempDir(), "model")
	if err := atomicfile.Write(p, chunks(oldContent, 100)); err != nil {
		t.Fatal(err)
	}
	want := errors.New("cannot encode")
	err := atomicfile.Write(p, func(w io.Writer) error {
		if err := chunks(newContent, 1000)(w); err != nil {
			return err
		}
		return want
	})
	if err != want {
		t.Errorf("Write = %v, want %v", err, want)
	}
	func() {
		defer func() {
			if r := recover(); r != "broken encoder" {
				t.Errorf("recovered %v, want the panic of the function", r)
			}
		}()
		atomicfile.Write(p, func(w io.Writer) error { panic("broken encoder") })
	}()
	if got := read(t, p); got != oldContent {
		t.Errorf("content %.20q, want the old one", got)
	}
	if got := names(t, filepath.Dir(p)); len(got) != 1 {
		t.Errorf("folder holds %q, want model alone", got)
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, p := range map[string]string{
		"folder":    dir,
		"no folder": filepath.Join(dir, "missing", "model"),
		"empty":     "",
	} {
		if err := atomicfile.Write(p, chunks("x", 1)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("folder holds %q, want nothing", got)
	}
}

// A device is not replaced, even by the superuser.
func TestWriteRefusesDevice(t *testing.T) {
	info, err := os.Stat(os.DevNull)
	if err != nil || info.Mode().IsRegular() {
		t.Skip("no null device")
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "null")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Skip(err)
	}
	if err := atomicfile.Write(link, chunks("x", 1)); err == nil {
		t.Error("no error")
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

func TestWritePermission(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("no permission bits on", runtime.GOOS)
	}
	dir := t.TempDir()
	for _, perm := range []fs.FileMode{0o600, 0o644, 0o666, 0o444, 0o755} {
		p := filepath.Join(dir, perm.String())
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, perm); err != nil { // past the umask
			t.Fatal(err)
		}
		if err := atomicfile.Write(p, chunks("x", 1)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != perm {
			t.Errorf("permission %v, want %v as before", info.Mode(), perm)
		}
	}
	s := simfs.New(nil)
	if err := atomicfile.WriteFS(s, path, chunks("x", 1)); err != nil {
		t.Fatal(err)
	}
	if got := s.Perm(path); got != 0o644 {
		t.Errorf("permission of a new file %v, want 0644", got)
	}
}

// Every operation is made to fail in turn, at once or by a short write, alone
// or with all that follow, until the write no longer reaches the failure.
func TestWriteFaults(t *testing.T) {
	faults := 0
	for _, before := range []map[string]string{{}, {path: oldContent}} {
		for _, mode := range []simfs.FS{
			{}, {Short: true}, {FailAll: true}, {Err: fs.ErrPermission}, {Err: io.ErrShortWrite, Short: true},
		} {
			k := 1
			for ; ; k++ {
				s := simfs.New(before)
				s.FailAt, s.FailAll, s.Short, s.Err = k, mode.FailAll, mode.Short, mode.Err
				err := atomicfile.WriteFS(s, path, chunks(newContent, 5000))
				if s.Ops() < k {
					if err != nil || s.Files()[path] != newContent {
						t.Fatalf("no fault: Write = %v, %d bytes", err, len(s.Files()[path]))
					}
					break
				}
				want := mode.Err
				if want == nil {
					want = simfs.ErrFull
				}
				if !errors.Is(err, want) {
					t.Errorf("fault %d: Write = %v, want %v", k, err, want)
				}
				files := s.Files()
				got, exists := files[path]
				old, existed := before[path]
				switch {
				case strings.Contains(fmt.Sprint(err), "perhaps not durably"):
					if got != newContent {
						t.Errorf("fault %d: %.20q after the rename, want the new content", k, got)
					}
				case got != old || exists != existed:
					t.Errorf("fault %d: %.20q, want the old content", k, got)
				}
				delete(files, path)
				if len(files) != 0 && !mode.FailAll {
					t.Errorf("fault %d: %d temporary files are left", k, len(files))
				}
			}
			if k < 8 {
				t.Errorf("only %d operations seen; create, 3 writes, sync, close, rename, syncdir are 8", k-1)
			}
			faults += k - 1
		}
	}
	if !t.Failed() {
		t.Logf("%d of %d injected faults survived", faults, faults)
	}
}

// crashes runs Write and returns an error if some crash, at any point, leaves
// neither the old nor the new content, or loses what Write said is written.
func crashes(s *simfs.FS) (states int, err error) {
	start := s.Len()
	if err := atomicfile.WriteFS(s, path, chunks(newContent, 5000)); err != nil {
		return 0, err
	}
	for n := start; n <= s.Len(); n++ {
		s.Crashes(n, func(files map[string]string) bool {
			states++
			got := files[path]
			if got != newContent && (got != oldContent || n == s.Len()) {
				err = fmt.Errorf("crash after operation %d leaves %d bytes %.20q\n%v", n, len(got), got, s)
			}
			return err == nil
		})
	}
	return states, err
}

func TestWriteCrash(t *testing.T) {
	s := simfs.New(map[string]string{path: oldContent})
	states, err := crashes(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d states hold the old or the new content", states, states)

	// The simulator is no good unless it finds the fault of a program that
	// does not sync.
	s = simfs.New(map[string]string{path: oldContent})
	s.IgnoreSync = true
	if _, err := crashes(s); err == nil {
		t.Error("without syncs no crash loses data: the simulator is blind")
	}
}

func TestWriteConcurrent(t *testing.T) {
	p := filepath.Join(t.TempDir(), "model")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 5 {
				if err := atomicfile.Write(p, chunks(strings.Repeat(fmt.Sprint(i), 1000), 100)); err != nil {
					t.Error(err)
				}
				got, err := os.ReadFile(p)
				if err != nil || len(got) != 1000 || strings.Trim(string(got), string(got[:1])) != "" {
					t.Errorf("read %d bytes %.20q of mixed content, %v", len(got), got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestCleanTemp(t *testing.T) {
	// A dead disk leaves a temporary file, as a crash does.
	s := simfs.New(map[string]string{path: oldContent, "other/model": "x"})
	s.FailAt, s.FailAll = 2, true
	if err := atomicfile.WriteFS(s, path, chunks(newContent, 5000)); err == nil {
		t.Fatal("no error")
	}
	if n := len(s.Files()); n != 3 {
		t.Fatalf("%d files, want 2 and a temporary one", n)
	}
	s.FailAt, s.FailAll = s.Ops()+1, false
	if n, err := atomicfile.CleanTempFS(s, path); n != 0 || !errors.Is(err, simfs.ErrFull) {
		t.Errorf("CleanTemp = %d, %v, want the error of Remove", n, err)
	}
	if n, err := atomicfile.CleanTempFS(s, path); n != 1 || err != nil {
		t.Errorf("CleanTemp = %d, %v, want 1", n, err)
	}
	if n := len(s.Files()); n != 2 {
		t.Errorf("%d files, want 2", n)
	}
}

func TestCleanTempKeepsOthers(t *testing.T) {
	dir := t.TempDir()
	keep := []string{
		"model", ".model", "model.gannettmp", ".gannettmp", ".model.gannettmp", ".model.0123456789abcde.gannettmp",
		"model.0123456789abcdef.gannettmp", ".model.0123456789abcdeg.gannettmp", ".0123456789abcdef.gannettmp",
		".model.0123456789abcdef.gannettmp.bak", ".my.model.0123456789abcdef.gannettmp", ".models.0123456789abcdef.gannettmp",
	}
	for _, name := range append(keep, ".model.0123456789abcdef.gannettmp", ".model.0000000000000000.gannettmp") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".model.1111111111111111.gannettmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if n, err := atomicfile.CleanTemp(filepath.Join(dir, "model")); n != 2 || err != nil {
		t.Errorf("CleanTemp = %d, %v, want 2", n, err)
	}
	if got, want := len(names(t, dir)), len(keep)+1; got != want {
		t.Errorf("%d names are left, want %d: %q", got, want, names(t, dir))
	}
	if n, err := atomicfile.CleanTemp(filepath.Join(dir, "missing", "model")); n != 0 || err != nil {
		t.Errorf("CleanTemp of no folder = %d, %v, want 0", n, err)
	}
}
