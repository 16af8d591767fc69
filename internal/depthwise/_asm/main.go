// Command _asm writes the assembly of package depthwise.
//
//	go run . -isa avx2 -out ../depthwise_avx2_amd64.s
//	go run . -isa avx512 -out ../depthwise_avx512_amd64.s
//	go run . -isa neon -out ../depthwise_neon_arm64.s
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
	e := newEmitter(*isa == "avx512")
	e.copyRows()
	e.splitRows()
	e.spreadRows()
	for _, k := range []int{3, 5} {
		e.forward(k, 1, single)
		e.forward(k, 2, split)
		if e.wide {
			e.forward(k, 2, pairs)
		}
	}
	e.taps()
	for _, k := range []int{3, 5} {
		if k*k+k > 16 && !e.wide {
			continue // more sums than registers
		}
		e.weight(k, k, 1, single)
		e.weight(k, k, 2, split)
		if e.wide {
			e.weight(k, k, 2, pairs)
		}
	}
	for _, k := range []int{1, 3, 5} {
		e.weight(1, k, 1, single)
		e.weight(1, k, 1, split)
	}
	for _, k := range []int{3, 5} {
		e.data((k+1)/2, k)
		e.data(k/2, k)
	}
	if e.wide {
		for _, s := range []int{1, 2} {
			e.direct(3, s)
			e.direct(5, s)
			e.directWeight(s)
		}
		e.smallForward()
		e.smallSplitForward()
		e.smallWeight()
		e.smallSplitWeight()
	}
	Generate()
}
