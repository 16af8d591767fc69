package depthwise

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa avx2 -out ../depthwise_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../depthwise_avx512_amd64.s
//go:generate go -C _asm run . -isa neon -out ../depthwise_neon_arm64.s

// kernels are the routines of a level. The source of forwardFunc, tapsFunc and
// weightFunc is scratch memory as [pass] describes it; they may read, but do not use,
// [slack] floats behind the last plane. Distances are in floats. Counts are positive.
type kernels struct {
	level cpu.Level

	copy, spread func(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)
	split        func(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols, odd int)

	forward [3][3]forwardFunc // by size and layout
	taps    tapsFunc
	data    [3][2]dataFunc   // by size; of rows that see the even rows of the kernel, or the odd ones
	weight  [3][3]weightFunc // by size and layout
	row     [3][2]weightFunc // one row, by piece and layout

	// By size and stride; nil if there are none.
	direct       [3][2]smallFunc
	directWeight [3][2]smallWeightFunc
	// For planes that are small, by stride; nil if there are none.
	small       [2]smallFunc
	smallWeight [2]smallWeightFunc
}

// sizes are those of the kernels in the tables, from 1 on.
var sizes = []int{0, 3, 5}

// pieces are the widths of the kernels of one row.
var pieces = [3]int{1, 3, 5}

// A forwardFunc convolves planes:
//
//	dst[p·dstPlane+i·cols+j] = bias[p·biasStep] + Σ w[p·wPlane+(h·K+k)·wStep] · src[p·srcPlane+(i·S+h)·pitch+off(k)+j]
//
// for p < planes, i < rows, j < cols. off(k) is k, or k/2 + (k mod 2)·odd in the
// layout split, where S is 2; else it is 1.
type forwardFunc func(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int,
	w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

// A tapsFunc convolves one plane with any kernel:
//
//	dst[i·cols+j] = bias[0] + Σ w[t] · src[i·pitch+offs[t]+j]
type tapsFunc func(dst, src []float32, pitch int, offs []int, w, bias []float32, rows, cols int)

// A dataFunc computes every second row of the gradient with a stride of 2. These see R
// rows of the output:
//
//	dst[p·dstPlane+i·dstPitch+2·j+c] = Σ w[p·wPlane-2·h·K-k] · src[p·srcPlane+(i+h)·pitch+j+off(k)]
//
// for p < planes, i < rows, h < R and 2·j+c < cols. Where c = shift, the sum is over the
// even k and off(k) = k/2 + shift; elsewhere it is over the odd k and off(k) = (k+1)/2. It
// goes back from w, the last of the taps.
type dataFunc func(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int,
	w []float32, wPlane, planes, rows, cols int)

// A weightFunc correlates planes with others, channel by channel:
//
//	dst[c·dstStep+h·K+k] += Σ dy[c·dyChannel+p·dyPlane+i·cols+j] · src[c·srcChannel+p·srcPlane+(i·S+h)·pitch+off(k)+j]
//
// summed over p < planes, i < rows, j < cols.
type weightFunc func(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int,
	src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

// A smallFunc convolves planes as they are with a kernel of 3×3, as a [forwardFunc]
// does. The output has at most 8 rows and 7 columns. With a stride of 1 the padding is 1
// on all sides; with a stride of 2 the input has at most 16 columns, with the padding
// before them.
type smallFunc func(dst []float32, dstPlane int, src []float32, srcPlane int,
	w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

// A smallWeightFunc correlates the same planes as a [weightFunc] does.
type smallWeightFunc func(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int,
	src []float32, srcChannel, srcPlane, channels, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)
