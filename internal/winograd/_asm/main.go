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
	wide := *isa == "avx512"
	for _, n := range []int{4, 6} {
		newEmitter(wide, n).input()
	}
	for _, form := range []struct{ tile, kernel int }{{2, 3}, {4, 3}, {2, 5}} {
		e := newEmitter(wide, form.tile+form.kernel-1)
		e.output(form.tile)
		e.kernel(form.kernel)
		e.gradient(form.tile)
		e.weight(form.kernel)
	}
	Generate()
}
