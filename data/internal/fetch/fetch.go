// Package fetch downloads the files of data sets.
package fetch

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Dir returns dir or, if it is empty, the folder of a name below gannet in
// [os.UserCacheDir].
func Dir(dir, name string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "gannet", name), err
}

// File is what to fetch.
type File struct {
	URL   string
	MD5   string // in hexadecimal digits
	Limit int64  // in bytes
}

// To fetches the file to a path, whose folder it makes. If it is there and
// complete, nothing is fetched.
//
// What an interrupted download has left is kept in a file of the same name with
// .part added, and the next call goes on from there. Only a file with the right
// MD5 checksum gets the final name; one with another is an error, and the next
// call starts afresh. Progress, if not nil, is told from time to time how many
// bytes have arrived and how many there are, -1 if the server does not say.
func (f File) To(ctx context.Context, path string, progress func(done, total int64)) error {
	return download{f, progress}.run(ctx, path)
}

// download is a call of [File.To].
type download struct {
	File
	progress func(done, total int64)
}

func (d download) run(ctx context.Context, path string) error {
	if err := d.verify(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part"
	if err := d.fetch(ctx, part); err != nil {
		return err
	}
	if err := d.verify(part); err != nil {
		// Going on from wrong bytes would never succeed.
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, path)
}

// verify returns an error unless the file has the right checksum.
func (d download) verify(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != d.MD5 {
		return fmt.Errorf("%s: MD5 is %s, want %s", name, got, d.MD5)
	}
	return nil
}

// fetch completes the file part.
func (d download) fetch(ctx context.Context, part string) error {
	have := int64(0)
	if info, err := os.Stat(part); err == nil && info.Size() <= d.Limit {
		have = info.Size()
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	resp, err := d.get(ctx, have)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	flags := os.O_CREATE | os.O_WRONLY
	switch resp.StatusCode {
	case http.StatusOK: // from the start, asked for or not
		have = 0
		flags |= os.O_TRUNC
	case http.StatusPartialContent:
		if want := fmt.Sprintf("bytes %d-", have); have == 0 || !strings.HasPrefix(resp.Header.Get("Content-Range"), want) {
			return fmt.Errorf("GET %s: range %q, want %q", d.URL, resp.Header.Get("Content-Range"), want)
		}
		flags |= os.O_APPEND
	case http.StatusRequestedRangeNotSatisfiable:
		return nil // there is no more to get; the checksum decides
	default:
		return fmt.Errorf("GET %s: %s", d.URL, resp.Status)
	}
	f, err := os.OpenFile(part, flags, 0o644)
	if err != nil {
		return err
	}
	total := resp.ContentLength
	if total >= 0 {
		total += have
	}
	err = d.copy(&counter{w: f, done: have, total: total, report: d.progress}, resp.Body, have)
	// What has arrived must be on the disk before the file gets its name.
	return errors.Join(err, f.Sync(), f.Close())
}

// get asks for the file from byte have on.
func (d download) get(ctx context.Context, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL, nil)
	if err != nil {
		return nil, err
	}
	// The file itself is wanted, whatever its encoding is taken for.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	return http.DefaultClient.Do(req)
}

func (d download) copy(w io.Writer, body io.Reader, have int64) error {
	left := d.Limit - have
	n, err := io.Copy(w, io.LimitReader(body, left+1))
	if err == nil && n > left {
		return fmt.Errorf("GET %s: more than %d bytes", d.URL, d.Limit)
	}
	return err
}

// counter is a writer that reports how much was written.
type counter struct {
	w           io.Writer
	done, total int64
	report      func(done, total int64)
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.done += int64(n)
	if c.report != nil {
		c.report(c.done, c.total)
	}
	return n, err
}
