package rnn_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// BenchmarkGated runs layers with as many inputs as hidden units.
func BenchmarkGated(b *testing.B) {
	for _, c := range []struct{ steps, batch, hidden int }{{28, 1, 128}, {28, 64, 128}, {64, 1, 256}, {128, 64, 256}} {
		for _, kind := range []string{"lstm", "gru"} {
			gates, l := 4, rnn.Layer(rnn.NewLSTM(c.hidden, c.hidden))
			if kind == "gru" {
				gates, l = 3, rnn.NewGRU(c.hidden, c.hidden)
			}
			if _, err := nn.Init(1, nn.Module(l)); err != nil {
				b.Fatal(err)
			}
			x := tensor.Uniform(1, -1, 1, c.batch, c.steps, c.hidden)
			flops := 2 * float64(c.batch*c.steps*gates*c.hidden*2*c.hidden)
			for _, op := range []string{"fwd", "step"} {
				for _, workers := range []int{1, 2} {
					for _, level := range cpu.Available {
						name := fmt.Sprintf("case=%s_t%d_%d/batch=%d/op=%s/workers=%d/level=%v", kind, c.steps, c.hidden, c.batch, op, workers, level)
						b.Run(name, func(b *testing.B) {
							defer parallel.SetWorkers(parallel.SetWorkers(workers))
							defer cpu.Set(cpu.Set(level))
							benchLayer(b, l, x, op == "step", flops)
						})
					}
				}
			}
		}
	}
}

// BenchmarkStream takes one step of one sequence.
func BenchmarkStream(b *testing.B) {
	const hidden = 256
	for name, l := range map[string]rnn.Layer{"lstm": rnn.NewLSTM(hidden, hidden), "gru": rnn.NewGRU(hidden, hidden)} {
		if _, err := nn.Init(1, nn.Module(l)); err != nil {
			b.Fatal(err)
		}
		for _, level := range cpu.Available {
			b.Run(fmt.Sprintf("case=%s_%d/level=%v", name, hidden, level), func(b *testing.B) {
				defer cpu.Set(cpu.Set(level))
				s, err := rnn.NewStream(l, 1)
				if err != nil {
					b.Fatal(err)
				}
				x, y := make([]float32, hidden), make([]float32, hidden)
				b.ReportAllocs()
				for b.Loop() {
					if err := s.Step(y, x); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// benchLayer runs a layer forward or, for a step, forward and backward, which is
// three times the work.
func benchLayer(b *testing.B, l rnn.Layer, x *tensor.Tensor, step bool, flops float64) {
	mode := grad.Evaluation
	if step {
		mode, flops = grad.Gradients, 3*flops
	}
	tape := grad.NewTape(mode, 1)
	for b.Loop() {
		v := tape.Input(x)
		if step {
			v.RequireGrad()
		}
		y := l.Forward(v)
		if step {
			if err := y.BackwardFrom(nil); err != nil {
				b.Fatal(err)
			}
		}
		tape.ZeroGrad()
		tape.Reset()
	}
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
