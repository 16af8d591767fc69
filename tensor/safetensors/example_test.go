package safetensors_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")

	err = safetensors.Write(path, []safetensors.Entry{
		{Name: "linear.weight", Value: tensor.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)},
		{Name: "linear.bias", Value: tensor.New([]float32{0.5, -0.5}, 2)},
		{Name: "classes", Value: tensor.New([]int{3, 7}, 2)},
	}, map[string]string{"step": "100"})
	if err != nil {
		fmt.Println(err)
		return
	}

	entries, metadata, err := safetensors.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("step", metadata["step"])
	for _, e := range entries {
		fmt.Println(e.Name, e.Value.Shape())
	}
	// Output:
	// step 100
	// classes [2]
	// linear.bias [2]
	// linear.weight [2 3]
}

// A file that is opened reads the tensors that are asked for, also into memory
// that is there already.
func ExampleFile_ReadInto() {
	var file bytes.Buffer
	err := safetensors.Encode(&file, []safetensors.Entry{
		{Name: "w", Value: tensor.New([]float32{1, 2}, 2)},
		{Name: "b", Value: tensor.New([]float32{3}, 1)},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := safetensors.Parse(file.Bytes(), safetensors.Finite())
	if err != nil {
		fmt.Println(err)
		return
	}
	w := tensor.Make[float32](2)
	err = f.ReadInto(w, "w")
	fmt.Println(w.Data(), err)
	err = f.ReadInto(w, "b")
	fmt.Println(err)
	// Output:
	// [1 2] <nil>
	// safetensors: tensor "b": shape [1], want [2]
}

func ExampleFormatError() {
	_, err := safetensors.Parse([]byte("PK\x03\x04 a zip file"))
	if e, ok := errors.AsType[*safetensors.FormatError](err); ok {
		fmt.Println("not a model:", e.Reason)
	}
	// Output:
	// not a model: header has 8800140462016121680 bytes, want 100000000 at most
}
