// Package workloads holds the work that benchmarks measure, so that the Go
// benchmarks and the comparison with other libraries run the same.
package workloads

import (
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// Train is a training step on random pictures of 3×32×32 in two classes.
type Train struct {
	Name    string
	Batch   int
	trainer nn.Trainer
	batch   data.Batch
}

// NewTrain returns the training of one of the founding networks, see package
// networks, with plain SGD.
func NewTrain(name string, batch int) (*Train, error) {
	net, err := networks.New(name, 2, 1)
	if err != nil {
		return nil, err
	}
	w := &Train{Name: name, Batch: batch}
	w.trainer = nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.01)}
	labels := make([]int, batch)
	for i := range labels {
		labels[i] = i % 2
	}
	w.batch = data.Batch{X: tensor.Normal(1, 0, 1, batch, 3, 32, 32), Y: tensor.New(labels, batch)}
	return w, nil
}

// Step takes one step.
func (w *Train) Step() error {
	_, err := w.trainer.Step(&w.batch)
	return err
}

// GEMM is a product of row-major matrices.
type GEMM struct {
	Name    string
	M, N, K int
	a, b    gemm.Matrix
	call    gemm.Call
}

// NewGEMM returns C = A·B with random A [M×K] and B [K×N].
func NewGEMM(name string, m, n, k int) *GEMM {
	g := &GEMM{Name: name, M: m, N: n, K: k}
	g.a = gemm.Matrix{Data: tensor.Normal(1, 0, 1, m, k).Data(), I: k, K: 1}
	g.b = gemm.Matrix{Data: tensor.Normal(2, 0, 1, k, n).Data(), I: 1, K: n}
	g.call = gemm.Call{M: m, N: n, K: k, A: &g.a, B: &g.b, C: make([]float32, m*n), CRow: n}
	return g
}

// Flops returns the floating-point operations of a run.
func (g *GEMM) Flops() float64 { return 2 * float64(g.M) * float64(g.N) * float64(g.K) }

// Run computes the product.
func (g *GEMM) Run() { g.call.Run() }
