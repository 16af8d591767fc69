package inspect_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/inspect"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// A learning rate that is far too high has killed the hidden layer: ReLU gives 0
// for every sample, and no gradient gets through.
func ExampleHealth() {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(4, 16), nn.ReLU, nn.NewLinear(16, 1)))
	if err != nil {
		log.Fatal(err)
	}
	x := tensor.Uniform(1, 0, 1, 64, 4)
	trainer := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 30)}
	loader := data.NewLoader(data.Tensors(x, tensor.Sum(x, 1).Reshape(64, 1)), data.BatchSize(64))

	health := inspect.Health{Every: 1}
	if _, err := trainer.Fit(context.Background(), loader, nn.Epochs(3), nn.Observe(&health), nn.Callback(health.EachEpoch)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(health.Problems()[1])
	// Output:
	// 1 (ReLU): 16 of 16 units were 0 for all of 64 samples
}

// Where the time and the memory of a step go. String prints a table.
func ExampleProfile() {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(256, 64), nn.ReLU, nn.NewLinear(64, 10)))
	if err != nil {
		log.Fatal(err)
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	loader := data.NewLoader(data.Tensors(tensor.Zeros(64, 256), tensor.Make[int](64)), data.BatchSize(32))
	var profile inspect.Profile
	if _, err := trainer.Fit(context.Background(), loader, nn.Observe(&profile)); err != nil {
		log.Fatal(err)
	}
	for _, c := range profile.Costs() {
		fmt.Printf("%-1s %-12s %d calls, %4d bytes each\n", c.Layer, c.Op, c.Calls, c.Bytes)
	}
	// Output:
	// 0 Linear       2 calls, 8192 bytes each
	// 1 ReLU         2 calls, 8192 bytes each
	// 2 Linear       2 calls, 1280 bytes each
	//   CrossEntropy 2 calls, 1288 bytes each
}
