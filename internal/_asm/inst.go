package neon

import "fmt"

// The instructions below return the register with the result, a new one.

// floats adds an instruction on four floats that Go's assembler lacks.
func (f *Func) floats(word uint32, name string, args ...Vec) Vec {
	d := f.Vec()
	ops, format := []any{Def(d)}, name+" v%d.4s"
	for _, a := range args {
		ops, format = append(ops, Use(a)), format+", v%d.4s"
	}
	f.Word(word, format, ops...)
	return d
}

// binary adds an instruction of Go's assembler, whose operands are in reverse.
func (f *Func) binary(name, shape string, a, b Vec) Vec {
	d := f.Vec()
	f.I(fmt.Sprintf("%s V%%d.%s, V%%d.%s, V%%d.%s", name, shape, shape, shape), Use(b), Use(a), Def(d))
	return d
}

func (f *Func) FAdd(a, b Vec) Vec { return f.floats(0x4e20d400, "fadd", a, b) }
func (f *Func) FSub(a, b Vec) Vec { return f.floats(0x4ea0d400, "fsub", a, b) }
func (f *Func) FMul(a, b Vec) Vec { return f.floats(0x6e20dc00, "fmul", a, b) }
func (f *Func) FDiv(a, b Vec) Vec { return f.floats(0x6e20fc00, "fdiv", a, b) }
func (f *Func) FSqrt(a Vec) Vec   { return f.floats(0x6ea1f800, "fsqrt", a) }
func (f *Func) FNeg(a Vec) Vec    { return f.floats(0x6ea0f800, "fneg", a) }

// Comparisons set all bits of the lanes where they hold, which they do not for NaN.

func (f *Func) FEq(a, b Vec) Vec { return f.floats(0x4e20e400, "fcmeq", a, b) }
func (f *Func) FGt(a, b Vec) Vec { return f.floats(0x6ea0e400, "fcmgt", a, b) }
func (f *Func) FGe(a, b Vec) Vec { return f.floats(0x6e20e400, "fcmge", a, b) }

// FromInt converts signed integers.
func (f *Func) FromInt(a Vec) Vec { return f.floats(0x4e21d800, "scvtf", a) }

// FMA computes acc += a·b in place, with one rounding, FMS acc -= a·b.
func (f *Func) FMA(acc, a, b Vec) { f.I("VFMLA V%d.S4, V%d.S4, V%d.S4", Use(b), Use(a), Mod(acc)) }
func (f *Func) FMS(acc, a, b Vec) { f.I("VFMLS V%d.S4, V%d.S4, V%d.S4", Use(b), Use(a), Mod(acc)) }

// FMALane computes acc += a·b[lane] in place, with one rounding.
func (f *Func) FMALane(acc, a, b Vec, lane int) {
	f.Word(0x4f801000|uint32(lane&1)<<21|uint32(lane>>1)<<11, fmt.Sprintf("fmla v%%d.4s, v%%d.4s, v%%d.s[%d]", lane),
		Mod(acc), Use(a), Use(b))
}

func (f *Func) And(a, b Vec) Vec    { return f.binary("VAND", "B16", a, b) }
func (f *Func) Or(a, b Vec) Vec     { return f.binary("VORR", "B16", a, b) }
func (f *Func) Xor(a, b Vec) Vec    { return f.binary("VEOR", "B16", a, b) }
func (f *Func) AddInt(a, b Vec) Vec { return f.binary("VADD", "S4", a, b) }
func (f *Func) SubInt(a, b Vec) Vec { return f.binary("VSUB", "S4", a, b) }

func (f *Func) Not(a Vec) Vec {
	d := f.Vec()
	f.Word(0x6e205800, "mvn v%d.16b, v%d.16b", Def(d), Use(a))
	return d
}

func (f *Func) ShiftLeft(a Vec, n int) Vec {
	d := f.Vec()
	f.I("VSHL $%d, V%d.S4, V%d.S4", n, Use(a), Def(d))
	return d
}

