// Package simfs is a file system in memory for tests of programs that must
// survive errors and crashes. It fails any chosen operation, and it lists every
// state that a crash after any operation may leave on the disk.
//
// # The model of a crash
//
// The content of a file is durable up to its last Sync. Of what was written
// since, a crash keeps all, nothing, the first half, or the length alone with
// zeros in place of the bytes. The entries of a folder are durable up to the
// last SyncDir; of the creations, renames and removals since, a crash keeps any
// subset, in order. A rename is one step. This is the model of Pillai et al.,
// "All File Systems Are Not Created Equal" (OSDI 2014), for file systems that
// do not order data before names.
package simfs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// ErrFull is the usual error of an operation that fails.
var ErrFull = errors.New("simulated: no space left on device")

// FS is a simulated file system. It is not safe for concurrent use. Folders
// exist by themselves.
type FS struct {
	// FailAt is the number of the operation that fails, counted from 1; 0 means
	// none. All operations but Stat and ReadDir count.
	FailAt int
	// FailAll makes all operations from FailAt on fail, as on a dead disk.
	FailAll bool
	// Short makes a failing Write write half of its bytes first.
	Short bool
	// Err is the error of a failing operation; nil means ErrFull.
	Err error
	// IgnoreSync makes Sync and SyncDir do nothing, as a program does that
	// forgot them.
	IgnoreSync bool

	names map[string]*inode
	log   []op
	ops   int
}

// inode is the content of a file, whatever its name.
type inode struct {
	data []byte
	perm fs.FileMode
}

// op is one successful operation of the log.
type op struct {
	kind     string // create, write, chmod, sync, rename, remove, syncdir
	from, to string // names; for syncdir, from is the folder
	file     *inode
	data     []byte // of a write
}

// New returns a file system with the given durable files.
func New(files map[string]string) *FS {
	s := &FS{names: map[string]*inode{}}
	for name, data := range files {
		f := &inode{perm: 0o644}
		s.names[filepath.Clean(name)] = f
		s.do(op{kind: "create", to: filepath.Clean(name), file: f})
		s.do(op{kind: "write", file: f, data: []byte(data)})
		s.do(op{kind: "sync", file: f})
		s.do(op{kind: "syncdir", from: filepath.Dir(name)})
	}
	return s
}

// do applies an operation to the visible state and logs it.
func (s *FS) do(o op) {
	if o.kind == "write" {
		o.file.data = append(o.file.data, o.data...)
	}
	s.log = append(s.log, o)
}

// step counts an operation and returns its error if it is to fail.
func (s *FS) step(what, path string) error {
	s.ops++
	if s.FailAt == 0 || s.ops < s.FailAt || s.ops > s.FailAt && !s.FailAll {
		return nil
	}
	err := s.Err
	if err == nil {
		err = ErrFull
	}
	return &fs.PathError{Op: what, Path: path, Err: err}
}

// Ops returns the number of operations so far, failed ones included.
func (s *FS) Ops() int { return s.ops }

// Len returns the length of the log, which [FS.Crashes] takes prefixes of.
func (s *FS) Len() int { return len(s.log) }

// Files returns the content of all files as programs see it.
func (s *FS) Files() map[string]string {
	m := map[string]string{}
	for name, f := range s.names {
		m[name] = string(f.data)
	}
	return m
}

// Perm returns the permission bits of a file.
func (s *FS) Perm(path string) fs.FileMode { return s.names[filepath.Clean(path)].perm }

// Stat implements [atomicfile.FS].
func (s *FS) Stat(path string) (fs.FileInfo, error) {
	path = filepath.Clean(path)
	f := s.names[path]
	if f == nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	name := filepath.Base(path)
	return fstest.MapFS{name: {Data: f.data, Mode: f.perm}}.Stat(name)
}

// ReadDir implements [atomicfile.FS].
func (s *FS) ReadDir(dir string) ([]fs.DirEntry, error) {
	m := fstest.MapFS{}
	for name, f := range s.names {
		if filepath.Dir(name) == filepath.Clean(dir) {
			m[filepath.Base(name)] = &fstest.MapFile{Data: f.data, Mode: f.perm}
		}
	}
	return m.ReadDir(".")
}

// Create implements [atomicfile.FS].
func (s *FS) Create(path string, perm fs.FileMode) (atomicfile.File, error) {
	path = filepath.Clean(path)
	if err := s.step("create", path); err != nil {
		return nil, err
	}
	if s.names[path] != nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	f := &inode{perm: perm}
	s.names[path] = f
	s.do(op{kind: "create", to: path, file: f})
	return &file{fs: s, path: path, inode: f}, nil
}

