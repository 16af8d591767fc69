// Package winograd convolves pictures with kernels of 3×3, at a stride of 1, with a
// half or a quarter of the multiplications that the formula takes.
//
// # Method
//
// The output is cut into tiles of m×m, m = 2 or 4. A tile sees a patch d of n×n
// pixels of a channel, n = m+2. With the kernel g of 3×3, its share of the tile is
//
//	y = Aᵀ·[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A
//
// where ⊙ multiplies element by element: n·n products for m·m results, 16 for 4 or 36
// for 16, in place of 9 each. The sum over the input channels comes before Aᵀ and A, so
// that for each of the n·n elements there is a product of matrices, [output channels ×
// input channels] with [input channels × tiles]. (Winograd, Arithmetic Complexity of
// Computations, 1980; Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016, arXiv 1509.09308.)
//
// The matrices evaluate the two polynomials whose product is wanted at n−1 points and
// at infinity, and interpolate. The points are 0, ±1 for m = 2, as in the paper, and 0,
// ±5/8, ±3/2 for m = 4, whose rounding errors are a quarter of those with the paper's 0,
// ±1, ±2.
//
// Some hundred tiles are taken through all steps before the next, so that what lies
// between the steps stays in the caches: the input is transformed straight into the
// panels that package gemm multiplies, and the products to the output with its bias.
// In the assembly, a vector holds one element of the patches of 4, 8 or 16 tiles, whichever
// pictures these belong to.
//
// # Order of operations
//
// An element of the output depends on the patch of its tile and on the kernels alone:
// each transform is a fixed expression, and the sum over channels is a chain in
// ascending order, as in package gemm. So bits depend neither on the number of workers,
// nor on the blocks, nor on the other pictures. The levels with assembly agree; the
// generic one rounds each product.
//
// # Accuracy
//
// To first order the error of an element is at most
//
//	a·(C+30)·2⁻²⁴·Σ_c (Σ|g_c|)·max|d_c|    a = 16 for m = 2, a = 205 for m = 4
//
// for C input channels, with the kernel g_c and the patch d_c of each, besides two
// roundings of the bias and of what is added to. Errors of random sign cancel: those of
// random kernels and pictures stay below 4·2⁻²⁴ and 32·2⁻²⁴ of that sum for any C, and a
// hundredth of it is usual. The formula's bound (see package gemm) is about (9·C+1)·2⁻²⁴
// of Σ|g·x| over the nine pixels of each channel that the element sees. A pixel beside
// which the others of the patch are large is therefore less exact than the formula makes
// it. A NaN or an infinity spreads to all elements of the tiles whose patches hold it,
// and to no others.
package winograd
