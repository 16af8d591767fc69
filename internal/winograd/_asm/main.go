// Command _asm writes the assembly of package winograd.
//
//	go run . -isa avx2 -out ../winograd_avx2_amd64.s
//	go run . -isa avx512 -out ../winograd_avx512_amd64.s
//	go run . -isa neon -out ../winograd_neon_arm64.s
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"

	neon "github.com/gannet-ml/gannet/internal/_asm"
)

func main() {
	isa := flag.String("isa", "", "instruction set: avx2, avx512 or neon")
	flag.Parse()
	if *isa == "neon" {
		var file neon.File
		write(func(n int) routines { return &neonEmitter{file: &file, n: n} })
		file.Generate()
		return
	}
	ConstraintExpr("!purego")
	write(func(n int) routines { return newEmitter(*isa == "avx512", n) })
	Generate()
}

// routines writes those with a number of points, by the rows that they take or make.
type routines interface {
	input()
	output(tile int)
	kernel(size int)
	gradient(tile int)
	weight(kernel int)
}

// Their parameters, by what they take.
const (
	patches  = "dst []float32, stride int, src []float32, pitch int, offs []int, room *float32" // or tiles
	products = "dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *float32"
	sums     = "dst []float32, pitch int, src []float32, stride, n int, room *float32"
	kernels  = "dst []float32, stride, pitch int, src []float32, step int, taps *[25]int, n, rows int, room *float32"
)

// write writes the routines of all forms.
func write(of func(points int) routines) {
	for _, n := range []int{4, 6} {
		of(n).input()
	}
	for _, form := range []struct{ tile, kernel int }{{2, 3}, {4, 3}, {2, 5}} {
		r := of(form.tile + form.kernel - 1)
		r.output(form.tile)
		r.kernel(form.kernel)
		r.gradient(form.tile)
		r.weight(form.kernel)
	}
}
