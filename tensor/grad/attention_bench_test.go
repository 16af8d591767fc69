package grad_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// composed is ScaledDotProduct of ops of one head, [N·Heads, T, D].
func composed(q, k, v *grad.Var) *grad.Var {
	s := grad.MatMul(grad.MulScalar(q, 1/8.), grad.Transpose(k, -2, -1))
	return grad.MatMul(grad.Softmax(s, -1), v)
}

// BenchmarkAttention compares one op with those it is made of, for 8 heads of 64
// features.
func BenchmarkAttention(b *testing.B) {
	for _, c := range []struct{ batch, steps int }{{32, 64}, {8, 256}, {1, 1024}} {
		for _, kind := range []string{"fused", "composed"} {
			for _, op := range []string{"fwd", "fwdbwd"} {
				for _, workers := range []int{1, 2} {
					name := fmt.Sprintf("case=%dx%d_8x64/kind=%s/op=%s/workers=%d/level=%v", c.batch, c.steps, kind, op, workers, cpu.Current())
					b.Run(name, func(b *testing.B) {
						defer parallel.SetWorkers(parallel.SetWorkers(workers))
						benchmarkAttention(b, c.batch, c.steps, kind == "fused", op != "fwd")
					})
				}
			}
		}
	}
}

func benchmarkAttention(b *testing.B, batch, steps int, fused, backward bool) {
	x := tensor.Uniform(1, -1, 1, batch, steps, 3*512)
	if !fused {
		x = tensor.Uniform(1, -1, 1, batch*8, steps, 3*64)
	}
	n := x.Dim(2) / 3
	mode := grad.Evaluation
	if backward {
		mode = grad.Gradients
	}
	tape := grad.NewTape(mode, 1)
	for b.Loop() {
		in := tape.Input(x)
		if backward {
			in.RequireGrad()
		}
		q, k, v := grad.Slice(in, 2, 0, n), grad.Slice(in, 2, n, 2*n), grad.Slice(in, 2, 2*n, 3*n)
		var y *grad.Var
		if fused {
			y, _ = grad.ScaledDotProduct(q, k, v, grad.Attention{Heads: 8})
		} else {
			y = composed(q, k, v)
		}
		if backward {
			if err := y.BackwardFrom(nil); err != nil {
				b.Fatal(err)
			}
		}
		tape.Reset()
	}
	products := 2
	if backward {
		products = 6
	}
	b.ReportMetric(float64(products*2*batch*8*steps*steps*64)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
