package nn_test

import (
	"context"
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// A network of a picture and a row of a table, from the data to a prediction.
func ExampleInputs() {
	labels := tensor.New([]int{0, 1, 0, 1}, 4)
	pictures := data.Tensors(tensor.Uniform(1, 0, 1, 4, 3, 8, 8), labels)
	rows := data.Tensors(tensor.Uniform(2, 0, 1, 4, 5), labels)
	loader := data.NewLoader(data.Zip(pictures, rows), data.BatchSize(2))

	net, err := nn.Init(1, nn.Seq(
		nn.Inputs(
			nn.Seq(conv.New2D(3, 16, 3), nn.ReLU, conv.GlobalAvgPool), // of the picture
			nn.NewLinear(5, 8), // of the row
		),
		nn.Join(1), nn.ReLU, nn.NewLinear(16+8, 2),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.01)}
	if _, err := trainer.Fit(context.Background(), loader, nn.Epochs(2)); err != nil {
		fmt.Println(err)
		return
	}
	p, err := nn.NewPredictor(net, tensor.Shape{3, 8, 8}, tensor.Shape{5})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	y, err := p.Predict(context.Background(), tensor.Zeros(7, 3, 8, 8), tensor.Zeros(7, 5))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.InputShapes(), y.Shape())
	// Output: [[3 8 8] [5]] [7 2]
}

// Summary shows where the inputs go.
func ExampleJoin() {
	net, err := nn.Init(1, nn.Seq(nn.Inputs(nn.NewLinear(4, 2), nn.Identity), nn.Join(1), nn.NewLinear(2+3, 1)))
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := nn.Summary(net, tensor.Shape{4}, tensor.Shape{3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(o)
	// Output:
	// Layer  Operation  Output  Parameters
	//        Input      [1 4]
	//        Input 1    [1 3]
	// 0.0    Linear     [1 2]   10
	// 1      Concat     [1 5]
	// 2      Linear     [1 1]   6
	// 16 trainable and 0 fixed parameters, 0.0 KiB of activations a sample
}
