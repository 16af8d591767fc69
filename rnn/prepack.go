package rnn

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// packed are the weights of a direction, packed once for many calls.
type packed struct {
	input          []*gemm.Packed // wih, for each input window of the cell
	state, project *gemm.Packed   // whh, and whr or nil
}

// pack packs weights, of a state of so many features or channels before projection,
// by [gemm.PackB] for matrices and by [gemm.PackA] for convolutions.
func (c *cell) pack(by func(n, k int, op gemm.Operand) *gemm.Packed, size int, wih, whh, whr []float32) packed {
	in, out := len(wih)/(c.gates*size), len(whh)/(c.gates*size)
	rows := func(w []float32, n, k int) *gemm.Packed { return by(n, k, &gemm.Matrix{Data: w, I: k, K: 1}) }
	p := packed{state: rows(whh, c.gates*size, out)}
	for _, w := range c.input {
		p.input = append(p.input, rows(wih[w.gate*size*in:], w.n*size, in))
	}
	if whr != nil {
		p.project = rows(whr, out, size)
	}
	return p
}

// Varies names the inputs besides the sequences that need not be parameters for
// Prepack.
func (*recurrent) Varies() uint32 { return 1<<inX | 1<<inLengths | 1<<inH | 1<<inC }

// Prepack implements [grad.Prepacker].
func (op *recurrent) Prepack(c *grad.Call) any {
	if op.space > 0 {
		return nil
	}
	var all []packed
	for d := range op.directions {
		at := inWeights + d*perDirection
		size := c.InShape(at + wih)[0] / op.cell.gates
		all = append(all, op.cell.pack(gemm.PackB, size, c.InData(at+wih), c.InData(at+whh), c.InData(at+whr)))
	}
	return all
}
