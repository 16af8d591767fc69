package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

// A neonMachine writes NEON instructions on vectors of 4 floats. Registers of avo are no
// more than names; now says which one of package neon holds the value of each, since
// what is computed in place here needs a new one there.
type neonMachine struct {
	*neon.Func
	now  map[operand.Op]neon.Vec
	mask operand.Op
}

// writeNEON writes the file for NEON.
func writeNEON() {
	var f neon.File
	for i := range kernels {
		kernelNEON(&f, &kernels[i])
	}
	transposeNEON(&f)
	f.Generate()
}

// newNEON begins a routine.
func newNEON(file *neon.File, name, signature string) *neonMachine {
	return &neonMachine{Func: file.Func(name, signature), now: map[operand.Op]neon.Vec{}}
}

func (e *neonMachine) emitter() *emitter { return &emitter{e, e.mask} }

// named returns a name for a register.
func (e *neonMachine) named(v neon.Vec) vec {
	r := XMM()
	e.now[r] = v
	return r
}

// bits encodes a constant in the displacement of an operand.
func (e *neonMachine) bits(b uint32) operand.Mem {
	return operand.Mem{Symbol: operand.Symbol{Name: "constant"}, Disp: int(b)}
}

// value returns the register of an operand.
func (e *neonMachine) value(a operand.Op) neon.Vec {
	if m, ok := a.(operand.Mem); ok {
		return e.Const(uint32(m.Disp))
	}
	return e.now[a]
}

func (e *neonMachine) load(m operand.Mem) vec { return e.named(e.value(m)) }

func (e *neonMachine) op(f func(a, b neon.Vec) neon.Vec, a vec, b operand.Op) vec {
	return e.named(f(e.value(a), e.value(b)))
}

func (e *neonMachine) add(a vec, b operand.Op) vec    { return e.op(e.FAdd, a, b) }
func (e *neonMachine) sub(a vec, b operand.Op) vec    { return e.op(e.FSub, a, b) }
func (e *neonMachine) mul(a vec, b operand.Op) vec    { return e.op(e.FMul, a, b) }
func (e *neonMachine) div(a vec, b operand.Op) vec    { return e.op(e.FDiv, a, b) }
func (e *neonMachine) and(a vec, b operand.Op) vec    { return e.op(e.And, a, b) }
func (e *neonMachine) or(a vec, b operand.Op) vec     { return e.op(e.Or, a, b) }
func (e *neonMachine) xor(a vec, b operand.Op) vec    { return e.op(e.Xor, a, b) }
func (e *neonMachine) addInt(a vec, b operand.Op) vec { return e.op(e.AddInt, a, b) }
func (e *neonMachine) subInt(a vec, b operand.Op) vec { return e.op(e.SubInt, a, b) }

func (e *neonMachine) sqrt(a vec) vec              { return e.named(e.FSqrt(e.now[a])) }
func (e *neonMachine) fromInt(a vec) vec           { return e.named(e.FromInt(e.now[a])) }
func (e *neonMachine) shiftLeft(a vec, n int) vec  { return e.named(e.ShiftLeft(e.now[a], n)) }
func (e *neonMachine) shiftRight(a vec, n int) vec { return e.named(e.ShiftRight(e.now[a], n)) }

// The instructions for minimum and maximum have other rules for NaN and zeros.
func (e *neonMachine) min(a vec, b operand.Op) vec {
	return e.pick(func(a, b neon.Vec) neon.Vec { return e.FGt(b, a) }, a, b)
}
func (e *neonMachine) max(a vec, b operand.Op) vec { return e.pick(e.FGt, a, b) }

// pick returns a where the first is preferred, else b.
func (e *neonMachine) pick(prefer func(a, b neon.Vec) neon.Vec, a vec, b operand.Op) vec {
	x, y := e.value(a), e.value(b)
	return e.named(e.Choose(prefer(x, y), x, y))
}

