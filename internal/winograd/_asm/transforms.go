package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// input writes the transform of patches.
func (e *emitter) input() {
	e.text("input", e.n, e.n, patches)
	e.points(e.n, func(d func(i int) vec) []vec { return evaluate(e, e.n, d) })
}

// gradient writes the transform of tiles of the output's gradient, the smaller factor of
// that of the kernels.
func (e *emitter) gradient(tile int) {
	e.text("gradient", tile, e.n, patches)
	e.points(tile, func(t func(i int) vec) []vec { return factorPoints(e, e.n, tile, t) })
}

// points writes the body of a routine that takes squares of size×size to n×n points.
func (e *emitter) points(size int, evaluate func(d func(i int) vec) []vec) {
	dst, stride := Load(Param("dst").Base(), GP64()), Load(Param("stride"), GP64())
	src, pitch := Load(Param("src").Base(), GP64()), Load(Param("pitch"), GP64())
	offs, left := Load(Param("offs").Base(), GP64()), Load(Param("offs").Len(), GP64())
	SHLQ(operand.U8(2), stride)
	SHLQ(operand.U8(2), pitch)
	room := Load(Param("room"), GP64())
	down := GP64() // a row of V
	IMUL3Q(operand.U8(e.n), stride, down)

	Label("group")
	row, to, count := GP64(), GP64(), GP64()
	MOVQ(src, row)
	MOVQ(room, to)
	MOVQ(operand.U32(uint32(size)), count)

	Label("row")
	d := e.columns(size, row, offs)
	for j, v := range evaluate(func(j int) vec { return d[j] }) {
		VMOVAPS(v, e.at(to, j))
	}
	ADDQ(pitch, row)
	ADDQ(operand.I32(e.n*e.size()), to)
	DECQ(count)
	JNE(operand.LabelRef("row"))

	from := GP64()
	MOVQ(room, from)
	MOVQ(dst, to)
	MOVQ(operand.U32(uint32(e.n)), count)
	Label("column")
	at := GP64()
	MOVQ(to, at)
	for i, v := range evaluate(func(i int) vec { return e.load(e.at(from, i*e.n)) }) {
		VMOVUPS(v, operand.Mem{Base: at})
		PREFETCHT0(operand.Mem{Base: at, Disp: 2 * e.size()})
		if i < e.n-1 {
			ADDQ(down, at)
		}
	}
	ADDQ(operand.I32(e.size()), from)
	ADDQ(stride, to)
	DECQ(count)
	JNE(operand.LabelRef("column"))

	ADDQ(operand.I32(e.size()), dst)
	ADDQ(operand.I32(8*e.lanes), offs)
	SUBQ(operand.U8(e.lanes), left)
	JNE(operand.LabelRef("group"))
	VZEROUPPER()
	RET()
}

// columns loads a row of the squares of a group: a register for each of its elements.
func (e *emitter) columns(size int, row, offs reg.Register) (d []vec) {
	if size == 2 {
		// The two elements of tiles 4·l and 4·l+1, then of the next two, in lane l of four.
		var pairs [2]vec
		for half := range pairs {
			pairs[half] = e.reg()
			for l := range e.lanes / 4 {
				x := pairs[half].AsX()
				if l > 0 {
					x = XMM()
				}
				VMOVSD(e.place(row, offs, 4*l+2*half), x)
				VMOVHPS(e.place(row, offs, 4*l+2*half+1), x, x)
				switch {
				case l == 0:
				case e.wide:
					VINSERTF32X4(operand.U8(l), x, pairs[half], pairs[half])
				default:
					VINSERTF128(operand.U8(l), x, pairs[half], pairs[half])
				}
			}
		}
		return []vec{e.shuffle(evens, pairs[0], pairs[1]), e.shuffle(odds, pairs[0], pairs[1])}
	}
	// Register i, lane l of four, takes four columns of square 4·l + i, so that
	// transposing squares brings each column of all into one register.
	a, b := make([]vec, 4), make([]vec, 4)
	for i := range 4 {
		a[i], b[i] = e.reg(), e.reg()
		for l := range e.lanes / 4 {
			o := GP64()
			MOVQ(operand.Mem{Base: offs, Disp: 8 * (4*l + i)}, o)
			e.insert(operand.Mem{Base: row, Index: o, Scale: 4}, l, a[i])
			if size == 6 {
				e.insert(operand.Mem{Base: row, Index: o, Scale: 4, Disp: 8}, l, b[i])
			}
		}
	}
	d = e.square(a)
	if size == 6 {
		Comment("Of columns 2 to 5 only the last two are new.")
		x, y := e.unpack(false, b[0], b[1]), e.unpack(false, b[2], b[3])
		d = append(d, e.shuffle(firstPairs, x, y), e.shuffle(secondPairs, x, y))
	}
	return d
}