// ShiftRight keeps the sign.
func (f *Func) ShiftRight(a Vec, n int) Vec {
	d := f.Vec()
	f.Word(0x4f000400|uint32(64-n)<<16, fmt.Sprintf("sshr v%%d.4s, v%%d.4s, #%d", n), Def(d), Use(a))
	return d
}

// Choose returns yes where the bits of cond are set, elsewhere no.
func (f *Func) Choose(cond, yes, no Vec) Vec {
	d := f.Copy(cond)
	f.I("VBSL V%d.B16, V%d.B16, V%d.B16", Use(no), Use(yes), Mod(d))
	return d
}

// Copy returns a copy, which costs nothing where a is not needed afterwards.
func (f *Func) Copy(a Vec) Vec {
	d := f.Vec()
	f.Move(d, a)
	return d
}

// Move copies a to d.
func (f *Func) Move(d, a Vec) {
	f.insts = append(f.insts, inst{format: "VMOV V%[2]d.B16, V%[1]d.B16", args: []any{Def(d), Use(a)}, move: true})
}

// Zip returns a0 b0 a1 b1 and Zip2 a2 b2 a3 b3; Even a0 b0 a2 b2 and Odd a1 b1 a3 b3;
// Evens a0 a2 b0 b2 and Odds a1 a3 b1 b3; EvenPairs a0 a1 b0 b1 and OddPairs a2 a3 b2 b3.
func (f *Func) Zip(a, b Vec) Vec       { return f.binary("VZIP1", "S4", a, b) }
func (f *Func) Zip2(a, b Vec) Vec      { return f.binary("VZIP2", "S4", a, b) }
func (f *Func) Even(a, b Vec) Vec      { return f.binary("VTRN1", "S4", a, b) }
func (f *Func) Odd(a, b Vec) Vec       { return f.binary("VTRN2", "S4", a, b) }
func (f *Func) Evens(a, b Vec) Vec     { return f.binary("VUZP1", "S4", a, b) }
func (f *Func) Odds(a, b Vec) Vec      { return f.binary("VUZP2", "S4", a, b) }
func (f *Func) EvenPairs(a, b Vec) Vec { return f.binary("VTRN1", "D2", a, b) }
func (f *Func) OddPairs(a, b Vec) Vec  { return f.binary("VTRN2", "D2", a, b) }

// Transpose returns the columns of a square of four rows.
func (f *Func) Transpose(x []Vec) []Vec {
	ab0, ab1 := f.Even(x[0], x[1]), f.Odd(x[0], x[1])
	cd0, cd1 := f.Even(x[2], x[3]), f.Odd(x[2], x[3])
	return []Vec{f.EvenPairs(ab0, cd0), f.EvenPairs(ab1, cd1), f.OddPairs(ab0, cd0), f.OddPairs(ab1, cd1)}
}

// SwapPairs returns the lanes 2 3 0 1, SwapLanes 1 0 3 2.
func (f *Func) SwapPairs(a Vec) Vec {
	d := f.Vec()
	f.I("VEXT $8, V%d.B16, V%d.B16, V%d.B16", Use(a), Use(a), Def(d))
	return d
}

func (f *Func) SwapLanes(a Vec) Vec {
	d := f.Vec()
	f.I("VREV64 V%d.S4, V%d.S4", Use(a), Def(d))
	return d
}

// Zero returns zeros.
func (f *Func) Zero() Vec {
	d := f.Vec()
	f.I("VMOVI $0, V%d.B16", Def(d))
	return d
}

// Const returns the bits b in all lanes.
func (f *Func) Const(b uint32) Vec {
	if b == 0 {
		return f.Zero()
	}
	return f.LoadVec(f.constants(), f.file.constant(b, b, b, b))
}

// constants returns the register with the address of the constants.
func (f *Func) constants() Reg {
	if f.consts == "" {
		f.consts = f.Reg("constants")
		load := inst{format: "MOVD $constants<>(SB), %v", args: []any{f.consts}}
		f.insts = append([]inst{load}, f.insts...)
	}
	return f.consts
}

// Scalar returns an argument of one float in all lanes.
func (f *Func) Scalar(arg string) Vec {
	v, d := f.Vec(), f.Vec()
	f.I("FMOVS %v, F%d", f.Arg(arg), Def(v))
	f.I("VDUP V%d.S[0], V%d.S4", Use(v), Def(d))
	return d
}

