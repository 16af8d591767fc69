package safetensors_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// Opening reads the header alone, however large the file is.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	err = safetensors.Write(path, []safetensors.Entry{
		{Name: "weight", Value: tensor.New([]float32{1, 2, 3, 4}, 2, 2)},
		{Name: "classes", Value: tensor.New([]int{3, 7}, 2)},
	}, map[string]string{"format": "pt"})
	if err != nil {
		fmt.Println(err)
		return
	}

	f, err := safetensors.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	fmt.Println(f.Metadata())
	for _, name := range f.Names() {
		info, _ := f.Info(name)
		fmt.Println(name, info.DType, info.Shape)
	}
	w, err := f.ReadTensor("weight")
	fmt.Println(w, err)
	// Output:
	// map[format:pt]
	// classes I64 [2]
	// weight F32 [2 2]
	// [[1. 2.]
	//  [3. 4.]] <nil>
}

func ExampleFile_Info() {
	f, err := safetensors.Parse(bfloat())
	if err != nil {
		fmt.Println(err)
		return
	}
	info, ok := f.Info("scale")
	fmt.Println(info.DType, info.Shape, info.End-info.Begin, "bytes", ok)
	_, ok = f.Info("shift")
	fmt.Println(ok)
	// Output:
	// BF16 [2] 4 bytes true
	// false
}

// bfloat returns a file with a tensor of 16 bits.
func bfloat() []byte {
	var file bytes.Buffer
	raw := &safetensors.Raw{DType: safetensors.BF16, Shape: tensor.Shape{2}, Data: []byte{0x80, 0x3f, 0x20, 0xc0}}
	if err := safetensors.Encode(&file, []safetensors.Entry{{Name: "scale", Raw: raw}}, nil); err != nil {
		fmt.Println(err)
	}
	return file.Bytes()
}

// Numbers of any type are read as float32; what is exact are the bytes.
func ExampleFile_ReadRaw() {
	f, err := safetensors.Parse(bfloat())
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := f.ReadTensor("scale")
	fmt.Println(x, err)
	raw, err := f.ReadRaw("scale")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %v % x\n", raw.DType, raw.Shape, raw.Data)
	// Output:
	// [ 1.  -2.5] <nil>
	// BF16 [2] 80 3f 20 c0
}

// ReadTensor wants floating-point numbers, Read takes what there is.
func ExampleFile_ReadTensor() {
	var file bytes.Buffer
	err := safetensors.Encode(&file, []safetensors.Entry{{Name: "classes", Value: tensor.New([]int{3, 7}, 2)}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := safetensors.Parse(file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = f.ReadTensor("classes")
	fmt.Println(err)
	classes, err := f.Read("classes")
	fmt.Println(classes, err)
	// Output:
	// safetensors: tensor "classes": dtype I64 cannot be read as float32
	// [3 7] <nil>
}

// From anything that can be read at any place, here a part of a larger file.
func ExampleNewReader() {
	model := bfloat()
	whole := append([]byte("a header of another kind"), model...)
	part := bytes.NewReader(whole[len(whole)-len(model):])
	f, err := safetensors.NewReader(part, int64(len(model)), safetensors.Finite())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Names())
	_, err = safetensors.NewReader(part, int64(len(model))-1)
	fmt.Println(err)
	// Output:
	// [scale]
	// safetensors: tensor "scale": data_offsets [0 4] reach past the data, which have 3 bytes
}
