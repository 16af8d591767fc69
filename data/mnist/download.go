package mnist

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gannet-ml/gannet/data/internal/fetch"
)

// source says where the files of a data set are published.
type source struct {
	folder string // below that of the library
	url    string
	files  [4]published
}

// published is a compressed file and its MD5 checksum.
type published struct{ name, md5 string }

// The sources and the checksums are those that torchvision 0.14 has.
var (
	digitSource = source{"mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/", [...]published{
		{"train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"},
		{"train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"},
		{"t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"},
		{"t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"},
	}}
	fashionSource = source{"fashion-mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", [...]published{
		{"train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
		{"train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"},
		{"t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"},
		{"t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"},
	}}
)

// maxDownload is more than any of the files has, 26 MB.
const maxDownload = 64 << 20

// Download fetches the four files of MNIST, 12 MB, to dir and returns dir, which
// [Load] takes. Files that are there and complete are not fetched. An empty dir is
// the folder gannet/mnist in [os.UserCacheDir].
//
// What an interrupted download has left is kept in a file with .part added to its
// name, and the next call goes on from there. Only a file with the published MD5
// checksum gets its final name; one with another is an error, and the next call
// starts afresh. Progress, if not nil, is told from time to time how many bytes
// of a file have arrived and how many there are, -1 if the server does not say.
//
// Only ctx limits the time that a download may take. Two programs must not
// download to the same dir at once.
func Download(ctx context.Context, dir string, progress func(file string, done, total int64)) (string, error) {
	dir, err := digitSource.download(ctx, dir, progress)
	if err != nil {
		return "", fmt.Errorf("mnist: Download: %w", err)
	}
	return dir, nil
}

// DownloadFashion is [Download] for Fashion-MNIST, 31 MB, and [LoadFashion]. An
// empty dir is the folder gannet/fashion-mnist in [os.UserCacheDir].
func DownloadFashion(ctx context.Context, dir string, progress func(file string, done, total int64)) (string, error) {
	dir, err := fashionSource.download(ctx, dir, progress)
	if err != nil {
		return "", fmt.Errorf("mnist: DownloadFashion: %w", err)
	}
	return dir, nil
}

func (s source) download(ctx context.Context, dir string, progress func(file string, done, total int64)) (string, error) {
	dir, err := fetch.Dir(dir, s.folder)
	if err != nil {
		return "", err
	}
	for _, p := range s.files {
		var report func(done, total int64)
		if progress != nil {
			report = func(done, total int64) { progress(p.name, done, total) }
		}
		f := fetch.File{URL: s.url + p.name, MD5: p.md5, Limit: maxDownload}
		if err := f.To(ctx, filepath.Join(dir, p.name), report); err != nil {
			return "", err
		}
	}
	return dir, nil
}
