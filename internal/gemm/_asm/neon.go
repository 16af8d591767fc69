package main

import (
	"fmt"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

// The largest tile for NEON: rows, and vectors of four columns.
const (
	neonRows    = 6
	neonVectors = 4
)

// writeNEON writes the file for NEON.
func writeNEON() {
	var f neon.File
	tileNEON(&f)
	packColsNEON(&f)
	packRowsNEON(&f)
	packWideNEON(&f)
	f.Generate()
}

// neonTile is the routine for all tiles at work: one body for each number of rows and
// of vectors across.
type neonTile struct {
	*neon.Func
	c, ldc, start, ldin, a, b, ldb, k, rows neon.Reg
	last                                    neon.Reg // columns in the last vector
	count, tmp                              neon.Reg
}

func tileNEON(f *neon.File) {
	t := &neonTile{Func: f.Func("tileNEON", "func(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int)")}
	t.c, t.ldc = t.Load("c_base"), t.LoadSize("ldc")
	t.start, t.ldin = t.Load("init_base"), t.LoadSize("ldinit")
	t.a, t.b, t.ldb = t.Load("a_base"), t.Load("b_base"), t.LoadSize("ldb")
	t.k, t.rows, t.last = t.Load("k"), t.Load("rows"), t.Load("cols")
	t.count, t.tmp = t.Reg("count"), t.Reg("tmp")
	for v := 1; v < neonVectors; v++ {
		t.I("CMP $4, %v", t.last)
		t.Jump("BLE", fmt.Sprintf("across%d", v))
		t.I("SUB $4, %v", t.last)
	}
	for v := neonVectors; v > 0; v-- {
		t.Label(fmt.Sprintf("across%d", v))
		for r := 1; r < neonRows; r++ {
			t.I("CMP $%d, %v", r, t.rows)
			t.Jump("BEQ", label("tile", r, v))
		}
		for r := neonRows; r > 0; r-- { // the largest tile falls through
			t.body(r, v)
		}
	}
}

// body writes the routine for one tile.
func (t *neonTile) body(r, vectors int) {
	t.Label(label("tile", r, vectors))
	t.Comment(fmt.Sprintf("%d rows, %d vectors across.", r, vectors))
	acc := make([][]neon.Vec, r)
	for i := range acc {
		acc[i] = t.Vecs(vectors)
	}
	rows := func(each func(i int), ptr, ld neon.Reg) {
		for i := range r {
			each(i)
			if i < r-1 {
				t.I("ADD %v, %v", ld, ptr)
			}
		}
	}
	t.I("CMP $4, %v", t.last)
	t.Jump("BNE", label("loadpart", r, vectors))
	rows(func(i int) {
		for j, v := range t.LoadVecs(t.start, 0, vectors) {
			t.Move(acc[i][j], v)
		}
	}, t.start, t.ldin)
	t.Jump("B", label("start", r, vectors))
	t.Label(label("loadpart", r, vectors))
	rows(func(i int) {
		for j, v := range append(t.LoadVecs(t.start, 0, vectors-1), t.LoadPart(t.start, 16*(vectors-1), t.last, t.tmp)) {
			t.Move(acc[i][j], v)
		}
	}, t.start, t.ldin)

	t.Label(label("start", r, vectors))
	t.I("LSR $2, %v, %v", t.k, t.count)
	t.Jump(fmt.Sprintf("CBZ %v", t.count), label("rest", r, vectors))
	t.Label(label("loop", r, vectors))
	const unroll = 4
	var a []neon.Vec // r vectors hold the panel of A for four values of k
	for u := range unroll {
		row := t.LoadVecs(t.b, 0, vectors)
		t.I("ADD %v, %v", t.ldb, t.b)
		for i := range r {
			at := u*r + i
			if at == 4*len(a) {
				a = append(a, t.LoadVec(t.a, 4*at))
			}
			for j := range row {
				t.FMALane(acc[i][j], row[j], a[at/4], at%4)
			}
		}
	}
	t.I("ADD $%d, %v", 4*unroll*r, t.a)
	t.I("SUBS $1, %v", t.count)
	t.Jump("BNE", label("loop", r, vectors))

	t.Label(label("rest", r, vectors))
	t.I("ANDS $%d, %v", unroll-1, t.k)
	t.Jump("BEQ", label("store", r, vectors))
	t.Label(label("single", r, vectors))
	row := t.LoadVecs(t.b, 0, vectors)
	t.I("ADD %v, %v", t.ldb, t.b)
	for i := range r {
		x := t.Spread(t.a)
		t.I("ADD $4, %v", t.a)
		for j := range row {
			t.FMA(acc[i][j], row[j], x)
		}
	}
	t.I("SUBS $1, %v", t.k)
	t.Jump("BNE", label("single", r, vectors))

	t.Label(label("store", r, vectors))
	t.I("CMP $4, %v", t.last)
	t.Jump("BNE", label("storepart", r, vectors))
	rows(func(i int) { t.StoreVecs(acc[i], t.c, 0) }, t.c, t.ldc)
	t.Ret()
	t.Label(label("storepart", r, vectors))
	rows(func(i int) {
		t.StoreVecs(acc[i][:vectors-1], t.c, 0)
		t.StorePart(acc[i][vectors-1], t.c, 16*(vectors-1), t.last, t.tmp)
	}, t.c, t.ldc)
	t.Ret()
}

// packColsNEON writes the packing of at least four vectors of at least four elements,
// as packCols does.
func packColsNEON(file *neon.File) {
	f := file.Func("packColsNEON", "func(dst []float32, ld int, src []float32, offs []int, n int)")
	dst, ld, src := f.Load("dst_base"), f.LoadSize("ld"), f.Load("src_base")
	offs, vectors, n := f.Load("offs_base"), f.Load("offs_len"), f.Load("n")
	chunk, i, count, to := f.Reg("chunk"), f.Reg("i"), f.Reg("count"), f.Reg("to")
	tmp, last := f.Reg("tmp"), f.Reg("last")
	from := make([]neon.Reg, 4)
	for j := range from {
		from[j] = f.Reg(fmt.Sprintf("from%d", j))
	}

	f.Label("chunk")
	f.Comment("At most 128 elements of each vector, a multiple of four.")
	f.I("MOVD $128, %v", chunk)
	f.I("CMP %v, %v", chunk, n)
	f.I("CSEL LT, %v, %v, %v", n, chunk, chunk)
	f.I("AND $~3, %v", chunk)
	f.I("MOVD $0, %v", i)

	f.Label("four")
	f.I("ADD %v<<3, %v, %v", i, offs, tmp)
	for j, r := range from {
		f.I("MOVD %d(%v), %v", 8*j, tmp, r)
		f.I("ADD %v<<2, %v, %v", r, src, r)
	}
	f.I("ADD %v<<2, %v, %v", i, dst, to)
	f.I("MOVD %v, %v", chunk, count)

	f.Label("square")
	x := make([]neon.Vec, 4)
	for j, r := range from {
		x[j] = f.LoadVec(r, 0)
		f.I("ADD $16, %v", r)
	}
	for _, v := range f.Transpose(x) {
		f.StoreVec(v, to, 0)
		f.I("ADD %v, %v", ld, to)
	}
	f.I("SUBS $4, %v", count)
	f.Jump("BNE", "square")

	f.I("ADD $4, %v", i)
	f.I("CMP %v, %v", vectors, i)
	f.Jump("BGE", "next")
	f.Comment("The last four vectors may overlap those before.")
	f.I("SUB $4, %v, %v", vectors, last)
	f.I("CMP %v, %v", last, i)
	f.I("CSEL GT, %v, %v, %v", last, i, i)
	f.Jump("B", "four")

	f.Label("next")
	f.I("SUBS %v, %v", chunk, n)
	f.Jump("BEQ", "done")
	f.Comment("Fewer than four elements are left: step back to end with four.")
	f.I("CMP $4, %v", n)
	f.Jump("BGE", "forward")
	f.I("SUB $4, %v", chunk)
	f.I("ADD %v, %v", n, chunk)
	f.I("MOVD $4, %v", n)
	f.Label("forward")
	f.I("ADD %v<<2, %v", chunk, src)
	f.I("MADD %v, %v, %v, %v", ld, dst, chunk, dst)
	f.Jump("B", "chunk")
	f.Label("done")
	f.Ret()
}

// packRowsNEON writes the packing of rows: copies of n floats.
func packRowsNEON(file *neon.File) {
	f := file.Func("packRowsNEON", "func(dst []float32, ld int, src []float32, offs []int, n int)")
	dst, ld, src := f.Load("dst_base"), f.LoadSize("ld"), f.Load("src_base")
	offs, count, n := f.Load("offs_base"), f.Load("offs_len"), f.Load("n")
	from, to, last, left := f.Reg("from"), f.Reg("to"), f.Reg("last"), f.Reg("left")

	// each writes a loop over the rows.
	each := func(name string, move func()) {
		f.Label(name)
		f.I("MOVD.P 8(%v), %v", offs, from)
		f.I("ADD %v<<2, %v, %v", from, src, from)
		move()
		f.I("ADD %v, %v", ld, dst)
		f.I("SUBS $1, %v", count)
		f.Jump("BNE", name)
		f.Ret()
	}
	f.I("CMP $%d, %v", 4*neonVectors, n)
	f.Jump("BEQ", "panel")
	f.I("CMP $4, %v", n)
	f.Jump("BLT", "few")
	f.Comment("Whole vectors, then one that ends with the row.")
	f.I("SUB $4, %v, %v", n, last)
	each("vectors", func() {
		f.I("MOVD %v, %v", dst, to)
		f.I("ADD %v<<2, %v, %v", last, from, left)
		end := f.LoadVec(left, 0)
		f.I("MOVD %v, %v", last, left)
		f.Label("whole")
		f.StoreVec(f.LoadVec(from, 0), to, 0)
		f.I("ADD $16, %v", from)
		f.I("ADD $16, %v", to)
		f.I("SUBS $4, %v", left)
		f.Jump("BGT", "whole")
		f.I("ADD %v<<2, %v, %v", last, dst, to)
		f.StoreVec(end, to, 0)
	})
	each("panel", func() { f.StoreVecs(f.LoadVecs(from, 0, neonVectors), dst, 0) })
	each("few", func() {
		v := f.LoadPart(from, 0, n, left)
		f.StorePart(v, dst, 0, n, left)
	})
}

// packWideNEON writes the packing of rows that go through several whole panels. As in
// packWide, the line of the fourth row from there is fetched meanwhile.
func packWideNEON(file *neon.File) {
	f := file.Func("packWideNEON", "func(dst []float32, next int, src []float32, stride, rows, panels int)")
	dst, next := f.Load("dst_base"), f.LoadSize("next")
	src, stride, rows, panels := f.Load("src_base"), f.LoadSize("stride"), f.Load("rows"), f.Load("panels")
	from, ahead, to, count := f.Reg("from"), f.Reg("ahead"), f.Reg("to"), f.Reg("count")
	const panel = 4 * 4 * neonVectors // bytes of a row

	f.Label("row")
	f.I("MOVD %v, %v", src, from)
	f.I("ADD %v<<2, %v, %v", stride, src, ahead)
	f.I("MOVD %v, %v", dst, to)
	f.I("MOVD %v, %v", panels, count)
	f.Label("panel")
	f.I("PRFM (%v), PLDL1KEEP", ahead)
	f.StoreVecs(f.LoadVecs(from, 0, neonVectors), to, 0)
	f.I("ADD $%d, %v", panel, from)
	f.I("ADD $%d, %v", panel, ahead)
	f.I("ADD %v, %v", next, to)
	f.I("SUBS $1, %v", count)
	f.Jump("BNE", "panel")
	f.I("ADD %v, %v", stride, src)
	f.I("ADD $%d, %v", panel, dst)
	f.I("SUBS $1, %v", rows)
	f.Jump("BNE", "row")
	f.Ret()
}
