// Package gemm multiplies float32 matrices:
//
//	C[m,n] = init[m,n] + Σ A[m,k]·B[k,n]    0 ≤ m < M, 0 ≤ n < N, 0 ≤ k < K
//
// for one matrix or a batch of them. It is the core of matrix products,
// convolutions (whose second factor is gathered from a picture while it is
// packed) and recurrent layers.
//
// # Order of summation
//
// Every element of C is one chain of fused multiply-adds in ascending k that
// begins at the initial value. Tiles, cache blocks, the number of workers, and
// where in C or in the batch an element lies do not change it. So the bits of
// C do not depend on the number of workers; a subset of rows, columns or
// matrices gets the bits that the whole gets; and the levels with a fused
// multiply-add, neon, avx2 and avx512, agree. The generic level rounds each product,
// in the same order. At all levels the error of an element is at most
//
//	(K+1)·2⁻²⁴·(|init| + Σ|a·b|)
//
// to first order and barring underflow.
//
// # Method
//
// The factors are rewritten ("packed") into panels of a few rows of A or
// columns of B, stored k by k, so that the innermost routine, which keeps a tile of C in
// registers, reads both in sequence. See Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008, and Van Zee
// and van de Geijn, "BLIS", ACM TOMS 41(3), 2015. Unlike there, the tile
// begins with the values of C, a panel of A stays in the first cache and a
// block of B in the second, and rows are cut into panels of about equal
// height, with a routine for every height, so that none is padded. One to three rows
// would leave the processor waiting for their sums, a multiply-add for the one before,
// so they go through several panels of B at a time.
package gemm
