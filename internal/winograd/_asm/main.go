// Command _asm writes the assembly of package winograd.
//
//	go run . -isa avx2 -out ../winograd_avx2_amd64.s
//	go run . -isa avx512 -out ../winograd_avx512_amd64.s
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	isa := flag.String("isa", "", "instruction set: avx2 or avx512")
	flag.Parse()
	ConstraintExpr("!purego")
	for _, tile := range []int{2, 4} {
		e := newEmitter(*isa == "avx512", tile)
		e.input()
		e.output()
		e.kernel()
	}
	Generate()
}
