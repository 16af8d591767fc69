// Command catdog repeats the founding experiment, cats against dogs on CIFAR-10,
// for a comparison with PyTorch: the same networks, initial weights, batches and
// settings (plain SGD, learning rate 0.01, batches of 64).
//
//	go run ./benchmarks/catdog -export RUNS                     # weights and orders for the peer
//	go run ./benchmarks/catdog -data DIR -runs RUNS -model cnn -seed 1 -epochs 20
//	python3 benchmarks/peers/catdog_train.py cnn --data DIR --init RUNS/cnn-seed1-init.safetensors \
//	    --order RUNS/seed1-order.i32 --out RUNS/torch-cnn-seed1.jsonl --seed 1 --epochs 20
//	go run ./benchmarks/catdog -runs RUNS -compare -picture curves.png
//
// Both sides write a line of JSON an epoch and go on where they were stopped.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/cifar"
	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
)

// The size of the comparison: seeds, and the epochs whose order is exported.
const (
	seeds     = 3
	allEpochs = 100
	batchSize = 64
	rate      = 0.01
)

func main() {
	export := flag.String("export", "", "write initial weights and orders of the pictures to this `folder`")
	dir := flag.String("data", "", "`folder` of CIFAR-10")
	runs := flag.String("runs", "", "`folder` of the logs and checkpoints")
	model := flag.String("model", "cnn", "network to train: cnn, rnn, convrnn, lstm or gru")
	seed := flag.Uint64("seed", 1, "seed of weights and order")
	epochs := flag.Int("epochs", 20, "epochs in all")
	compareRuns := flag.Bool("compare", false, "compare the logs in -runs")
	picture := flag.String("picture", "", "with -compare, draw the longest pair of runs of the CNN to this `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *export != "":
		err = exportAll(*export)
	case *compareRuns:
		err = compare(os.Stdout, *runs, *picture)
	case *dir != "" && *runs != "":
		err = train(ctx, *dir, *runs, *model, *seed, *epochs)
	default:
		err = errors.New("want -export, -compare -runs, or -data and -runs")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "catdog:", err)
		os.Exit(1)
	}
}

// exportAll writes what a peer needs to do the same.
func exportAll(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		for _, name := range networks.Names {
			net, err := networks.New(name, 2, seed)
			if err != nil {
				return err
			}
			if err := nn.SaveWeights(filepath.Join(dir, fmt.Sprintf("%s-seed%d-init.safetensors", name, seed)), net); err != nil {
				return err
			}
		}
		if err := exportOrder(filepath.Join(dir, fmt.Sprintf("seed%d-order.i32", seed)), seed); err != nil {
			return err
		}
	}
	return nil
}

// indices is a data set whose samples are their own numbers: a Loader over it
// shows in which order it reads.
type indices int

func (n indices) Len() int        { return int(n) }
func (n indices) Spec() data.Spec { return data.Spec{} }
func (n indices) Read(i int, dst data.Sample) error {
	dst.X.Set(float32(i))
	return nil
}

// exportOrder writes the order of the pictures in every epoch, as int32.
func exportOrder(path string, seed uint64) error {
	const pictures = 10000
	l := data.NewLoader(indices(pictures), data.BatchSize(1000), data.Shuffle(seed))
	return atomicfile.Write(path, func(w io.Writer) error {
		for range allEpochs {
			for b, err := range l.All(context.Background()) {
				if err != nil {
					return err
				}
				for _, i := range b.X.Data() {
					if err := binary.Write(w, binary.LittleEndian, int32(i)); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// line is one epoch in a log.
type line struct {
	Peer            string  `json:"peer"`
	Model           string  `json:"model"`
	Seed            uint64  `json:"seed"`
	Epoch           int     `json:"epoch"`
	TrainLoss       float64 `json:"train_loss"`
	TestAccuracy    float64 `json:"test_accuracy"`
	ImagesPerSecond float64 `json:"images_per_second"`
}

func logFile(dir, peer, model string, seed uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s-seed%d.jsonl", peer, model, seed))
}

// train trains one network, from its checkpoint if there is one, and rewrites
// its log after every epoch.
func train(ctx context.Context, dir, runs, model string, seed uint64, epochs int) error {
	train, test, err := cifar.Load(dir, cifar.Cat, cifar.Dog)
	if err != nil {
		return err
	}
	normalize := data.Normalize(cifar.Mean, cifar.Std)
	net, err := networks.New(model, 2, seed)
	if err != nil {
		return err
	}
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), rate)}
	checkpoint := filepath.Join(runs, fmt.Sprintf("gannet-%s-seed%d.checkpoint", model, seed))
	log := nn.Callback(func(e *nn.Event) error {
		if e.Kind != nn.EpochEnd {
			return nil
		}
		return atomicfile.Write(logFile(runs, "gannet", model, seed), func(w io.Writer) error {
			enc := json.NewEncoder(w)
			for _, r := range e.History.Epochs {
				err := enc.Encode(line{"gannet", model, seed, r.Epoch, r.Loss, r.Validation["accuracy"], float64(r.Samples) / r.Seconds})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	_, err = t.Fit(ctx, data.NewLoader(data.Map(train, normalize), data.BatchSize(batchSize), data.Shuffle(seed)),
		nn.Epochs(epochs), nn.Validate(data.NewLoader(data.Map(test, normalize), data.BatchSize(250)), metric.Accuracy()),
		nn.Checkpoint(checkpoint, 0), nn.Resume(checkpoint), log)
	return err
}

// readLog reads the log of a run; a line of an epoch seen before replaces it.
func readLog(path string) ([]line, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []line
	s := bufio.NewScanner(f)
	for s.Scan() {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if l.Epoch < 1 || l.Epoch > len(lines)+1 {
			return nil, fmt.Errorf("%s: epoch %d after %d", path, l.Epoch, len(lines))
		}
		lines = append(lines[:l.Epoch-1], l)
	}
	return lines, s.Err()
}
