package mnist

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// Mean and Std are the mean and the standard deviation of the 60,000 training
// pictures of MNIST, FashionMean and FashionStd those of Fashion-MNIST, in
// numbers from 0 to 1. They are not to be changed.
var (
	Mean        = []float32{0.1307}
	Std         = []float32{0.3081}
	FashionMean = []float32{0.2860}
	FashionStd  = []float32{0.3530}
)

const side = 28

var (
	digitNames   = strings.Split("0123456789", "")
	fashionNames = []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}
)

// Load returns the training and the test pictures of MNIST from the four files
//
//	train-images-idx3-ubyte  train-labels-idx1-ubyte
//	t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte
//
// of a folder, each as it is or, with .gz added to its name, compressed. Labels
// are the digits. The files may hold any number of pictures, as those of sets
// made like MNIST do. Other sizes of pictures, other labels, and files that are
// missing, incomplete or too long are errors that name the file and the place.
//
// Both data sets are a [*data.ImageSet], whose method At returns a picture to
// look at.
func Load(dir string) (train, test data.Dataset, err error) {
	return load(dir, layout{train: "train", test: "t10k", names: digitNames})
}

// LoadFashion is [Load] for Fashion-MNIST, whose files have the same names.
// Labels are 0 T-shirt/top, 1 Trouser, 2 Pullover, 3 Dress, 4 Coat, 5 Sandal, 6
// Shirt, 7 Sneaker, 8 Bag and 9 Ankle boot.
func LoadFashion(dir string) (train, test data.Dataset, err error) {
	return load(dir, layout{train: "train", test: "t10k", names: fashionNames})
}

// layout says where a data set is and what it holds.
type layout struct {
	train, test string   // how names of files begin
	names       []string // of the classes
	transposed  bool     // pictures are stored column by column
}

func load(dir string, l layout) (train, test data.Dataset, err error) {
	if train, err = l.part(dir, l.train); err == nil {
		test, err = l.part(dir, l.test)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("mnist: %w", err)
	}
	return train, test, nil
}

// part reads the pictures and the labels of one of the two sets.
func (l layout) part(dir, prefix string) (data.Dataset, error) {
	labelFile, err := find(dir, prefix+"-labels-idx1-ubyte")
	if err != nil {
		return nil, err
	}
	imageFile, err := find(dir, prefix+"-images-idx3-ubyte")
	if err != nil {
		return nil, err
	}
	labels, err := l.labels(labelFile)
	if err != nil {
		return nil, err
	}
	pixels, err := pictures(imageFile)
	if err != nil {
		return nil, err
	}
	if n := pixels.Dim(0); n != labels.Len() {
		return nil, fmt.Errorf("%s: %d labels, want %d, one for each picture of %s", labelFile, labels.Len(), n, filepath.Base(imageFile))
	}
	if l.transposed {
		transpose(pixels.Data())
	}
	return data.Images(pixels, labels, l.names), nil
}

// find returns the path of a file that may be compressed.
func find(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(path + ".gz"); err == nil {
			return path + ".gz", nil
		}
		return "", fmt.Errorf("%s: has neither %s nor %s.gz: %w", dir, name, name, fs.ErrNotExist)
	}
	return path, err
}

// pictures reads an array [N, 28, 28] and returns it as [N, 1, 28, 28].
func pictures(path string) (*tensor.Bytes, error) {
	a, err := openIDX(path)
	if err != nil {
		return nil, err
	}
	b, ok := a.(*tensor.Bytes)
	if s := a.Shape(); !ok || len(s) != 3 || s[1] != side || s[2] != side {
		return nil, fmt.Errorf("%s: byte 2: %T of shape %v, want %T of shape [N %d %d]", path, a, s, b, side, side)
	}
	return b.Reshape(b.Dim(0), 1, side, side), nil
}

// labels reads an array [N] of labels from 0 to the number of names less one.
func (l layout) labels(path string) (*tensor.Ints, error) {
	a, err := openIDX(path)
	if err != nil {
		return nil, err
	}
	b, ok := a.(*tensor.Bytes)
	if s := a.Shape(); !ok || len(s) != 1 {
		return nil, fmt.Errorf("%s: byte 2: %T of shape %v, want %T of shape [N]", path, a, s, b)
	}
	for i, v := range b.Data() {
		if int(v) >= len(l.names) {
			return nil, fmt.Errorf("%s: byte %d: label of picture %d is %d, want 0 to %d", path, 8+i, i, v, len(l.names)-1)
		}
	}
	return tensor.Convert[int](b), nil
}

// transpose exchanges rows and columns of every picture.
func transpose(pixels []uint8) {
	for ; len(pixels) > 0; pixels = pixels[side*side:] {
		for i := range side {
			for j := range i {
				pixels[i*side+j], pixels[j*side+i] = pixels[j*side+i], pixels[i*side+j]
			}
		}
	}
}
