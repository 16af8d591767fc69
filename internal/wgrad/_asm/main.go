// Command _asm writes the assembly of package wgrad.
//
//	go run . -isa avx2 -out ../wgrad_avx2_amd64.s
//	go run . -isa avx512 -out ../wgrad_avx512_amd64.s
//	go run . -isa neon -out ../wgrad_neon_arm64.s
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	isa := flag.String("isa", "", "instruction set: avx2, avx512 or neon")
	flag.Parse()
	if *isa == "neon" {
		writeNEON()
		return
	}
	ConstraintExpr("!purego")
	if *isa == "avx512" {
		wide.kernel()
		wide.pack()
	} else {
		narrow.kernel()
		narrow.pack()
	}
	Generate()
}