// output writes the transform of products, the same way back.
func (e *emitter) output(tile int) {
	e.text("output", e.n, tile, products)
	dst, pitch := Load(Param("dst").Base(), GP64()), Load(Param("pitch"), GP64())
	src, stride := Load(Param("src").Base(), GP64()), Load(Param("stride"), GP64())
	offs, left := Load(Param("offs").Base(), GP64()), Load(Param("offs").Len(), GP64())
	SHLQ(operand.U8(2), stride)
	SHLQ(operand.U8(2), pitch)
	bias := e.reg()
	arg, err := Param("bias").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(arg.Addr, bias)
	room := Load(Param("room"), GP64())
	down := GP64()
	IMUL3Q(operand.U8(e.n), stride, down)

	Label("group")
	to, count := GP64(), GP64()
	e.interpolateColumns(tile, src, room, stride, down)
	row := GP64()
	MOVQ(dst, row)
	MOVQ(room, to)
	MOVQ(operand.U32(uint32(tile)), count)
	Label("row")
	y := interpolate(e, e.n, tile, func(i int) vec { return e.load(e.at(to, i)) })
	for j := range y {
		y[j] = e.add(y[j], bias)
	}
	if tile == 4 {
		for i, v := range e.square(y) {
			for l := range e.lanes / 4 {
				e.extract(v, l, e.place(row, offs, 4*l+i))
			}
		}
	} else {
		e.pairs(y[0], y[1], row, offs)
	}
	ADDQ(pitch, row)
	ADDQ(operand.I32(e.n*e.size()), to)
	DECQ(count)
	JNE(operand.LabelRef("row"))

	ADDQ(operand.I32(e.size()), src)
	ADDQ(operand.I32(8*e.lanes), offs)
	SUBQ(operand.U8(e.lanes), left)
	JNE(operand.LabelRef("group"))
	VZEROUPPER()
	RET()
}

// interpolateColumns writes the columns of the products of a group, interpolated, to room.
func (e *emitter) interpolateColumns(rows int, src, room, stride, down reg.Register) {
	from, to, count := GP64(), GP64(), GP64()
	MOVQ(src, from)
	MOVQ(room, to)
	MOVQ(operand.U32(uint32(e.n)), count)
	Label("column")
	at := GP64()
	m := make([]vec, e.n)
	MOVQ(from, at)
	for i := range m {
		m[i] = e.load(operand.Mem{Base: at})
		if i < e.n-1 {
			ADDQ(down, at)
		}
	}
	for i, v := range interpolate(e, e.n, rows, func(i int) vec { return m[i] }) {
		VMOVAPS(v, e.at(to, i*e.n))
	}
	ADDQ(stride, from)
	ADDQ(operand.I32(e.size()), to)
	DECQ(count)
	JNE(operand.LabelRef("column"))
}

// weight writes the transform of sums to the gradient of kernels, those of a group side
// by side, element after element of the kernel.
func (e *emitter) weight(kernel int) {
	e.text("weight", e.n, kernel, sums)
	dst, pitch := Load(Param("dst").Base(), GP64()), Load(Param("pitch"), GP64())
	src, stride := Load(Param("src").Base(), GP64()), Load(Param("stride"), GP64())
	left := Load(Param("n"), GP64())
	SHLQ(operand.U8(2), stride)
	SHLQ(operand.U8(2), pitch)
	room := Load(Param("room"), GP64())
	down := GP64()
	IMUL3Q(operand.U8(e.n), stride, down)

	Label("group")
	e.interpolateColumns(kernel, src, room, stride, down)
	at, to, count := GP64(), GP64(), GP64()
	MOVQ(dst, at)
	MOVQ(room, to)
	MOVQ(operand.U32(uint32(kernel)), count)
	Label("row")
	for _, v := range interpolate(e, e.n, kernel, func(i int) vec { return e.load(e.at(to, i)) }) {
		VMOVUPS(v, operand.Mem{Base: at})
		ADDQ(pitch, at)
	}
	ADDQ(operand.I32(e.n*e.size()), to)
	DECQ(count)
	JNE(operand.LabelRef("row"))

	ADDQ(operand.I32(e.size()), src)
	ADDQ(operand.I32(e.size()), dst)
	SUBQ(operand.U8(e.lanes), left)
	JNE(operand.LabelRef("group"))
	VZEROUPPER()
	RET()
}

