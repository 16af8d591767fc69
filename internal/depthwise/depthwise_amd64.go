//go:build !purego

package depthwise

import "github.com/gannet-ml/gannet/internal/cpu"

// archKernels are those of the levels, best first. AVX2 has too few registers for
// the sums of a whole kernel of 5×5, and its vectors are too short to hold two rows.
var archKernels = []kernels{
	{
		level: cpu.AVX512, copy: copyRowsAVX512, spread: spreadRowsAVX512, split: splitRowsAVX512,
		forward: [3][3]forwardFunc{1: {forward3AVX512, forward3splitAVX512, forward3pairsAVX512}, 2: {forward5AVX512, forward5splitAVX512, forward5pairsAVX512}},
		taps:    tapsAVX512,
		data:    [3][2]dataFunc{1: {data2x3AVX512, data1x3AVX512}, 2: {data3x5AVX512, data2x5AVX512}},
		weight:  [3][3]weightFunc{1: {weight3x3AVX512, weight3x3splitAVX512, weight3x3pairsAVX512}, 2: {weight5x5AVX512, weight5x5splitAVX512, weight5x5pairsAVX512}},
		row:     [3][2]weightFunc{{weight1x1AVX512, weight1x1splitAVX512}, {weight1x3AVX512, weight1x3splitAVX512}, {weight1x5AVX512, weight1x5splitAVX512}},
		small:   [2]smallFunc{smallAVX512, smallSplitAVX512}, smallWeight: [2]smallWeightFunc{smallWeightAVX512, smallSplitWeightAVX512},
		direct:       [3][2]smallFunc{1: {direct3s1AVX512, direct3s2AVX512}, 2: {direct5s1AVX512, direct5s2AVX512}},
		directWeight: [3][2]smallWeightFunc{1: {directWeight3s1AVX512, directWeight3s2AVX512}},
	},
	{
		level: cpu.AVX2, copy: copyRowsAVX2, spread: spreadRowsAVX2, split: splitRowsAVX2,
		forward: [3][3]forwardFunc{1: {forward3AVX2, forward3splitAVX2}, 2: {forward5AVX2, forward5splitAVX2}},
		taps:    tapsAVX2,
		data:    [3][2]dataFunc{1: {data2x3AVX2, data1x3AVX2}, 2: {data3x5AVX2, data2x5AVX2}},
		weight:  [3][3]weightFunc{1: {weight3x3AVX2, weight3x3splitAVX2}},
		row:     [3][2]weightFunc{{weight1x1AVX2, weight1x1splitAVX2}, {weight1x3AVX2, weight1x3splitAVX2}, {weight1x5AVX2, weight1x5splitAVX2}},
	},
}

//go:noescape
func copyRowsAVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)

//go:noescape
func splitRowsAVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols, odd int)

//go:noescape
func spreadRowsAVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)

//go:noescape
func forward3AVX512(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward3splitAVX512(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward3pairsAVX512(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5AVX512(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5splitAVX512(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5pairsAVX512(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func tapsAVX512(dst, src []float32, pitch int, offs []int, w, bias []float32, rows, cols int)

//go:noescape
func data2x3AVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data1x3AVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data3x5AVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data2x5AVX512(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func weight3x3AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight3x3splitAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight3x3pairsAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight5x5AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight5x5splitAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight5x5pairsAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x1AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x1splitAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x3AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x3splitAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x5AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x5splitAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func copyRowsAVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)

//go:noescape
func splitRowsAVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols, odd int)

//go:noescape
func spreadRowsAVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)

//go:noescape
func forward3AVX2(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward3splitAVX2(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5AVX2(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5splitAVX2(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func tapsAVX2(dst, src []float32, pitch int, offs []int, w, bias []float32, rows, cols int)

//go:noescape
func data2x3AVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data1x3AVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data3x5AVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data2x5AVX2(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func weight3x3AVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight3x3splitAVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x1AVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x1splitAVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x3AVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x3splitAVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x5AVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x5splitAVX2(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func smallAVX512(dst []float32, dstPlane int, src []float32, srcPlane int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func smallSplitAVX512(dst []float32, dstPlane int, src []float32, srcPlane int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func smallWeightAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, channels, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func smallSplitWeightAVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, channels, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func direct3s1AVX512(dst []float32, dstPlane int, src []float32, srcPlane int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func direct3s2AVX512(dst []float32, dstPlane int, src []float32, srcPlane int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func direct5s1AVX512(dst []float32, dstPlane int, src []float32, srcPlane int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func direct5s2AVX512(dst []float32, dstPlane int, src []float32, srcPlane int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func directWeight3s1AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, channels, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)

//go:noescape
func directWeight3s2AVX512(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, channels, planes, rows, cols, inRows, inCols, beforeRows, beforeCols int)
