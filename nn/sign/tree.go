package sign

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What bounds a model, besides [MaxBytes].
const (
	maxFiles = 100_000 // and folders, and shards
	maxName  = 4096    // bytes of a path
)

// defaultIgnore are the paths that belong to the version control of a model and
// not to the model. They count at its top only.
var defaultIgnore = []string{".git", ".gitattributes", ".github", ".gitignore"}

// badName says what is wrong with the path of a file of a model, "" if nothing is.
// A backslash separates folders on some systems and control characters deceive
// those who read messages, so that neither is taken.
func badName(name string) string {
	switch {
	case len(name) > maxName:
		return fmt.Sprintf("has %d bytes, want at most %d", len(name), maxName)
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case name == "." || !fs.ValidPath(name):
		return "is not a relative path without empty parts, \".\" and \"..\""
	case strings.ContainsRune(name, '\\'):
		return "has a backslash"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "has a control character"
	}
	return ""
}

// badIgnore is badName for a path to be ignored.
func badIgnore(name string) string {
	if strings.ContainsAny(name, "*?[") {
		return "has a wildcard"
	}
	return badName(name)
}

// ignoreSet is a set of paths to be ignored.
type ignoreSet map[string]bool

func newIgnoreSet(lists ...[]string) ignoreSet {
	set := ignoreSet{}
	for _, list := range append(lists, defaultIgnore) {
		for _, p := range list {
			set[p] = true
		}
	}
	return set
}

// covers reports whether the set has the path or a folder above it.
func (s ignoreSet) covers(name string) bool {
	for ; name != "."; name = path.Dir(name) {
		if s[name] {
			return true
		}
	}
	return false
}

// tree is a model on the disk, a directory or a single file. Nothing outside of
// it is ever opened, whatever links there are.
type tree struct {
	path string // as the caller wrote it
	root *os.Root
	file string // the name of the single file; "" for a directory
}

func openTree(path string) (*tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	dir, file := path, ""
	if !info.IsDir() {
		dir, file = filepath.Dir(path), filepath.Base(path)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return &tree{path, root, file}, nil
}

func (t *tree) close() { t.root.Close() }

// list returns the paths of the regular files that are not ignored, sorted by
// their bytes, which is the order of code points. Links, devices and odd names are
// errors, unless lenient, which leaves them out.
func (t *tree) list(ignore ignoreSet, lenient bool) (names []string, err error) {
	if t.file != "" {
		info, err := t.root.Lstat(t.file)
		if err != nil {
			return nil, err
		}
		return []string{t.file}, unfit(t.file, info.Mode())
	}
	seen := 0
	err = fs.WalkDir(t.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		skip := error(nil)
		if d.IsDir() {
			skip = fs.SkipDir
		}
		if seen++; seen > maxFiles {
			return fmt.Errorf("more than %d files and folders", maxFiles)
		}
		if ignore[name] {
			return skip
		}
		if err := unfit(name, d.Type()); err != nil {
			if lenient {
				return skip
			}
			return err
		}
		if !d.IsDir() {
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// unfitError says why a file or folder cannot be a part of a model.
type unfitError struct{ name, reason string }

func (e *unfitError) Error() string { return fmt.Sprintf("%q %s", e.name, e.reason) }

// unfit returns an [*unfitError], nil for what can be a part of a model.
func unfit(name string, mode fs.FileMode) error {
	reason := badName(name)
	switch {
	case reason != "":
	case mode&fs.ModeSymlink != 0:
		reason = "is a symbolic link, want a regular file"
	case !mode.IsRegular() && !mode.IsDir():
		reason = fmt.Sprintf("is of mode %v, want a regular file", mode)
	default:
		return nil
	}
	return &unfitError{name, reason}
}

// open opens a file that list has found.
func (t *tree) open(name string) (f *os.File, size int64, err error) {
	f, err = t.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = unfit(name, info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// errTooLarge is the reason of read for a file of more than limit bytes.
var errTooLarge = errors.New("too large")

// read returns the content of a file of at most limit bytes.
func (t *tree) read(name string, limit int64) ([]byte, error) {
	f, size, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if limit = min(limit, math.MaxInt); size > limit {
		return nil, fmt.Errorf("%q has %d bytes, want at most %d: %w", name, size, limit, errTooLarge)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	if n, err := f.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, fmt.Errorf("%q grew while it was read", name)
	}
	return data, nil
}

// empty reports whether a file has no bytes.
func (t *tree) empty(name string) bool {
	info, err := t.root.Lstat(filepath.FromSlash(name))
	return err == nil && info.Size() == 0
}
