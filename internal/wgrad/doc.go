// Package wgrad computes the gradient of a convolution with respect to its weights
//
//	DW[o,t] = init + Σ DY[n,o,i,j] · X[n, offset(t) + i·pitch + j]    over n, i, j
//
// for o < Channels output channels and t < T kernel taps, over the pixels (i, j) of
// N pictures. It reads X, placed by package im2col, where it is. As a product of matrices,
// DY · patches(X)ᵀ, package gemm would have to gather every patch first: K·P
// elements for O multiplications each, with K taps, P pixels and O channels.
//
// # Order of summation
//
// Every element of DW is one chain of fused multiply-adds in ascending picture, row
// and column that begins with 0, or with what DW holds. Tiles, slabs and the number
// of workers do not change it. So the bits are those of the matrix product, whatever
// the number of workers, and the levels neon, avx2 and avx512 agree. The generic level
// rounds each product, in the same order. At all levels the error of an element is
// at most
//
//	(N·P+1)·2⁻²⁴·(|init| + Σ|dy·x|)
//
// to first order and barring underflow, and twice that at the generic level.
//
// # Method
//
// The transpose of DW is cut into tiles of up to 12 taps (6 for AVX2 and NEON) and two vectors
// of output channels, which stay in registers. At each pixel a tile takes two vectors
// of DY and, for each tap, one element of X, which it broadcasts: 14 loads for 24
// vector multiply-adds. Every tap has a pointer of its own, so the shape of the kernel
// and its dilation cost nothing, and the taps are cut into tiles of about equal height,
// with a routine for every height.
//
// For this, DY is rewritten ("packed") into panels of two vectors of channels, pixel by
// pixel: O·P elements for K multiplications each. That goes slab by slab: as many pixels
// as let a panel stay in the second cache, more if there are few weights, and at most
// 4 MiB of memory, or as much as one pixel takes. While one slab is multiplied the next
// is packed, so that workers wait for each other once a slab. A call of the innermost routine takes
// the pixels of a slab for one tile: some µs, and up to about 100 where weights are few.
//
// The idea, with tiles of an output's width and blocked layouts, is in Georganas et al.,
// "Anatomy of High-Performance Deep Learning Convolutions on SIMD Architectures",
// SC 2018.
package wgrad
