package grad

import (
	"math"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// Sizes that change speed, never results; tests change them to prove it.
var (
	// blockWeights bounds the weights of a block of queries, so that they stay in the
	// second cache, unless the block has no more than blockQueries.
	blockWeights = 1 << 16
	blockQueries = 64

	// keptWeights bounds the weights that are kept for Backward, to 16 MiB.
	keptWeights = 1 << 22
)

// sequences are an input: feature i of step t of sequence n is
// data[n*batch+t*step+i].
type sequences struct {
	data        []float32
	batch, step int
}

func (s *sequences) at(n, t, i int) []float32 { return s.data[n*s.batch+t*s.step+i:] }

// sequences returns input i: where it is, if its features lie side by side.
func (c *Call) sequences(i int) sequences {
	x := c.In(i)
	if x.Len() > 0 && (x.Strides()[2] == 1 || x.Dim(2) == 1) {
		return sequences{x.Raw(), x.Strides()[0], x.Strides()[1]}
	}
	return sequences{c.InData(i), x.Dim(1) * x.Dim(2), x.Dim(2)}
}

// attending is attention at work. A part of Forward is a block of queries of a head,
// a part of Backward a head, whose blocks follow each other, since they share the
// gradients of keys and values.
type attending struct {
	attention
	scorer  scorer
	rows    int // queries of a block
	blocks  int // of a head
	q, k, v sequences
	vector  []float32
	mask    []float32
	repeat  [3]int // distances in mask of sequences, heads and queries

	queryLens, keyLens []int

	y     []float32
	all   []float32 // weights, nil if they are not kept
	drops bool
	drop  dropping

	backward       bool
	g, gall        []float32 // gradients of y and all, nil where there is none
	dq, dk, dv     []float32 // nil where nobody wants them
	dmask, dvector []float32 // likewise; of all weights, and of each sequence
	each           [2]int    // the shape of dvector
	workers        [parallel.MaxWorkers]*attendant
}

// attendant is what it takes to work on a block.
type attendant struct {
	*attending
	call gemm.Call
	a, b gemm.Matrix

	n, h   int // sequence and head
	lo, hi int // queries
	seen   int // keys that the last of the queries attends to

	p, dp []float32 // weights and their gradients, keys in a row
	kept  []float32 // factors of dropout, and later with them the weights
	room  []float32 // of the scorer, depth in a row
}

// attend prepares a call for work, whose lengths were read.
func (op *attention) attend(c *Call, scorer scorer) *attending {
	s := Work[attending](c)
	s.attention, s.scorer = *op, scorer
	s.queryLens, s.keyLens = c.SaveInts(0, op.batch), c.SaveInts(1, op.batch)
	s.rows = max(1, min(op.queries, max(blockQueries, blockWeights/op.keys)))
	s.blocks = (op.queries + s.rows - 1) / s.rows
	s.q, s.k, s.v = c.sequences(attQuery), c.sequences(attKey), c.sequences(attValue)
	s.readMask(c)
	if s.vector = nil; len(c.in) > attVector {
		s.vector = c.InData(attVector)
	}
	if s.drops = c.Train() && op.Dropout.P > 0; s.drops {
		s.drop = dropping{rand: c.Rand(), p: float32(op.Dropout.P), scale: float32(1 / (1 - op.Dropout.P))}
	}
	size := tensor.Shape(s.full[:]).Size()
	switch {
	case op.Weights:
		s.all = c.Out(1).Data()
	case c.Recording() && size <= keptWeights:
		s.all = c.Save(0, size)
	default:
		s.all = nil
	}
	return s
}

// readMask finds out where the mask lies for each query.
func (s *attending) readMask(c *Call) {
	s.mask, s.repeat = c.InData(attMask), [3]int{}
	shape := c.InShape(attMask)
	size := s.keys
	for i, at := len(s.repeat)-1, len(shape)-2; at >= 0; i, at = i-1, at-1 {
		if shape[at] > 1 {
			s.repeat[i] = size
			size *= shape[at]
		}
	}
}

func (op *attention) forward(c *Call, scorer scorer) {
	_, ok := c.lengths(attQueryLengths, 0, op.batch, op.queries)
	if !ok {
		return
	}
	if _, ok = c.lengths(attKeyLengths, 1, op.batch, op.keys); !ok {
		return
	}
	s := op.attend(c, scorer)
	s.y, s.backward = c.Out(0).Data(), false
	parallel.For(op.batch*op.Heads*s.blocks, s)
}

// differentiate computes the gradients of all inputs but the vector of scores, of
// which it returns one for each sequence.
func (op *attention) differentiate(c *Call, scorer scorer) {
	s := op.attend(c, scorer)
	s.backward = true
	s.g, s.gall = c.GradOutData(0), nil
	if op.Weights {
		s.gall = c.GradOutData(1)
	}
	wanted := func(i, size int) []float32 {
		if !c.Needed(i) {
			return nil
		}
		d := c.Scratch(size)
		clear(d)
		return d
	}
	s.dq, s.dk, s.dv = wanted(attQuery, c.InShape(attQuery).Size()), wanted(attKey, c.InShape(attKey).Size()), wanted(attValue, c.InShape(attValue).Size())
	s.dmask = wanted(attMask, tensor.Shape(s.full[:]).Size())
	if s.dvector = nil; len(c.in) > attVector {
		s.each = [2]int{op.batch, op.Heads * op.depth}
		s.dvector = wanted(attVector, s.each[0]*s.each[1])
	}
	parallel.For(op.batch*op.Heads, s)
	c.addScratch(attQuery, s.dq, c.InShape(attQuery))
	c.addScratch(attKey, s.dk, c.InShape(attKey))
	c.addScratch(attValue, s.dv, c.InShape(attValue))
	c.addScratch(attMask, s.dmask, s.full[:])
	c.addScratch(attVector, s.dvector, s.each[:])
}

// addScratch adds g, of the given shape, to the gradient of input i, which may be
// repeated to that shape. It does nothing if nobody wants it.
func (c *Call) addScratch(i int, g []float32, shape tensor.Shape) {
	if i >= len(c.in) || !c.Needed(i) {
		return
	}
	dst, first := c.GradIn(i)
	sumGrad(dst, c.header.Bind(g, shape), first)
}

// Do implements [parallel.Task].
func (s *attending) Do(worker, part int) {
	w := s.workers[worker]
	if w == nil {
		w = &attendant{attending: s}
		s.workers[worker] = w
	}
	if s.backward {
		w.head(part)
	} else {
		w.block(part)
	}
}

// block computes the results of a block of queries.
func (w *attendant) block(part int) {
	head, lo := part/w.blocks, part%w.blocks*w.rows
	w.n, w.h = head/w.Heads, head%w.Heads
	hi := min(lo+w.rows, w.queries)
	end := min(hi, w.queryLens[w.n])
	for i := max(lo, end); i < hi; i++ { // padding
		clear(w.y[w.feature(i, w.queries, w.width):][:w.width])
		if w.Weights {
			clear(w.all[w.weight(i):][:w.keys])
		}
	}
	if lo >= end {
		return
	}
	w.open(lo, end)
	w.weigh()
	p := w.p
	if w.drops {
		w.dropout()
		p = w.kept
	}
	w.product(w.hi-w.lo, w.width, w.seen,
		gemm.Matrix{Data: p, I: w.keys, K: 1}, gemm.Matrix{Data: w.v.at(w.n, 0, w.h*w.width), I: 1, K: w.v.step},
		w.y[w.result():], w.Heads*w.width, gemm.Zero)
	w.close()
}

// head computes the gradients of a head.
func (w *attendant) head(part int) {
	w.n, w.h = part/w.Heads, part%w.Heads
	for lo, end := 0, w.queryLens[w.n]; lo < end; lo += w.rows {
		w.open(lo, min(lo+w.rows, end))
		w.dp = mem.Get((w.hi - w.lo) * w.keys)
		w.weigh()
		w.back()
		mem.Put(w.dp)
		w.close()
	}
}

// open takes what working on some queries takes.
func (w *attendant) open(lo, hi int) {
	w.lo, w.hi, w.seen = lo, hi, w.keyLens[w.n]
	if w.Causal {
		w.seen = min(w.seen, hi)
	}
	size := (hi - lo) * w.keys
	if w.all != nil {
		w.p = w.all[w.weight(lo):][:size]
	} else {
		w.p = mem.Get(size)
	}
	if w.drops {
		w.kept = mem.Get(size)
	}
	w.room = mem.Get((hi - lo) * w.depth)
}

// close gives it back.
func (w *attendant) close() {
	if w.all == nil {
		mem.Put(w.p)
	}
	mem.Put(w.kept)
	mem.Put(w.room)
	w.p, w.dp, w.kept, w.room = nil, nil, nil, nil
}

// weight returns where the weights of a query of the head begin.
func (w *attendant) weight(query int) int {
	return ((w.n*w.Heads+w.h)*w.queries + query) * w.keys
}

// feature returns where a step of the head begins in dense sequences of so many
// steps, whose heads have so many features.
func (w *attendant) feature(step, steps, size int) int {
	return ((w.n*steps+step)*w.Heads + w.h) * size
}

// result returns where the result of the block begins.
func (w *attendant) result() int { return w.feature(w.lo, w.queries, w.width) }

// of returns the part of x, which has a row of keys for each query of the block, that
// query i attends to.
func (w *attendant) of(x []float32, i int) []float32 { return x[(i-w.lo)*w.keys:][:w.sees(i)] }

// sees returns how many keys query i attends to.
func (w *attendant) sees(i int) int {
	if w.Causal {
		return min(w.seen, i+1)
	}
	return w.seen
}

// product computes C = A·B for A m×k and B k×n, or adds it to C, whose rows are so
// far apart.
func (w *attendant) product(m, n, k int, a, b gemm.Matrix, c []float32, row int, init gemm.Init) {
	w.a, w.b = a, b
	w.call = gemm.Call{M: m, N: n, K: k, A: &w.a, B: &w.b, C: c, CRow: row, Init: init}
	w.call.Run()
}

// weigh computes the weights of the block, or finds them.
func (w *attendant) weigh() {
	if w.backward && w.all != nil {
		return
	}
	w.scorer.scores(w)
	for i := w.lo; i < w.hi; i++ {
		p := w.of(w.p, i)
		if w.mask != nil {
			vec.Add(p, p, w.mask[w.n*w.repeat[0]+w.h*w.repeat[1]+i*w.repeat[2]:])
		}
		weights(p)
		clear(w.p[(i-w.lo)*w.keys:][len(p):w.keys])
	}
}

// weights turns the scores of a query into weights, 0 if it attends to no key.
func weights(p []float32) {
	if math.IsInf(float64(vec.MaxOf(p)), -1) {
		clear(p)
		return
	}
	softmaxLane(p, p, nil)
}

// dropout sets kept to the weights of which some are dropped. In Backward it also
// applies the factors to dp.
func (w *attendant) dropout() {
	for i := w.lo; i < w.hi; i++ {
		kept := w.of(w.kept, i)
		w.drop.fill(kept, w.weight(i))
		if w.backward {
			dp := w.of(w.dp, i)
			vec.Mul(dp, dp, kept)
		}
		vec.Mul(kept, kept, w.of(w.p, i))
		clear(w.kept[(i-w.lo)*w.keys:][len(kept):w.keys])
	}
}

// back adds to the gradients what the block contributes.
func (w *attendant) back() {
	rows, p := w.hi-w.lo, w.p
	w.backResult()
	if w.drops {
		w.dropout()
		p = w.kept
	}
	if w.dv != nil && w.g != nil {
		w.product(w.seen, w.width, rows,
			gemm.Matrix{Data: p, I: 1, K: w.keys}, gemm.Matrix{Data: w.g[w.result():], I: 1, K: w.Heads * w.width},
			w.dv[w.feature(0, w.keys, w.width):], w.Heads*w.width, gemm.FromC)
	}
	for i := w.lo; i < w.hi; i++ {
		w.backWeights(i)
	}
	w.scorer.back(w)
}

// backResult sets dp to the gradients that come from the result.
func (w *attendant) backResult() {
	if w.g == nil {
		clear(w.dp)
		return
	}
	w.product(w.hi-w.lo, w.seen, w.width,
		gemm.Matrix{Data: w.g[w.result():], I: w.Heads * w.width, K: 1},
		gemm.Matrix{Data: w.v.at(w.n, 0, w.h*w.width), I: w.v.step, K: 1},
		w.dp, w.keys, gemm.Zero)
}

// backWeights makes the gradients of scores of those of the weights of query i.
func (w *attendant) backWeights(i int) {
	p, dp := w.of(w.p, i), w.of(w.dp, i)
	if w.gall != nil {
		vec.Add(dp, dp, w.gall[w.weight(i):])
	}
	softmaxLaneGrad(dp, dp, p)
	clear(w.dp[(i-w.lo)*w.keys:][len(dp):w.keys])
	if w.dmask != nil {
		copy(w.dmask[w.weight(i):], dp)
	}
}
