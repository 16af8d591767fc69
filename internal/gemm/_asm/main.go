// Command _asm writes the assembly of package gemm.
//
//	go run . -isa avx2 -out ../gemm_avx2_amd64.s
//	go run . -isa avx512 -out ../gemm_avx512_amd64.s
//	go run . -isa neon -out ../gemm_neon_arm64.s
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
		wide.strip()
	} else {
		narrow.kernel()
		narrow.strip()
		packCols()
		packRows()
		packWide()
	}
	Generate()
}
