package cifar

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gannet-ml/gannet/data/internal/fetch"
)

// published is what the page of CIFAR-10 says of it. The limit is more than its 162
// MB, and less than a disk.
var published = fetch.File{
	URL:   "https://www.cs.toronto.edu/~kriz/" + archiveName,
	MD5:   "c32a1d4ab5d03f1284b67883e8d87530",
	Limit: 256 << 20,
}

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
	dir, err = fetch.Dir(dir, "")
	if err == nil {
		path = filepath.Join(dir, archiveName)
		err = published.To(ctx, path, progress)
	}
	if err != nil {
		return "", fmt.Errorf("cifar: Download: %w", err)
	}
	return path, nil
}