// Spread returns the float at an address in all lanes.
func (f *Func) Spread(r Reg) Vec {
	d := f.Vec()
	f.I("VLD1R (%v), [V%d.S4]", r, Def(d))
	return d
}

// LoadVec loads a vector from r and so many bytes more.
func (f *Func) LoadVec(r Reg, bytes int) Vec {
	d := f.Vec()
	f.I("FMOVQ %d(%v), F%d", bytes, r, Def(d))
	return d
}

// LoadHalf loads two floats; the others become 0.
func (f *Func) LoadHalf(r Reg, bytes int) Vec {
	d := f.Vec()
	f.I("FMOVD %d(%v), F%d", bytes, r, Def(d))
	return d
}

// LoadVecs loads n vectors that follow each other.
func (f *Func) LoadVecs(r Reg, bytes, n int) []Vec {
	v := f.Vecs(n)
	for i := 0; i+1 < n; i += 2 {
		f.I("FLDPQ %d(%v), (F%d, F%d)", bytes+16*i, r, Def(v[i]), Def(v[i+1]))
	}
	if n%2 == 1 {
		f.I("FMOVQ %d(%v), F%d", bytes+16*(n-1), r, Def(v[n-1]))
	}
	return v
}

// StoreVec stores a vector.
func (f *Func) StoreVec(v Vec, r Reg, bytes int) { f.I("FMOVQ F%d, %d(%v)", Use(v), bytes, r) }

// StoreVecs stores vectors one after the other.
func (f *Func) StoreVecs(v []Vec, r Reg, bytes int) {
	for i := 0; i+1 < len(v); i += 2 {
		f.I("FSTPQ (F%d, F%d), %d(%v)", Use(v[i]), Use(v[i+1]), bytes+16*i, r)
	}
	if n := len(v); n%2 == 1 {
		f.StoreVec(v[n-1], r, bytes+16*(n-1))
	}
}

// LoadPart loads the first n lanes, 1 ≤ n ≤ 3; the others become 0. It uses tmp.
func (f *Func) LoadPart(r Reg, bytes int, n, tmp Reg) Vec {
	d := f.Vec()
	one, end := f.NewLabel(), f.NewLabel()
	f.Jump(fmt.Sprintf("TBZ $1, %v", n), one)
	f.I("FMOVD %d(%v), F%d", bytes, r, Def(d))
	f.Jump(fmt.Sprintf("TBZ $0, %v", n), end)
	f.I("ADD $%d, %v, %v", bytes+8, r, tmp)
	f.I("VLD1 (%v), V%d.S[2]", tmp, Mod(d))
	f.Jump("B", end)
	f.Label(one)
	f.I("FMOVS %d(%v), F%d", bytes, r, Def(d))
	f.Label(end)
	return d
}

// StorePart stores the first n lanes, 1 ≤ n ≤ 3. It uses tmp.
func (f *Func) StorePart(v Vec, r Reg, bytes int, n, tmp Reg) {
	one, end := f.NewLabel(), f.NewLabel()
	f.Jump(fmt.Sprintf("TBZ $1, %v", n), one)
	f.I("FMOVD F%d, %d(%v)", Use(v), bytes, r)
	f.Jump(fmt.Sprintf("TBZ $0, %v", n), end)
	f.I("ADD $%d, %v, %v", bytes+8, r, tmp)
	f.I("VST1 V%d.S[2], (%v)", Use(v), tmp)
	f.Jump("B", end)
	f.Label(one)
	f.I("FMOVS F%d, %d(%v)", Use(v), bytes, r)
	f.Label(end)
}

// FirstLanes returns a mask of the first n lanes, 0 ≤ n ≤ 4. It uses tmp.
func (f *Func) FirstLanes(n, tmp Reg) Vec {
	const all = 1<<32 - 1
	at := f.file.constant(all, all, all, all, 0, 0, 0, 0)
	f.I("SUB %v<<2, %v, %v", n, f.constants(), tmp)
	return f.LoadVec(tmp, at+16)
}
