// Package winograd convolves pictures with kernels of 3×3 or 5×5, at a stride of 1, and
// computes the gradients of the kernels, with a quarter to a half of the multiplications
// that the formulas take.
//
// # Method
//
// The output is cut into tiles of m×m. With a kernel g of r×r a tile sees a patch d of
// n×n pixels of a channel, n = m+r−1, and the channel's share of it is
//
//	y = Aᵀ·[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A
//
// where ⊙ multiplies element by element: n·n products for m·m results. In the form F(m×m,
// r×r), F(2×2, 3×3) has 16 for 4, F(4×4, 3×3) 36 for 16, in place of 9 each, and F(2×2,
// 5×5) 36 for 4, in place of 25 each. The sum over the input channels comes before Aᵀ and
// A, so that for each of the n·n elements there is a product of matrices, [output
// channels × input channels] with [input channels × tiles]. (Winograd, Arithmetic
// Complexity of Computations, 1980; Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2016, arXiv 1509.09308.)
//
// The gradient of a kernel is the same with tiles t of the output's gradient as the
// factor: the r×r results of a patch are Aᵀ·[(G·t·Gᵀ) ⊙ (Bᵀ·d·B)]·A, where A and G have
// other sizes. The sum over all tiles of all pictures comes before Aᵀ and A, so that there
// are products of matrices [output channels × tiles] with [tiles × input channels].
//
// The matrices evaluate the two polynomials whose product is wanted at n−1 points and
// at infinity, and interpolate. B depends on n alone. The points are 0, ±1 for n = 4, as
// in the paper, and 0, ±5/8, ±3/2 for n = 6, whose rounding errors are a quarter of those
// with the paper's 0, ±1, ±2.
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
// nor on the blocks, nor on the other pictures. An element of a kernel's gradient is a
// fixed expression of sums over the tiles of all pictures, each a chain in the order of
// the pictures, and of rows of tiles that are at most mostGrad wide. The levels with
// assembly agree; the generic one rounds each product.
//
// # Accuracy
//
// To first order the error of an element is at most
//
//	a·(C+30)·2⁻²⁴·Σ_c (Σ|g_c|)·max|d_c|
//
// for C input channels, with the kernel g_c and the patch d_c of each, where a is 16 for
// F(2×2, 3×3), 205 for F(4×4, 3×3) and 277 for F(2×2, 5×5), besides two roundings of the
// bias and of what is added to. Errors of random sign cancel: those of random kernels and
// pictures stay below 8·2⁻²⁴ or, for n = 6, 32·2⁻²⁴ of that sum for any C, and a
// hundredth of it is usual. For the gradient of a kernel the sum is over the tiles in
// place of the channels, of Σ|t|·max|d|, where a is 16, 232 and 187, and random numbers
// stay below 8, 64 and 128·2⁻²⁴. The formula's bound (see package gemm) is about
// (r²·C+1)·2⁻²⁴ of Σ|g·x| over the pixels of each channel that the element sees. A pixel
// beside which the others of the patch are large is therefore less exact than the
// formula makes it. A NaN or an infinity spreads to all elements of the tiles whose
// patches hold it, and to no others.
package winograd
