package workloads

import (
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// trained are the networks that steps of SGD are taken with, batches of 64.
var trained = []*network{&catdog, &catdogSame, &resNet18CIFAR, &rowRNN, &mlp}

// trainCases have as arguments the number of classes and the shape of a sample.
func trainCases() []Case {
	const batch = 64
	var list []Case
	for _, n := range trained {
		list = append(list, Case{
			Suite: "train", Name: n.name, Op: "step", Batch: batch, Args: words(append([]int{n.classes}, n.sample...)...),
			Unit: "samples/s", Amount: batch, Bound: fma, Work: 3 * batch * n.gflop,
			New: func() (Run, error) { return n.training(batch) },
		})
	}
	return list
}

// training is a Run of a step: forward, backward and the optimizer's.
func (n *network) training(batch int) (Run, error) {
	net, err := n.new()
	if err != nil {
		return nil, err
	}
	labels := make([]int, batch)
	for i := range labels {
		labels[i] = i % n.classes
	}
	b := data.Batch{X: tensor.Normal(1, 0, 1, append([]int{batch}, n.sample...)...), Y: tensor.New(labels, batch)}
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.01)}
	return func() (time.Duration, error) {
		_, err := t.Step(&b)
		return 0, err
	}, nil
}
