package workloads

import (
	"context"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// served are the networks that predict, with random weights.
var served = []*network{&catdog, &catdogSame, &resNet18, &resNet50, &mobileNetV2}

// inferCases have as arguments the number of classes and the shape of a sample.
func inferCases() []Case {
	var list []Case
	for _, n := range served {
		for _, batch := range []int{1, 16} {
			list = append(list, Case{
				Suite: "infer", Name: n.name, Op: "predict", Batch: batch, Args: words(append([]int{n.classes}, n.sample...)...),
				Unit: "samples/s", Amount: float64(batch), Bound: fma, Work: float64(batch) * n.gflop,
				New: func() (Run, error) { return n.prediction(batch) },
			})
		}
	}
	return list
}

// prediction is a Run of PredictInto.
func (n *network) prediction(batch int) (Run, error) {
	net, err := n.new()
	if err != nil {
		return nil, err
	}
	p, err := nn.NewPredictor(net, n.sample)
	if err != nil {
		return nil, err
	}
	x := tensor.Normal(1, 0, 1, append([]int{batch}, n.sample...)...)
	y := tensor.Zeros(append([]int{batch}, p.OutputShape()...)...)
	ctx := context.Background()
	return func() (time.Duration, error) { return 0, p.PredictInto(ctx, y, x) }, nil
}