// Rename implements [atomicfile.FS].
func (s *FS) Rename(from, to string) error {
	from, to = filepath.Clean(from), filepath.Clean(to)
	if err := s.step("rename", from); err != nil {
		return err
	}
	f := s.names[from]
	if f == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	delete(s.names, from)
	s.names[to] = f
	s.do(op{kind: "rename", from: from, to: to, file: f})
	return nil
}

// Remove implements [atomicfile.FS].
func (s *FS) Remove(path string) error {
	path = filepath.Clean(path)
	if err := s.step("remove", path); err != nil {
		return err
	}
	if s.names[path] == nil {
		return &fs.PathError{Op: "remove", Path: path, Err: fs.ErrNotExist}
	}
	delete(s.names, path)
	s.do(op{kind: "remove", from: path})
	return nil
}

// SyncDir implements [atomicfile.FS].
func (s *FS) SyncDir(dir string) error {
	if err := s.step("syncdir", dir); err != nil {
		return err
	}
	if !s.IgnoreSync {
		s.do(op{kind: "syncdir", from: filepath.Clean(dir)})
	}
	return nil
}

// file is an open file.
type file struct {
	fs     *FS
	path   string
	inode  *inode
	closed bool
}

func (f *file) Write(p []byte) (int, error) {
	if f.closed {
		return 0, fs.ErrClosed
	}
	if err := f.fs.step("write", f.path); err != nil {
		n := 0
		if f.fs.Short {
			n = len(p) / 2
			f.fs.do(op{kind: "write", file: f.inode, data: slices.Clone(p[:n])})
		}
		return n, err
	}
	f.fs.do(op{kind: "write", file: f.inode, data: slices.Clone(p)})
	return len(p), nil
}

func (f *file) Chmod(perm fs.FileMode) error {
	if err := f.fs.step("chmod", f.path); err != nil {
		return err
	}
	f.inode.perm = perm
	return nil
}

func (f *file) Sync() error {
	if err := f.fs.step("sync", f.path); err != nil {
		return err
	}
	if !f.fs.IgnoreSync {
		f.fs.do(op{kind: "sync", file: f.inode})
	}
	return nil
}

func (f *file) Close() error {
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	return f.fs.step("close", f.path)
}

// torn lists what a crash may leave of bytes that were written after the last
// sync.
var torn = []func(unsynced []byte) []byte{
	func(b []byte) []byte { return nil },
	func(b []byte) []byte { return b },
	func(b []byte) []byte { return b[:len(b)/2] },
	func(b []byte) []byte { return make([]byte, len(b)) },
}

// Crashes calls visit with every state, name by name, that the disk may be in
// after a crash that followed the first n operations of the log, until visit
// returns false. States may repeat. It panics if more than 16 changes of names
// are unsynced, because the states would be too many.
func (s *FS) Crashes(n int, visit func(files map[string]string) bool) {
	content := map[*inode][]byte{} // all that was written
	synced := map[*inode]int{}     // durable length
	var changes []op               // of names, not durable
	durable := map[string]*inode{}
	for _, o := range s.log[:n] {
		switch o.kind {
		case "write":
			content[o.file] = append(content[o.file], o.data...)
		case "sync":
			synced[o.file] = len(content[o.file])
		case "syncdir":
			changes = slices.DeleteFunc(changes, func(c op) bool {
				if filepath.Dir(cmp.Or(c.to, c.from)) != o.from {
					return false
				}
				apply(durable, c)
				return true
			})
		default:
			changes = append(changes, o)
		}
	}
	if len(changes) > 16 {
		panic(fmt.Sprintf("simfs: %d unsynced changes of names", len(changes)))
	}
	for keep := range 1 << len(changes) {
		names := map[string]*inode{}
		for name, f := range durable {
			names[name] = f
		}
		for i, c := range changes {
			if keep>>i&1 != 0 {
				apply(names, c)
			}
		}
		for _, tear := range torn {
			files := map[string]string{}
			for name, f := range names {
				k := synced[f]
				files[name] = string(content[f][:k]) + string(tear(content[f][k:]))
			}
			if !visit(files) {
				return
			}
		}
	}
}

// apply makes one change of names.
func apply(names map[string]*inode, c op) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.file
	}
}

// String lists the log, one operation a line.
func (s *FS) String() string {
	var b strings.Builder
	for i, o := range s.log {
		fmt.Fprintf(&b, "%3d %s %s %s %d bytes\n", i, o.kind, o.from, o.to, len(o.data))
	}
	return b.String()
}
