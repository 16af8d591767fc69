package benchmarks

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/tensor"
)

// BenchmarkTrain measures training steps of the founding networks.
func BenchmarkTrain(b *testing.B) {
	for _, name := range []string{"cnn", "rnn", "convrnn"} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("case=%s/batch=64/workers=%d/level=%v", name, workers, cpu.Current()), func(b *testing.B) {
				defer tensor.SetWorkers(tensor.SetWorkers(workers))
				w, err := workloads.NewTrain(name, 64)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := w.Step(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(w.Batch)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
