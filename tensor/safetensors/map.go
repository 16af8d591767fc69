package safetensors

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"
)

// Map is [Open] for a file that is mapped into memory in place of being read: its
// pages come from the disk when they are first used, and programs that map the same
// file share them. [File.View] returns tensors that lie in the mapping itself. The
// caller must close the file, after the last use of any view.
//
// Map is only for local files that nobody truncates or writes to. Where the end of
// the file is gone, or the disk fails, using the mapping is no error that Go could
// return: the system ends the program (SIGBUS on Unix). For any other file, such as
// one on a network or one that is not replaced as [Write] does it, use [Open].
//
// There is Map on Unix systems and Windows; elsewhere it returns
// [errors.ErrUnsupported].
func Map(path string, options ...Option) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	defer r.Close() // a mapping lives on without it
	size, err := sizeOf(r, path)
	if err != nil {
		return nil, err
	}
	switch {
	case size < minFile:
		return nil, withPath(tooShort(size), path)
	case size > math.MaxInt:
		return nil, fmt.Errorf("safetensors: %s: %d bytes are too many to map on this machine", path, size)
	}
	data, err := mapFile(r, int(size))
	if err != nil {
		return nil, fmt.Errorf("safetensors: mapping %s: %w", path, err)
	}
	m := &memory{data: data, unmap: unmapFile}
	f, err := NewReader(m, size, options...)
	if err != nil {
		m.Close()
		return nil, withPath(err, path)
	}
	f.path, f.closer = path, m
	return f, nil
}

// memory is the content of a file in memory.
type memory struct {
	mu    sync.RWMutex // held for reading while data is in use
	data  []byte       // nil once closed
	unmap func([]byte) error
}

// ReadAt implements [io.ReaderAt].
func (m *memory) ReadAt(b []byte, offset int64) (int, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	switch {
	case m.data == nil:
		return 0, os.ErrClosed
	case offset >= int64(len(m.data)):
		return 0, io.EOF
	}
	n := copy(b, m.data[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Close waits for readers and unmaps the file; later use is an error. Closing again
// does nothing.
func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	data := m.data
	m.data = nil
	if data == nil {
		return nil
	}
	return m.unmap(data)
}
