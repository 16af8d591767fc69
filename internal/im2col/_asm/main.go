// Command _asm writes the assembly of package im2col.
//
//	go run . -isa avx2 -out ../strided_avx2_amd64.s
//	go run . -isa avx512 -out ../strided_avx512_amd64.s
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	isa := flag.String("isa", "", "instruction set: avx2 or avx512")
	flag.Parse()
	ConstraintExpr("!purego")
	e := newEmitter(*isa == "avx512")
	e.take()
	e.add()
	Generate()
}
