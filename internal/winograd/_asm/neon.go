package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

// lanesArm is the number of floats in a vector.
const lanesArm = 4

// transformArm writes the transforms of one tile size for NEON, on four tiles or
// kernels at a time. Registers of avo are no more than names.
type transformArm struct {
	*neon.Func
	tile, n int
	names   map[vec]neon.Vec
}

// arm writes the file for NEON.
func arm(name string) error {
	var f neon.File
	for _, tile := range []int{2, 4} {
		begin := func(what, params string) *transformArm {
			fn := f.Func(fmt.Sprintf("%s%dNEON", what, tile), "func("+params+")")
			return &transformArm{fn, tile, tile + 2, map[vec]neon.Vec{}}
		}
		begin("input", "dst []float32, stride int, src []float32, pitch int, offs []int, room *float32").input()
		begin("output", "dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *float32").output()
		begin("kernel", "dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *float32").kernel()
	}
	return f.Write(name)
}

func (t *transformArm) named(v neon.Vec) vec {
	r := XMM()
	t.names[r] = v
	return r
}

func (t *transformArm) constant(c float64) neon.Vec { return t.Const(math.Float32bits(float32(c))) }

func (t *transformArm) add(a, b vec) vec         { return t.named(t.FAdd(t.names[a], t.names[b])) }
func (t *transformArm) sub(a, b vec) vec         { return t.named(t.FSub(t.names[a], t.names[b])) }
func (t *transformArm) mul(a vec, c float64) vec { return t.named(t.FMul(t.names[a], t.constant(c))) }

func (t *transformArm) fma(a vec, c float64, b vec) vec {
	sum := t.Copy(t.names[a])
	t.FMA(sum, t.names[b], t.constant(c))
	return t.named(sum)
}

// load returns a function that loads vectors from r, bytes apart.
func (t *transformArm) load(r neon.Reg, bytes int) func(i int) vec {
	return func(i int) vec { return t.named(t.LoadVec(r, i*bytes)) }
}

// loop writes a loop of so many turns.
func (t *transformArm) loop(label string, turns int, count neon.Reg, body func()) {
	t.I("MOVD $%d, %v", turns, count)
	t.Label(label)
	body()
	t.I("SUBS $1, %v", count)
	t.Jump("BNE", label)
}

// down returns a register with the distance in bytes of n times the elements of one
// of V or M.
func (t *transformArm) down(stride, tmp neon.Reg) neon.Reg {
	down := t.Reg("row of elements")
	t.I("MOVD $%d, %v", t.n, tmp)
	t.I("MUL %v, %v, %v", tmp, stride, down)
	return down
}

// pointers loads where the four tiles of a group are, offsets from base.
func (t *transformArm) pointers(p []neon.Reg, offs, base neon.Reg) {
	for i, r := range p {
		t.I("MOVD %d(%v), %v", 8*i, offs, r)
		t.I("ADD %v<<2, %v, %v", r, base, r)
	}
}

// fours returns four general registers.
func (t *transformArm) fours(name string) []neon.Reg {
	p := make([]neon.Reg, lanesArm)
	for i := range p {
		p[i] = t.Reg(fmt.Sprintf("%s %d", name, i))
	}
	return p
}

// input writes the transform of patches. A square of the first four columns of four
// patches, transposed, brings each column of all patches into one register.
func (t *transformArm) input() {
	dst, stride := t.Load("dst_base"), t.LoadSize("stride")
	src, pitch := t.Load("src_base"), t.LoadSize("pitch")
	offs, left, room := t.Load("offs_base"), t.Load("offs_len"), t.Load("room")
	to, count, from, at := t.Reg("to"), t.Reg("count"), t.Reg("from"), t.Reg("at")
	down := t.down(stride, count)
	patch := t.fours("patch")

	t.Label("group")
	t.pointers(patch, offs, src)
	t.I("MOVD %v, %v", room, to)
	t.loop("row", t.n, count, func() {
		x := make([]neon.Vec, 4)
		for i, p := range patch {
			x[i] = t.LoadVec(p, 0)
		}
		d := t.Transpose(x)
		if t.n == 6 {
			t.Comment("Of columns 2 to 5 only the last two are new.")
			for i, p := range patch {
				x[i] = t.LoadVec(p, 8)
			}
			d = append(d, t.Transpose(x)[2:]...)
		}
		for j, v := range evaluate(t, t.tile, func(j int) vec { return t.named(d[j]) }) {
			t.StoreVec(t.names[v], to, 16*j)
		}
		for _, p := range patch {
			t.I("ADD %v, %v", pitch, p)
		}
		t.I("ADD $%d, %v", 16*t.n, to)
	})

	t.I("MOVD %v, %v", room, from)
	t.I("MOVD %v, %v", dst, to)
	t.loop("column", t.n, count, func() {
		t.I("MOVD %v, %v", to, at)
		for _, v := range evaluate(t, t.tile, t.load(from, 16*t.n)) {
			t.StoreVec(t.names[v], at, 0)
			t.I("ADD %v, %v", down, at)
		}
		t.I("ADD $16, %v", from)
		t.I("ADD %v, %v", stride, to)
	})
	t.I("ADD $16, %v", dst)
	t.I("ADD $%d, %v", 8*lanesArm, offs)
	t.I("SUBS $%d, %v", lanesArm, left)
	t.Jump("BNE", "group")
	t.Ret()
}

