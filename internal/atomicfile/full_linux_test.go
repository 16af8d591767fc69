package atomicfile_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// The tests of this file start the test program again, in a role of its own.
const (
	roleEnv = "ATOMICFILE_TEST_ROLE"
	pathEnv = "ATOMICFILE_TEST_PATH"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "limited":
		limited(os.Getenv(pathEnv))
	case "forever":
		forever(os.Getenv(pathEnv))
	default:
		os.Exit(m.Run())
	}
}

// child returns the test program in a role.
func child(t *testing.T, role, path string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleEnv+"="+role, pathEnv+"="+path)
	return cmd
}

// limited may write files of 100 kB at most and tries more.
func limited(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 100_000, Max: 100_000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Print("skip: ", err)
		return
	}
	err := atomicfile.Write(path, chunks(newContent, 5000))
	if errors.Is(err, syscall.EFBIG) {
		fmt.Print("EFBIG")
		return
	}
	fmt.Print("Write: ", err)
}

func TestWriteFileLimit(t *testing.T) {
	p := filepath.Join(t.TempDir(), "model")
	if err := atomicfile.Write(p, chunks(oldContent, 100)); err != nil {
		t.Fatal(err)
	}
	out, err := child(t, "limited", p).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if s := string(out); strings.HasPrefix(s, "skip") {
		t.Skip(s)
	} else if s != "EFBIG" {
		t.Errorf("past the limit: %s, want EFBIG", s)
	}
	if got := read(t, p); got != oldContent {
		t.Errorf("content %.20q, want the old one", got)
	}
	if got := names(t, filepath.Dir(p)); len(got) != 1 {
		t.Errorf("folder holds %q, want model alone", got)
	}
}

// A file system of 64 kB, where the user may mount one.
func TestWriteFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mounting a small file system: ", err)
	}
	defer syscall.Unmount(dir, 0)
	p := filepath.Join(dir, "model")
	if err := atomicfile.Write(p, chunks(oldContent, 100)); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(p, chunks(newContent, 5000)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write = %v, want ENOSPC", err)
	}
	if got := read(t, p); got != oldContent {
		t.Errorf("content %.20q, want the old one", got)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("folder holds %q, want model alone", got)
	}
}

// forever writes files of one digit, and says so after each.
func forever(path string) {
	for i := 0; ; i++ {
		content := strings.Repeat(fmt.Sprint(i%10), 100_000)
		if err := atomicfile.Write(path, chunks(content, 5000)); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(i % 10)
	}
}

// A program that writes is killed again and again, at a moment that follows
// from how many of its lines were read.
func TestWriteKilled(t *testing.T) {
	const kills = 25
	p := filepath.Join(t.TempDir(), "model")
	for k := range kills {
		cmd := child(t, "forever", p)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 2)
		for range 1 + k%7 {
			if _, err := out.Read(line); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		got := read(t, p)
		if len(got) != 100_000 || strings.Trim(got, got[:1]) != "" {
			t.Fatalf("kill %d: %d bytes %.20q, want 100000 equal digits", k, len(got), got)
		}
	}
	n, err := atomicfile.CleanTemp(p)
	if got := names(t, filepath.Dir(p)); err != nil || len(got) != 1 {
		t.Errorf("CleanTemp = %d, %v; folder holds %q, want model alone", n, err, got)
	}
	t.Logf("%d of %d kills left a whole file; %d temporary files removed", kills, kills, n)
}
