// Command _asm writes the assembly of package vec and the Go code around it.
//
//	go run . -isa avx2 -out ../vec_avx2_amd64.s
//	go run . -isa avx512 -out ../vec_avx512_amd64.s
//	go run . -isa neon -out ../vec_neon_arm64.s
//	go run . -go ..
package main

import (
	"flag"
	"log"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	isa := flag.String("isa", "", "instruction set: avx2, avx512 or neon (with avo's -out)")
	dir := flag.String("go", "", "write the Go files into this folder instead")
	flag.Parse()
	if *dir != "" {
		if err := writeDispatch(*dir); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *isa == "neon" {
		writeNEON()
		return
	}
	ConstraintExpr("!purego")
	e := newAVX(*isa == "avx512")
	for i := range kernels {
		e.kernel(&kernels[i])
	}
	if !e.wide {
		transpose()
	}
	Generate()
}

// kernel writes one routine: unrolled turns, single vectors, a masked rest.
func (e *avx) kernel(k *kernel) {
	suffix := "AVX2"
	if e.wide {
		suffix = "AVX512"
	}
	TEXT(k.name+suffix, NOSPLIT, "func("+k.params()+")"+k.result())
	ptr := make([]reg.Register, len(k.slices))
	for i, s := range k.slices {
		ptr[i] = Load(Param(s).Base(), GP64())
	}
	n := Load(Param(k.slices[0]).Len(), GP64())
	if len(k.scalars) > 0 {
		Comment("Broadcast " + strings.Join(k.scalars, ", ") + ".")
	}
	s := make([]vec, len(k.scalars))
	for i, name := range k.scalars {
		arg, err := Param(name).Resolve()
		if err != nil {
			log.Fatal(err)
		}
		s[i] = e.reg()
		VBROADCASTSS(arg.Addr, s[i])
	}
	var acc []vec
	if k.reduces() {
		for range k.unroll {
			acc = append(acc, e.load(e.bits(floatBits(k.init))))
		}
	}

	i := GP64()
	XORQ(i, i)
	turn := func(u int) {
		var in []vec
		at := func(j int) operand.Mem {
			return operand.Mem{Base: ptr[j], Index: i, Scale: 4, Disp: u * 4 * e.lanes}
		}
		for j, read := range k.reads {
			if read {
				in = append(in, e.read(at(j)))
			}
		}
		var out []vec
		if k.reduces() {
			var a vec
			if a, out = k.fold(e.emitter(), acc[u], in, s); a != acc[u] {
				VMOVAPS(a, acc[u])
			}
		} else {
			out = k.body(e.emitter(), in, s)
		}
		for j, write := range k.writes {
			if write {
				e.write(out[0], at(j))
				out = out[1:]
			}
		}
	}
	loop := func(label, next string, unroll int) {
		end := GP64()
		Label(label)
		LEAQ(operand.Mem{Base: i, Disp: unroll * e.lanes}, end)
		CMPQ(end, n)
		JGT(operand.LabelRef(next))
		for u := range unroll {
			turn(u)
		}
		MOVQ(end, i)
		JMP(operand.LabelRef(label))
	}
	if k.unroll > 1 {
		Comment("Four vectors a turn, then one, then the rest under a mask.")
		loop("turns", "vectors", k.unroll)
	}
	loop("vectors", "rest", 1)

	Label("rest")
	SUBQ(i, n)
	JEQ(operand.LabelRef("done"))
	e.mask = e.tailMask(n.(reg.GPVirtual))
	turn(0)
	e.mask = nil

	Label("done")
	if k.reduces() {
		Comment("Join the accumulators and halve the vector until one lane is left.")
		ret, err := ReturnIndex(0).Resolve()
		if err != nil {
			log.Fatal(err)
		}
		VMOVSS(e.reduce(k, acc), ret.Addr) // unlike MOVSS, takes X16 to X31
	}
	VZEROUPPER()
	RET()
}

// reduce joins the accumulators pairwise, then halves of the vector.
func (e *avx) reduce(k *kernel, acc []vec) reg.Register {
	for len(acc) > 1 {
		h := len(acc) / 2
		for i := range h {
			acc[i] = k.join(e.emitter(), acc[i], acc[i+h])
		}
		acc = acc[:h]
	}
	half := *e
	v := acc[0]
	if e.wide {
		half.lanes = 8
		hi := YMM()
		VEXTRACTF32X8(operand.U8(1), v, hi)
		v = k.join(half.emitter(), v.AsY().(vec), hi)
	}
	half.lanes = 4
	hi := XMM()
	VEXTRACTF128(operand.U8(1), v, hi)
	v = k.join(half.emitter(), v.AsX().(vec), hi)
	for _, swap := range []int{0b01_00_11_10, 0b10_11_00_01} {
		hi := XMM()
		VPERMILPS(operand.U8(swap), v, hi)
		v = k.join(half.emitter(), v, hi)
	}
	return v
}
