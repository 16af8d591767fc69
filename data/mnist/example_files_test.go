package mnist_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/mnist"
)

// idx returns a file of bytes in the IDX format.
func idx(elements []byte, shape ...int) []byte {
	file := []byte{0, 0, 0x08, byte(len(shape))}
	for _, n := range shape {
		file = binary.BigEndian.AppendUint32(file, uint32(n))
	}
	return append(file, elements...)
}

// set writes pictures with these labels, whose only light pixel is the fourth one
// that the file has, to files of a new folder.
func set(prefixes []string, labels ...byte) (dir string, err error) {
	if dir, err = os.MkdirTemp("", ""); err != nil {
		return "", err
	}
	pixels := make([]byte, len(labels)*28*28)
	for i := range labels {
		pixels[i*28*28+3] = 255
	}
	for _, prefix := range prefixes {
		for name, file := range map[string][]byte{
			"-images-idx3-ubyte": idx(pixels, len(labels), 28, 28),
			"-labels-idx1-ubyte": idx(labels, len(labels)),
		} {
			if err := os.WriteFile(filepath.Join(dir, prefix+name), file, 0o644); err != nil {
				return dir, err
			}
		}
	}
	return dir, nil
}

// The files may hold any number of pictures.
func ExampleLoad_small() {
	dir, err := set([]string{"train", "t10k"}, 7, 2, 1)
	defer os.RemoveAll(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, test, err := mnist.Load(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len(), train.Spec().X)
	s, err := data.Get(train, 0)
	fmt.Println(s.X.At(0, 0, 3), s.Y, err)
	fmt.Println(train.(*data.ImageSet).At(0).At(3, 0)) // to look at
	// Output:
	// 3 3 [1 28 28]
	// 1 7 <nil>
	// {255}
}

func ExampleLoadFashion() {
	dir, err := set([]string{"train", "t10k"}, 9, 2)
	defer os.RemoveAll(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, _, err := mnist.LoadFashion(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	label, err := data.Label(train, 0)
	fmt.Println(train.Spec().ClassNames[label], err)
	// Output: Ankle boot <nil>
}

// EMNIST has rows and columns exchanged in its files, and letters from 1 on.
func ExampleLoadEMNIST_upright() {
	split := mnist.Letters
	dir, err := set([]string{"emnist-letters-train", "emnist-letters-test"}, 1, 26)
	defer os.RemoveAll(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, _, err := mnist.LoadEMNIST(dir, split)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := data.Get(train, 1)
	fmt.Println(s.X.At(0, 3, 0), s.Y, err) // row 3, column 0
	fmt.Println(train.Spec().ClassNames[26])

	_, _, err = mnist.LoadEMNIST(dir, mnist.Split("words"))
	fmt.Println(err)
	// Output:
	// 1 26 <nil>
	// z
	// mnist: EMNIST has no split "words", want byclass, bymerge, balanced, letters, digits or mnist
}

func ExampleOpenIDX() {
	dir, err := set([]string{"train"}, 7, 2, 1)
	defer os.RemoveAll(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"train-labels-idx1-ubyte", "train-images-idx3-ubyte"} {
		a, err := mnist.OpenIDX(filepath.Join(dir, name))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%T %v\n", a, a.Shape())
	}
	// Output:
	// *tensor.Array[uint8] [3]
	// *tensor.Array[uint8] [3 28 28]
}
