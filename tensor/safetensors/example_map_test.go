package safetensors_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// A large table of which a program needs a few rows: only their pages are read.
func ExampleMap() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "words.safetensors")
	table := tensor.Arange(0, 3000, 1).Reshape(1000, 3)
	if err := safetensors.Write(path, []safetensors.Entry{{Name: "weight", Value: table}}, nil); err != nil {
		log.Fatal(err)
	}

	f, err := safetensors.Map(path)
	if errors.Is(err, errors.ErrUnsupported) {
		f, err = safetensors.Open(path) // and ReadTensor in place of View
	}
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	words, err := f.View("weight")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(words.Index(0, 500).Data())
	// Output: [1500 1501 1502]
}

// A file in memory, such as one that the program embeds, is used where it lies.
func ExampleFile_View() {
	var b bytes.Buffer
	if err := safetensors.Encode(&b, []safetensors.Entry{{Name: "bias", Value: tensor.Ones(2)}}, nil); err != nil {
		log.Fatal(err)
	}
	f, err := safetensors.Parse(b.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	bias, err := f.View("bias")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bias)
	// Output: [1. 1.]
}
