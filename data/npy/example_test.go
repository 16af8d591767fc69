package npy_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/npy"
	"github.com/gannet-ml/gannet/tensor"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "set.npz")
	err = npy.SaveZip(path, map[string]tensor.Any{
		"x": tensor.New([]float32{1, 2, 3, 4, 5, 6}, 3, 2),
		"y": tensor.New([]int{0, 1, 1}, 3),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	arrays, err := npy.LoadZip(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	ds := data.Tensors(arrays["x"].(*tensor.Tensor), arrays["y"])
	s, err := data.Get(ds, 1)
	fmt.Println(s.X, s.Y, err)
	// Output: [3. 4.] 1 <nil>
}

func ExampleDecode() {
	var file bytes.Buffer
	for _, a := range []tensor.Any{tensor.New([]int{1, 2}, 2), tensor.Scalar[float32](0.5)} {
		if err := npy.Encode(&file, a); err != nil {
			fmt.Println(err)
			return
		}
	}
	for range 3 {
		a, err := npy.Decode(&file)
		fmt.Println(a, err)
	}
	// Output:
	// [1 2] <nil>
	// 0.5 <nil>
	// <nil> npy: byte 0: header: EOF
}
