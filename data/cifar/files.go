package cifar

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

const (
	folderName  = "cifar-10-batches-bin"
	archiveName = "cifar-10-binary.tar.gz"

	trainFiles = 5 // of files, the first
)

var files = [...]string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"}

// locate returns the folder with the files, or the archive, that a path given
// to [Load] stands for.
func locate(name string) (folder, archive string, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", "", fmt.Errorf("cifar: %w", err)
	}
	if !info.IsDir() {
		return "", name, nil
	}
	for _, folder := range []string{name, filepath.Join(name, folderName)} {
		for _, file := range files {
			if _, err := os.Stat(filepath.Join(folder, file)); err == nil {
				return folder, "", nil
			}
		}
	}
	archive = filepath.Join(name, archiveName)
	if _, err := os.Stat(archive); err == nil {
		return "", archive, nil
	}
	return "", "", fmt.Errorf("cifar: %s: holds neither %s nor %s nor %s, the binary version of CIFAR-10: %w",
		name, files[0], folderName, archiveName, fs.ErrNotExist)
}

// readFolder reads the files of a folder. The sizes of all are checked before
// any is read.
func (c *collector) readFolder(folder string) error {
	for _, file := range files {
		name := filepath.Join(folder, file)
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("cifar: %w", err)
		}
		if err := c.checkSize(name, info.Size()); err != nil {
			return err
		}
	}
	c.allocate()
	for k, file := range files {
		if err := c.readFile(k, filepath.Join(folder, file)); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) readFile(k int, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cifar: %w", err)
	}
	defer f.Close()
	return c.read(k, name, bufio.NewReaderSize(f, 1<<18))
}

func (c *collector) checkSize(name string, size int64) error {
	if want := int64(c.perFile) * recordSize; size != want {
		return fmt.Errorf("cifar: %s: %d bytes, want %d", name, size, want)
	}
	return nil
}

// read takes the wanted records of file k, which is called name in errors.
func (c *collector) read(k int, name string, r io.Reader) error {
	p := &c.parts[k]
	record := make([]byte, recordSize)
	for i := range c.perFile {
		if _, err := io.ReadFull(r, record); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("cifar: %s: record %d (byte %d): %w", name, i, i*recordSize, err)
		}
		class := record[0]
		if class >= classes {
			return fmt.Errorf("cifar: %s: record %d (byte %d): label is %d, want 0 to %d", name, i, i*recordSize, class, classes-1)
		}
		if label := c.label[class]; label >= 0 {
			p.pixels = append(p.pixels, record[1:]...)
			p.labels = append(p.labels, label)
		}
	}
	p.complete = true
	return nil
}

func (c *collector) readArchiveFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cifar: %w", err)
	}
	defer f.Close()
	return c.readArchive(name, bufio.NewReaderSize(f, 1<<18))
}

// readArchive reads the files from a compressed archive, which is called name in
// errors. Of its members only those with the names of the files are looked at.
func (c *collector) readArchive(name string, r io.Reader) error {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("cifar: %s: not a gzip archive: %w", name, err)
	}
	// A small archive can unpack to any size. 1 MiB is plenty for what else is
	// in this one: the headers and two short texts.
	limit := int64(len(files))*int64(c.perFile)*recordSize + 1<<20
	limited := &io.LimitedReader{R: unzipped, N: limit + 1}
	err = c.readMembers(name, tar.NewReader(limited))
	if err == nil { // the checksum comes after the last member
		_, err = io.Copy(io.Discard, limited)
		err = inArchive(name, err)
	}
	if limited.N <= 0 {
		return fmt.Errorf("cifar: %s: unpacks to more than %d bytes", name, limit)
	}
	if err != nil {
		return err
	}
	for k, p := range c.parts {
		if !p.complete {
			return fmt.Errorf("cifar: %s: has no %s: %w", name, files[k], fs.ErrNotExist)
		}
	}
	return nil
}

func (c *collector) readMembers(name string, members *tar.Reader) error {
	c.allocate()
	for {
		h, err := members.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return inArchive(name, err)
		}
		k := memberIndex(h)
		if k < 0 {
			continue
		}
		member := name + ": " + h.Name
		if c.parts[k].complete {
			return fmt.Errorf("cifar: %s: comes twice", member)
		}
		if err := c.checkSize(member, h.Size); err != nil {
			return err
		}
		if err := c.read(k, member, members); err != nil {
			return err
		}
	}
}

// memberIndex returns which of the files a member of the archive is, or -1.
func memberIndex(h *tar.Header) int {
	folder, file := path.Split(path.Clean(h.Name))
	if h.Typeflag != tar.TypeReg || folder != "" && folder != folderName+"/" {
		return -1
	}
	return slices.Index(files[:], file)
}

// inArchive returns err, if there is one, with the name of the archive.
func inArchive(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cifar: %s: %w", name, err)
}