// output writes the transform of products, the same way back.
func (t *transformArm) output() {
	dst, pitch := t.Load("dst_base"), t.LoadSize("pitch")
	src, stride := t.Load("src_base"), t.LoadSize("stride")
	offs, left, room := t.Load("offs_base"), t.Load("offs_len"), t.Load("room")
	to, count, from, at := t.Reg("to"), t.Reg("count"), t.Reg("from"), t.Reg("at")
	down := t.down(stride, count)
	tile := t.fours("tile")
	bias := t.named(t.Scalar("bias"))

	t.Label("group")
	t.I("MOVD %v, %v", src, from)
	t.I("MOVD %v, %v", room, to)
	t.loop("column", t.n, count, func() {
		m := make([]vec, t.n)
		t.I("MOVD %v, %v", from, at)
		for i := range m {
			m[i] = t.named(t.LoadVec(at, 0))
			t.I("ADD %v, %v", down, at)
		}
		for i, v := range interpolate(t, t.tile, func(i int) vec { return m[i] }) {
			t.StoreVec(t.names[v], to, 16*t.n*i)
		}
		t.I("ADD %v, %v", stride, from)
		t.I("ADD $16, %v", to)
	})

	t.pointers(tile, offs, dst)
	t.I("MOVD %v, %v", room, from)
	t.loop("row", t.tile, count, func() {
		y := make([]neon.Vec, t.tile)
		for j, v := range interpolate(t, t.tile, t.load(from, 16)) {
			y[j] = t.names[t.add(v, bias)]
		}
		if t.tile == 4 {
			for i, v := range t.Transpose(y) {
				t.StoreVec(v, tile[i], 0)
			}
		} else {
			for i, v := range []neon.Vec{t.Zip(y[0], y[1]), t.Zip2(y[0], y[1])} {
				t.I("FMOVD F%d, (%v)", neon.Use(v), tile[2*i])
				t.I("VST1 V%d.D[1], (%v)", neon.Use(v), tile[2*i+1])
			}
		}
		for _, p := range tile {
			t.I("ADD %v, %v", pitch, p)
		}
		t.I("ADD $%d, %v", 16*t.n, from)
	})
	t.I("ADD $16, %v", src)
	t.I("ADD $%d, %v", 8*lanesArm, offs)
	t.I("SUBS $%d, %v", lanesArm, left)
	t.Jump("BNE", "group")
	t.Ret()
}

// kernel writes the transform of kernels, as many side by side as rows.
func (t *transformArm) kernel() {
	dst, stride, pitch := t.Load("dst_base"), t.LoadSize("stride"), t.LoadSize("pitch")
	src, step, taps := t.Load("src_base"), t.LoadSize("step"), t.Load("taps")
	left, rows, room := t.Load("n"), t.Load("rows"), t.Load("room")
	at, tmp := t.Reg("at"), t.Reg("tmp")

	t.Label("k")
	for b := range 3 {
		var g [3]vec
		for a := range g {
			t.I("MOVD %d(%v), %v", 8*(3*a+b), taps, at)
			t.I("ADD %v<<2, %v, %v", at, src, at)
			g[a] = t.named(t.LoadVec(at, 0))
		}
		for a, v := range kernelPoints(t, t.tile, g[0], g[1], g[2]) {
			t.StoreVec(t.names[v], room, 16*(3*a+b))
		}
	}
	t.I("MOVD %v, %v", dst, at)
	t.I("CMP $%d, %v", lanesArm, rows)
	t.Jump("BNE", "part")
	t.products(room, at, stride, func(v neon.Vec) { t.StoreVec(v, at, 0) })
	t.Jump("B", "next")
	t.Label("part")
	t.products(room, at, stride, func(v neon.Vec) { t.StorePart(v, at, 0, rows, tmp) })
	t.Label("next")
	t.I("ADD %v, %v", step, src)
	t.I("ADD %v, %v", pitch, dst)
	t.I("SUBS $1, %v", left)
	t.Jump("BNE", "k")
	t.Ret()
}

// products writes the second half of the transform of kernels.
func (t *transformArm) products(room, at, stride neon.Reg, store func(v neon.Vec)) {
	for a := range t.n {
		g := t.load(room, 16)
		for _, v := range kernelPoints(t, t.tile, g(3*a), g(3*a+1), g(3*a+2)) {
			store(t.names[v])
			t.I("ADD %v, %v", stride, at)
		}
	}
}
