package zoo_test

import (
	"fmt"
	"log"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/zoo"
	"github.com/gannet-ml/gannet/tensor"
)

// parameters returns the number of values that training changes.
func parameters(net nn.Module) int {
	n := 0
	for _, p := range nn.Params(net) {
		if p.Trainable() {
			n += p.Shape().Size()
		}
	}
	return n
}

func ExampleNewMLP() {
	for _, p := range nn.Params(zoo.NewMLP(784, 100, 10)) {
		fmt.Println(p.Name, p.Shape())
	}
	// Output:
	// 0.weight [100 784]
	// 0.bias [100]
	// 2.weight [10 100]
	// 2.bias [10]
}

func ExampleNewLeNet5() {
	net, err := nn.Init(1, zoo.NewLeNet5(10))
	if err != nil {
		log.Fatal(err)
	}
	overview, err := nn.Summary(net, tensor.Shape{1, 28, 28})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(overview)
	// Output:
	// Layer    Operation  Output        Parameters
	//          Input      [1 1 28 28]
	// conv1    Conv2D     [1 6 28 28]   156
	// relu1    ReLU       [1 6 28 28]
	// pool1    MaxPool2D  [1 6 14 14]
	// conv2    Conv2D     [1 16 10 10]  2416
	// relu2    ReLU       [1 16 10 10]
	// pool2    MaxPool2D  [1 16 5 5]
	// flatten  Flatten    [1 400]
	// fc1      Linear     [1 120]       48120
	// relu3    ReLU       [1 120]
	// fc2      Linear     [1 84]        10164
	// relu4    ReLU       [1 84]
	// fc3      Linear     [1 10]        850
	// 61706 trainable and 0 fixed parameters, 57.0 KiB of activations a sample
}

// All of a network stays as it was but for its head, which becomes one for two
// classes.
func ExampleNewResNet18() {
	net, err := nn.Init(1, zoo.NewResNet18(1000)) // or nn.LoadWeights
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(parameters(net), "parameters")

	nn.Freeze(net)
	net.FC = nn.NewLinear(net.FC.In, 2)
	if net, err = nn.Init(1, net); err != nil {
		log.Fatal(err)
	}
	fmt.Println(parameters(net), "to train")

	p, err := nn.NewPredictor(net, tensor.Shape{3, 64, 64})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	fmt.Println("output", p.OutputShape())
	// Output:
	// 11689512 parameters
	// 1026 to train
	// output [2]
}

func ExampleNewResNet34() {
	net := zoo.NewResNet34(1000)
	fmt.Println(parameters(net), "parameters,", len(net.Layer3.Layers), "blocks in stage 3")
	// Output: 21797672 parameters, 6 blocks in stage 3
}

func ExampleNewResNet50() {
	net := zoo.NewResNet50(1000)
	block := net.Layer1.Layers[0].(*zoo.Bottleneck)
	fmt.Println(parameters(net), "parameters,", block.Conv3.In, "to", block.Conv3.Out, "channels in a block")
	// Output: 25557032 parameters, 64 to 256 channels in a block
}

func ExampleNewMobileNetV2() {
	net := zoo.NewMobileNetV2(1000)
	fmt.Println(parameters(net), "parameters")
	for _, p := range nn.Params(net)[:6] {
		fmt.Println(p.Name, p.Shape())
	}
	// Output:
	// 3504872 parameters
	// features.0.0.weight [32 3 3 3]
	// features.0.1.weight [32]
	// features.0.1.bias [32]
	// features.0.1.running_mean [32]
	// features.0.1.running_var [32]
	// features.1.conv.0.0.weight [32 1 3 3]
}

func ExampleNewVGG11() {
	fmt.Println(parameters(zoo.NewVGG11(1000)))
	fmt.Println(parameters(zoo.NewVGG11(10, zoo.SmallPictures)))
	// Output:
	// 132868840
	// 9231114
}

// A network for CIFAR-10, whose last stage still has 4×4 pixels.
func ExampleSmallPictures() {
	net, err := nn.Init(1, zoo.NewResNet18(10, zoo.SmallPictures))
	if err != nil {
		log.Fatal(err)
	}
	overview, err := nn.Summary(net, tensor.Shape{3, 32, 32})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("first", overview.Operations[0].Output)
	for _, op := range overview.Operations {
		if op.Layer == "layer4.1.conv2" {
			fmt.Println("last", op.Output)
		}
	}
	// Output:
	// first [1 64 32 32]
	// last [1 512 4 4]
}

func ExampleWidth() {
	for _, w := range []float64{0.5, 1, 1.4} {
		fmt.Println(w, parameters(zoo.NewMobileNetV2(1000, zoo.Width(w))))
	}
	// Output:
	// 0.5 1968680
	// 1 3504872
	// 1.4 6108776
}

// The blocks of a network can be reached, for instance to look at the strides.
func ExampleBasicBlock() {
	net := zoo.NewResNet18(10)
	for i, layer := range net.Layer2.Layers {
		b := layer.(*zoo.BasicBlock)
		fmt.Println(i, b.Conv1.Stride, b.Downsample != nil)
	}
	// Output:
	// 0 [2 2] true
	// 1 [1 1] false
}

// The blocks that keep shape and size have a way around them.
func ExampleInvertedResidual() {
	net := zoo.NewMobileNetV2(10)
	around := 0
	for _, layer := range net.Features.Layers {
		if b, ok := layer.(*zoo.InvertedResidual); ok && b.Residual {
			around++
		}
	}
	fmt.Println(around, "of 17 blocks")
	// Output:
	// 10 of 17 blocks
}