func (e *neonMachine) addInto(acc vec, x operand.Op) vec {
	e.now[acc] = e.FAdd(e.now[acc], e.value(x))
	return acc
}

func (e *neonMachine) fmaInto(acc, a vec, b operand.Op) vec {
	return e.fused(acc, e.now[acc], func(sum neon.Vec) { e.FMA(sum, e.now[a], e.value(b)) })
}

func (e *neonMachine) fnmaInto(acc, a vec, b operand.Op) vec {
	return e.fused(acc, e.now[acc], func(sum neon.Vec) { e.FMS(sum, e.now[a], e.value(b)) })
}

func (e *neonMachine) mulAdd(p, x vec, c operand.Op) vec {
	return e.fused(p, e.value(c), func(sum neon.Vec) { e.FMA(sum, e.now[p], e.now[x]) })
}

func (e *neonMachine) mulSub(p, x vec, c operand.Op) vec {
	return e.fused(p, e.FNeg(e.value(c)), func(sum neon.Vec) { e.FMA(sum, e.now[p], e.now[x]) })
}

// fused lets p be a register that begins as a copy of from, to which step adds.
func (e *neonMachine) fused(p vec, from neon.Vec, step func(sum neon.Vec)) vec {
	sum := e.Copy(from)
	step(sum)
	e.now[p] = sum
	return p
}

func (e *neonMachine) scale(p, k vec) (vec, bool) { return nil, false }

func (e *neonMachine) cmp(predicate int, a vec, b operand.Op) operand.Op {
	x, y := e.value(a), e.value(b)
	switch predicate {
	case eq:
		return e.named(e.FEq(x, y))
	case lt:
		return e.named(e.FGt(y, x))
	case le:
		return e.named(e.FGe(y, x))
	case gt:
		return e.named(e.FGt(x, y))
	}
	if predicate != unordered || x != y {
		panic(fmt.Sprintf("no comparison %#x", predicate))
	}
	return e.named(e.Not(e.FEq(x, x)))
}

func (e *neonMachine) choose(cond operand.Op, yes, no vec) vec {
	return e.named(e.Choose(e.now[cond], e.now[yes], e.now[no]))
}

func (e *neonMachine) zeroUnless(cond operand.Op, v vec) vec {
	return e.named(e.And(e.now[cond], e.now[v]))
}

// kernelNEON writes one routine: unrolled turns, single vectors, a rest of up to three
// floats. A reduction takes pairs of vectors for one of AVX2, so that it has the same
// order of summation, and accumulators in pairs.
func kernelNEON(file *neon.File, k *kernel) {
	e := newNEON(file, k.name+"NEON", "func("+k.params()+")"+k.result())
	ptr := make([]neon.Reg, len(k.slices))
	for i, s := range k.slices {
		ptr[i] = e.Load(s + "_base")
	}
	n, tmp := e.Load(k.slices[0]+"_len"), e.Reg("tmp")
	s := make([]vec, len(k.scalars))
	for i, name := range k.scalars {
		s[i] = e.named(e.Scalar(name))
	}
	single, unroll := 1, k.unroll
	var acc []neon.Vec
	if k.reduces() {
		single, unroll = 2, 2*k.unroll
		for range unroll {
			acc = append(acc, e.Copy(e.value(e.bits(floatBits(k.init)))))
		}
	}

	// turn takes vector u from where the pointers are, or the first rest lanes of it.
	turn := func(u, sum int, rest bool) {
		e.mask = nil
		if rest && k.reduces() {
			e.mask = e.named(e.FirstLanes(n, tmp))
		}
		var in []vec
		for j, read := range k.reads {
			switch {
			case !read:
			case rest:
				in = append(in, e.named(e.LoadPart(ptr[j], 0, n, tmp)))
			default:
				in = append(in, e.named(e.LoadVec(ptr[j], 16*u)))
			}
		}
		var out []vec
		if k.reduces() {
			var a vec
			a, out = k.fold(e.emitter(), e.named(acc[sum]), in, s)
			e.Move(acc[sum], e.now[a])
		} else {
			out = k.body(e.emitter(), in, s)
		}
		for j, write := range k.writes {
			switch {
			case !write:
				continue
			case rest:
				e.StorePart(e.now[out[0]], ptr[j], 0, n, tmp)
			default:
				e.StoreVec(e.now[out[0]], ptr[j], 16*u)
			}
			out = out[1:]
		}
	}
	loop := func(label string, vectors int) {
		e.I("SUBS $%d, %v", 4*vectors, n)
		e.Jump("BLT", label+"end")
		e.Label(label)
		for u := range vectors {
			turn(u, u, false)
		}
		for _, p := range ptr {
			e.I("ADD $%d, %v", 16*vectors, p)
		}
		e.I("SUBS $%d, %v", 4*vectors, n)
		e.Jump("BGE", label)
		e.Label(label + "end")
		e.I("ADD $%d, %v", 4*vectors, n)
	}
	if unroll > single {
		loop("turns", unroll)
	}
	loop("vectors", single)
	if k.reduces() {
		e.Comment("A rest of four or more is a vector for the first accumulator and what is left for the second.")
		e.I("SUBS $4, %v", n)
		e.Jump("BLT", "small")
		turn(0, 0, false)
		for _, p := range ptr {
			e.I("ADD $16, %v", p)
		}
		e.Jump(fmt.Sprintf("CBZ %v", n), "done")
		turn(0, 1, true)
		e.Jump("B", "done")
		e.Label("small")
		e.I("ADD $4, %v", n)
	}
	e.Jump(fmt.Sprintf("CBZ %v", n), "done")
	turn(0, 0, true)
	e.Label("done")
	if k.reduces() {
		e.join(k, acc)
	}
	e.Ret()
}

