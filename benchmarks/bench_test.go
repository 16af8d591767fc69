package benchmarks

import (
	"fmt"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/tensor"
)

func BenchmarkGEMM(b *testing.B)   { suite(b, "gemm") }
func BenchmarkConv2D(b *testing.B) { suite(b, "conv") }
func BenchmarkVec(b *testing.B)    { suite(b, "vec") }
func BenchmarkTrain(b *testing.B)  { suite(b, "train") }
func BenchmarkInfer(b *testing.B)  { suite(b, "infer") }
func BenchmarkRNN(b *testing.B)    { suite(b, "rnn") }

// suite runs the cases of a suite on one worker and on two, at every level.
func suite(b *testing.B, name string) {
	cases, err := workloads.Cases(name)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases {
		for _, workers := range []int{1, 2} {
			for _, l := range cpu.Available {
				b.Run(fmt.Sprintf("%s/workers=%d/level=%v", label(&c), workers, l), func(b *testing.B) {
					defer tensor.SetWorkers(tensor.SetWorkers(workers))
					defer cpu.Set(cpu.Set(l))
					measure(b, &c)
				})
			}
		}
	}
}

// label names a case by what tells it from others of its suite.
func label(c *workloads.Case) string {
	switch c.Suite {
	case "gemm":
		return "case=" + c.Name
	case "vec":
		return fmt.Sprintf("case=%s/op=%s", c.Name, c.Op)
	case "train", "infer":
		return fmt.Sprintf("case=%s/batch=%d", c.Name, c.Batch)
	default:
		return fmt.Sprintf("case=%s/batch=%d/op=%s", c.Name, c.Batch, c.Op)
	}
}

// measure reports the rate that the comparison with other libraries knows, which
// leaves out what a run needs as preparation; the time of an operation does not.
func measure(b *testing.B, c *workloads.Case) {
	run, err := c.New()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := run(); err != nil { // takes the memory
		b.Fatal(err)
	}
	b.ReportAllocs()
	var aside time.Duration
	for b.Loop() {
		a, err := run()
		if err != nil {
			b.Fatal(err)
		}
		aside += a
	}
	b.ReportMetric(c.Amount*float64(b.N)/(b.Elapsed()-aside).Seconds(), c.Unit)
}
