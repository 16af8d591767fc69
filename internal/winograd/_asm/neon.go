package main

import (
	"fmt"
	"math"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

// A neonEmitter writes transforms with n points for NEON, on vectors of four floats, one
// for each of as many tiles or kernels.
type neonEmitter struct {
	*neon.Func // at work
	file       *neon.File
	n          int
}

// lanes are the floats of a vector, and vectorSize its bytes.
const (
	lanes      = 4
	vectorSize = 4 * lanes
)

// text begins a routine. Its name has the rows that it takes and those that it makes.
func (e *neonEmitter) text(name string, from, to int, params string) {
	e.Func = e.file.Func(fmt.Sprintf("%s%dto%dNEON", name, from, to), "func("+params+")")
}

func (e *neonEmitter) constant(c float64) neon.Vec { return e.Const(math.Float32bits(float32(c))) }

func (e *neonEmitter) add(a, b neon.Vec) neon.Vec         { return e.FAdd(a, b) }
func (e *neonEmitter) sub(a, b neon.Vec) neon.Vec         { return e.FSub(a, b) }
func (e *neonEmitter) mul(a neon.Vec, c float64) neon.Vec { return e.FMul(a, e.constant(c)) }

func (e *neonEmitter) fma(a neon.Vec, c float64, b neon.Vec) neon.Vec {
	sum := e.Copy(a)
	e.FMA(sum, b, e.constant(c))
	return sum
}

// at returns a function that loads vector i of those at r, so many apart.
func (e *neonEmitter) at(r neon.Reg, apart int) func(i int) neon.Vec {
	return func(i int) neon.Vec { return e.LoadVec(r, i*apart*vectorSize) }
}

// loop writes a loop of so many turns.
func (e *neonEmitter) loop(label string, turns int, count neon.Reg, body func()) {
	e.I("MOVD $%d, %v", turns, count)
	e.Label(label)
	body()
	e.I("SUBS $1, %v", count)
	e.Jump("BNE", label)
}

// next goes back to label while groups are left, with pointers moved on by a vector each.
func (e *neonEmitter) next(label string, left neon.Reg, pointers ...neon.Reg) {
	for _, p := range pointers {
		e.I("ADD $%d, %v", vectorSize, p)
	}
	e.I("SUBS $%d, %v", lanes, left)
	e.Jump("BNE", label)
	e.Ret()
}

// rowOfPoints returns a register with the distance of rows of points in memory.
func (e *neonEmitter) rowOfPoints(stride, tmp neon.Reg) neon.Reg {
	down := e.Reg("row of points")
	e.I("MOVD $%d, %v", e.n, tmp)
	e.I("MUL %v, %v, %v", tmp, stride, down)
	return down
}

// squares are where the squares of a group begin.
type squares [lanes]neon.Reg

func (e *neonEmitter) squares() (s squares) {
	for i := range s {
		s[i] = e.Reg(fmt.Sprintf("square %d", i))
	}
	return s
}

// find goes to the squares of the group at offs, and offs on to the next group.
func (e *neonEmitter) find(s squares, base, offs neon.Reg) {
	for _, r := range s {
		e.I("MOVD.P 8(%v), %v", offs, r)
		e.I("ADD %v<<2, %v, %v", r, base, r)
	}
}

// down goes to the next row of the squares.
func (e *neonEmitter) down(s squares, pitch neon.Reg) {
	for _, r := range s {
		e.I("ADD %v, %v", pitch, r)
	}
}

// columns loads a row of the squares: a register for each of its elements.
func (e *neonEmitter) columns(size int, s squares) []neon.Vec {
	four := func(load func(r neon.Reg, bytes int) neon.Vec, bytes int) (x [4]neon.Vec) {
		for i, r := range s {
			x[i] = load(r, bytes)
		}
		return x
	}
	switch size {
	case 2:
		x := four(e.LoadHalf, 0)
		ab, cd := e.EvenPairs(x[0], x[1]), e.EvenPairs(x[2], x[3])
		return []neon.Vec{e.Evens(ab, cd), e.Odds(ab, cd)}
	case 4:
		x := four(e.LoadVec, 0)
		return e.Transpose(x[:])
	}
	d := e.columns(4, s)
	e.Comment("Of columns 2 to 5 only the last two are new.")
	x := four(e.LoadVec, 8)
	ab, cd := e.OddPairs(x[0], x[1]), e.OddPairs(x[2], x[3])
	return append(d, e.Evens(ab, cd), e.Odds(ab, cd))
}

// storeRow stores a row of the squares, the other way round.
func (e *neonEmitter) storeRow(columns []neon.Vec, s squares) {
	if len(columns) == 4 {
		for i, v := range e.Transpose(columns) {
			e.StoreVec(v, s[i], 0)
		}
		return
	}
	a, b := columns[0], columns[1]
	for half, v := range []neon.Vec{e.Zip(a, b), e.Zip2(a, b)} {
		e.I("FMOVD F%d, (%v)", neon.Use(v), s[2*half])
		e.I("VST1 V%d.D[1], (%v)", neon.Use(v), s[2*half+1])
	}
}

// input writes the transform of patches.
func (e *neonEmitter) input() {
	e.text("input", e.n, e.n, patches)
	e.points(e.n, func(d func(i int) neon.Vec) []neon.Vec { return evaluate(e, e.n, d) })
}

// gradient writes the transform of tiles of the output's gradient.
func (e *neonEmitter) gradient(tile int) {
	e.text("gradient", tile, e.n, patches)
	e.points(tile, func(t func(i int) neon.Vec) []neon.Vec { return factorPoints(e, e.n, tile, t) })
}

// points writes the body of a routine that takes squares of size×size to n×n points.
func (e *neonEmitter) points(size int, evaluate func(d func(i int) neon.Vec) []neon.Vec) {
	dst, stride := e.Load("dst_base"), e.LoadSize("stride")
	src, pitch := e.Load("src_base"), e.LoadSize("pitch")
	offs, left, room := e.Load("offs_base"), e.Load("offs_len"), e.Load("room")
	to, count, from, at := e.Reg("to"), e.Reg("count"), e.Reg("from"), e.Reg("at")
	down := e.rowOfPoints(stride, count)
	s := e.squares()

	e.Label("group")
	e.find(s, src, offs)
	e.I("MOVD %v, %v", room, to)
	e.loop("row", size, count, func() {
		d := e.columns(size, s)
		for j, v := range evaluate(func(j int) neon.Vec { return d[j] }) {
			e.StoreVec(v, to, j*vectorSize)
		}
		e.down(s, pitch)
		e.I("ADD $%d, %v", e.n*vectorSize, to)
	})
	e.I("MOVD %v, %v", room, from)
	e.I("MOVD %v, %v", dst, to)
	e.loop("column", e.n, count, func() {
		e.I("MOVD %v, %v", to, at)
		for _, v := range evaluate(e.at(from, e.n)) {
			e.StoreVec(v, at, 0)
			e.I("ADD %v, %v", down, at)
		}
		e.I("ADD $%d, %v", vectorSize, from)
		e.I("ADD %v, %v", stride, to)
	})
	e.next("group", left, dst)
}

// output writes the transform of products, the same way back.
func (e *neonEmitter) output(tile int) {
	e.text("output", e.n, tile, products)
	dst, pitch := e.Load("dst_base"), e.LoadSize("pitch")
	offs, left := e.Load("offs_base"), e.Load("offs_len")
	s := e.squares()
	bias := e.Scalar("bias")
	e.inverse(tile, left, func() { e.find(s, dst, offs) }, func(row []neon.Vec) {
		for j := range row {
			row[j] = e.add(row[j], bias)
		}
		e.storeRow(row, s)
		e.down(s, pitch)
	})
}

// weight writes the transform of sums to the gradient of kernels, those of a group side
// by side, element after element of the kernel.
func (e *neonEmitter) weight(kernel int) {
	e.text("weight", e.n, kernel, sums)
	dst, pitch, left := e.Load("dst_base"), e.LoadSize("pitch"), e.Load("n")
	at := e.Reg("element")
	e.inverse(kernel, left, func() {
		e.I("MOVD %v, %v", dst, at)
		e.I("ADD $%d, %v", vectorSize, dst)
	}, func(row []neon.Vec) {
		for _, v := range row {
			e.StoreVec(v, at, 0)
			e.I("ADD %v, %v", pitch, at)
		}
	})
}

// inverse writes the body of a routine that takes points to squares of size×size: begin
// goes to those of a group, and store stores a row of theirs and goes to the next.
func (e *neonEmitter) inverse(size int, left neon.Reg, begin func(), store func(row []neon.Vec)) {
	src, stride, room := e.Load("src_base"), e.LoadSize("stride"), e.Load("room")
	to, count, from, at := e.Reg("to"), e.Reg("count"), e.Reg("from"), e.Reg("at")
	down := e.rowOfPoints(stride, count)

	e.Label("group")
	e.I("MOVD %v, %v", src, from)
	e.I("MOVD %v, %v", room, to)
	e.loop("column", e.n, count, func() {
		m := make([]neon.Vec, e.n)
		e.I("MOVD %v, %v", from, at)
		for i := range m {
			m[i] = e.LoadVec(at, 0)
			e.I("ADD %v, %v", down, at)
		}
		for i, v := range interpolate(e, e.n, size, func(i int) neon.Vec { return m[i] }) {
			e.StoreVec(v, to, i*e.n*vectorSize)
		}
		e.I("ADD %v, %v", stride, from)
		e.I("ADD $%d, %v", vectorSize, to)
	})
	begin()
	e.I("MOVD %v, %v", room, from)
	e.loop("row", size, count, func() {
		store(interpolate(e, e.n, size, e.at(from, 1)))
		e.I("ADD $%d, %v", e.n*vectorSize, from)
	})
	e.next("group", left, src)
}

// kernel writes the transform of kernels, as many side by side as rows.
func (e *neonEmitter) kernel(size int) {
	e.text("kernel", size, e.n, kernels)
	dst, stride, pitch := e.Load("dst_base"), e.LoadSize("stride"), e.LoadSize("pitch")
	src, step, taps := e.Load("src_base"), e.LoadSize("step"), e.Load("taps")
	left, rows, room := e.Load("n"), e.Load("rows"), e.Load("room")
	to, tmp := e.Reg("to"), e.Reg("tmp")

	e.Label("k")
	for b := range size {
		tap := func(a int) neon.Vec {
			e.I("MOVD %d(%v), %v", 8*(size*a+b), taps, tmp)
			e.I("ADD %v<<2, %v, %v", tmp, src, tmp)
			return e.LoadVec(tmp, 0)
		}
		for a, v := range factorPoints(e, e.n, size, tap) {
			e.StoreVec(v, room, (size*a+b)*vectorSize)
		}
	}
	// points writes the second half of the transform.
	points := func(store func(v neon.Vec)) {
		at := e.at(room, 1)
		for a := range e.n {
			for _, v := range factorPoints(e, e.n, size, func(b int) neon.Vec { return at(size*a + b) }) {
				store(v)
				e.I("ADD %v, %v", stride, to)
			}
		}
	}
	e.I("MOVD %v, %v", dst, to)
	e.I("CMP $%d, %v", lanes, rows)
	e.Jump("BNE", "part")
	points(func(v neon.Vec) { e.StoreVec(v, to, 0) })
	e.Jump("B", "next")
	e.Label("part")
	points(func(v neon.Vec) { e.StorePart(v, to, 0, rows, tmp) })
	e.Label("next")
	e.I("ADD %v, %v", step, src)
	e.I("ADD %v, %v", pitch, dst)
	e.I("SUBS $1, %v", left)
	e.Jump("BNE", "k")
	e.Ret()
}
