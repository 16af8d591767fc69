// Command choices measures what the choices are worth that everyone who trains a
// network has to make: kernel and hidden sizes, activation, learning rate,
// optimizer, preprocessing and metric, and for sequences layer, pooling and how far
// gradients go back. It varies one of them at a time in a small network, trains that
// from three seeds and prints tables in Markdown, those of examples/README.md.
//
//	go run ./benchmarks/choices -data DIR -names DIR      # Fashion-MNIST and surnames
//	go run ./benchmarks/choices -data DIR -only rate      # one of the tables
//	go run ./benchmarks/choices -data "" -samples 500     # drawn digits, offline
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/mnist"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/inspect"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func main() {
	dir := flag.String("data", "", "`folder` with the four files of Fashion-MNIST (default: drawn digits)")
	surnames := flag.String("names", "", "`folder` with a file of surnames for each language, NAME.txt (default: names of invented languages)")
	only := flag.String("only", "", "print only this `table`: "+strings.Join(names(), ", "))
	samples := flag.Int("samples", 4000, "pictures to train on, and to test with; of names and text all are taken")
	epochs := flag.Int("epochs", 3, "passes through them")
	seeds := flag.Int("seeds", 3, "runs of every setting")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "choices: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *dir, *surnames, *only, *samples, *epochs, *seeds); err != nil {
		fmt.Fprintln(os.Stderr, "choices:", err)
		os.Exit(1)
	}
}

// tables are the questions, in the order in which they are answered.
var tables = []struct {
	name  string
	print func(*lab) error
}{
	{"kernel", (*lab).kernels}, {"width", (*lab).widths}, {"hidden", (*lab).hidden},
	{"activation", (*lab).activations}, {"dead", (*lab).dead}, {"rate", (*lab).rates},
	{"optimizer", (*lab).optimizers}, {"preprocessing", (*lab).preprocessing}, {"metric", (*lab).metrics},
	{"layer", (*lab).layers}, {"pooling", (*lab).pooling}, {"units", (*lab).units}, {"recurrent-rate", (*lab).recurrentRates},
	{"recurrent-kernel", (*lab).recurrentKernels}, {"chunk", (*lab).chunks},
}

func names() (all []string) {
	for _, t := range tables {
		all = append(all, t.name)
	}
	return all
}

