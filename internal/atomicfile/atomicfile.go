// Package atomicfile replaces files in one step: whatever happens in between,
// an error, a full disk or a crash of the machine, the path holds either the
// old content or the new, whole.
//
//	err := atomicfile.Write("model.safetensors", func(w io.Writer) error {
//		return encode(w, model)
//	})
//
// # How
//
// [Write] creates a temporary file in the same folder, writes it, syncs it to
// the disk, renames it over the path and syncs the folder. Until the rename the
// old file is untouched, and the rename is one step of the file system.
//
// When Write returns nil the new content is durable, as far as the file system
// keeps the promises of fsync. When it returns an error the old file is as it
// was, with one exception: if only the last step, the sync of the folder,
// failed, then the path already holds the whole new content, but a crash of the
// machine may still bring the old one back.
//
// # Limits
//
// Folders are synced on Unix systems only; elsewhere the rename itself is all
// that there is. A symbolic link at the path is replaced by a file. Owner,
// access lists and extended attributes of the old file are not carried over,
// its permission bits are.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

// bufferSize is the unit of writing. A write of 256 KiB costs little more than
// its copy; larger units gain nothing.
const bufferSize = 256 << 10

// newPerm is the permission of a file that did not exist, before the umask.
const newPerm fs.FileMode = 0o644

// Write replaces the file at path by what the function writes. Writes are
// buffered. An existing file keeps its permission bits; a new one gets 0644
// less the umask. It is an error if path exists and is not a regular file. The
// error of the function is returned as it is; if the function panics the
// temporary file is removed and the panic goes on.
//
// Calls for the same path from several goroutines or processes are safe; the
// last to finish wins.
func Write(path string, write func(w io.Writer) error) error {
	return WriteFS(OS, path, write)
}

// WriteFS is [Write] on another file system.
func WriteFS(fsys FS, path string, write func(w io.Writer) error) error {
	old, err := stat(fsys, path)
	if err != nil {
		return err
	}
	perm := newPerm
	if old != nil {
		perm = old.Mode().Perm()
	}
	temp := tempName(path)
	f, err := fsys.Create(temp, perm)
	if err != nil {
		return fmt.Errorf("atomicfile: %w", err)
	}
	renamed := false
	defer func() {
		if !renamed {
			fsys.Remove(temp)
		}
	}()
	if err := fill(f, old, write); err != nil {
		return err
	}
	if err := fsys.Rename(temp, path); err != nil {
		return fmt.Errorf("atomicfile: %w", err)
	}
	renamed = true
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("atomicfile: %s is replaced, but perhaps not durably: %w", path, err)
	}
	return nil
}

// stat describes the file to be replaced, nil if there is none.
func stat(fsys FS, path string) (fs.FileInfo, error) {
	info, err := fsys.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("atomicfile: %w", err)
	case !info.Mode().IsRegular():
		// Renaming over a device such as /dev/null would destroy it.
		return nil, fmt.Errorf("atomicfile: %s is not a regular file: %v", path, info.Mode())
	}
	return info, nil
}

// fill writes, syncs and closes the temporary file, and gives it the permission
// bits of the old file. It closes the file even if write panics.
func fill(f File, old fs.FileInfo, write func(w io.Writer) error) error {
	closed := false
	defer func() {
		if !closed {
			f.Close()
		}
	}()
	b := bufio.NewWriterSize(f, bufferSize)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("atomicfile: %w", err)
	}
	if old != nil { // the umask may have taken bits away
		err := f.Chmod(old.Mode().Perm())
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("atomicfile: %w", err)
		}
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("atomicfile: %w", err)
	}
	closed = true
	if err := f.Close(); err != nil {
		return fmt.Errorf("atomicfile: %w", err)
	}
	return nil
}

// Temporary files are called .NAME.RANDOM.gannettmp, RANDOM being 16 hex digits.
const tempSuffix = ".gannettmp"

// tempName returns a new name for a temporary file next to path.
func tempName(path string) string {
	dir, base := filepath.Split(path)
	return dir + fmt.Sprintf(".%s.%016x%s", base, rand.Uint64(), tempSuffix)
}

// isTemp reports whether name is one that tempName makes for a file called base.
func isTemp(name, base string) bool {
	rest, ok := strings.CutSuffix(name, tempSuffix)
	rest, named := strings.CutPrefix(rest, "."+base+".")
	return ok && named && len(rest) == 16 && strings.Trim(rest, "0123456789abcdef") == ""
}

// CleanTemp removes the temporary files that crashed calls of [Write] for path
// left, and returns how many. Call it at the start of a program: a Write to path
// that is under way in another process would fail, with its old file intact. A
// folder that does not exist has no temporary files.
func CleanTemp(path string) (int, error) {
	return CleanTempFS(OS, path)
}

// CleanTempFS is [CleanTemp] on another file system.
func CleanTempFS(fsys FS, path string) (int, error) {
	dir, base := filepath.Dir(path), filepath.Base(path)
	entries, err := fsys.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("atomicfile: clean: %w", err)
	}
	n := 0
	for _, e := range entries {
		if !e.Type().IsRegular() || !isTemp(e.Name(), base) {
			continue
		}
		if err := fsys.Remove(filepath.Join(dir, e.Name())); err != nil {
			return n, fmt.Errorf("atomicfile: clean: %w", err)
		}
		n++
	}
	return n, nil
}
