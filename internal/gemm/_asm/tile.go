package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is what the two instruction sets differ in.
type isa struct {
	name   string
	lanes  int // floats in a vector
	rows   int // of the largest tile; its width is two vectors
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

// The general registers of a kernel. Strides are in bytes.
var (
	c, ldc       = reg.RDI, reg.R8
	start, ldin  = reg.RSI, reg.R9
	a            = reg.RAX
	b, ldb       = reg.RBX, reg.RCX
	k            = reg.RDX
	rows, last   = reg.R10, reg.R11 // last: columns in the last vector of the tile
	count, ahead = reg.R12, reg.R13
	mask         = reg.K1
)

// kernel writes the routine for all tiles: one body for each number of rows and
// each of one and two vectors across.
func (s *isa) kernel() {
	TEXT("tile"+s.name, NOSPLIT,
		"func(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int)")
	Load(Param("c").Base(), c)
	Load(Param("ldc"), ldc)
	Load(Param("init").Base(), start)
	Load(Param("ldinit"), ldin)
	Load(Param("a").Base(), a)
	Load(Param("b").Base(), b)
	Load(Param("ldb"), ldb)
	Load(Param("k"), k)
	Load(Param("rows"), rows)
	Load(Param("cols"), last)
	for _, r := range []reg.Register{ldc, ldin, ldb} {
		SHLQ(operand.U8(2), r)
	}
	CMPQ(last, operand.U8(s.lanes))
	JLE(operand.LabelRef("across1"))
	SUBQ(operand.U8(s.lanes), last)
	s.across(2)
	Label("across1")
	s.across(1)
}

// across writes the bodies that are so many vectors wide.
func (s *isa) across(vectors int) {
	s.setMask()
	for r := 1; r < s.rows; r++ {
		CMPQ(rows, operand.U8(r))
		JEQ(operand.LabelRef(label("tile", r, vectors)))
	}
	for r := s.rows; r > 0; r-- { // the largest tile falls through
		s.body(r, vectors)
	}
}

func label(what string, r, vectors int) string { return fmt.Sprintf("%s%dx%d", what, r, vectors) }

// body writes the routine for one tile.
func (s *isa) body(r, vectors int) {
	free := s.vector
	take := func() (v reg.VecPhysical) {
		v, free = free[0], free[1:]
		return v
	}
	acc := make([][]reg.VecPhysical, r)
	for i := range acc {
		for range vectors {
			acc[i] = append(acc[i], take())
		}
	}
	row := make([]reg.VecPhysical, vectors)
	for j := range row {
		row[j] = take()
	}
	at := func(p reg.Register, j int) operand.Mem { return operand.Mem{Base: p, Disp: j * 4 * s.lanes} }

	Label(label("tile", r, vectors))
	Comment(fmt.Sprintf("%d rows, %d vectors across: load the initial values, fetch C for the stores.", r, vectors))
	MOVQ(c, ahead)
	s.loadMask()
	for i := range r {
		for j := range vectors {
			s.load(at(start, j), acc[i][j], j == vectors-1)
			PREFETCHT0(at(ahead, j))
		}
		if i < r-1 {
			ADDQ(ldin, start)
			ADDQ(ldc, ahead)
		}
	}

	step := func(u int) {
		for j := range row {
			VMOVUPS(at(b, j), row[j])
		}
		ADDQ(ldb, b)
		for i := range r {
			x := free[i%len(free)]
			VBROADCASTSS(operand.Mem{Base: a, Disp: 4 * (u*r + i)}, x)
			for j := range row {
				VFMADD231PS(row[j], x, acc[i][j])
			}
		}
	}
	const unroll = 4
	MOVQ(k, count)
	SHRQ(operand.U8(2), count)
	JEQ(operand.LabelRef(label("rest", r, vectors)))
	Label(label("loop", r, vectors))
	for u := range unroll {
		step(u)
	}
	ADDQ(operand.U32(4*unroll*r), a)
	DECQ(count)
	JNE(operand.LabelRef(label("loop", r, vectors)))

	Label(label("rest", r, vectors))
	ANDQ(operand.U8(unroll-1), k)
	JEQ(operand.LabelRef(label("store", r, vectors)))
	Label(label("single", r, vectors))
	step(0)
	ADDQ(operand.U8(4*r), a)
	DECQ(k)
	JNE(operand.LabelRef(label("single", r, vectors)))

	Label(label("store", r, vectors))
	s.stores(acc, r, vectors, at)
}

// setMask sets the mask of the last vector.
func (s *isa) setMask() {
	if s.lanes == 8 {
		return // it takes a register that the loop needs; see loadMask
	}
	MOVL(operand.I32(-1), count.As32())
	BZHIL(last.As32(), count.As32(), count.As32())
	KMOVW(count.As32(), mask)
}

// laneMask is the mask of the last vector between loops, for AVX2.
var laneMask = reg.Y15

// loadMask loads the lane mask from a table of eight ones and eight zeros.
func (s *isa) loadMask() {
	if s.lanes == 16 {
		return
	}
	LEAQ(maskTable(), count)
	LEAQ(operand.Mem{Base: count, Disp: 32}, count)
	SHLQ(operand.U8(2), last)
	SUBQ(last, count)
	SHRQ(operand.U8(2), last)
	VMOVDQU(operand.Mem{Base: count}, laneMask)
}

var table operand.Mem

func maskTable() operand.Mem {
	if table.Symbol.Name == "" {
		table = GLOBL("lanes", RODATA|NOPTR)
		for i := range 16 {
			v := uint32(0)
			if i < 8 {
				v--
			}
			DATA(4*i, operand.U32(v))
		}
	}
	return table
}

// load loads a vector of initial values.
func (s *isa) load(m operand.Mem, v reg.VecPhysical, masked bool) {
	switch {
	case !masked:
		VMOVUPS(m, v)
	case s.lanes == 16:
		VMOVUPS_Z(m, mask, v)
	default:
		VMASKMOVPS(m, laneMask, v)
	}
}

// stores writes the end of a body. AVX2 takes masked stores only where it must,
// since some processors are slow at them.
func (s *isa) stores(acc [][]reg.VecPhysical, r, vectors int, at func(reg.Register, int) operand.Mem) {
	all := func(masked func(v reg.VecPhysical, m operand.Mem)) {
		for i := range r {
			for j, v := range acc[i] {
				if j == vectors-1 {
					masked(v, at(c, j))
				} else {
					VMOVUPS(v, at(c, j))
				}
			}
			if i < r-1 {
				ADDQ(ldc, c)
			}
		}
		VZEROUPPER()
		RET()
	}
	if s.lanes == 16 {
		all(func(v reg.VecPhysical, m operand.Mem) { VMOVUPS(v, mask, m) })
		return
	}
	CMPQ(last, operand.U8(s.lanes))
	JNE(operand.LabelRef(label("part", r, vectors)))
	all(func(v reg.VecPhysical, m operand.Mem) { VMOVUPS(v, m) })
	Label(label("part", r, vectors))
	s.loadMask()
	all(func(v reg.VecPhysical, m operand.Mem) { VMASKMOVPS(v, laneMask, m) })
}