// join joins the accumulators pairwise, those of the two halves last, then the lanes,
// and returns the result.
func (e *neonMachine) join(k *kernel, acc []neon.Vec) {
	both := func(a, b neon.Vec) neon.Vec {
		return e.now[k.join(e.emitter(), e.named(a), e.named(b))]
	}
	e.mask = nil
	for len(acc) > 1 {
		h := len(acc) / 2
		for i := range h {
			acc[i] = both(acc[i], acc[i+h])
		}
		acc = acc[:h]
	}
	v := both(acc[0], e.SwapPairs(acc[0]))
	v = both(v, e.SwapLanes(v))
	e.I("FMOVS F%d, %v", neon.Use(v), e.Arg("ret"))
}

// transposeNEON writes the transpose for rows and cols that are multiples of four: 4×4
// squares down the rows, so that the writes run on.
func transposeNEON(file *neon.File) {
	e := file.Func("transposeNEON", "func(dst []float32, ldd int, src []float32, lds, rows, cols int)")
	dst, src := e.Load("dst_base"), e.Load("src_base")
	ldd, lds := e.LoadSize("ldd"), e.LoadSize("lds")
	rows, cols := e.Load("rows"), e.Load("cols")
	to, from, r, at := e.Reg("to"), e.Reg("from"), e.Reg("row"), e.Reg("at")

	e.Label("column")
	e.I("MOVD %v, %v", dst, to)
	e.I("MOVD %v, %v", src, from)
	e.I("MOVD %v, %v", rows, r)
	e.Label("square")
	x := make([]neon.Vec, 4)
	for i := range x {
		x[i] = e.LoadVec(from, 0)
		e.I("ADD %v, %v", lds, from)
	}
	e.I("MOVD %v, %v", to, at)
	for _, v := range e.Transpose(x) {
		e.StoreVec(v, at, 0)
		e.I("ADD %v, %v", ldd, at)
	}
	e.I("ADD $16, %v", to)
	e.I("SUBS $4, %v", r)
	e.Jump("BNE", "square")

	e.I("ADD $16, %v", src)
	e.I("ADD %v<<2, %v", ldd, dst)
	e.I("SUBS $4, %v", cols)
	e.Jump("BNE", "column")
	e.Ret()
}
