package main

import (
	"log"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels of this file, for 3×3 and AVX-512, take planes as they are, whose rows
// of the output have at most seven columns. A vector holds two rows, each in half of
// it, and neighbours are brought to a lane by shuffles in place of loads.

const smallArgs = "planes, rows, cols, inRows, inCols, beforeRows, beforeCols int"

const smallForwardArgs = "dst []float32, dstPlane int, src []float32, srcPlane int, " +
	"w []float32, wPlane, wStep int, bias []float32, biasStep, " + smallArgs

const smallWeightArgs = "dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, " +
	"src []float32, srcChannel, srcPlane, channels, " + smallArgs

// halves returns a mask of the lanes c + first and c + first + 8 for all c < n.
func (e *emitter) halves(n reg.Register, first int) operand.Op {
	low, high, k := GP64(), GP64(), K()
	MOVQ(operand.I64(-1), low)
	BZHIQ(n, low, low)
	if first > 0 {
		SHLQ(operand.U8(first), low)
	}
	MOVQ(low, high)
	SHLQ(operand.U8(8), high)
	ORQ(high, low)
	KMOVW(low.As32(), k)
	return k
}

// rows are up to eight rows, of at most seven columns, of a plane of the output as four
// pairs, one in a vector each.
type rows struct {
	*emitter
	dense    [4]operand.Op // lanes that the rows of a pair have in memory
	out      operand.Op    // lanes of the columns: c and c + 8
	two, six reg.Register  // bytes of two rows, of six
}

func (e *emitter) rows() *rows {
	s := &rows{emitter: e, two: GP64(), six: GP64()}
	cols, left := Load(Param("cols"), GP64()), Load(Param("rows"), GP64())
	s.out = e.halves(cols, 0)
	IMULQ(cols, left)
	two, none := GP64(), GP64()
	LEAQ(operand.Mem{Base: cols, Index: cols, Scale: 1}, two)
	XORQ(none, none)
	for i := range s.dense {
		n := GP64()
		MOVQ(two, n)
		CMPQ(left, n)
		CMOVQLT(left, n)
		TESTQ(n, n)
		CMOVQLT(none, n)
		s.dense[i] = e.mask(n)
		SUBQ(two, left)
	}
	MOVQ(two, s.two)
	SHLQ(operand.U8(2), s.two)
	LEAQ(operand.Mem{Base: s.two, Index: s.two, Scale: 2}, s.six)
	return s
}

// at returns the place of pair i of the rows of a plane at p.
func (s *rows) at(p reg.Register, i int) operand.Mem {
	switch i {
	case 0:
		return at(p, 0)
	case 3:
		return operand.Mem{Base: p, Index: s.six, Scale: 1}
	}
	return operand.Mem{Base: p, Index: s.two, Scale: uint8(i)}
}

// load reads the pairs of rows of a plane into lanes of the mask.
func (s *rows) load(p reg.Register, lanes operand.Op) []vec {
	v := make([]vec, len(s.dense))
	for i, m := range s.dense {
		v[i] = s.reg()
		s.emitter.load(s.at(p, i), m, v[i])
		VEXPANDPS_Z(v[i], lanes, v[i])
	}
	return v
}

// store writes the pairs of rows of a plane from lanes c and c + 8.
func (s *rows) store(v []vec, p reg.Register) {
	for i, m := range s.dense {
		VCOMPRESSPS_Z(v[i], s.out, v[i])
		s.emitter.store(v[i], m, s.at(p, i))
	}
}

// square is a plane of up to eight rows in four vectors: lane 1 + c of a half is column c of a
// row, and lane 0 the padding between it and the row before.
type square struct {
	*rows
	in   operand.Op // lanes of the columns, padding before them
	zero vec
}

func (e *emitter) square() *square {
	s := &square{rows: e.rows(), zero: e.zero()}
	s.in = e.halves(Load(Param("cols"), GP64()), 1)
	return s
}

// taps calls f for every vector of the source that is seen, with the pairs of rows
// of the output that see it: pair i does with tap (kh, kw) of the kernel.
func (s *square) taps(src []vec, f func(x vec, i, kh, kw int)) {
	get := func(i int) vec {
		if i < 0 || i >= len(src) {
			return s.zero
		}
		return src[i]
	}
	for i := -1; i < len(src); i++ {
		for _, start := range []int{0, 8} {
			for kw := range 3 {
				if i < 0 && start == 0 {
					continue
				}
				x := get(i)
				if start+kw > 0 {
					x = s.reg()
					VALIGND(operand.U8(start+kw), get(i), get(i+1), x)
				}
				if start == 0 {
					f(x, i, 1, kw)
					continue
				}
				if i >= 0 {
					f(x, i, 2, kw)
				}
				if i+1 < len(src) {
					f(x, i+1, 0, kw)
				}
			}
		}
	}
}

// broadcast loads nine weights that lie wStep floats apart.
func (e *emitter) broadcast(w reg.Register) []vec {
	from, step := GP64(), arg("wStep")
	MOVQ(w, from)
	all := make([]vec, 9)
	for t := range all {
		all[t] = e.reg()
		VBROADCASTSS(at(from, 0), all[t])
		if t < len(all)-1 {
			ADDQ(step, from)
		}
	}
	return all
}

// smallForward writes the convolution of planes of at most 8×7 with a stride and
// padding of 1.
func (e *emitter) smallForward() {
	TEXT("small"+e.suffix, NOSPLIT, "func("+smallForwardArgs+")")
	dst, src, w, bias := base("dst"), base("src"), base("w"), base("bias")
	planes := Load(Param("planes"), GP64())
	s := e.square()

	Label("plane")
	weight := e.broadcast(w)
	b := e.reg()
	VBROADCASTSS(at(bias, 0), b)
	acc := make([]vec, len(s.dense))
	s.taps(s.load(src, s.in), func(x vec, i, kh, kw int) {
		if kh == 0 && kw == 0 {
			acc[i] = e.reg()
			VMOVAPS(b, acc[i])
		}
		VFMADD231PS(x, weight[3*kh+kw], acc[i])
	})
	s.store(acc, dst)
	shift(dst, "dstPlane")
	shift(src, "srcPlane")
	shift(w, "wPlane")
	shift(bias, "biasStep")
	DECQ(planes)
	JNE(label("plane"))
	VZEROUPPER()
	RET()
}

// smallWeight writes the gradient of the weights for the same planes.
func (e *emitter) smallWeight() {
	TEXT("smallWeight"+e.suffix, NOSPLIT, "func("+smallWeightArgs+")")
	s := e.square()
	e.channels(func(src, dy reg.Register, sum []vec) {
		e.fetch(src, 4096, 4)
		e.fetch(dy, 4096, 4)
		d := s.load(dy, s.out)
		s.taps(s.load(src, s.in), func(x vec, i, kh, kw int) { VFMADD231PS(x, d[i], sum[3*kh+kw]) })
	})
}

// fetch fetches a plane of so many cache lines that is far bytes ahead: among those that
// come next. The planes of a few pictures that are taken together have 4 KiB in each.
func (e *emitter) fetch(plane reg.Register, far, lines int) {
	for i := range lines {
		PREFETCHT0(at(plane, far+64*i))
	}
}

// channels writes the loops over channels and planes around a body that adds what a
// plane gives to nine sums.
func (e *emitter) channels(body func(src, dy reg.Register, sum []vec)) {
	kept := AllocLocal(5 * 8)
	dyAt, srcAt, dstAt, channels, planes := kept, kept.Offset(8), kept.Offset(16), kept.Offset(24), kept.Offset(32)
	MOVQ(base("dy"), dyAt)
	MOVQ(base("src"), srcAt)
	MOVQ(base("dst"), dstAt)
	MOVQ(Load(Param("channels"), GP64()), channels)
	Label("channel")
	var sum []vec
	for range 9 {
		sum = append(sum, e.zero())
	}
	dy, src := GP64(), GP64()
	MOVQ(Load(Param("planes"), GP64()), planes)
	MOVQ(dyAt, dy)
	MOVQ(srcAt, src)
	Label("plane")
	body(src, dy, sum)
	shift(dy, "dyPlane")
	shift(src, "srcPlane")
	DECQ(planes)
	JNE(label("plane"))
	dst := GP64()
	MOVQ(dstAt, dst)
	e.addSums(sum, dst)
	for _, m := range []struct {
		at operand.Mem
		by string
	}{{dyAt, "dyChannel"}, {srcAt, "srcChannel"}, {dstAt, "dstStep"}} {
		p := GP64()
		MOVQ(m.at, p)
		shift(p, m.by)
		MOVQ(p, m.at)
	}
	DECQ(channels)
	JNE(label("channel"))
	VZEROUPPER()
	RET()
}

// halved is a plane of which a step of 2 takes half of the columns. A vector holds a
// row, padding before it; two rows give the vector that a tap sees of two rows of the
// output.
type halved struct {
	*rows
	index  [3]vec // lanes that a tap of a row sees, of two rows
	in     operand.Op
	zeros  operand.Mem // in place of rows outside of the plane
	width  reg.Register
	p, row reg.Register
}

func (e *emitter) halved() *halved {
	h := &halved{rows: e.rows(), p: GP64(), row: GP64(), zeros: e.table("zeros", 1, func(int) int { return 0 })}
	for kw, name := range []string{"tap0", "tap1", "tap2"} {
		h.index[kw] = e.ints(name, func(i int) int { return (i/8*16 + i%8*2 + kw) % 32 })
	}
	cols, before := Load(Param("inCols"), GP64()), Load(Param("beforeCols"), GP64())
	all, k := GP64(), K()
	MOVQ(operand.I64(-1), all)
	BZHIQ(cols, all, all)
	SHLXQ(before, all, all)
	KMOVW(all.As32(), k)
	h.in = k
	h.width = arg("inCols")
	return h
}

// start goes to the first row of the padded plane at src and loads it.
func (h *halved) start(src reg.Register) vec {
	before, skip := Load(Param("beforeRows"), GP64()), Load(Param("beforeCols"), GP64())
	XORQ(h.row, h.row)
	SUBQ(before, h.row)
	IMULQ(h.width, before)
	LEAQ(operand.Mem{Base: before, Index: skip, Scale: 4}, before)
	MOVQ(src, h.p)
	SUBQ(before, h.p)
	return h.next()
}

// next returns the next row, zeros if it is outside of the plane.
func (h *halved) next() vec {
	from, v := GP64(), h.reg()
	LEAQ(h.zeros, from)
	rows, err := Param("inRows").Resolve()
	if err != nil {
		log.Fatal(err)
	}
	CMPQ(h.row, rows.Addr)
	CMOVQCS(h.p, from)
	h.emitter.load(at(from, 0), h.in, v)
	INCQ(h.row)
	ADDQ(h.width, h.p)
	return v
}

// taps calls f for what pair i of rows of the output sees of a plane at src with tap t.
func (h *halved) taps(src reg.Register, f func(x vec, i, t int)) {
	first := h.start(src)
	for i := range h.dense {
		rows := []vec{first, h.next(), h.next(), h.next(), h.next()}
		for kh := range 3 {
			for kw := range 3 {
				x := h.reg()
				VMOVAPS(h.index[kw], x)
				VPERMI2PS(rows[kh+2], rows[kh], x)
				f(x, i, 3*kh+kw)
			}
		}
		first = rows[4]
	}
}

// smallSplitForward writes the convolution of planes with a stride of 2.
func (e *emitter) smallSplitForward() {
	TEXT("smallSplit"+e.suffix, NOSPLIT, "func("+smallForwardArgs+")")
	h := e.halved()
	dst, src, w, bias := base("dst"), base("src"), base("w"), base("bias")
	planes := Load(Param("planes"), GP64())
	Label("plane")
	weight := e.broadcast(w)
	b := e.reg()
	VBROADCASTSS(at(bias, 0), b)
	acc := make([]vec, len(h.dense))
	h.taps(src, func(x vec, i, t int) {
		if t == 0 {
			acc[i] = e.reg()
			VMOVAPS(b, acc[i])
		}
		VFMADD231PS(x, weight[t], acc[i])
	})
	h.store(acc, dst)
	shift(dst, "dstPlane")
	shift(src, "srcPlane")
	shift(w, "wPlane")
	shift(bias, "biasStep")
	DECQ(planes)
	JNE(label("plane"))
	VZEROUPPER()
	RET()
}

// smallSplitWeight writes the gradient of the weights for the same planes.
func (e *emitter) smallSplitWeight() {
	TEXT("smallSplitWeight"+e.suffix, NOSPLIT, "func("+smallWeightArgs+")")
	h := e.halved()
	e.channels(func(src, dy reg.Register, sum []vec) {
		e.fetch(src, 4096, 13)
		e.fetch(dy, 1024, 4)
		d := h.load(dy, h.out)
		h.taps(src, func(x vec, i, t int) { VFMADD231PS(x, d[i], sum[t]) })
	})
}
