package npy_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data/npy"
	"github.com/gannet-ml/gannet/tensor"
)

// As numpy.save and numpy.load do.
func ExampleSave() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.npy")

	x := tensor.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	if err := npy.Save(path, x.Transpose(0, 1)); err != nil {
		fmt.Println(err)
		return
	}
	a, err := npy.Load(path)
	fmt.Println(a, err)
	// Output:
	// [[1. 4.]
	//  [2. 5.]
	//  [3. 6.]] <nil>
}

// The type of an array follows from that of the file.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "labels.npy")
	if err := npy.Save(path, tensor.New([]int{3, 1, 2}, 3)); err != nil {
		fmt.Println(err)
		return
	}

	a, err := npy.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	switch a := a.(type) {
	case *tensor.Ints:
		fmt.Println("integers", a)
	default:
		fmt.Printf("%T, want integers\n", a)
	}
	// Output: integers [3 1 2]
}

// Of a large file, only the arrays that are asked for are read.
func ExampleOpenZip() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "set.npz")
	err = npy.SaveZip(path, map[string]tensor.Any{
		"x_train": tensor.Make[float32](1000, 8),
		"x_test":  tensor.Make[float32](100, 8),
		"names":   tensor.New([]uint8("gannet"), 6),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	archive, err := npy.OpenZip(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer archive.Close()
	fmt.Println(archive.Names())
	x, err := archive.Read("x_test")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Shape())
	// Output:
	// [names x_test x_train]
	// [100 8]
}

// Without files, such as for what a server sends.
func ExampleNewArchive() {
	var body bytes.Buffer
	err := npy.EncodeZip(&body, map[string]tensor.Any{"x": tensor.New([]float32{0.5, 1}, 2)})
	if err != nil {
		fmt.Println(err)
		return
	}
	archive, err := npy.NewArchive(bytes.NewReader(body.Bytes()), int64(body.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := archive.Read("x")
	fmt.Println(x, err)
	_, err = archive.Read("y")
	fmt.Println(err)
	// Output:
	// [0.5 1. ] <nil>
	// npy: no array "y", want one of ["x"]
}

// The same arrays make the same bytes.
func ExampleEncodeZip() {
	arrays := map[string]tensor.Any{"x": tensor.Make[float32](2), "y": tensor.Make[int](2), "z": tensor.Make[bool](2)}
	var once, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&once, &again} {
		if err := npy.EncodeZip(w, arrays); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(bytes.Equal(once.Bytes(), again.Bytes()))
	// Output: true
}
