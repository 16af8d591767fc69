//go:build !purego

package winograd

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa avx2 -out ../winograd_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../winograd_avx512_amd64.s

var archTransforms = []*transforms{
	{cpu.AVX512, 2, 16, input2AVX512, output2AVX512, kernel2AVX512},
	{cpu.AVX512, 4, 16, input4AVX512, output4AVX512, kernel4AVX512},
	{cpu.AVX2, 2, 8, input2AVX2, output2AVX2, kernel2AVX2},
	{cpu.AVX2, 4, 8, input4AVX2, output4AVX2, kernel4AVX2},
}

//go:noescape
func input2AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func input4AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func input2AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func input4AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output2AVX2(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func output4AVX2(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func output2AVX512(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func output4AVX512(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel2AVX2(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)

//go:noescape
func kernel4AVX2(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)

//go:noescape
func kernel2AVX512(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)

//go:noescape
func kernel4AVX512(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)
