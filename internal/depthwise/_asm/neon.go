package main

import (
	"fmt"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

// neonLanes is the number of floats in a vector.
const neonLanes = 4

// An neonEmitter writes a routine for NEON.
type neonEmitter struct {
	*neon.Func
	tmp neon.Reg
}

func newNEON(f *neon.File, name, params string) *neonEmitter {
	e := &neonEmitter{Func: f.Func(name+"NEON", "func("+params+")")}
	e.tmp = e.Reg("tmp")
	return e
}

// writeNEON writes the file for NEON.
func writeNEON() {
	var f neon.File
	copyRowsNEON(&f)
	splitRowsNEON(&f)
	spreadRowsNEON(&f)
	for _, k := range []int{3, 5} {
		forwardNEON(&f, k, 1, single)
		forwardNEON(&f, k, 2, split)
	}
	tapsNEON(&f)
	for _, k := range []int{3, 5} {
		weightNEON(&f, k, k, 1, single)
		weightNEON(&f, k, k, 2, split)
	}
	for _, k := range []int{1, 3, 5} {
		weightNEON(&f, 1, k, 1, single)
		weightNEON(&f, 1, k, 1, split)
	}
	for _, k := range []int{3, 5} {
		dataNEON(&f, (k+1)/2, k)
		dataNEON(&f, k/2, k)
	}
	f.Generate()
}

// advance moves a pointer by a number of floats that is an argument.
func (e *neonEmitter) advance(p neon.Reg, arg string) {
	e.I("MOVD %v, %v", e.Arg(arg), e.tmp)
	e.I("ADD %v<<2, %v", e.tmp, p)
}

// while writes a loop that takes so much from n as long as there is that much.
func (e *neonEmitter) while(label string, n neon.Reg, step int, body func()) {
	e.I("SUBS $%d, %v", step, n)
	e.Jump("BLT", label+"end")
	e.Label(label)
	body()
	e.I("SUBS $%d, %v", step, n)
	e.Jump("BGE", label)
	e.Label(label + "end")
	e.I("ADD $%d, %v", step, n)
}

// moverNEON writes a routine that moves the rows of planes, each with what row writes:
// n floats from s to d, registers that it may change.
func moverNEON(f *neon.File, name, params string, row func(e *neonEmitter, s, d, n neon.Reg)) {
	e := newNEON(f, name, params)
	dst, src := e.Load("dst_base"), e.Load("src_base")
	planes, cols, pitch := e.Load("planes"), e.Load("cols"), e.LoadSize("dstPitch")
	at, s, d, n, rows := e.Reg("row of dst"), e.Reg("from"), e.Reg("to"), e.Reg("columns left"), e.Reg("rows left")
	e.Label("plane")
	e.I("MOVD %v, %v", dst, at)
	e.I("MOVD %v, %v", src, s)
	e.I("MOVD %v, %v", e.Arg("rows"), rows)
	e.Label("row")
	e.I("MOVD %v, %v", at, d)
	e.I("MOVD %v, %v", cols, n)
	row(e, s, d, n)
	e.I("ADD %v, %v", pitch, at)
	e.I("SUBS $1, %v", rows)
	e.Jump("BNE", "row")
	e.advance(dst, "dstPlane")
	e.advance(src, "srcPlane")
	e.I("SUBS $1, %v", planes)
	e.Jump("BNE", "plane")
	e.Ret()
}

// float copies the next float of s.
func (e *neonEmitter) float(s, d neon.Reg) {
	v := e.Vec()
	e.I("FMOVS.P 4(%v), F%d", s, neon.Def(v))
	e.I("FMOVS F%d, (%v)", neon.Use(v), d)
}

// copyRowsNEON writes the copy of rows.
func copyRowsNEON(f *neon.File) {
	moverNEON(f, "copyRows", moverArgs, func(e *neonEmitter, s, d, n neon.Reg) {
		e.while("vector", n, neonLanes, func() {
			e.StoreVec(e.LoadVec(s, 0), d, 0)
			e.I("ADD $16, %v", s)
			e.I("ADD $16, %v", d)
		})
		e.while("one", n, 1, func() {
			e.float(s, d)
			e.I("ADD $4, %v", d)
		})
	})
}

// splitRowsNEON writes the copy of the even columns to dst and of the odd ones to odd
// floats further.
func splitRowsNEON(f *neon.File) {
	moverNEON(f, "splitRows", moverArgs+", odd int", func(e *neonEmitter, s, d, n neon.Reg) {
		odds := e.Reg("to odd")
		e.I("MOVD %v, %v", e.Arg("odd"), odds)
		e.I("ADD %v<<2, %v, %v", odds, d, odds)
		e.while("vectors", n, 2*neonLanes, func() {
			x := e.LoadVecs(s, 0, 2)
			e.StoreVec(e.Evens(x[0], x[1]), d, 0)
			e.StoreVec(e.Odds(x[0], x[1]), odds, 0)
			e.I("ADD $32, %v", s)
			e.I("ADD $16, %v", d)
			e.I("ADD $16, %v", odds)
		})
		e.while("two", n, 2, func() {
			e.float(s, d)
			e.float(s, odds)
			e.I("ADD $4, %v", d)
			e.I("ADD $4, %v", odds)
		})
		e.Jump(fmt.Sprintf("CBZ %v", n), "next")
		e.float(s, d)
		e.Label("next")
	})
}

// spreadRowsNEON writes the copy of rows with a zero after each element of a vector.
func spreadRowsNEON(f *neon.File) {
	moverNEON(f, "spreadRows", moverArgs, func(e *neonEmitter, s, d, n neon.Reg) {
		e.while("vector", n, neonLanes, func() {
			x, zero := e.LoadVec(s, 0), e.Zero()
			e.StoreVecs([]neon.Vec{e.Zip(x, zero), e.Zip2(x, zero)}, d, 0)
			e.I("ADD $16, %v", s)
			e.I("ADD $32, %v", d)
		})
		e.while("one", n, 1, func() {
			e.float(s, d)
			e.I("ADD $8, %v", d)
		})
	})
}

// neonTaps is where the taps of a row are: p is where the first is, and q the second
// in the layout split.
type neonTaps struct {
	layout layout
	p, q   neon.Reg
}

func (e *neonEmitter) tapsOf(l layout) *neonTaps {
	t := &neonTaps{layout: l, p: e.Reg("row of src")}
	if l == split {
		t.q = e.Reg("its odd columns")
	}
	return t
}

// begin goes to the row at from.
func (t *neonTaps) begin(e *neonEmitter, from neon.Reg) {
	e.I("MOVD %v, %v", from, t.p)
	if t.layout == split {
		e.I("MOVD %v, %v", e.Arg("odd"), e.tmp)
		e.I("ADD %v<<2, %v, %v", e.tmp, from, t.q)
	}
}

// load loads n vectors that tap k sees.
func (t *neonTaps) load(e *neonEmitter, k, n int) []neon.Vec {
	r, bytes := t.p, 4*k
	if t.layout == split {
		if bytes = 2 * (k &^ 1); k%2 == 1 {
			r = t.q
		}
	}
	x := make([]neon.Vec, n)
	for i := range x {
		x[i] = e.LoadVec(r, bytes+16*i)
	}
	return x
}

// next goes on to the next row.
func (t *neonTaps) next(e *neonEmitter, pitch neon.Reg) {
	e.I("ADD %v, %v", pitch, t.p)
	if t.layout == split {
		e.I("ADD %v, %v", pitch, t.q)
	}
}

// A neonConvolver writes the convolution of a kernel of k×k that steps s rows at a
// time, as a [convolver] does. The weights of four taps are in one register.
type neonConvolver struct {
	*neonEmitter
	k, s             int
	taps             *neonTaps
	weight           []neon.Vec
	bias             neon.Vec
	acc              [][]neon.Vec // one for each vector side by side
	pitch, dstRow    neon.Reg     // bytes
	q, r             neon.Reg     // row of dst, rows left
	from, to, n, all neon.Reg     // column of src and dst, columns left, all rows
}

// forwardNEON writes the kernel for a layout.
func forwardNEON(f *neon.File, k, s int, l layout) {
	c := &neonConvolver{neonEmitter: newNEON(f, fmt.Sprintf("forward%d%s", k, l), forwardArgs), k: k, s: s}
	dst, src, w, bias := c.Load("dst_base"), c.Load("src_base"), c.Load("w_base"), c.Load("bias_base")
	c.pitch, c.dstRow = c.LoadSize("pitch"), c.LoadSize("cols")
	planes, step := c.Load("planes"), c.LoadSize("wStep")
	c.taps = c.tapsOf(l)
	c.q, c.r, c.all = c.Reg("row of dst"), c.Reg("rows left"), c.Load("rows")
	c.from, c.to, c.n = c.Reg("column of src"), c.Reg("column of dst"), c.Reg("columns left")
	const across = 2
	for range across {
		c.acc = append(c.acc, c.Vecs((k+s-1)/s))
	}

	c.Label("plane")
	c.bias = c.Spread(bias)
	c.I("MOVD %v, %v", w, c.from)
	c.weight = nil
	for t := range k * k {
		if t%4 == 0 {
			c.weight = append(c.weight, c.Zero())
		}
		c.I(fmt.Sprintf("VLD1 (%%v), V%%d.S[%d]", t%4), c.from, neon.Mod(c.weight[t/4]))
		c.I("ADD %v, %v", step, c.from)
	}
	c.I("MOVD %v, %v", src, c.from)
	c.I("MOVD %v, %v", dst, c.to)
	c.I("MOVD %v, %v", c.Arg("cols"), c.n)
	for _, vectors := range []int{across, 1} {
		name := fmt.Sprintf("across%d", vectors)
		c.while(name, c.n, vectors*neonLanes, func() {
			c.column(vectors, name+"row", func() {
				for b, acc := range c.acc[:vectors] {
					c.StoreVec(acc[0], c.q, 16*b)
				}
			})
			c.I("ADD $%d, %v", 16*vectors, c.from)
			c.I("ADD $%d, %v", 16*vectors, c.to)
		})
	}
	c.Jump(fmt.Sprintf("CBZ %v", c.n), "next")
	c.column(1, "partrow", func() { c.StorePart(c.acc[0][0], c.q, 0, c.n, c.tmp) })
	c.Label("next")
	c.advance(dst, "dstPlane")
	c.advance(src, "srcPlane")
	c.advance(w, "wPlane")
	c.advance(bias, "biasStep")
	c.I("SUBS $1, %v", planes)
	c.Jump("BNE", "plane")
	c.Ret()
}

// column writes the way down one column of so many vectors.
func (c *neonConvolver) column(vectors int, name string, store func()) {
	c.taps.begin(c.neonEmitter, c.from)
	c.I("MOVD %v, %v", c.to, c.q)
	c.I("MOVD %v, %v", c.all, c.r)
	acc := c.acc[:vectors]
	for t := range c.k - c.s {
		c.row(acc, t)
	}
	c.Label(name)
	for u := range c.s {
		c.row(acc, c.k-c.s+u)
	}
	store()
	for b := range acc {
		for i := range acc[b][1:] {
			c.Move(acc[b][i], acc[b][i+1])
		}
	}
	c.I("ADD %v, %v", c.dstRow, c.q)
	c.I("SUBS $1, %v", c.r)
	c.Jump("BNE", name)
}

// row adds a row of the source to the rows of the output that see it: sum i does with
// row t - s·i of the kernel.
func (c *neonConvolver) row(acc [][]neon.Vec, t int) {
	for kw := range c.k {
		x := c.taps.load(c.neonEmitter, kw, len(acc))
		for i := range acc[0] {
			kh := t - c.s*i
			if kh < 0 || kh >= c.k {
				continue
			}
			w := kh*c.k + kw
			for b := range acc {
				if w == 0 {
					c.Move(acc[b][i], c.bias)
				}
				c.FMALane(acc[b][i], x[b], c.weight[w/4], w%4)
			}
		}
	}
	c.taps.next(c.neonEmitter, c.pitch)
}

// tapsNEON writes the kernel of any size, for one plane: four vectors of a row at a
// time, then one, over all taps, whose places in the source are in offs.
func tapsNEON(f *neon.File) {
	e := newNEON(f, "taps", "dst, src []float32, pitch int, offs []int, w, bias []float32, rows, cols int")
	dst, src, offs, w := e.Load("dst_base"), e.Load("src_base"), e.Load("offs_base"), e.Load("w_base")
	count, pitch, rows := e.Load("offs_len"), e.LoadSize("pitch"), e.Load("rows")
	p, n, off, weight, left := e.Reg("column"), e.Reg("columns left"), e.Reg("offset"), e.Reg("weight"), e.Reg("taps left")
	e.I("MOVD %v, %v", e.Arg("bias_base"), e.tmp)
	bias := e.Spread(e.tmp)

	block := func(name string, vectors int) []neon.Vec {
		acc := make([]neon.Vec, vectors)
		for i := range acc {
			acc[i] = e.Copy(bias)
		}
		e.I("MOVD %v, %v", offs, off)
		e.I("MOVD %v, %v", w, weight)
		e.I("MOVD %v, %v", count, left)
		e.Label(name)
		e.I("MOVD.P 8(%v), %v", off, e.tmp)
		e.I("ADD %v<<2, %v, %v", e.tmp, p, e.tmp)
		x := e.Spread(weight)
		e.I("ADD $4, %v", weight)
		for i, v := range e.LoadVecs(e.tmp, 0, vectors) {
			e.FMA(acc[i], v, x)
		}
		e.I("SUBS $1, %v", left)
		e.Jump("BNE", name)
		return acc
	}
	e.Label("row")
	e.I("MOVD %v, %v", src, p)
	e.I("MOVD %v, %v", e.Arg("cols"), n)
	for _, vectors := range []int{4, 1} {
		name := fmt.Sprintf("across%d", vectors)
		e.while(name, n, vectors*neonLanes, func() {
			e.StoreVecs(block(name+"tap", vectors), dst, 0)
			e.I("ADD $%d, %v", 16*vectors, p)
			e.I("ADD $%d, %v", 16*vectors, dst)
		})
	}
	e.Jump(fmt.Sprintf("CBZ %v", n), "next")
	e.StorePart(block("parttap", 1)[0], dst, 0, n, e.tmp)
	e.I("ADD %v<<2, %v", n, dst)
	e.Label("next")
	e.I("ADD %v, %v", pitch, src)
	e.I("SUBS $1, %v", rows)
	e.Jump("BNE", "row")
	e.Ret()
}

// A neonCorrelator writes the gradient with respect to a kernel of kh×kw that steps s
// rows at a time, as a [correlator] does.
type neonCorrelator struct {
	*neonEmitter
	kh, kw, s     int
	taps          *neonTaps
	sum, d        []neon.Vec
	pitch, dyRow  neon.Reg // bytes
	q, r          neon.Reg // row of dy, rows left
	from, with, n neon.Reg // column of src and dy, columns left
	all           neon.Reg // rows
}

// weightNEON writes the kernel for a layout.
func weightNEON(f *neon.File, kh, kw, s int, l layout) {
	c := &neonCorrelator{neonEmitter: newNEON(f, fmt.Sprintf("weight%dx%d%s", kh, kw, l), weightArgs), kh: kh, kw: kw, s: s}
	dst, dyAt, srcAt := c.Load("dst_base"), c.Load("dy_base"), c.Load("src_base")
	c.pitch, c.dyRow = c.LoadSize("pitch"), c.LoadSize("cols")
	channels, planes, dy, src := c.Load("channels"), c.Reg("planes left"), c.Reg("plane of dy"), c.Reg("plane of src")
	c.taps = c.tapsOf(l)
	c.q, c.r, c.all = c.Reg("row of dy"), c.Reg("rows left"), c.Load("rows")
	c.from, c.with, c.n = c.Reg("column of src"), c.Reg("column of dy"), c.Reg("columns left")
	c.sum, c.d = c.Vecs(kh*kw), c.Vecs((kh+s-1)/s)

	c.Label("channel")
	for _, v := range c.sum {
		c.Move(v, c.Zero())
	}
	c.I("MOVD %v, %v", dyAt, dy)
	c.I("MOVD %v, %v", srcAt, src)
	c.I("MOVD %v, %v", c.Arg("planes"), planes)
	c.Label("plane")
	c.I("MOVD %v, %v", src, c.from)
	c.I("MOVD %v, %v", dy, c.with)
	c.I("MOVD %v, %v", c.Arg("cols"), c.n)
	c.while("column", c.n, neonLanes, func() {
		c.column("whole", nil, func() neon.Vec { return c.LoadVec(c.q, 0) })
		c.I("ADD $16, %v", c.from)
		c.I("ADD $16, %v", c.with)
	})
	c.Jump(fmt.Sprintf("CBZ %v", c.n), "next")
	c.column("rest", c.FirstLanes(c.n, c.tmp), func() neon.Vec { return c.LoadPart(c.q, 0, c.n, c.tmp) })
	c.Label("next")
	c.advance(dy, "dyPlane")
	c.advance(src, "srcPlane")
	c.I("SUBS $1, %v", planes)
	c.Jump("BNE", "plane")

	c.Comment("Add the pairs of lanes, then the lanes, and to what is there.")
	for i, v := range c.sum {
		v = c.FAdd(v, c.SwapPairs(v))
		v = c.FAdd(v, c.SwapLanes(v))
		there := c.Vec()
		c.I("FMOVS %d(%v), F%d", 4*i, dst, neon.Def(there))
		c.I("FMOVS F%d, %d(%v)", neon.Use(c.FAdd(there, v)), 4*i, dst)
	}
	c.advance(dst, "dstStep")
	c.advance(dyAt, "dyChannel")
	c.advance(srcAt, "srcChannel")
	c.I("SUBS $1, %v", channels)
	c.Jump("BNE", "channel")
	c.Ret()
}

// column writes the way down one column; load loads a row of dy.
func (c *neonCorrelator) column(name string, mask neon.Vec, load func() neon.Vec) {
	c.taps.begin(c.neonEmitter, c.from)
	c.I("MOVD %v, %v", c.with, c.q)
	before := len(c.d) - 1
	for o := range before {
		c.Move(c.d[0], load())
		c.rows(0, o, mask)
	}
	c.I("SUBS $%d, %v, %v", before, c.all, c.r)
	c.Jump("BEQ", name+"end")
	c.Label(name)
	c.Move(c.d[0], load())
	c.rows(0, before, mask)
	c.I("SUBS $1, %v", c.r)
	c.Jump("BNE", name)
	c.Label(name + "end")
	for e := range before {
		c.rows(e+1, before, mask)
	}
}

// rows adds what the rows of the source give that the next row of the output is the
// first to see, with the rows d[from] to d[to] of dy, and moves on.
func (c *neonCorrelator) rows(from, to int, mask neon.Vec) {
	for u := range c.s {
		var js []int
		for j := from; j <= to; j++ {
			if u+c.s*j < c.kh {
				js = append(js, j)
			}
		}
		for kw := 0; kw < c.kw && len(js) > 0; kw++ {
			x := c.taps.load(c.neonEmitter, kw, 1)[0]
			if mask != nil { // beyond it may be anything, and infinity times zero is not zero
				x = c.And(x, mask)
			}
			for _, j := range js {
				c.FMA(c.sum[(u+c.s*j)*c.kw+kw], x, c.d[j])
			}
		}
		c.taps.next(c.neonEmitter, c.pitch)
	}
	for j := min(to+1, len(c.d)-1); j > 0; j-- {
		c.Move(c.d[j], c.d[j-1])
	}
	c.I("ADD %v, %v", c.dyRow, c.q)
}

// A neonMerger writes the gradient of a convolution with k columns and a stride of 2 for
// rows of the input that see r rows of the output, as a [merger] does. The weights of four
// taps are in one register.
type neonMerger struct {
	*neonEmitter
	r, k            int
	weight          []neon.Vec
	swap            neon.Vec // all set if the odd taps come first
	shift           neon.Reg // of the even taps, bytes
	pitch, dstPitch neon.Reg // bytes
	p, at, even     neon.Reg // row of src, the one at hand and what its even taps see
	q, left         neon.Reg // row of dst, rows left
}

// dataNEON writes the kernel.
func dataNEON(f *neon.File, r, k int) {
	m := &neonMerger{neonEmitter: newNEON(f, fmt.Sprintf("data%dx%d", r, k), dataArgs), r: r, k: k}
	dst, src, w := m.Load("dst_base"), m.Load("src_base"), m.Load("w_base")
	m.pitch, m.dstPitch, m.shift = m.LoadSize("pitch"), m.LoadSize("dstPitch"), m.Load("shift")
	planes, n := m.Load("planes"), m.Reg("columns left")
	from, to := m.Reg("column of src"), m.Reg("column of dst")
	m.p, m.at, m.even = m.Reg("row of src"), m.Reg("row at hand"), m.Reg("its even taps")
	m.q, m.left = m.Reg("row of dst"), m.Reg("rows left")
	m.swap = m.Vec()
	m.I("NEG %v, %v", m.shift, m.tmp)
	m.I("VDUP %v, V%d.S4", m.tmp, neon.Def(m.swap))
	m.I("LSL $2, %v", m.shift)

	m.Label("plane")
	m.weight = nil
	for t := range r * k {
		if t%4 == 0 {
			m.weight = append(m.weight, m.Zero())
		}
		m.I("SUB $%d, %v, %v", 4*(t/k*2*k+t%k), w, m.tmp) // back from the last tap, without every second row
		m.I(fmt.Sprintf("VLD1 (%%v), V%%d.S[%d]", t%4), m.tmp, neon.Mod(m.weight[t/4]))
	}
	m.I("MOVD %v, %v", src, from)
	m.I("MOVD %v, %v", dst, to)
	m.I("MOVD %v, %v", m.Arg("cols"), n)
	for _, vectors := range []int{2, 1} { // pairs of them
		name := fmt.Sprintf("across%d", vectors)
		m.while(name, n, 2*vectors*neonLanes, func() {
			m.column(from, to, name+"row", vectors, func(v []neon.Vec) { m.StoreVecs(v, m.q, 0) })
			m.I("ADD $%d, %v", 16*vectors, from)
			m.I("ADD $%d, %v", 32*vectors, to)
		})
	}
	m.Jump(fmt.Sprintf("CBZ %v", n), "next")
	m.I("SUBS $%d, %v", neonLanes, n)
	m.Jump("BLT", "few")
	m.Jump("BEQ", "four")
	m.column(from, to, "morerow", 1, func(v []neon.Vec) {
		m.StoreVec(v[0], m.q, 0)
		m.StorePart(v[1], m.q, 16, n, m.tmp)
	})
	m.Jump("B", "next")
	m.Label("four")
	m.column(from, to, "fourrow", 1, func(v []neon.Vec) { m.StoreVec(v[0], m.q, 0) })
	m.Jump("B", "next")
	m.Label("few")
	m.I("ADD $%d, %v", neonLanes, n)
	m.column(from, to, "fewrow", 1, func(v []neon.Vec) { m.StorePart(v[0], m.q, 0, n, m.tmp) })
	m.Label("next")
	m.advance(dst, "dstPlane")
	m.advance(src, "srcPlane")
	m.advance(w, "wPlane")
	m.I("SUBS $1, %v", planes)
	m.Jump("BNE", "plane")
	m.Ret()
}

// column writes the way down one column of so many pairs of vectors, which store stores.
func (m *neonMerger) column(from, to neon.Reg, name string, vectors int, store func(v []neon.Vec)) {
	m.I("MOVD %v, %v", from, m.p)
	m.I("MOVD %v, %v", to, m.q)
	m.I("MOVD %v, %v", m.Arg("rows"), m.left)
	m.Label(name)
	even, odd := make([]neon.Vec, vectors), make([]neon.Vec, vectors)
	for b := range vectors {
		even[b], odd[b] = m.Zero(), m.Zero()
	}
	m.I("MOVD %v, %v", m.p, m.at)
	for row := range m.r {
		m.I("ADD %v, %v, %v", m.shift, m.at, m.even)
		for kw := range m.k {
			sums, r, bytes := even, m.even, 4*(kw/2)
			if kw%2 == 1 {
				sums, r, bytes = odd, m.at, 4*(kw/2+1)
			}
			t := row*m.k + kw
			for b, sum := range sums {
				m.FMALane(sum, m.LoadVec(r, bytes+16*b), m.weight[t/4], t%4)
			}
		}
		if row < m.r-1 {
			m.I("ADD %v, %v", m.pitch, m.at)
		}
	}
	var merged []neon.Vec
	for b := range vectors {
		first, second := m.Choose(m.swap, odd[b], even[b]), m.Choose(m.swap, even[b], odd[b])
		merged = append(merged, m.Zip(first, second), m.Zip2(first, second))
	}
	store(merged)
	m.I("ADD %v, %v", m.pitch, m.p)
	m.I("ADD %v, %v", m.dstPitch, m.q)
	m.I("SUBS $1, %v", m.left)
	m.Jump("BNE", name)
}
