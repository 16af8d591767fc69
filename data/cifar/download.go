package cifar

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

// What the page of CIFAR-10 says of the archive.
const (
	archiveURL = "https://www.cs.toronto.edu/~kriz/" + archiveName
	archiveMD5 = "c32a1d4ab5d03f1284b67883e8d87530"
)

// maxDownload is more than the 162 MB of the archive, and less than a disk.
const maxDownload = 256 << 20

// Download fetches the archive of CIFAR-10, 162 MB, to dir and returns its path,
// which [Load] takes. If the archive is there and complete, nothing is fetched.
// An empty dir is the folder gannet in [os.UserCacheDir].
//
// What an interrupted download has left is kept in a file of the same name with
// .part added, and the next call goes on from there. Only an archive with the
// published MD5 checksum gets the final name; one with another is an error, and
// the next call starts afresh. Progress, if not nil, is told from
// time to time how many bytes have arrived and how many there are, -1 if the
// server does not say.
//
// Only ctx limits the time that a download may take. Two programs must not
// download to the same dir at once.
func Download(ctx context.Context, dir string, progress func(done, total int64)) (path string, err error) {
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("cifar: Download: %w", err)
		}
		dir = filepath.Join(cache, "gannet")
	}
	d := download{archiveURL, archiveMD5, maxDownload, progress}
	path, err = d.run(ctx, dir)
	if err != nil {
		return "", fmt.Errorf("cifar: Download: %w", err)
	}
	return path, nil
}

// download is what to fetch.
type download struct {
	url, md5 string
	limit    int64 // in bytes
	progress func(done, total int64)
}

func (d download) run(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, archiveName)
	if err := d.verify(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	part := path + ".part"
	if err := d.fetch(ctx, part); err != nil {
		return "", err
	}
	if err := d.verify(part); err != nil {
		// Going on from wrong bytes would never succeed.
		return "", errors.Join(err, os.Remove(part))
	}
	return path, os.Rename(part, path)
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
	if got := hex.EncodeToString(h.Sum(nil)); got != d.md5 {
		return fmt.Errorf("%s: MD5 is %s, want %s", name, got, d.md5)
	}
	return nil
}

// fetch completes the file part.
func (d download) fetch(ctx context.Context, part string) error {
	have := int64(0)
	if info, err := os.Stat(part); err == nil && info.Size() <= d.limit {
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
			return fmt.Errorf("GET %s: range %q, want %q", d.url, resp.Header.Get("Content-Range"), want)
		}
		flags |= os.O_APPEND
	case http.StatusRequestedRangeNotSatisfiable:
		return nil // there is no more to get; the checksum decides
	default:
		return fmt.Errorf("GET %s: %s", d.url, resp.Status)
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

// get asks for the archive from byte have on.
func (d download) get(ctx context.Context, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return nil, err
	}
	// The archive itself is wanted, whatever its encoding is taken for.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	return http.DefaultClient.Do(req)
}

func (d download) copy(w io.Writer, body io.Reader, have int64) error {
	left := d.limit - have
	n, err := io.Copy(w, io.LimitReader(body, left+1))
	if err == nil && n > left {
		return fmt.Errorf("GET %s: more than %d bytes", d.url, d.limit)
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
