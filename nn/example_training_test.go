package nn_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Training ends when two epochs have brought nothing better.
func ExampleEarlyStop() {
	loader, goal := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1)), nn.Highest("accuracy")
	h, err := stripesTrainer(0.01).Fit(context.Background(), loader, nn.Epochs(1000),
		nn.Validate(data.NewLoader(stripes()), metric.Accuracy()), nn.EarlyStop(goal, 2))
	if err != nil {
		log.Fatal(err)
	}
	best, err := goal.Best(h)
	fmt.Println(len(h.Epochs)-1-best, h.Epochs[best].Validation["accuracy"], err)
	// Output: 2 1 <nil>
}

// The first of the best epochs. With MinDelta, a gain of 0.01 is none.
func ExampleGoal_Best() {
	h := new(nn.History)
	for i, loss := range []float64{0.9, 0.5, 0.49, 0.6, 0.49} {
		h.Epochs = append(h.Epochs, nn.EpochRecord{Epoch: i + 1, Loss: loss})
	}
	fmt.Println(nn.Lowest(nn.TrainLoss).Best(h))
	fmt.Println(nn.Goal{Name: nn.TrainLoss, Lower: true, MinDelta: 0.05}.Best(h))
	fmt.Println(nn.Highest("accuracy").Best(h))
	// Output:
	// 2 <nil>
	// 1 <nil>
	// -1 nn: epoch 1 has no value "accuracy", has [] and "train_loss"
}

// A table for other programs.
func ExampleHistory_WriteCSV() {
	h := nn.History{Epochs: []nn.EpochRecord{
		{Epoch: 1, Loss: 0.75, Samples: 64, Seconds: 1.5, Memory: 4096, Validation: map[string]float64{"accuracy": 0.5}},
		{Epoch: 2, Loss: 0.25, Samples: 64, Seconds: 1.25, Waiting: 0.5, Memory: 8192, Validation: map[string]float64{"accuracy": 1}},
	}}
	if err := h.WriteCSV(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// epoch,train_loss,samples,seconds,waiting,memory,validation_accuracy
	// 1,0.75,64,1.5,0,4096,0.5
	// 2,0.25,64,1.25,0.5,8192,1
}

// A step much too large. The error says where it shows first.
func ExampleDivergedError() {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(2, 1)))
	if err != nil {
		log.Fatal(err)
	}
	trainer := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 1e30)}
	loader := data.NewLoader(data.Tensors(tensor.Ones(4, 2), tensor.Full[float32](9, 4, 1)), data.BatchSize(2))
	_, err = trainer.Fit(context.Background(), loader)
	if d, ok := errors.AsType[*nn.DivergedError](err); ok {
		fmt.Printf("epoch %d, step %d, %s: %v\n", d.Epoch, d.Step, d.Op, d.Loss)
	}
	// Output: epoch 1, step 2, MSE: +Inf
}

// calls counts the operations of a network by name.
type calls map[string]int

func (n calls) Forward(c *grad.Call, _ time.Duration) { n[c.Op().Name()]++ }
func (calls) Backward(*grad.Call, time.Duration)      {}

// An observer of one's own.
func ExampleObserve() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 16), nn.ReLU, nn.NewLinear(16, 2)))
	if err != nil {
		log.Fatal(err)
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	n := calls{}
	if _, err := trainer.Fit(context.Background(), data.NewLoader(stripes(), data.BatchSize(32)), nn.Observe(n)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(n) // in two steps
	// Output: map[CrossEntropy:2 Linear:4 ReLU:2]
}

// plateau trains at rates that are too low to change anything, and prints them.
func plateau(opts ...nn.PlateauOption) {
	loader := data.NewLoader(data.Subset(stripes(), []int{0, 1, 2, 3}))
	_, err := stripesTrainer(1e-9).Fit(context.Background(), loader, nn.Epochs(6),
		nn.ReduceOnPlateau(nn.Lowest(nn.TrainLoss), 0.1, 0, append(opts, nn.PlateauThreshold(0.5))...),
		nn.Callback(func(e *nn.Event) error {
			if e.Kind == nn.EpochEnd {
				fmt.Printf("%.0e ", e.Trainer.Optimizer.Groups()[0].LR)
			}
			return nil
		}))
	fmt.Println(err)
}

// After a reduction the rate has two epochs to show what it does.
func ExamplePlateauCooldown() {
	plateau()
	plateau(nn.PlateauCooldown(2))
	// Output:
	// 1e-09 1e-09 1e-10 1e-11 1e-12 1e-13 <nil>
	// 1e-09 1e-09 1e-10 1e-10 1e-10 1e-11 <nil>
}

// The rate does not fall below a twentieth of the first.
func ExamplePlateauFloor() {
	plateau(nn.PlateauFloor(0.05))
	// Output: 1e-09 1e-09 1e-10 5e-11 5e-11 5e-11 <nil>
}

// First a new head learns, then everything, at a lower rate.
func ExampleUnfreeze() {
	ctx, loader := context.Background(), data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
	backbone := nn.Seq(conv.New2D(1, 8, 3, conv.Same), nn.ReLU, conv.MaxPool2D(2), nn.Flatten)
	net, err := nn.Init(1, nn.Seq(backbone, nn.NewLinear(8*4*4, 2)))
	if err != nil {
		log.Fatal(err)
	}
	weight := nn.Params(net)[0]
	before := weight.Value.Clone()

	nn.Freeze(backbone)
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	if _, err := trainer.Fit(ctx, loader); err != nil {
		log.Fatal(err)
	}
	fmt.Println(weight.Name, "is as before:", weight.Value.Equal(before))

	nn.Unfreeze(backbone)
	trainer.Optimizer = optim.NewSGD(nn.Params(net), 0.01)
	if _, err := trainer.Fit(ctx, loader); err != nil {
		log.Fatal(err)
	}
	fmt.Println(weight.Name, "is as before:", weight.Value.Equal(before))
	// Output:
	// 0.0.weight is as before: true
	// 0.0.weight is as before: false
}

// Every batch is computed into the same memory.
func ExamplePredictor_PredictInto() {
	p, err := nn.NewPredictor(nn.Seq(nn.ReLU), tensor.Shape{2})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	y := tensor.Zeros(1, 2)
	for _, row := range [][]float32{{-1, 2}, {3, -4}} {
		if err := p.PredictInto(context.Background(), y, tensor.New(row, 1, 2)); err != nil {
			log.Fatal(err)
		}
		fmt.Println(y.Data())
	}
	// Output:
	// [0 2]
	// [3 0]
}
