package optim

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Muon makes the step of a matrix nearly orthogonal, so that no direction is
// preferred, as torch.optim.Muon. With gradient G [R, C], weight decay λ,
// momentum μ and learning rate γ:
//
//	B ← μ·B + (1−μ)·G
//	X = (1−μ)·G + μ·B
//	X ← X / max(‖X‖, 1e-7)
//	X ← a·X + (b·A + c·A²)·X  with A = X·Xᵀ    five times
//	W ← (1 − γ·λ)·W − γ·k·X
//
// with a = 3.4445, b = −4.7750, c = 2.0315, steps of Newton and Schulz that bring
// the singular values of X near 1, and k = √max(1, R/C), or 0.2·√max(R, C) with
// [MatchRMS]. A parameter of more than two axes, such as the kernel [O, I, kh,
// kw] of a convolution, is taken as the matrix [O, I·kh·kw]. (Jordan et al. 2024,
// Muon: An optimizer for hidden layers in neural networks; MatchRMS: Liu et al.
// 2025, arXiv 2502.16982.)
//
// Muon is meant for the weights of hidden layers. Biases, other vectors, the
// first and the last layer belong to an AdamW, which is inside: see
// [Muon.AddAdamW].
type Muon struct {
	base
	momentum, beta1, beta2, eps float64
	matchRMS                    bool
	adamw                       map[*Group]bool

	call gemm.Call
	a, b gemm.Matrix
}

// The coefficients of the iteration and how often it is done.
const (
	muonA, muonB, muonC = 3.4445, -4.7750, 2.0315
	muonRounds          = 5
)

// MatchRMS makes the steps of [Muon] as long as those of AdamW usually are, so
// that both can have the same learning rate and weight decay.
func MatchRMS(o *options) { o.matchRMS, o.used = true, append(o.used, "MatchRMS") }

// NewMuon returns Muon over a group of matrices and kernels with learning rate
// lr, 0.02 being usual, or 0.001 with [MatchRMS]. It takes [Momentum], by default
// 0.95, [WeightDecay], by default 0.1, and, for the AdamW inside, [Betas] and
// [Eps], by default those of [NewAdamW]. Parameters with less than two axes are
// an error of Step; [Matrices] parts them from the others:
//
//	matrices, vectors := optim.Matrices(nn.Params(net))
//	opt := optim.NewMuon(matrices, 0.02)
//	opt.AddAdamW(optim.Group{Params: vectors, LR: 3e-4})
func NewMuon(params []*grad.Param, lr float64, opts ...Option) *Muon {
	o := options{momentum: 0.95, weightDecay: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8}.with(opts)
	m := &Muon{
		base:     newBase("Muon", params, lr, &o, each("momentum_buffer")),
		momentum: o.momentum, beta1: o.beta1, beta2: o.beta2, eps: o.eps, matchRMS: o.matchRMS,
		adamw: map[*Group]bool{},
	}
	m.takes(&o, "Momentum", "WeightDecay", "Betas", "Eps", "MatchRMS")
	m.between("momentum", o.momentum, 0, 1)
	m.adaptive(&o)
	m.refuseVectors(params)
	return m
}

// AddGroup adds matrices and kernels with settings of their own.
func (m *Muon) AddGroup(g Group) {
	m.base.AddGroup(g)
	m.refuseVectors(g.Params)
}

// AddAdamW adds parameters of any shape that are changed by AdamW in place of
// Muon, with the learning rate and weight decay of their group.
func (m *Muon) AddAdamW(g Group) { m.adamw[m.add(g, each("exp_avg", "exp_avg_sq"))] = true }

func (m *Muon) refuseVectors(params []*grad.Param) {
	for _, p := range params {
		if len(p.Shape()) < 2 && !p.Buffer() {
			m.fail(fmt.Errorf("parameter %q has shape %v, want two axes or more; AddAdamW takes others", p.Name, p.Shape()))
		}
	}
}

