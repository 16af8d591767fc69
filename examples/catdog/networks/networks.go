// Package networks holds the networks of the cats and dogs example.
package networks

import (
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
)

// Names lists the networks in the order in which reports show them.
var Names = []string{"cnn", "rnn", "convrnn", "lstm", "gru"}

// New returns a network for colour pictures of 32×32, initialised from seed, with
// an output for each class.
func New(name string, classes int, seed uint64) (*nn.Sequential, error) {
	var net *nn.Sequential
	switch name {
	case "cnn": // two convolutions that keep the size, so that edges are not lost
		net = nn.Seq(
			conv.New2D(3, 32, 3, conv.Same), nn.ReLU,
			conv.New2D(32, 64, 5, conv.Same), nn.ReLU,
			conv.MaxPool2D(2), nn.Flatten,
			nn.NewLinear(64*16*16, classes),
		)
	case "rnn": // reads the rows of the picture from top to bottom
		net = nn.Seq(
			rnn.Rows, rnn.New(3*32, 128, rnn.ReLU), rnn.Last,
			nn.NewLinear(128, classes),
		)
	case "convrnn": // the same with a recurrent kernel of 3 that runs along the row
		net = nn.Seq(
			rnn.Rows, rnn.NewConv(3, 32, 3, rnn.ReLU), rnn.Last, nn.Flatten,
			nn.NewLinear(32*32, classes),
		)
	case "lstm":
		net = nn.Seq(
			rnn.Rows, rnn.NewLSTM(3*32, 128), rnn.Last,
			nn.NewLinear(128, classes),
		)
	case "gru":
		net = nn.Seq(
			rnn.Rows, rnn.NewGRU(3*32, 128), rnn.Last,
			nn.NewLinear(128, classes),
		)
	default:
		return nil, fmt.Errorf("unknown network %q, want %s", name, strings.Join(Names, ", "))
	}
	return nn.Init(seed, net)
}
