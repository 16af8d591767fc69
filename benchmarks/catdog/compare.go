package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/nn/plot"
)

// The comparison looks at the mean of the last epochs of runs of this length: the
// accuracy of a single epoch jumps by some points.
const (
	runEpochs  = 20
	lastEpochs = 5
)

// outcome is what a run came to.
type outcome struct{ accuracy, loss float64 }

func measure(lines []line) outcome {
	var o outcome
	for _, l := range lines[runEpochs-lastEpochs : runEpochs] {
		o.accuracy += l.TestAccuracy / lastEpochs
		o.loss += l.TrainLoss / lastEpochs
	}
	return o
}

// compare prints, for every network, the means over the seeds on both sides, and
// whether they agree: accuracies within one point or twice the standard error of
// the difference, mean training losses within 5 %.
func compare(w io.Writer, dir, picture string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "network\tseeds\taccuracy\tPyTorch\tdifference\tallowed\tloss\tPyTorch\tratio\tagree\t\n")
	for _, model := range networks.Names {
		var ours, theirs []outcome
		for seed := uint64(1); seed <= seeds; seed++ {
			a, err := readLog(logFile(dir, "gannet", model, seed))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return err
			}
			b, err := readLog(logFile(dir, "torch", model, seed))
			if err != nil {
				return err
			}
			if len(a) >= runEpochs && len(b) >= runEpochs {
				ours, theirs = append(ours, measure(a)), append(theirs, measure(b))
			}
			if picture != "" && model == "cnn" && seed == 1 {
				if err := draw(picture, a, b); err != nil {
					return err
				}
			}
		}
		if n := len(ours); n > 1 {
			a, b := mean(ours), mean(theirs)
			allowed := max(0.01, 2*math.Sqrt((variance(ours)+variance(theirs))/float64(n)))
			ratio := a.loss / b.loss
			fmt.Fprintf(t, "%s\t%d\t%.2f %%\t%.2f %%\t%+.2f\t±%.2f\t%.4f\t%.4f\t%.4f\t%v\t\n", model, n, 100*a.accuracy, 100*b.accuracy,
				100*(a.accuracy-b.accuracy), 100*allowed, a.loss, b.loss, ratio,
				math.Abs(a.accuracy-b.accuracy) <= allowed && math.Abs(ratio-1) <= 0.05)
		}
	}
	return t.Flush()
}

func mean(o []outcome) outcome {
	var m outcome
	for _, x := range o {
		m.accuracy += x.accuracy / float64(len(o))
		m.loss += x.loss / float64(len(o))
	}
	return m
}

// variance returns the sample variance of the accuracy.
func variance(o []outcome) float64 {
	m, v := mean(o).accuracy, 0.0
	for _, x := range o {
		v += (x.accuracy - m) * (x.accuracy - m) / float64(len(o)-1)
	}
	return v
}

// draw draws the training loss and the test accuracy of both sides.
func draw(path string, ours, theirs []line) error {
	loss := plot.Panel{X: "epoch", Y: "training loss"}
	accuracy := plot.Panel{X: "epoch", Y: "test accuracy"}
	for _, side := range []struct {
		name  string
		lines []line
	}{{"Gannet", ours}, {"PyTorch", theirs}} {
		l, a := plot.Series{Name: side.name}, plot.Series{Name: side.name}
		for _, e := range side.lines {
			l.Y = append(l.Y, e.TrainLoss)
			a.Y = append(a.Y, e.TestAccuracy)
		}
		loss.Series = append(loss.Series, l)
		accuracy.Series = append(accuracy.Series, a)
	}
	return plot.Lines(path, loss, accuracy)
}