func run(ctx context.Context, w io.Writer, dir, surnames, only string, samples, epochs, seeds int) error {
	if samples < 1 || epochs < 1 || seeds < 1 {
		return fmt.Errorf("-samples %d, -epochs %d, -seeds %d, want at least 1", samples, epochs, seeds)
	}
	if only != "" && !slices.Contains(names(), only) {
		return fmt.Errorf("-only %q, want one of %s", only, strings.Join(names(), ", "))
	}
	l := &lab{ctx: ctx, w: w, epochs: epochs, seeds: seeds, namesDir: surnames, name: "drawn digits", mean: mnist.Mean, std: mnist.Std}
	if dir == "" {
		l.train, l.test = data.Images(digits.Make(samples, 1)), data.Images(digits.Make(samples, 2))
	} else {
		train, test, err := mnist.LoadFashion(dir)
		if err != nil {
			return err
		}
		l.name, l.mean, l.std = "Fashion-MNIST", mnist.FashionMean, mnist.FashionStd
		l.train, l.test = first(train, samples), first(test, samples)
	}
	fmt.Fprintf(w, "%s, %d pictures to train on, %d to test with, %d epochs, %d seeds\n",
		l.name, l.train.Len(), l.test.Len(), epochs, seeds)
	for _, t := range tables {
		if only == "" || only == t.name {
			if err := t.print(l); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	return nil
}

// first returns the first n samples.
func first(ds data.Dataset, n int) data.Dataset {
	indices := make([]int, min(n, ds.Len()))
	for i := range indices {
		indices[i] = i
	}
	return data.Subset(ds, indices)
}

// lab is where the experiments are made.
type lab struct {
	ctx           context.Context
	w             io.Writer
	name          string
	train, test   data.Dataset
	mean, std     []float32
	epochs, seeds int
	namesDir      string
	letters       int // of names
}

// setting is what one run is made of. The zero value of a field is the usual
// choice, see [lab.run].
type setting struct {
	kernel, width int
	activation    nn.Module
	normalise     bool // a BatchNorm after each convolution
	net           func(s setting) *nn.Sequential
	optimizer     func(p []*grad.Param, lr float64) optim.Optimizer
	rate          float64
	schedule      bool // one cycle instead of a constant rate
	transforms    []data.Transform
	augment       []data.Transform    // training only, before the others
	order         []data.LoaderOption // of the training pictures; nil: shuffled
}

// outcome is what a run gave.
type outcome struct {
	accuracy, loss float64
	seconds        float64 // of training, per epoch
	dead           float64 // share of the units of all ReLUs, in the last epoch
	parameters     int
	diverged       bool // the accuracy is that of guessing, and the rest unknown
}

// small returns the network of most tables: two convolutions, each followed by an
// activation and pooling, and a linear layer.
func small(s setting) *nn.Sequential {
	layers := []nn.Module{}
	for _, c := range [][2]int{{1, s.width}, {s.width, 2 * s.width}} {
		layers = append(layers, conv.New2D(c[0], c[1], s.kernel, conv.Same))
		if s.normalise {
			layers = append(layers, nn.NewBatchNorm(c[1]))
		}
		layers = append(layers, s.activation, conv.MaxPool2D(2))
	}
	return nn.Seq(append(layers, nn.Flatten, nn.NewLinear(2*s.width*7*7, 10))...)
}

func adam(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewAdam(p, lr) }

func momentum(p []*grad.Param, lr float64) optim.Optimizer {
	return optim.NewSGD(p, lr, optim.Momentum(0.9))
}

// run trains from one seed. A loss that is no longer finite is an outcome, too: that
// of guessing.
func (l *lab) run(s setting, seed uint64, metrics ...nn.Metric) (*outcome, error) {
	if s.kernel == 0 {
		s.kernel = 3
	}
	if s.width == 0 {
		s.width = 16
	}
	if s.activation == nil {
		s.activation = nn.ReLU
	}
	if s.net == nil {
		s.net = small
	}
	if s.optimizer == nil {
		s.optimizer = adam
	}
	if s.rate == 0 {
		s.rate = 0.002
	}
	if s.transforms == nil {
		s.transforms = []data.Transform{data.Normalize(l.mean, l.std)}
	}
	net, err := nn.Init(seed, s.net(s))
	if err != nil {
		return nil, err
	}
	if s.order == nil {
		s.order = []data.LoaderOption{data.Shuffle(seed)}
	}
	loader := data.NewLoader(data.Map(l.train, append(slices.Clone(s.augment), s.transforms...)...), append(s.order, data.BatchSize(64), data.Seed(seed))...)
	test := data.NewLoader(data.Map(l.test, s.transforms...), data.BatchSize(250))
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: s.optimizer(nn.Params(net), s.rate), Seed: seed}
	var health inspect.Health
	options := []nn.Option{nn.Epochs(l.epochs), nn.Observe(&health), nn.Callback(health.EachEpoch)}
	if s.schedule {
		options = append(options, nn.ScheduleSteps(optim.OneCycle(l.epochs*loader.Batches())))
	}
	o := &outcome{}
	for _, p := range nn.Params(net) {
		o.parameters += p.Value.Len()
	}
	history, err := t.Fit(l.ctx, loader, options...)
	var diverged *nn.DivergedError
	switch {
	case errors.As(err, &diverged):
		o.accuracy, o.loss, o.diverged = 1/float64(l.train.Spec().Classes), math.Inf(1), true
		return o, nil
	case err != nil:
		return nil, err
	}
	for _, e := range history.Epochs {
		o.seconds += e.Seconds / float64(l.epochs)
	}
	var dead, units int
	for _, sign := range health.Signs() {
		dead, units = dead+sign.Dead, units+sign.Units
	}
	o.dead = float64(dead) / float64(max(units, 1))
	report, err := t.Evaluate(l.ctx, test, append(metrics, metric.Accuracy())...)
	if err != nil {
		return nil, err
	}
	o.accuracy, o.loss = report.Values["accuracy"], history.Last().Loss
	return o, nil
}

// runs trains from every seed.
func (l *lab) runs(s setting) ([]*outcome, error) {
	var all []*outcome
	for seed := range l.seeds {
		o, err := l.run(s, uint64(seed+1))
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// statistics returns the mean of a number over the outcomes and half the distance
// between its extremes.
func statistics(all []*outcome, value func(*outcome) float64) (mean, spread float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, o := range all {
		v := value(o)
		mean += v / float64(len(all))
		lo, hi = min(lo, v), max(hi, v)
	}
	return mean, (hi - lo) / 2
}

// accuracy formats the accuracy of the outcomes in percent.
func accuracy(all []*outcome) string {
	mean, spread := statistics(all, func(o *outcome) float64 { return 100 * o.accuracy })
	text := fmt.Sprintf("%.1f ± %.1f %%", mean, spread)
	if n := len(all) - len(finished(all)); n > 0 {
		text += fmt.Sprintf(" (%d of %d diverged)", n, len(all))
	}
	return text
}

// finished returns the outcomes of the runs that did not diverge.
func finished(all []*outcome) []*outcome {
	return slices.DeleteFunc(slices.Clone(all), func(o *outcome) bool { return o.diverged })
}

// table begins a table.
func (l *lab) table(title string, columns ...string) {
	fmt.Fprintf(l.w, "\n%s\n\n| %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}

// row adds a row to the table.
func (l *lab) row(cells ...string) { fmt.Fprintf(l.w, "| %s |\n", strings.Join(cells, " | ")) }

// measured adds a row with the results of a setting.
func (l *lab) measured(name string, s setting) error {
	all, err := l.runs(s)
	if err != nil {
		return err
	}
	loss, _ := statistics(all, func(o *outcome) float64 { return o.loss })
	seconds, _ := statistics(all, func(o *outcome) float64 { return o.seconds })
	l.row(name, accuracy(all), fmt.Sprintf("%.3f", loss), fmt.Sprint(all[0].parameters), fmt.Sprintf("%.1f", seconds))
	return nil
}

func (l *lab) kernels() error {
	l.table("Kernel size of both convolutions", "kernel", "test accuracy", "training loss", "parameters", "seconds an epoch")
	for _, k := range []int{1, 3, 5, 7, 9} {
		if err := l.measured(fmt.Sprintf("%d×%d", k, k), setting{kernel: k}); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) widths() error {
	l.table("Channels of the first convolution; the second has twice as many", "channels", "test accuracy", "training loss", "parameters", "seconds an epoch")
	for _, w := range []int{4, 8, 16, 32, 64} {
		if err := l.measured(fmt.Sprint(w), setting{width: w}); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) hidden() error {
	l.table("Hidden size: of a recurrent layer that reads the picture row by row, and of a layer between picture and output",
		"hidden", "test accuracy", "training loss", "parameters", "seconds an epoch")
	for _, h := range []int{16, 32, 64, 128, 256} {
		recurrent := func(setting) *nn.Sequential {
			return nn.Seq(rnn.Rows, rnn.New(28, h, rnn.ReLU), rnn.Last, nn.NewLinear(h, 10))
		}
		if err := l.measured(fmt.Sprintf("recurrent, %d", h), setting{net: recurrent, optimizer: clipped, rate: 0.002}); err != nil {
			return err
		}
	}
	for _, h := range []int{16, 64, 256, 1024} {
		flat := func(setting) *nn.Sequential {
			return nn.Seq(nn.Flatten, nn.NewLinear(28*28, h), nn.ReLU, nn.NewLinear(h, 10))
		}
		if err := l.measured(fmt.Sprintf("linear, %d", h), setting{net: flat}); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) activations() error {
	l.table("Activation, in the small network and in a deep one of ten narrow linear layers", "activation", "small", "deep")
	for _, a := range []nn.Module{nn.ReLU, nn.NewLeakyReLU(0.01), nn.NewELU(1), nn.SELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid} {
		deep := func(s setting) *nn.Sequential {
			layers := []nn.Module{nn.Flatten, nn.NewLinear(28*28, 64), a}
			for range 8 {
				layers = append(layers, nn.NewLinear(64, 64), a)
			}
			return nn.Seq(append(layers, nn.NewLinear(64, 10))...)
		}
		shallow, err := l.runs(setting{activation: a})
		if err != nil {
			return err
		}
		ten, err := l.runs(setting{net: deep})
		if err != nil {
			return err
		}
		l.row(title(a), accuracy(shallow), accuracy(ten))
	}
	return nil
}

// title names an activation.
func title(a nn.Module) string {
	if f, ok := a.(*nn.Function); ok {
		return f.String()
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", a), "*nn.")
}

func (l *lab) dead() error {
	l.table("Dead units of ReLU at high rates of SGD with momentum 0.9",
		"learning rate", "ReLU", "dead units", "ReLU after BatchNorm", "dead units", "LeakyReLU")
	for _, lr := range []float64{0.01, 0.03, 0.1, 0.3} {
		cells := []string{fmt.Sprint(lr)}
		for _, s := range []setting{{}, {normalise: true}, {activation: nn.NewLeakyReLU(0.01)}} {
			s.optimizer, s.rate = momentum, lr
			all, err := l.runs(s)
			if err != nil {
				return err
			}
			cells = append(cells, accuracy(all))
			if s.activation == nil {
				dead, _ := statistics(finished(all), func(o *outcome) float64 { return 100 * o.dead })
				cells = append(cells, fmt.Sprintf("%.0f %%", dead))
			}
		}
		l.row(cells...)
	}
	return nil
}

func (l *lab) rates() error {
	l.table("Learning rate", "learning rate", "SGD, momentum 0.9", "the same, one cycle", "Adam", "Adam, one cycle")
	for _, lr := range []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1} {
		cells := []string{fmt.Sprint(lr)}
		for _, s := range []setting{
			{optimizer: momentum}, {optimizer: momentum, schedule: true}, {optimizer: adam}, {optimizer: adam, schedule: true},
		} {
			s.rate = lr
			all, err := l.runs(s)
			if err != nil {
				return err
			}
			cells = append(cells, accuracy(all))
		}
		l.row(cells...)
	}
	for _, o := range []struct {
		name string
		make func([]*grad.Param, float64) optim.Optimizer
	}{{"SGD, momentum 0.9", momentum}, {"Adam", adam}} {
		net, err := nn.Init(1, small(setting{kernel: 3, width: 16, activation: nn.ReLU}))
		if err != nil {
			return err
		}
		t := &nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: o.make(nn.Params(net), 1), Seed: 1}
		loader := data.NewLoader(data.Map(l.train, data.Normalize(l.mean, l.std)), data.BatchSize(64), data.Shuffle(1))
		curve, err := nn.FindRate(l.ctx, t, loader, 1e-6, 10, 100)
		if err != nil {
			return err
		}
		fmt.Fprintf(l.w, "\nnn.FindRate suggests %.1g for %s.\n", curve.Suggestion, o.name)
	}
	return nil
}

func (l *lab) optimizers() error {
	l.table("Optimizer, each at the best rate for the test, constant; rates go in steps of 3, on until they get worse", "optimizer", "rate", "test accuracy", "training loss")
	type maker = func(p []*grad.Param, lr float64) optim.Optimizer
	for _, o := range []struct {
		name string
		make maker
		rate float64 // the one in the middle
	}{
		{"SGD", func(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewSGD(p, lr) }, 0.1},
		{"SGD, momentum 0.9", momentum, 0.03},
		{"RMSprop", func(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewRMSprop(p, lr) }, 1e-3},
		{"Adam", adam, 3e-3},
		{"NAdam", func(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewNAdam(p, lr) }, 3e-3},
		{"RAdam", func(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewRAdam(p, lr) }, 3e-3},
		{"Lion", func(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewLion(p, lr) }, 3e-4},
		{"Adagrad", func(p []*grad.Param, lr float64) optim.Optimizer { return optim.NewAdagrad(p, lr) }, 1e-2},
	} {
		best, err := l.runs(setting{optimizer: o.make, rate: o.rate})
		if err != nil {
			return err
		}
		rate := o.rate
		for _, step := range []float64{3, 1. / 3} {
			for {
				all, err := l.runs(setting{optimizer: o.make, rate: rate * step})
				if err != nil {
					return err
				}
				a, _ := statistics(all, func(o *outcome) float64 { return o.accuracy })
				if b, _ := statistics(best, func(o *outcome) float64 { return o.accuracy }); a <= b {
					break
				}
				best, rate = all, rate*step
			}
		}
		loss, _ := statistics(best, func(o *outcome) float64 { return o.loss })
		l.row(o.name, fmt.Sprintf("%.1g", rate), accuracy(best), fmt.Sprintf("%.3f", loss))
	}
	return nil
}

func (l *lab) preprocessing() error {
	l.table("Preprocessing, with SGD (momentum 0.9, rate 0.01) and with Adam", "inputs", "SGD", "SGD, BatchNorm", "Adam")
	bytes := []data.Transform{data.Normalize([]float32{0}, []float32{1. / 255})}
	unit := []data.Transform{data.Normalize([]float32{0}, []float32{1})}
	for _, in := range []struct {
		name    string
		t       []data.Transform
		augment []data.Transform
	}{
		{"0 to 255", bytes, nil}, {"0 to 1", unit, nil}, {"mean 0, deviation 1", nil, nil},
		{"the same, shifted by up to 2 pixels and mirrored", nil, []data.Transform{data.RandomCrop(28, 2), data.RandomHorizontalFlip(0.5)}},
	} {
		cells := []string{in.name}
		for _, s := range []setting{{optimizer: momentum, rate: 0.01}, {optimizer: momentum, rate: 0.01, normalise: true}, {}} {
			s.transforms, s.augment = in.t, in.augment
			all, err := l.runs(s)
			if err != nil {
				return err
			}
			cells = append(cells, accuracy(all))
		}
		l.row(cells...)
	}
	return nil
}

// metrics makes class 6, shirts, rare, by leaving out four of five.
func (l *lab) metrics() error {
	rare := func(ds data.Dataset) (data.Dataset, []int, error) {
		var chosen, labels []int
		seen := 0
		for i := range ds.Len() {
			c, err := data.Label(ds, i)
			if err != nil {
				return nil, nil, err
			}
			if c == 6 {
				if seen++; seen%5 != 0 {
					continue
				}
			}
			chosen, labels = append(chosen, i), append(labels, c)
		}
		return data.Subset(ds, chosen), labels, nil
	}
	train, _, err := rare(l.train)
	if err != nil {
		return err
	}
	test, labels, err := rare(l.test)
	if err != nil {
		return err
	}
	positives := 0
	for _, c := range labels {
		if c == 6 {
			positives++
		}
	}
	part := float64(positives) / float64(max(len(labels), 1))
	l.table(fmt.Sprintf("Metric: one class, number 6, is rare, %.1f %% of the test; its scores, and the accuracy over all classes", 100*part),
		"sampling", "accuracy", "balanced accuracy", "predicted", "precision", "recall", "F1")
	for _, sampling := range []struct {
		name  string
		order []data.LoaderOption
	}{
		{"every picture once", nil}, {"classes equally often", []data.LoaderOption{data.Balanced()}},
	} {
		sum := metric.ConfusionMatrix() // of all seeds
		sub := *l
		sub.train, sub.test = train, test
		var all []*outcome
		for seed := range l.seeds {
			c := metric.ConfusionMatrix()
			o, err := sub.run(setting{order: sampling.order}, uint64(seed+1), c)
			if err != nil {
				return err
			}
			if err := sum.Merge(c); err != nil {
				return err
			}
			all = append(all, o)
		}
		predicted := 0
		for _, row := range sum.Counts() {
			predicted += row[6]
		}
		l.row(sampling.name, accuracy(all), fmt.Sprintf("%.1f %%", 100*sum.BalancedAccuracy()),
			fmt.Sprintf("%d of %d", predicted, sum.Samples()),
			fmt.Sprintf("%.2f", sum.Precision(6)), fmt.Sprintf("%.2f", sum.Recall(6)), fmt.Sprintf("%.2f", sum.F1(6)))
	}
	return nil
}
