// Command _asm writes the assembly of package winograd.
//
//	go run . -isa avx2 -out ../winograd_avx2_amd64.s
//	go run . -isa avx512 -out ../winograd_avx512_amd64.s
//	go run . -isa neon -out ../winograd_neon_arm64.s
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	isa := flag.String("isa", "", "instruction set: avx2, avx512 or neon")
	flag.Parse()
	if *isa == "neon" {
		if err := arm(flag.Lookup("out").Value.String()); err != nil {
			log.Fatal(err)
		}
		return
	}
	ConstraintExpr("!purego")
	for _, tile := range []int{2, 4} {
		e := newEmitter(*isa == "avx512", tile)
		e.input()
		e.output()
		e.kernel()
	}
	Generate()
}
