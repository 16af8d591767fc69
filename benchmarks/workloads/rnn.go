package workloads

import (
	"fmt"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// cells are the recurrent layers of h features in and out, under the names that
// they have in torch.nn; a layer has so many products a step.
var cells = []struct {
	kind  string
	gates int
	layer func(h int) nn.Module
}{
	{"RNN", 1, func(h int) nn.Module { return rnn.New(h, h, rnn.ReLU) }},
	{"LSTM", 4, func(h int) nn.Module { return rnn.NewLSTM(h, h) }},
	{"GRU", 3, func(h int) nn.Module { return rnn.NewGRU(h, h) }},
}

var sequences = []struct{ steps, batch, hidden int }{
	{28, 1, 128}, {28, 64, 128}, {64, 1, 256}, {64, 32, 256}, {128, 64, 256}, {128, 1, 512}, {128, 32, 512},
}

// rnnCases have the arguments kind, steps and features.
func rnnCases() []Case {
	var list []Case
	for _, s := range sequences {
		for _, c := range cells {
			for _, op := range []string{"fwd", "fwdbwd"} {
				gflop := 4e-9 * float64(c.gates*s.steps*s.batch*s.hidden*s.hidden)
				if op == "fwdbwd" {
					gflop *= 3
				}
				list = append(list, Case{
					Suite: "rnn", Name: fmt.Sprintf("%s_T%d_H%d", c.kind, s.steps, s.hidden), Op: op, Batch: s.batch,
					Args: append([]string{c.kind}, words(s.steps, s.hidden)...),
					Unit: "samples/s", Amount: float64(s.batch), Bound: fma, Work: gflop,
					New: func() (Run, error) {
						shape := []int{s.batch, s.steps, s.hidden}
						if op == "fwd" {
							return forward(grad.Evaluation, c.layer(s.hidden), shape...)
						}
						return both(c.layer(s.hidden), shape...)
					},
				})
			}
		}
	}
	return list
}

// both is a Run of a module forward and backward, with the gradients of its input
// and its parameters, given ones.
func both(m nn.Module, shape ...int) (Run, error) {
	m, err := nn.Init(1, m)
	if err != nil {
		return nil, err
	}
	x := tensor.Normal(1, 0, 1, shape...)
	tape := grad.NewTape(grad.Gradients, 1)
	return func() (time.Duration, error) {
		err := m.Forward(tape.Input(x).RequireGrad()).BackwardFrom(nil)
		tape.ZeroGrad()
		tape.Reset()
		return 0, err
	}, nil
}
