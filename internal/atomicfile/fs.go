package atomicfile

import (
	"io"
	"io/fs"
	"os"
)

// FS is the part of a file system that [Write] needs. Tests put one that fails
// or crashes in its place, see the package simfs.
type FS interface {
	// Stat describes a file, following symbolic links.
	Stat(path string) (fs.FileInfo, error)
	// ReadDir lists a folder.
	ReadDir(dir string) ([]fs.DirEntry, error)
	// Create makes a new file for writing; it is an error if path exists.
	Create(path string, perm fs.FileMode) (File, error)
	// Rename moves a file, replacing the one at the new path.
	Rename(from, to string) error
	// Remove deletes a file.
	Remove(path string) error
	// SyncDir makes the entries of a folder durable, where that is possible.
	SyncDir(dir string) error
}

// File is a file open for writing.
type File interface {
	io.WriteCloser
	Chmod(perm fs.FileMode) error
	// Sync makes the content durable.
	Sync() error
}

// OS is the file system of the operating system.
var OS FS = osFS{}

type osFS struct{}

func (osFS) Stat(path string) (fs.FileInfo, error)     { return os.Stat(path) }
func (osFS) ReadDir(dir string) ([]fs.DirEntry, error) { return os.ReadDir(dir) }
func (osFS) Rename(from, to string) error              { return os.Rename(from, to) }
func (osFS) Remove(path string) error                  { return os.Remove(path) }
func (osFS) SyncDir(dir string) error                  { return syncDir(dir) }

func (osFS) Create(path string, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err // not f: a nil *os.File in a File is not nil
	}
	return f, nil
}
