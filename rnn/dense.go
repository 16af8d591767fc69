package rnn

import "github.com/gannet-ml/gannet/internal/gemm"

// dense are matrices as the [products] of a layer, as in [RNN], [LSTM] and [GRU].
type dense struct{}

func (*dense) input(s *scan, d *direction, i int) {
	w := s.cell.input[i]
	s.rows = rows{s.x, d.xAt}
	s.call = gemm.Call{
		M: s.total, N: w.n * s.size, K: s.in, A: &s.rows, B: s.inputWeight(d, i, s.in),
		C: d.z[w.at*s.size:], CRow: s.zSize, Init: gemm.ColBias, Bias: d.bias[w.gate*s.size:],
	}
	s.call.Run()
}

func (*dense) pack(s *scan, d *direction) {
	n := s.gates * s.size
	switch {
	case s.backward:
		s.b = gemm.Matrix{Data: d.whh, I: 1, K: s.hSize}
		d.state.SetB(s.hSize, n, &s.b)
	case d.packed == nil:
		s.b = gemm.Matrix{Data: d.whh, I: s.hSize, K: 1}
		d.state.SetB(n, s.hSize, &s.b)
	}
}

func (*dense) forward(s *scan, w *worker, d *direction, first, n int, states []float32, at []int) {
	w.rows = rows{states, at}
	w.call = gemm.Call{
		M: n, N: s.gates * s.size, K: s.hSize, A: &w.rows, B: d.stateWeight(),
		C: d.z[first*s.zSize+s.state*s.size:], CRow: s.zSize, Init: gemm.FromC,
	}
	w.call.Run()
}

func (*dense) back(s *scan, w *worker, d *direction, first, n int) {
	w.a = gemm.Matrix{Data: d.dz[first*s.zSize+s.state*s.size:], I: s.zSize, K: 1}
	w.call = gemm.Call{
		M: n, N: s.hSize, K: s.gates * s.size, A: &w.a, B: &d.state,
		C: w.dh, CRow: s.hSize, Init: initial(s.passes),
	}
	w.call.Run()
}

func (*dense) weight(s *scan, d *direction, dst []float32, w window, x []float32, at []int, channels int, add bool) {
	s.a = gemm.Matrix{Data: d.dz, I: 1, K: s.zSize}
	if s.total > 0 {
		s.a.Data = d.dz[w.at*s.size:]
	}
	s.columns = columns{x, at}
	s.call = gemm.Call{
		M: w.n * s.size, N: channels, K: s.total, A: &s.a, B: &s.columns,
		C: dst, CRow: channels, Init: initial(add),
	}
	s.call.Run()
}

func (*dense) inputGradient(s *scan, d *direction, dst []float32) {
	for i, w := range s.input {
		s.a = gemm.Matrix{Data: d.dz[w.at*s.size:], I: s.zSize, K: 1}
		s.b = gemm.Matrix{Data: d.wih[w.gate*s.size*s.in:], I: 1, K: s.in}
		s.call = gemm.Call{
			M: s.total, N: s.in, K: w.n * s.size, A: &s.a, B: &s.b,
			C: dst, CRow: s.in, Init: initial(i > 0),
		}
		s.call.Run()
	}
}

// rows are rows of an array as a factor: vector i begins at at[i].
type rows struct {
	x  []float32
	at []int
}

// Pack implements [gemm.Operand].
func (r *rows) Pack(dst []float32, ld, _, i0, n, k0, kc int) {
	gemm.PackCols(dst, ld, r.x[k0:], r.at[i0:i0+n], kc)
}

// columns are the transpose of [rows]: the k-th elements of all vectors begin at
// at[k].
type columns rows

// Pack implements [gemm.Operand].
func (c *columns) Pack(dst []float32, ld, _, i0, n, k0, kc int) {
	gemm.PackRows(dst, ld, c.x[i0:], c.at[k0:k0+kc], n)
}