// place returns where tile t of the group lies in a row.
func (e *emitter) place(row, offs reg.Register, t int) operand.Mem {
	o := GP64()
	MOVQ(operand.Mem{Base: offs, Disp: 8 * t}, o)
	return operand.Mem{Base: row, Index: o, Scale: 4}
}

// pairs stores two columns of all tiles of the group.
func (e *emitter) pairs(a, b vec, row, offs reg.Register) {
	for half, v := range []vec{e.unpack(true, a, b), e.unpack(false, a, b)} {
		for l := range e.lanes / 4 {
			x := v.AsX()
			if l > 0 {
				x = XMM()
				e.extract(v, l, x)
			}
			VMOVLPS(x, e.place(row, offs, 4*l+2*half))
			VMOVHPS(x, e.place(row, offs, 4*l+2*half+1))
		}
	}
}

// kernel writes the transform of kernels, as many side by side as rows.
func (e *emitter) kernel(size int) {
	e.text("kernel", size, e.n, kernels)
	dst, stride := Load(Param("dst").Base(), GP64()), Load(Param("stride"), GP64())
	pitch := Load(Param("pitch"), GP64())
	src, step := Load(Param("src").Base(), GP64()), Load(Param("step"), GP64())
	taps, left, rows := Load(Param("taps"), GP64()), Load(Param("n"), GP64()), Load(Param("rows"), GP64())
	mask := e.mask(rows)
	for _, r := range []reg.Register{stride, pitch, step} {
		SHLQ(operand.U8(2), r)
	}
	room := Load(Param("room"), GP64())

	Label("k")
	for b := range size {
		tap := func(a int) vec {
			o := GP64()
			MOVQ(operand.Mem{Base: taps, Disp: 8 * (size*a + b)}, o)
			return e.load(operand.Mem{Base: src, Index: o, Scale: 4})
		}
		for a, v := range factorPoints(e, e.n, size, tap) {
			VMOVAPS(v, e.at(room, size*a+b))
		}
	}
	at := GP64()
	MOVQ(dst, at)
	for a := range e.n {
		for b, v := range factorPoints(e, e.n, size, func(b int) vec { return e.load(e.at(room, size*a+b)) }) {
			if e.wide {
				VMOVUPS(v, mask, operand.Mem{Base: at})
			} else {
				VMASKMOVPS(v, mask, operand.Mem{Base: at})
			}
			PREFETCHT0(operand.Mem{Base: at, Disp: 256})
			if a < e.n-1 || b < e.n-1 {
				ADDQ(stride, at)
			}
		}
	}
	ADDQ(step, src)
	ADDQ(pitch, dst)
	DECQ(left)
	JNE(operand.LabelRef("k"))
	VZEROUPPER()
	RET()
}

// mask returns the mask of the first rows lanes.
func (e *emitter) mask(rows reg.Register) operand.Op {
	if e.wide {
		// Every processor with AVX-512 has BZHI (BMI2).
		all, k := GP64(), K()
		MOVQ(operand.I64(-1), all)
		BZHIQ(rows, all, all)
		KMOVW(all.As32(), k)
		return k
	}
	// Eight lanes from a table of eight set and eight clear ones.
	if window.Symbol.Name == "" {
		window = GLOBL("window", RODATA|NOPTR)
		for i := range 16 {
			v := uint32(0)
			if i < 8 {
				v--
			}
			DATA(4*i, operand.U32(v))
		}
	}
	table, back, m := GP64(), GP64(), e.reg()
	LEAQ(window.Offset(32), table)
	MOVQ(rows, back)
	NEGQ(back)
	VMOVUPS(operand.Mem{Base: table, Index: back, Scale: 4}, m)
	return m
}

var window operand.Mem
