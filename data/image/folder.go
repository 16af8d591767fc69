package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// FolderSet is a data set of the pictures in a folder. [Folder] makes one.
type FolderSet struct {
	dir        string
	names      []string // of the files, below dir
	labels     []int
	spec       data.Spec
	w, h       int
	gray       bool
	extensions []string
}

// FolderOption is a setting of [Folder].
type FolderOption func(*FolderSet)

// Gray makes samples of one channel, as [ToGrayTensor] does.
func Gray() FolderOption { return func(s *FolderSet) { s.gray = true } }

// Extensions says which files are pictures, by the ends of their names, such as
// .gif; upper and lower case are the same. The default is .png, .jpg and .jpeg.
// Other formats than these need a decoder, see [Decoder.Decode].
func Extensions(ends ...string) FolderOption {
	return func(s *FolderSet) { s.extensions = slices.Clone(ends) }
}

// Folder returns a data set of the pictures in a folder that has a folder for
// each class:
//
//	dir/cat/1.png
//	dir/cat/more/2.JPG
//	dir/dog/3.jpeg
//
// The names of the folders, sorted, are classes 0, 1 and so on. Within a class,
// which may have folders below it, pictures are in the order of their folder and
// then of their names, as in torchvision's ImageFolder. A class without pictures
// is an error.
//
// Each picture is decoded when it is read, and resized to w×h pixels as by
// [Resize]; samples are [3, h, w], in numbers from 0 to 1. One that cannot be
// decoded is an error of Read that names the file; [FolderSet.Check] finds all of
// them ahead. [data.Cache] keeps the pictures in memory.
//
// Files and folders whose names begin with a dot are not looked at, nor are files
// with other extensions and those outside of a class. Symbolic links to pictures
// and to the folders of classes are followed, those to folders below are not.
func Folder(dir string, w, h int, opts ...FolderOption) (*FolderSet, error) {
	s := &FolderSet{dir: dir, w: w, h: h, extensions: []string{".png", ".jpg", ".jpeg"}}
	for _, o := range opts {
		o(s)
	}
	s.spec.X, s.spec.Y = tensor.Shape{3, h, w}, tensor.Shape{}
	if s.gray {
		s.spec.X[0] = 1
	}
	if w <= 0 || h <= 0 {
		return nil, fmt.Errorf("image: Folder: size is %dx%d pixels, want at least 1x1", w, h)
	}
	if err := s.spec.X.Check(); err != nil {
		return nil, fmt.Errorf("image: Folder: %w", err)
	}
	if err := s.list(); err != nil {
		return nil, fmt.Errorf("image: Folder: %w", err)
	}
	return s, nil
}

// list finds the classes and their pictures.
func (s *FolderSet) list() error {
	entries, err := os.ReadDir(s.dir) // sorted
	if err != nil {
		return err
	}
	for _, e := range entries {
		folder := filepath.Join(s.dir, e.Name())
		if hidden(e.Name()) || !isFolder(folder) {
			continue
		}
		names, err := s.pictures(folder)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			return fmt.Errorf("%s: has no pictures, want names that end in %s", folder, strings.Join(s.extensions, ", "))
		}
		for _, name := range names {
			s.names = append(s.names, e.Name()+"/"+name)
			s.labels = append(s.labels, s.spec.Classes)
		}
		s.spec.Classes++
		s.spec.ClassNames = append(s.spec.ClassNames, e.Name())
	}
	if s.spec.Classes == 0 {
		return fmt.Errorf("%s: has no folders, want one for each class", s.dir)
	}
	return nil
}

// pictures returns the names of the pictures of a class, relative to its folder.
func (s *FolderSet) pictures(folder string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case e.IsDir() && hidden(e.Name()):
			return fs.SkipDir
		case e.IsDir() || hidden(e.Name()) || !s.isPicture(e.Name()):
			return nil
		case e.Type() == fs.ModeSymlink && isFolder(filepath.Join(folder, filepath.FromSlash(name))):
			return nil
		}
		names = append(names, name)
		return nil
	})
	slices.SortFunc(names, func(a, b string) int {
		dirA, fileA := split(a)
		dirB, fileB := split(b)
		return cmp.Or(cmp.Compare(dirA, dirB), cmp.Compare(fileA, fileB))
	})
	return names, err
}

// split divides a name at its last slash, which it drops.
func split(name string) (dir, file string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// isFolder reports whether a path is that of a folder or of a link to one.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isPicture reports whether a file has the name of a picture.
func (s *FolderSet) isPicture(name string) bool {
	return slices.ContainsFunc(s.extensions, func(end string) bool {
		return strings.HasSuffix(strings.ToLower(name), strings.ToLower(end))
	})
}

// Len returns the number of pictures.
func (s *FolderSet) Len() int { return len(s.names) }

// Spec says what the samples look like: X [3, h, w], or [1, h, w] with [Gray], Y a
// class label; the names of the classes are those of their folders.
func (s *FolderSet) Spec() data.Spec { return s.spec }

// Name returns the path of picture i below the folder, with slashes: a key for
// [data.SplitByHash]. It panics if there is no picture i.
func (s *FolderSet) Name(i int) string { return s.names[i] }

// Label returns the class of picture i.
func (s *FolderSet) Label(i int) (int, error) {
	if err := s.has(i); err != nil {
		return 0, err
	}
	return s.labels[i], nil
}

// Read decodes picture i and writes it, resized and in numbers from 0 to 1, and
// its label to dst.
func (s *FolderSet) Read(i int, dst data.Sample) error {
	if err := s.has(i); err != nil {
		return err
	}
	if err := s.spec.Fits(dst); err != nil {
		return fmt.Errorf("image: Folder: %w", err)
	}
	img, err := s.At(i)
	if err != nil {
		return err
	}
	convert := ToTensor
	if s.gray {
		convert = ToGrayTensor
	}
	dst.X.Copy(convert(img, s.w, s.h))
	dst.Y.(*tensor.Ints).Set(s.labels[i])
	return nil
}

func (s *FolderSet) has(i int) error {
	if i < 0 || i >= len(s.names) {
		return fmt.Errorf("image: Folder: no picture %d, have %d", i, len(s.names))
	}
	return nil
}

// At returns picture i as it is in its file, to look at.
func (s *FolderSet) At(i int) (image.Image, error) {
	if err := s.has(i); err != nil {
		return nil, err
	}
	return Open(filepath.Join(s.dir, filepath.FromSlash(s.names[i])))
}

// Check decodes all pictures and returns the errors of all that cannot be,
// joined, or that of ctx. It takes as long as an epoch without a network.
func (s *FolderSet) Check(ctx context.Context) error {
	var errs []error
	for i := range s.names {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("image: FolderSet.Check: %w", err)
		}
		if _, err := s.At(i); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
