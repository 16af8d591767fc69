// Package csvfile is what the readers of tables and of series share.
package csvfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// NewReader returns a reader of the records of r, after a byte order mark if there is
// one, which uses the memory of a record again. comma 0 means a comma.
func NewReader(r io.Reader, comma rune) *csv.Reader {
	b := bufio.NewReader(r)
	if mark, _ := b.Peek(3); string(mark) == "\uFEFF" {
		b.Discard(len(mark))
	}
	c := csv.NewReader(b)
	c.ReuseRecord = true
	if comma != 0 {
		c.Comma = comma
	}
	return c
}

// Explain says what an error of the reader means, at a record that should have so many
// columns. The end of the file is that of one without a header.
func Explain(err error, record []string, columns int) error {
	e, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case err == io.EOF:
		return errors.New("header: the file is empty")
	case !ok:
		return err
	case e.Err == csv.ErrFieldCount:
		return fmt.Errorf("line %d: %d values, want %d", e.Line, len(record), columns)
	}
	return fmt.Errorf("line %d, column %d: %w", e.Line, e.Column, e.Err)
}
