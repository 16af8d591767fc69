//go:build !purego

package winograd

import "github.com/gannet-ml/gannet/internal/cpu"

var archTransforms = []*transforms{
	{cpu.AVX512, Form{2, 3}, 16, input4to4AVX512, output4to2AVX512, kernel3to4AVX512, gradient2to4AVX512, weight4to3AVX512},
	{cpu.AVX512, Form{4, 3}, 16, input6to6AVX512, output6to4AVX512, kernel3to6AVX512, gradient4to6AVX512, weight6to3AVX512},
	{cpu.AVX512, Form{2, 5}, 16, input6to6AVX512, output6to2AVX512, kernel5to6AVX512, gradient2to6AVX512, weight6to5AVX512},
	{cpu.AVX2, Form{2, 3}, 8, input4to4AVX2, output4to2AVX2, kernel3to4AVX2, gradient2to4AVX2, weight4to3AVX2},
	{cpu.AVX2, Form{4, 3}, 8, input6to6AVX2, output6to4AVX2, kernel3to6AVX2, gradient4to6AVX2, weight6to3AVX2},
	{cpu.AVX2, Form{2, 5}, 8, input6to6AVX2, output6to2AVX2, kernel5to6AVX2, gradient2to6AVX2, weight6to5AVX2},
}

//go:noescape
func input4to4AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output4to2AVX512(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel3to4AVX512(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient2to4AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight4to3AVX512(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func input6to6AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output6to4AVX512(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel3to6AVX512(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient4to6AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight6to3AVX512(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func output6to2AVX512(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel5to6AVX512(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient2to6AVX512(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight6to5AVX512(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func input4to4AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output4to2AVX2(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel3to4AVX2(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient2to4AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight4to3AVX2(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func input6to6AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output6to4AVX2(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel3to6AVX2(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient4to6AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight6to3AVX2(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func output6to2AVX2(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel5to6AVX2(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient2to6AVX2(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight6to5AVX2(dst []float32, pitch int, src []float32, stride, n int, room *scratch)
