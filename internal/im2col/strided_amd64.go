//go:build !purego

package im2col

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa avx2 -out ../strided_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../strided_avx512_amd64.s

//go:noescape
func takeAVX512(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int)

//go:noescape
func takeAVX2(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int)

//go:noescape
func addAVX512(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int)

//go:noescape
func addAVX2(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int)

// takeArch is [take] with a step of 2 where assembly does it; it returns whether it does.
func takeArch(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int) bool {
	switch {
	case cpu.Has(cpu.AVX512):
		takeAVX512(dst, dstPitch, src, srcPitch, rows, cols)
	case cpu.Has(cpu.AVX2):
		takeAVX2(dst, dstPitch, src, srcPitch, rows, cols)
	default:
		return false
	}
	return true
}

// addArch is [add] with a step of 2 where assembly does it; it returns whether it does.
func addArch(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int) bool {
	switch {
	case cpu.Has(cpu.AVX512):
		addAVX512(dst, dstPitch, src, srcPitch, rows, cols)
	case cpu.Has(cpu.AVX2):
		addAVX2(dst, dstPitch, src, srcPitch, rows, cols)
	default:
		return false
	}
	return true
}