// Step implements [Optimizer]. The matrices are changed one after the other,
// since each product is parallel in itself.
func (m *Muon) Step(t *grad.Tape) error {
	if err := m.begin(t); err != nil {
		return err
	}
	for _, s := range m.work {
		if !m.adamw[s.group] {
			m.update(s)
		}
	}
	parallel.For(len(m.work), m)
	t.Commit()
	return nil
}

// Do updates one parameter by AdamW; it implements the task of a step.
func (m *Muon) Do(_, i int) {
	if p := m.work[i]; m.adamw[p.group] {
		p.adam(m.beta1, m.beta2, m.eps, true)
	}
}

// update changes a matrix.
func (m *Muon) update(p *slot) {
	w, g, buf := p.values(), p.g, p.buf(0)
	if len(w) == 0 {
		return
	}
	rows := p.p.Shape()[0]
	columns := len(w) / rows
	x := mem.Get(len(w))
	defer mem.Put(x)
	keep, take := float32(m.momentum), float32(1-m.momentum)
	for i, d := range g {
		b := float32(keep*buf[i]) + float32(take*d)
		buf[i] = b
		x[i] = float32(take*d) + float32(keep*b)
	}
	vec.MulScalar(x, x, float32(1/max(math.Sqrt(sumSquares(x)), 1e-7)))
	m.orthogonalize(x, rows, columns)
	k := math.Sqrt(max(1, float64(rows)/float64(columns)))
	if m.matchRMS {
		k = 0.2 * math.Sqrt(float64(max(rows, columns)))
	}
	shrink, lr := float32(1-float64(p.group.LR*p.group.WeightDecay)), float32(p.group.LR*k)
	for i, v := range w {
		w[i] = float32(shrink*v) - float32(lr*x[i])
	}
}

// orthogonalize applies the iteration to x [rows, columns]. The products are
// with XᵀX in place of X·Xᵀ where that is smaller: X·(b·A + c·A²) is the same
// iteration of the transpose.
func (m *Muon) orthogonalize(x []float32, rows, columns int) {
	n := min(rows, columns)
	gram, square, next := mem.Get(n*n), mem.Get(n*n), mem.Get(len(x))
	defer mem.Put(gram)
	defer mem.Put(square)
	defer mem.Put(next)
	wide := rows <= columns
	for range muonRounds {
		if wide {
			m.a, m.b = gemm.Matrix{Data: x, I: columns, K: 1}, gemm.Matrix{Data: x, I: columns, K: 1}
			m.multiply(gram, n, n, columns, gemm.Zero)
		} else {
			m.a, m.b = gemm.Matrix{Data: x, I: 1, K: columns}, gemm.Matrix{Data: x, I: 1, K: columns}
			m.multiply(gram, n, n, rows, gemm.Zero)
		}
		m.a, m.b = gemm.Matrix{Data: gram, I: n, K: 1}, gemm.Matrix{Data: gram, I: 1, K: n}
		m.multiply(square, n, n, n, gemm.Zero)
		vec.Lin2(gram, gram, muonB, square, muonC, 0)
		vec.MulScalar(next, x, muonA)
		if wide {
			m.a, m.b = gemm.Matrix{Data: gram, I: n, K: 1}, gemm.Matrix{Data: x, I: 1, K: columns}
		} else {
			m.a, m.b = gemm.Matrix{Data: x, I: columns, K: 1}, gemm.Matrix{Data: gram, I: 1, K: n}
		}
		m.multiply(next, rows, columns, n, gemm.FromC)
		copy(x, next)
	}
	m.a.Data, m.b.Data = nil, nil
}

// multiply computes c [rows, columns] from the factors m.a and m.b.
func (m *Muon) multiply(c []float32, rows, columns, k int, init gemm.Init) {
	m.call = gemm.Call{M: rows, N: columns, K: k, A: &m.a, B: &m.b, C: c, CRow: columns, Init: init}
	m.call.Run()
	m.call.C = nil
}
