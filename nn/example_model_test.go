package nn_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// modelFile saves a classifier of pictures of 2×2 pixels, which are bright on the
// left or on the right, and returns the file.
func modelFile() []byte {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")

	sides := nn.NewLinear(4, 2)
	net, err := nn.Init(1, nn.Seq(nn.Flatten, sides))
	if err != nil {
		log.Fatal(err)
	}
	sides.Weight.Value = tensor.New([]float32{1, -1, 1, -1, -1, 1, -1, 1}, 2, 4)
	sides.Bias.Value.Fill(0)
	err = nn.Save(path, net, nn.Info{
		Input: tensor.Shape{1, 2, 2}, Classes: []string{"left", "right"},
		Preprocess: data.Pipeline{data.Resize(2, 2, data.Nearest), data.Normalize([]float32{0.5}, []float32{0.5})},
		Source:     tensor.Shape{1, 4, 4}, Step: 100,
	})
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return file
}

// A model that the program has in memory, for instance because it embeds the file.
func ExampleParse() {
	net, info, err := nn.Parse(modelFile())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.InputNames, info.Input, info.OutputName, info.Output, info.Classes, info.Step)
	fmt.Println(len(nn.Params(net)), "parameters")
	// Output:
	// [input] [1 2 2] output [2] [left right] 100
	// 2 parameters
}

// All that it takes to ask a model of which the program knows only the file.
func ExampleInfo_Predictor() {
	net, info, err := nn.Parse(modelFile()) // or nn.Load
	if err != nil {
		log.Fatal(err)
	}
	p, err := info.Predictor(net)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()

	picture := tensor.Zeros(1, 4, 4)
	picture.Slice(2, 0, 2).Fill(1) // the left half
	x, err := info.Preprocess.Run(picture)
	if err != nil {
		log.Fatal(err)
	}
	y, err := p.Predict(context.Background(), x.Reshape(append(tensor.Shape{1}, info.Input...)...))
	if err != nil {
		log.Fatal(err)
	}
	for i, class := range info.Classes {
		fmt.Printf("%s %.3f\n", class, y.At(0, i))
	}
	// Output:
	// left 1.000
	// right 0.000
}
