package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// across is the number of panels that a strip of so many rows goes through. A sum is a
// chain of multiply-adds, each of which waits for the one before, so that it takes eight
// sums at a time or more to keep the processor busy.
var across = map[int]int{1: 4, 2: 2, 3: 2}

// strip writes the routine for strips: a few rows of A by several whole panels of B.
func (s *isa) strip() {
	TEXT("strip"+s.name, NOSPLIT, "func(c []float32, ldc int, init []float32, ldinit int, a, b []float32, next, ldb, k, rows int)")
	Load(Param("c").Base(), c)
	Load(Param("ldc"), ldc)
	Load(Param("init").Base(), start)
	Load(Param("ldinit"), ldin)
	Load(Param("a").Base(), a)
	Load(Param("b").Base(), b)
	Load(Param("next"), next)
	Load(Param("ldb"), ldb)
	Load(Param("k"), k)
	Load(Param("rows"), rows)
	for _, r := range []reg.Register{ldc, ldin, ldb, next} {
		SHLQ(operand.U8(2), r)
	}
	LEAQ(operand.Mem{Base: next, Index: next, Scale: 2}, next3)
	for r := 1; r < len(across); r++ {
		CMPQ(rows, operand.U8(r))
		JEQ(operand.LabelRef(label("strip", r, across[r])))
	}
	for r := len(across); r > 0; r-- {
		s.stripBody(r, across[r])
	}
}

// next and next3 are the distance of panels of B and three times that.
var next, next3 = reg.R11, reg.R13

// stripBody writes the routine for one number of rows.
func (s *isa) stripBody(r, panels int) {
	free := s.vector
	take := func() (v reg.VecPhysical) {
		v, free = free[0], free[1:]
		return v
	}
	vectors := 2 * panels
	acc := make([][]reg.VecPhysical, r)
	for i := range acc {
		for range vectors {
			acc[i] = append(acc[i], take())
		}
	}
	at := func(p reg.Register, j int) operand.Mem { return operand.Mem{Base: p, Disp: j * 4 * s.lanes} }
	of := func(j int) operand.Mem { // vector j of the row of B
		m := at(b, j%2)
		switch j / 2 {
		case 1:
			m.Index, m.Scale = next, 1
		case 2:
			m.Index, m.Scale = next, 2
		case 3:
			m.Index, m.Scale = next3, 1
		}
		return m
	}

	Label(label("strip", r, panels))
	Commentf("%d rows, %d panels across: load the initial values.", r, panels)
	for i := range r {
		for j := range vectors {
			VMOVUPS(at(start, j), acc[i][j])
		}
		if i < r-1 {
			ADDQ(ldin, start)
		}
	}
	step := func(u int) {
		x := make([]reg.VecPhysical, r)
		for i := range x {
			x[i] = free[i]
			VBROADCASTSS(operand.Mem{Base: a, Disp: 4 * (u*r + i)}, x[i])
		}
		for j := range vectors {
			if r == 1 {
				VFMADD231PS(of(j), x[0], acc[0][j])
				continue
			}
			row := free[r+j%(len(free)-r)]
			VMOVUPS(of(j), row)
			for i := range r {
				VFMADD231PS(row, x[i], acc[i][j])
			}
		}
		ADDQ(ldb, b)
	}
	const unroll = 4
	MOVQ(k, count)
	SHRQ(operand.U8(2), count)
	JEQ(operand.LabelRef(label("stripRest", r, panels)))
	Label(label("stripLoop", r, panels))
	for u := range unroll {
		step(u)
	}
	ADDQ(operand.U32(4*unroll*r), a)
	DECQ(count)
	JNE(operand.LabelRef(label("stripLoop", r, panels)))

	Label(label("stripRest", r, panels))
	ANDQ(operand.U8(unroll-1), k)
	JEQ(operand.LabelRef(label("stripStore", r, panels)))
	Label(label("stripSingle", r, panels))
	step(0)
	ADDQ(operand.U8(4*r), a)
	DECQ(k)
	JNE(operand.LabelRef(label("stripSingle", r, panels)))

	Label(label("stripStore", r, panels))
	for i := range r {
		for j := range vectors {
			VMOVUPS(acc[i][j], at(c, j))
		}
		if i < r-1 {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}
