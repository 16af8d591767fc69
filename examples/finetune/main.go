// Command finetune shows what a trained network is worth for another task with few
// pictures. It takes a network that has learnt eight classes, puts a new head on it
// for two others and trains that on a tenth of their pictures: first the head alone,
// with the rest frozen, then everything at a low rate. Beside it, the same network
// learns the same pictures from scratch.
//
//	go run ./examples/finetune                             # drawings of figures
//	go run ./examples/finetune -data DIR                   # CIFAR-10: eight classes, then cats and dogs
//	go run ./examples/finetune -data DIR -backbone MODEL   # with a model of examples/cifar10 -classes, other ones
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/cifar"
	"github.com/gannet-ml/gannet/examples/cifar10/network"
	"github.com/gannet-ml/gannet/examples/cifar10/shapes"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// config is what the flags say.
type config struct {
	cli.Training
	backbone string
	fraction float64
	pretrain int
	width    int
}

func main() { cli.Main("finetune", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	return c.compare(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Batch: 50, LR: 0.05, Epochs: 40}}
	f := c.Flags("finetune", "`folder` or archive with the binary version of CIFAR-10")
	f.Lookup("epochs").Usage += " of the two classes, half of them with all but the head frozen"
	f.StringVar(&c.backbone, "backbone", "", "model `file` of examples/cifar10 to begin with, which has not learnt the two classes (default: one is trained first)")
	f.Float64Var(&c.fraction, "fraction", 0.1, "part of the training pictures of the two classes that is used")
	f.IntVar(&c.pretrain, "pretrain", 0, "passes through the pictures of the other eight classes (default 4 on CIFAR-10, 3 on figures)")
	f.IntVar(&c.width, "width", 0, "channels of the first convolution of what is trained first (default 16 on CIFAR-10, 8 on figures)")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	pretrain, width := 3, 8
	if c.Data != "" {
		pretrain, width = 4, 16
	}
	if !c.Given("pretrain") {
		c.pretrain = pretrain
	}
	if !c.Given("width") {
		c.width = width
	}
	switch {
	case !(c.fraction > 0 && c.fraction <= 1):
		return nil, fmt.Errorf("-fraction %v, want more than 0 and at most 1", c.fraction)
	case c.pretrain < 1:
		return nil, fmt.Errorf("-pretrain %d, want at least 1", c.pretrain)
	case c.width < 1 || c.width > network.MaxWidth:
		return nil, fmt.Errorf("-width %d, want 1 to %d", c.width, network.MaxWidth)
	case c.backbone != "" && (c.Given("width") || c.Given("pretrain")):
		return nil, errors.New("-width and -pretrain are of the network that is trained first, which there is none of with -backbone")
	case c.Epochs == 1:
		return nil, fmt.Errorf("-epochs 1, want at least 2: one with all but the head frozen, one for everything")
	}
	return c, nil
}

// task is a data set of pictures with how they become inputs.
type task struct {
	train, test data.Dataset
	mean, std   []float32
}

// tasks returns the task that is learnt first, with eight classes, and the one that
// the network is to be adapted to, with two.
func (c *config) tasks() (source, target *task, err error) {
	half := []float32{0.5}
	source, target = &task{mean: half, std: half}, &task{mean: half, std: half}
	if c.Data == "" {
		fmt.Println("No -data given: training on drawings of figures, not on photographs.")
		train, labels, names := shapes.Make(6000, c.Seed)
		test, testLabels, _ := shapes.Make(2000, c.Seed+1)
		source.train, target.train = kinds(train, labels, names, 2, 10), kinds(train, labels, names, 0, 2)
		source.test, target.test = kinds(test, testLabels, names, 2, 10), kinds(test, testLabels, names, 0, 2)
		return source, target, nil
	}
	source.mean, source.std, target.mean, target.std = cifar.Mean, cifar.Std, cifar.Mean, cifar.Std
	source.train, source.test, err = cifar.Load(c.Data,
		cifar.Airplane, cifar.Automobile, cifar.Bird, cifar.Deer, cifar.Frog, cifar.Horse, cifar.Ship, cifar.Truck)
	if err != nil {
		return nil, nil, err
	}
	target.train, target.test, err = cifar.Load(c.Data, cifar.Cat, cifar.Dog)
	return source, target, err
}

// kinds returns the pictures with labels from first to last-1, which become 0 and
// so on.
func kinds(pixels *tensor.Bytes, labels *tensor.Ints, names []string, first, last int) data.Dataset {
	var chosen []int
	moved := labels.Clone()
	for i, l := range labels.Data() {
		moved.Set(max(min(l, last-1)-first, 0), i)
		if first <= l && l < last {
			chosen = append(chosen, i)
		}
	}
	return data.Subset(data.Images(pixels, moved, names[first:last]), chosen)
}

// loaders returns loaders of the pictures to train on, augmented, and of the test.
func (c *config) loaders(t *task) (train, test *data.Loader) {
	train = data.NewLoader(
		data.Map(t.train, data.RandomCrop(32, 4), data.RandomHorizontalFlip(0.5), data.Normalize(t.mean, t.std)),
		data.BatchSize(c.Batch), data.Shuffle(c.Seed))
	return train, data.NewLoader(data.Map(t.test, data.Normalize(t.mean, t.std)), data.BatchSize(250))
}

