// Package textfile reads files of text line by line: UTF-8, plain or compressed with
// gzip, with or without a byte order mark, with line ends of Unix or of Windows.
package textfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// maxLine bounds a line, in bytes. A series of the UCR/UEA archive takes up to some
// millions.
const maxLine = 1 << 24

// How many bytes a compressed file may unpack to: the larger of both.
const (
	maxSmall = 1 << 30
	maxRatio = 64 // to the bytes of the file
)

// Load calls each with every line of a file, without its end, and with its number
// from 1 on. Errors, also those of each, get the path before them, and the line.
func Load(path string, each func(n int, line string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = unpack(f, max(maxSmall, maxRatio*info.Size()), each)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// unpack reads a file that may be compressed and may unpack to so many bytes.
func unpack(f io.Reader, most int64, each func(n int, line string) error) error {
	b := bufio.NewReader(f)
	if magic, _ := b.Peek(2); string(magic) != "\x1f\x8b" {
		return Read(b, each)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return err
	}
	return Read(&limited{z, most}, each)
}

// limited is a reader that fails where too much has been read.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errors.New("the file unpacks to too much")
	}
	return n, err
}

// Read is [Load] for plain text from r. A last line without an end counts, an empty
// one does not.
func Read(r io.Reader, each func(n int, line string) error) error {
	b := bufio.NewReaderSize(r, 1<<16)
	if mark, _ := b.Peek(3); string(mark) == "\uFEFF" {
		b.Discard(len(mark))
	}
	for n := 1; ; n++ {
		line, err := next(b)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = CheckUTF8(line)
		}
		if err == nil {
			err = each(n, line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// next returns the next line, or io.EOF.
func next(b *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return "", fmt.Errorf("more than %d bytes", maxLine)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) > 0:
		case err != nil:
			return "", err
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
	}
}

// CheckUTF8 reports the first byte that is not UTF-8, by its place in the line and, from
// the second on, the line.
func CheckUTF8(s string) error {
	if utf8.ValidString(s) {
		return nil
	}
	i := 0
	for {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			err := fmt.Errorf("byte %d is %#02x, want UTF-8", i-strings.LastIndex(s[:i], "\n")-1, s[i])
			if line := 1 + strings.Count(s[:i], "\n"); line > 1 {
				err = fmt.Errorf("line %d: %w", line, err)
			}
			return err
		}
		i += size
	}
}
