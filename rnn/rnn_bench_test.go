package rnn_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// benchCases are layers over the rows of pictures; the name gives steps, inputs,
// hidden units and, for convolutions, kernel and width.
var benchCases = []struct {
	name                             string
	steps, in, hidden, kernel, width int
}{
	{"rnn_t32_96_128", 32, 96, 128, 0, 0},
	{"rnn_t28_28_256", 28, 28, 256, 0, 0},
	{"conv_t32_3_32_k3_w32", 32, 3, 32, 3, 32},
}

func BenchmarkRNN(b *testing.B) {
	for _, c := range benchCases {
		for _, batch := range []int{1, 64} {
			f, x := layer(apply), inputs(1, batch, c.steps, c.in, c.hidden, true, false)
			flops := 2 * float64(batch*c.steps*c.hidden*(c.in+c.hidden))
			if c.kernel > 0 {
				f, x = applyConv, inputsConv(1, batch, c.steps, c.in, c.hidden, c.kernel, c.width, true)
				flops *= float64(c.kernel * c.width)
			}
			for _, op := range []string{"fwd", "step"} {
				for _, workers := range []int{1, 2} {
					for _, l := range cpu.Available {
						b.Run(fmt.Sprintf("case=%s/batch=%d/op=%s/workers=%d/level=%v", c.name, batch, op, workers, l), func(b *testing.B) {
							defer parallel.SetWorkers(parallel.SetWorkers(workers))
							defer cpu.Set(cpu.Set(l))
							bench(b, f, x, op == "step", flops)
						})
					}
				}
			}
		}
	}
}

// bench runs a layer forward or, for a step, forward and backward, which is three
// times the work.
func bench(b *testing.B, f layer, in []*tensor.Tensor, step bool, flops float64) {
	mode := grad.Evaluation
	if step {
		mode, flops = grad.Gradients, 3*flops
	}
	tape := grad.NewTape(mode, 1)
	vars := make([]*grad.Var, len(in))
	for b.Loop() {
		for i, x := range in {
			if x != nil {
				vars[i] = tape.Input(x).RequireGrad()
			}
		}
		y := f(vars, rnn.ReLU)
		if step {
			if err := y.BackwardFrom(nil); err != nil {
				b.Fatal(err)
			}
		}
		tape.Reset()
	}
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
