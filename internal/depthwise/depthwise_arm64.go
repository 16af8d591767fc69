//go:build !purego

package depthwise

import "github.com/gannet-ml/gannet/internal/cpu"

// archKernels are those of NEON, whose vectors are too short to hold two rows.
var archKernels = []kernels{{
	level: cpu.NEON, copy: copyRowsNEON, spread: spreadRowsNEON, split: splitRowsNEON,
	forward: [3][3]forwardFunc{1: {forward3NEON, forward3splitNEON}, 2: {forward5NEON, forward5splitNEON}},
	taps:    tapsNEON,
	data:    [3][2]dataFunc{1: {data2x3NEON, data1x3NEON}, 2: {data3x5NEON, data2x5NEON}},
	weight:  [3][3]weightFunc{1: {weight3x3NEON, weight3x3splitNEON}, 2: {weight5x5NEON, weight5x5splitNEON}},
	row:     [3][2]weightFunc{{weight1x1NEON, weight1x1splitNEON}, {weight1x3NEON, weight1x3splitNEON}, {weight1x5NEON, weight1x5splitNEON}},
}}

//go:noescape
func copyRowsNEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)

//go:noescape
func splitRowsNEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols, odd int)

//go:noescape
func spreadRowsNEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int)

//go:noescape
func forward3NEON(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward3splitNEON(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5NEON(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func forward5splitNEON(dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int)

//go:noescape
func tapsNEON(dst, src []float32, pitch int, offs []int, w, bias []float32, rows, cols int)

//go:noescape
func weight3x3NEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight3x3splitNEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight5x5NEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight5x5splitNEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x1NEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x1splitNEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x3NEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x3splitNEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x5NEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func weight1x5splitNEON(dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int)

//go:noescape
func data2x3NEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data1x3NEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data3x5NEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)

//go:noescape
func data2x5NEON(dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, w []float32, wPlane, planes, rows, cols int)