// compare adapts a network and trains one from scratch, and shows both.
func (c *config) compare(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	source, target, err := c.tasks()
	if err != nil {
		return err
	}
	if c.backbone == "" {
		if c.backbone, err = c.learn(ctx, source); err != nil {
			return err
		}
	}
	parts, err := data.StratifiedSplit(target.train, c.Seed, c.fraction)
	if err != nil {
		return err
	}
	target.train = parts[0]
	classes := target.train.Spec().ClassNames
	fmt.Printf("\n%d pictures of %s to train on, %d to test with\n", target.train.Len(), classes, target.test.Len())

	id, err := fingerprint(c.backbone)
	if err != nil {
		return err
	}
	net, err := c.adapted(classes)
	if err != nil {
		return err
	}
	nn.Freeze(net.Layers[0])
	head, err := c.fit(ctx, "head", id, net, target, c.LR, c.Epochs/2)
	if err != nil {
		return err
	}
	nn.Unfreeze(net.Layers[0])
	all, err := c.fit(ctx, "fine-tuned", id, net, target, c.LR/5, c.Epochs-c.Epochs/2)
	if err != nil {
		return err
	}
	err = nn.Save(c.File("model.safetensors"), net, nn.Info{
		Input: target.train.Spec().X, Classes: classes,
		Preprocess: data.Pipeline{data.Resize(32, 32), data.Normalize(target.mean, target.std)},
	})
	if err != nil {
		return err
	}

	// The same network again, with nothing learnt before.
	net, err = c.adapted(classes)
	if err != nil {
		return err
	}
	for _, p := range nn.Params(net) {
		p.Value = nil
	}
	if net, err = nn.Init(c.Seed, net); err != nil {
		return err
	}
	scratch, err := c.fit(ctx, "scratch", id, net, target, c.LR, c.Epochs)
	if err != nil {
		return err
	}

	results := []*cli.Result{scratch, head, all}
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "trained\tparameters that learn\tepochs\tseconds\ttest accuracy\t")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f\t%.2f %%\t\n", r.Model, r.Parameters, r.Epochs, r.Seconds, 100*r.TestAccuracy)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("\nModel: %s\n", c.File("model.safetensors"))
	if c.JSON != "" {
		return cli.WriteJSON(c.JSON, results)
	}
	return nil
}

// learn trains the network that is adapted later, and returns its file.
func (c *config) learn(ctx context.Context, source *task) (string, error) {
	classes := source.train.Spec().ClassNames
	fmt.Printf("\n%d pictures of %d other classes to learn first\n", source.train.Len(), len(classes))
	net, err := nn.Init(c.Seed, network.New(c.width, len(classes)))
	if err != nil {
		return "", err
	}
	r, err := c.fit(ctx, "backbone", "", net, source, 2*c.LR, c.pretrain)
	if err != nil {
		return "", err
	}
	fmt.Printf("accuracy on the %d classes: %.1f %%\n", len(classes), 100*r.TestAccuracy)
	file := c.File("backbone.safetensors")
	return file, nn.Save(file, net, nn.Info{Input: source.train.Spec().X, Classes: classes})
}

// fingerprint returns what tells the contents of a file from others, for the names
// of the checkpoints that begin with it.
func fingerprint(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4]), nil
}

// adapted returns the network of the file with a new last layer for classes that
// it has not learnt.
func (c *config) adapted(classes []string) (*nn.Sequential, error) {
	m, info, err := nn.Load(c.backbone)
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		if slices.Contains(info.Classes, class) {
			return nil, fmt.Errorf("%s has learnt %q already, want a network of other classes", c.backbone, class)
		}
	}
	net, ok := m.(*nn.Sequential)
	if !ok || len(net.Layers) != 2 {
		return nil, fmt.Errorf("%s: want a network of a backbone and a head, as examples/cifar10 writes it", c.backbone)
	}
	head, ok := net.Layers[1].(*nn.Linear)
	if !ok {
		return nil, fmt.Errorf("%s: the last layer is a %T, want an *nn.Linear", c.backbone, net.Layers[1])
	}
	net.Layers[1] = nn.NewLinear(head.In, len(classes))
	return nn.Init(c.Seed, net)
}

// fit trains what is not frozen of a network and measures it. The id is that of the
// backbone it began with.
func (c *config) fit(ctx context.Context, name, id string, net *nn.Sequential, on *task, lr float64, epochs int) (*cli.Result, error) {
	fmt.Printf("\n%s\n", name)
	train, test := c.loaders(on)
	matrices, vectors := optim.Matrices(nn.Params(net))
	opt := optim.NewSGD(matrices, lr, optim.Momentum(0.9), optim.Nesterov, optim.WeightDecay(5e-4))
	opt.AddGroup(optim.Group{Params: vectors, LR: lr})
	t := nn.Trainer{Model: net, Loss: nn.NewCrossEntropy(nn.LabelSmoothing(0.1)), Optimizer: opt, Seed: c.Seed}
	options := append(c.Checkpoint(strings.Trim(name+"-"+id, "-"), 100),
		nn.Epochs(epochs), nn.ScheduleSteps(optim.OneCycle(epochs*train.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, train, options...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r, err := cli.Measure(ctx, &t, history, test)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r.Model, r.Dataset, r.Seed = name, "figures", c.Seed
	if c.Data != "" {
		r.Dataset = "cifar-10"
	}
	return r, nil
}
