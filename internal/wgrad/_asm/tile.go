package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is what the two instruction sets differ in.
type isa struct {
	name   string
	lanes  int // floats in a vector
	taps   int // of the largest tile; its width is two vectors
	vector []reg.VecPhysical
}

var (
	narrow = isa{"AVX2", 8, 6, []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}}
	wide = isa{"AVX512", 16, 12, []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}}
)

// The general registers of a kernel. Every tap has a pointer of its own, to what
// it sees at the first pixel; the pixel's place is an index that all share. So
// the counters and places of the outer loops are on the stack.
var (
	tap = []reg.GPPhysical{
		reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14,
	}
	pixel = reg.R15 // the place of the pixel, in floats
	dy    = reg.RDI
	count = reg.RBP // pixels left in the row
)

// frame holds what the outer loops need.
type frame struct {
	pictures, rows    operand.Mem // how many are left
	atPicture, atRow  operand.Mem // places, in floats
	c, offsets, x, dy operand.Mem // arguments, as are all below
	allPictures       operand.Mem
	allRows, allCols  operand.Mem
	picture, row, col operand.Mem
}

func newFrame() frame {
	local := AllocLocal(32)
	return frame{
		pictures: local, rows: local.Offset(8), atPicture: local.Offset(16), atRow: local.Offset(24),
		c: argument(Param("c").Base()), offsets: argument(Param("offsets").Base()),
		x: argument(Param("x").Base()), dy: argument(Param("dy").Base()),
		allPictures: argument(Param("pictures")), allRows: argument(Param("rows")), allCols: argument(Param("cols")),
		picture: argument(Param("picture")), row: argument(Param("row")), col: argument(Param("col")),
	}
}

// argument returns where an argument is.
func argument(c gotypes.Component) operand.Mem {
	b, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// kernel writes the routine for all tiles: one body for each number of taps and
// each of one and two vectors across.
func (s *isa) kernel() {
	TEXT("tile"+s.name, NOSPLIT,
		"func(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int)")
	f := newFrame()
	Load(Param("offsets").Len(), count)
	Load(Param("vectors"), pixel)
	CMPQ(pixel, operand.U8(1))
	JEQ(operand.LabelRef("across1"))
	s.across(&f, 2)
	Label("across1")
	s.across(&f, 1)
}

// across writes the bodies that are so many vectors wide.
func (s *isa) across(f *frame, vectors int) {
	for t := 1; t < s.taps; t++ {
		CMPQ(count, operand.U8(t))
		JEQ(operand.LabelRef(label("tile", t, vectors)))
	}
	for t := s.taps; t > 0; t-- { // the largest tile falls through
		s.body(f, t, vectors)
	}
}

func label(what string, t, vectors int) string { return fmt.Sprintf("%s%dx%d", what, t, vectors) }

// body writes the routine for one tile.
func (s *isa) body(f *frame, taps, vectors int) {
	free := s.vector
	take := func() (v reg.VecPhysical) {
		v, free = free[0], free[1:]
		return v
	}
	acc := make([][]reg.VecPhysical, taps)
	for i := range acc {
		for range vectors {
			acc[i] = append(acc[i], take())
		}
	}
	channels := make([]reg.VecPhysical, vectors)
	for j := range channels {
		channels[j] = take()
	}
	size := 4 * s.lanes
	at := func(p reg.Register, i, j int) operand.Mem {
		return operand.Mem{Base: p, Disp: (i*vectors + j) * size}
	}

	Label(label("tile", taps, vectors))
	Comment(fmt.Sprintf("%d taps, %d vectors across.", taps, vectors))
	MOVQ(f.c, dy)
	for i := range taps {
		for j := range vectors {
			VMOVUPS(at(dy, i, j), acc[i][j])
		}
	}
	MOVQ(f.x, count)
	MOVQ(f.offsets, pixel)
	for i, p := range tap[:taps] {
		MOVQ(operand.Mem{Base: pixel, Disp: 8 * i}, p)
		LEAQ(operand.Mem{Base: count, Index: p, Scale: 4}, p)
	}
	MOVQ(f.dy, dy)
	MOVQ(f.allPictures, count)
	MOVQ(count, f.pictures)
	XORQ(pixel, pixel)
	MOVQ(pixel, f.atPicture)

	Label(label("picture", taps, vectors))
	MOVQ(f.allRows, count)
	MOVQ(count, f.rows)
	MOVQ(pixel, f.atRow)

	Label(label("row", taps, vectors))
	MOVQ(f.allCols, count)

	Label(label("pixel", taps, vectors))
	for j, v := range channels {
		VMOVUPS(at(dy, 0, j), v)
	}
	for i, p := range tap[:taps] {
		x := free[i%len(free)]
		VBROADCASTSS(operand.Mem{Base: p, Index: pixel, Scale: 4}, x)
		for j, v := range channels {
			VFMADD231PS(v, x, acc[i][j])
		}
	}
	ADDQ(f.col, pixel)
	ADDQ(operand.I32(vectors*size), dy)
	DECQ(count)
	JNE(operand.LabelRef(label("pixel", taps, vectors)))

	next(f.row, f.atRow, f.rows, label("row", taps, vectors))
	next(f.picture, f.atPicture, f.pictures, label("picture", taps, vectors))

	MOVQ(f.c, dy)
	for i := range taps {
		for j := range vectors {
			VMOVUPS(acc[i][j], at(dy, i, j))
		}
	}
	VZEROUPPER()
	RET()
}

// next writes the end of an outer loop: pixel becomes the place of the next row
// or picture.
func next(step, place, left operand.Mem, loop string) {
	MOVQ(place, pixel)
	ADDQ(step, pixel)
	MOVQ(pixel, place)
	DECQ(left)
	JNE(operand.LabelRef(loop))
}
