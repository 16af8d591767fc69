package tensorboard_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/tensorboard"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// The folder is what tensorboard --logdir is given.
func ExampleWriter_Log() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	net, err := nn.Init(1, nn.NewLinear(3, 2))
	if err != nil {
		log.Fatal(err)
	}
	w, err := tensorboard.Create(dir)
	if err != nil {
		log.Fatal(err)
	}
	loader := data.NewLoader(data.Tensors(tensor.Uniform(1, 0, 1, 100, 3), tensor.Make[int](100)))
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	if _, err := trainer.Fit(context.Background(), loader, nn.Epochs(3), w.Log(1)); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(w.Name())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size() > 1000)
	// Output: true
}
