package main

import (
	"fmt"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

// The largest tile for NEON: taps, and vectors of eight channels in two registers each.
const (
	neonTaps  = 6
	neonLanes = 8
)

// writeNEON writes the file for NEON.
func writeNEON() {
	var f neon.File
	tileNEON(&f)
	packNEON(&f)
	f.Generate()
}

// neonTile is the routine for all tiles at work. Every tap has a pointer of its own, to
// what it sees at the first pixel, and at is the place of the pixel, in floats.
type neonTile struct {
	*neon.Func
	c, offsets, taps, x, dy      neon.Reg
	pictures, rows, cols         neon.Reg // how many there are
	picture, row, col            neon.Reg // how far apart they are
	picturesLeft, rowsLeft, left neon.Reg
	at, atRow, atPicture         neon.Reg
	tap                          []neon.Reg
}

func tileNEON(f *neon.File) {
	t := &neonTile{Func: f.Func("tileNEON", "func(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int)")}
	t.c, t.offsets, t.taps = t.Load("c_base"), t.Load("offsets_base"), t.Load("offsets_len")
	t.x, t.dy = t.Load("x_base"), t.Load("dy_base")
	t.pictures, t.rows, t.cols = t.Load("pictures"), t.Load("rows"), t.Load("cols")
	t.picture, t.row, t.col = t.Load("picture"), t.Load("row"), t.Load("col")
	t.picturesLeft, t.rowsLeft, t.left = t.Reg("pictures left"), t.Reg("rows left"), t.Reg("columns left")
	t.at, t.atRow, t.atPicture = t.Reg("pixel"), t.Reg("first of the row"), t.Reg("first of the picture")
	for i := range neonTaps {
		t.tap = append(t.tap, t.Reg(fmt.Sprintf("tap %d", i)))
	}
	t.I("MOVD %v, %v", t.Arg("vectors"), t.left)
	t.I("CMP $1, %v", t.left)
	t.Jump("BEQ", "across1")
	for v := 2; v > 0; v-- {
		t.Label(fmt.Sprintf("across%d", v))
		for taps := 1; taps < neonTaps; taps++ {
			t.I("CMP $%d, %v", taps, t.taps)
			t.Jump("BEQ", label("tile", taps, v))
		}
		for taps := neonTaps; taps > 0; taps-- { // the largest tile falls through
			t.body(taps, v)
		}
	}
}

// body writes the routine for one tile.
func (t *neonTile) body(taps, vectors int) {
	width := vectors * neonLanes / 4 // registers
	t.Label(label("tile", taps, vectors))
	t.Comment(fmt.Sprintf("%d taps, %d vectors across.", taps, vectors))
	acc := make([][]neon.Vec, taps)
	for i := range acc {
		acc[i] = t.LoadVecs(t.c, 16*width*i, width)
		t.I("MOVD %d(%v), %v", 8*i, t.offsets, t.tap[i])
		t.I("ADD %v<<2, %v, %v", t.tap[i], t.x, t.tap[i])
	}
	t.I("MOVD %v, %v", t.pictures, t.picturesLeft)
	t.I("MOVD $0, %v", t.atPicture)

	t.Label(label("picture", taps, vectors))
	t.I("MOVD %v, %v", t.rows, t.rowsLeft)
	t.I("MOVD %v, %v", t.atPicture, t.atRow)

	t.Label(label("row", taps, vectors))
	t.I("MOVD %v, %v", t.cols, t.left)
	t.I("MOVD %v, %v", t.atRow, t.at)

	t.Label(label("pixel", taps, vectors))
	channels := t.LoadVecs(t.dy, 0, width)
	t.I("ADD $%d, %v", 16*width, t.dy)
	for i := range taps {
		x := t.Vec()
		t.I("FMOVS (%v)(%v<<2), F%d", t.tap[i], t.at, neon.Def(x))
		for j, v := range channels {
			t.FMALane(acc[i][j], v, x, 0)
		}
	}
	t.I("ADD %v, %v", t.col, t.at)
	t.I("SUBS $1, %v", t.left)
	t.Jump("BNE", label("pixel", taps, vectors))

	t.I("ADD %v, %v", t.row, t.atRow)
	t.I("SUBS $1, %v", t.rowsLeft)
	t.Jump("BNE", label("row", taps, vectors))

	t.I("ADD %v, %v", t.picture, t.atPicture)
	t.I("SUBS $1, %v", t.picturesLeft)
	t.Jump("BNE", label("picture", taps, vectors))

	for i := range acc {
		t.StoreVecs(acc[i], t.c, 16*width*i)
	}
	t.Ret()
}

// packNEON writes the packing of one vector of channels: four squares of four at a
// time, the last ones overlapping those before.
func packNEON(file *neon.File) {
	f := file.Func("packNEON", "func(dst []float32, ld int, src []float32, plane, n int)")
	dst, ld, src := f.Load("dst_base"), f.LoadSize("ld"), f.Load("src_base")
	plane, n := f.LoadSize("plane"), f.Load("n")
	step, to := f.Reg("step"), f.Reg("to")
	from := make([]neon.Reg, neonLanes)
	for i := range from {
		from[i] = f.Reg(fmt.Sprintf("from%d", i))
		if i == 0 {
			f.I("MOVD %v, %v", src, from[i])
		} else {
			f.I("ADD %v, %v, %v", plane, from[i-1], from[i])
		}
	}
	f.Label("square")
	f.I("MOVD %v, %v", dst, to)
	for half := range neonLanes / 4 {
		var columns [neonLanes / 4][]neon.Vec // of the upper and the lower square
		for q := range columns {
			x := make([]neon.Vec, 4)
			for i := range x {
				x[i] = f.LoadVec(from[4*q+i], 16*half)
			}
			columns[q] = f.Transpose(x)
		}
		for p := range 4 {
			f.StoreVecs([]neon.Vec{columns[0][p], columns[1][p]}, to, 0)
			f.I("ADD %v, %v", ld, to)
		}
	}
	f.I("SUBS $%d, %v", neonLanes, n)
	f.Jump("BLE", "done")
	f.I("MOVD $%d, %v", neonLanes, step)
	f.I("CMP %v, %v", step, n)
	f.Jump("BGE", "next")
	f.Comment("Fewer pixels than a square are left: step back to end with one.")
	f.I("MOVD %v, %v", n, step)
	f.I("MOVD $%d, %v", neonLanes, n)
	f.Label("next")
	f.I("MADD %v, %v, %v, %v", ld, dst, step, dst)
	for _, r := range from {
		f.I("ADD %v<<2, %v", step, r)
	}
	f.Jump("B", "square")
	f.Label("done")
	f.Ret()
}
