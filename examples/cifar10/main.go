// Command cifar10 trains a small residual network on colour pictures of ten
// classes, with what is usual: random crops and flips, label smoothing, momentum
// and a learning rate that rises and falls once. Without arguments it works
// offline, on pictures of figures that it draws itself.
//
//	go run ./examples/cifar10                                  # figures
//	go run ./examples/cifar10 -data DIR                        # photographs: CIFAR-10
//	go run ./examples/cifar10 -data DIR -classes cat,dog       # two classes of them
//	go run ./examples/cifar10 -predict PICTURE -load MODEL
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/cifar"
	"github.com/gannet-ml/gannet/examples/cifar10/network"
	"github.com/gannet-ml/gannet/examples/cifar10/shapes"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// config is what the flags say.
type config struct {
	cli.Training
	width   int
	classes []cifar.Class
	predict cli.Prediction
}

// all are the classes of CIFAR-10.
var all = []cifar.Class{
	cifar.Airplane, cifar.Automobile, cifar.Bird, cifar.Cat, cifar.Deer, cifar.Dog, cifar.Frog, cifar.Horse, cifar.Ship, cifar.Truck,
}

func main() { cli.Main("cifar10", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.predict.Sample != "" {
		return cli.Classify(ctx, os.Stdout, c.predict.Sample, c.predict.Model)
	}
	return c.train(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Batch: 128, LR: 0.15}}
	f := c.Flags("cifar10", "`folder` or archive with the binary version of CIFAR-10")
	f.Lookup("epochs").Usage += " (default 16 on CIFAR-10, 10 on figures)"
	f.IntVar(&c.width, "width", 0, "channels of the first convolution; the last has eight times as many (default 24 on CIFAR-10, 8 on figures)")
	names := f.String("classes", "", "classes of CIFAR-10, separated by commas (default all)")
	c.predict.Flags(f, "classify this `picture` (PNG or JPEG)")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	epochs, width := 10, 8
	if c.Data != "" {
		epochs, width = 16, 24
	}
	if !c.Given("epochs") {
		c.Epochs = epochs
	}
	if !c.Given("width") {
		c.width = width
	}
	if *names != "" {
		for _, name := range strings.Split(*names, ",") {
			i := slices.IndexFunc(all, func(k cifar.Class) bool { return k.String() == strings.TrimSpace(name) })
			if i < 0 {
				return nil, fmt.Errorf("-classes %q: CIFAR-10 has no class %q, want some of %v", *names, name, all)
			}
			if slices.Contains(c.classes, all[i]) {
				return nil, fmt.Errorf("-classes %q names %q twice", *names, name)
			}
			c.classes = append(c.classes, all[i])
		}
	}
	switch {
	case c.width < 1 || c.width > network.MaxWidth:
		return nil, fmt.Errorf("-width %d, want 1 to %d", c.width, network.MaxWidth)
	case len(c.classes) == 1:
		return nil, fmt.Errorf("-classes %q, want at least two", *names)
	case len(c.classes) > 0 && c.Data == "":
		return nil, errors.New("-classes needs -data")
	}
	return c, c.predict.Check()
}

// pictures returns CIFAR-10, or drawings of figures, and their mean and standard
// deviation.
func (c *config) pictures() (train, test *data.ImageSet, mean, std []float32, err error) {
	if c.Data == "" {
		fmt.Println("No -data given: training on drawings of figures, not on photographs.")
		train, test = data.Images(shapes.Make(4000, c.Seed)), data.Images(shapes.Make(1000, c.Seed+1))
		half := []float32{0.5}
		return train, test, half, half, nil
	}
	a, b, err := cifar.Load(c.Data, c.classes...)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	return a.(*data.ImageSet), b.(*data.ImageSet), cifar.Mean, cifar.Std, nil
}

// train trains, tests and saves a network, and shows what came of it.
func (c *config) train(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	train, test, mean, std, err := c.pictures()
	if err != nil {
		return err
	}
	classes := train.Spec().ClassNames
	name := "figures"
	if c.Data != "" {
		name = "cifar-10"
	}
	task := name // with its classes, so that another task does not resume this one
	for _, k := range c.classes {
		task += "-" + k.String()
	}
	net, err := nn.Init(c.Seed, network.New(c.width, len(classes)))
	if err != nil {
		return err
	}

	// What is done to every picture, also to those that the model is asked about.
	prepared := data.Pipeline{data.Resize(32, 32), data.Normalize(mean, std)}
	testLoader := data.NewLoader(data.Map(test, prepared), data.BatchSize(250))
	loader := c.loader(train, mean, std)
	t := c.trainer(net)
	fmt.Printf("%d pictures to train on, %d to test with, %d classes\n", train.Len(), test.Len(), len(classes))
	options := append(c.Checkpoint(task, 100),
		nn.Epochs(c.Epochs), nn.Validate(testLoader, metric.Accuracy()),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}

	return c.Finish(ctx, &cli.Trained{
		Model: fmt.Sprintf("resnet9-%d", c.width), Dataset: name, Trainer: t, History: history,
		Test: testLoader, Pictures: test, Preprocess: prepared,
	})
}

// loader returns the pictures to train on: other crops and mirror images in every
// epoch.
func (c *config) loader(train data.Dataset, mean, std []float32) *data.Loader {
	augmented := data.Map(train, data.RandomCrop(32, 4), data.RandomHorizontalFlip(0.5), data.Normalize(mean, std))
	return data.NewLoader(augmented, data.BatchSize(c.Batch), data.Shuffle(c.Seed))
}

// trainer returns what trains the network. Weight decay is for kernels and
// matrices, not for the scales and shifts of batch normalisation.
func (c *config) trainer(net nn.Module) *nn.Trainer {
	matrices, vectors := optim.Matrices(nn.Params(net))
	opt := optim.NewSGD(matrices, c.LR, optim.Momentum(0.9), optim.Nesterov, optim.WeightDecay(5e-4))
	opt.AddGroup(optim.Group{Params: vectors, LR: c.LR})
	return &nn.Trainer{Model: net, Loss: nn.NewCrossEntropy(nn.LabelSmoothing(0.1)), Optimizer: opt, Seed: c.Seed}
}
