package rnn

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/im2col"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/vec"
)

// worker is what it takes to work on a block.
type worker struct {
	call  gemm.Call
	a     gemm.Matrix
	rows  rows
	row   row
	dh    []float32 // gradients of the states of a step
	dc    []float32 // likewise of the second states
	after []float32 // of projection: the states, or the gradients of those before it

	padder  padder // of [slide]
	at      [block]int
	patches im2col.Patches
}

// blockForward takes a block through all steps.
func (s *scan) blockForward(w *worker, d *direction, b int) {
	if d.u != nil {
		w.after = mem.Get(block * s.hSize)
	}
	for t := range s.steps(b) {
		first, rows := s.step(b, t)
		states, given, at := s.before(d, b, t, rows)
		if s.joint() < s.gates {
			for r := first; r < first+rows; r++ {
				copy(d.z[(r+1)*s.zSize-s.cSize:], d.q)
			}
		}
		if given {
			s.products.forward(s, w, d, first, rows, states, at)
		}
		for j := range rows {
			s.bind(w, d, b, t, first+j, j)
			if given {
				w.row.before = states[at[j]:][:s.hSize]
			}
			s.cell.forward(&w.row)
		}
		if d.u != nil {
			s.projectStates(w, d, first, rows)
		}
	}
	s.lastStates(d, b)
	mem.Put(w.after)
	w.after = nil
}

// bind points the row at hand, which is number j of its step, at its states; the
// state before is zeros so far.
func (s *scan) bind(w *worker, d *direction, b, t, r, j int) {
	w.row.before = s.none[:s.hSize]
	w.row.h = s.y[d.yAt[r]:][:s.hSize]
	if d.u != nil {
		w.row.h = d.u[r*s.cSize:][:s.cSize]
	}
	if d.z != nil {
		w.row.z = d.z[r*s.zSize:][:s.zSize]
	}
	if !s.memory {
		return
	}
	w.row.c = d.c[r*s.cSize:][:s.cSize]
	switch {
	case t > 0:
		first, _ := s.step(b, t-1)
		w.row.cBefore = d.c[(first+j)*s.cSize:][:s.cSize]
	case s.c0 != nil:
		w.row.cBefore = s.c0[(d.number*s.n+s.perm[b*block+j])*s.cSize:][:s.cSize]
	default:
		w.row.cBefore = s.none[:s.cSize]
	}
}

// projectStates makes the states of a step of those before projection.
func (s *scan) projectStates(w *worker, d *direction, first, rows int) {
	w.a = gemm.Matrix{Data: d.u[first*s.size:], I: s.size, K: 1}
	w.call = gemm.Call{M: rows, N: s.hSize, K: s.size, A: &w.a, B: &d.project, C: w.after, CRow: s.hSize}
	if d.packed != nil {
		w.call.B = d.packed.project
	}
	w.call.Run()
	for j, at := range d.yAt[first : first+rows] {
		copy(s.y[at:][:s.hSize], w.after[j*s.hSize:])
	}
}

// lastStates writes the states of the sequences of a block after their last steps.
func (s *scan) lastStates(d *direction, b int) {
	for i := b * block; i < min((b+1)*block, s.n); i++ {
		n := d.number*s.n + s.perm[i]
		h, c := s.hn[n*s.hSize:][:s.hSize], []float32(nil)
		if s.memory {
			c = s.cn[n*s.cSize:][:s.cSize]
		}
		if s.lens[i] > 0 {
			first, _ := s.step(b, s.lens[i]-1)
			r := first + i - b*block
			copy(h, s.y[d.yAt[r]:])
			if s.memory {
				copy(c, d.c[r*s.cSize:])
			}
			continue
		}
		clear(h)
		clear(c)
	}
}

// blockBackward takes a block from the last step to the first.
func (s *scan) blockBackward(w *worker, d *direction, b int) {
	w.dh, w.dc = mem.Get(block*s.hSize), mem.Get(block*s.cSize)
	if d.whr != nil {
		w.after = mem.Get(block * s.cSize)
	}
	db := d.db[b*s.zSize:][:s.zSize]
	clear(db)
	ended := 0 // rows of the step after
	for t := s.steps(b) - 1; t >= 0; t-- {
		first, rows := s.step(b, t)
		for j := ended; j < rows; j++ {
			s.beginBackward(w, d, b, j)
		}
		ended = rows
		if s.dy != nil {
			for j, at := range d.yAt[first : first+rows] {
				dh := w.dh[j*s.hSize:][:s.hSize]
				vec.Add(dh, dh, s.dy[at:])
			}
		}
		dh := w.dh
		if d.whr != nil {
			dh = s.unproject(w, d, first, rows)
		}
		states, given, at := s.before(d, b, t, rows)
		for j := range rows {
			s.bind(w, d, b, t, first+j, j)
			if given {
				w.row.before = states[at[j]:][:s.hSize]
			}
			w.row.dz = d.dz[(first+j)*s.zSize:][:s.zSize]
			w.row.dh, w.row.dc = dh[j*s.cSize:][:s.cSize], w.dc[j*s.cSize:][:s.cSize]
			s.cell.backward(&w.row)
			vec.Add(db, db, w.row.dz)
		}
		if t > 0 || s.dh0 != nil {
			s.products.back(s, w, d, first, rows)
		}
	}
	s.endBackward(w, d, b, ended)
	for _, m := range []*[]float32{&w.dh, &w.dc, &w.after} {
		mem.Put(*m)
		*m = nil
	}
}

// beginBackward gives sequence j of a block the gradients of its last states.
func (s *scan) beginBackward(w *worker, d *direction, b, j int) {
	n := d.number*s.n + s.perm[b*block+j]
	dh, dc := w.dh[j*s.hSize:][:s.hSize], w.dc[j*s.cSize:][:s.cSize]
	clear(dh)
	clear(dc)
	if s.dhn != nil {
		copy(dh, s.dhn[n*s.hSize:])
	}
	if s.dcn != nil {
		copy(dc, s.dcn[n*s.cSize:])
	}
}

// unproject returns the gradients of the states of a step before projection.
func (s *scan) unproject(w *worker, d *direction, first, rows int) []float32 {
	copy(d.dp[first*s.hSize:], w.dh[:rows*s.hSize])
	w.a = gemm.Matrix{Data: w.dh, I: s.hSize, K: 1}
	w.call = gemm.Call{M: rows, N: s.size, K: s.hSize, A: &w.a, B: &d.project, C: w.after, CRow: s.size}
	w.call.Run()
	return w.after
}

// endBackward hands out the gradients of the initial states of a block, of which so
// many sequences have steps.
func (s *scan) endBackward(w *worker, d *direction, b, running int) {
	for j := range min(block, s.n-b*block) {
		n := d.number*s.n + s.perm[b*block+j]
		if j >= running {
			clear(w.dh[j*s.hSize:][:s.hSize])
			clear(w.dc[j*s.cSize:][:s.cSize])
		}
		if s.dh0 != nil {
			copy(s.dh0[n*s.hSize:][:s.hSize], w.dh[j*s.hSize:])
		}
		if s.dc0 != nil {
			copy(s.dc0[n*s.cSize:][:s.cSize], w.dc[j*s.cSize:])
		}
	}
}
