// Package depthwise convolves pictures channel by channel:
//
//	y[n, c·M+m, i, j] = b[c·M+m] + Σ_h,k w[c·M+m, h, k] · x[n, c, i·s+h−p, j·s+k−q]
//
// and computes the gradients with respect to x and w. An output channel sees one
// input channel, so that there is nothing to multiply as matrices: per element read
// there are as many products as the kernel has taps, and what counts is to read and
// write each element once.
//
// # Method
//
// A part of the work is some channels of a picture. Some 16 KiB of it at a time, strips
// of rows of a large plane (of four rows at least) or several small planes, are copied into scratch memory with
// zeros around them, and for a stride of 2 with even columns apart from odd ones. From
// there the kernels go down columns of one vector or two: every row is read once for
// each of its taps and used for all rows of the output that see it. (Zhang, Lo and Lu,
// "High performance depthwise and pointwise convolutions on mobile devices", AAAI 2020,
// keep rows in registers in the same way.)
//
//   - The gradient with respect to x is the convolution of y's gradient with the kernel
//     turned by half a turn. For a stride of 2, an element sees every second row and column
//     of a kernel of 3×3 or 5×5; for other kernels, y's gradient is placed with zeros
//     between its elements.
//   - The gradient with respect to w has the sums of all taps in registers and goes down
//     the same columns, over a few pictures before it joins the lanes.
//   - Rows of up to seven columns leave more than half of the lanes of AVX-512 idle. Two
//     of them share a vector; for 3×3 such planes are taken as they are, and what
//     neighbours see comes from shuffles.
//   - Kernels other than 3×3 and 5×5 are taken tap by tap.
//
// # Order of summation
//
// At all levels an element of y begins with the bias and takes the taps in the order
// of the kernel, rows first, one fused multiply-add each (the generic level rounds the
// product): the chain that package gemm has, with the same bits. An element of x's
// gradient begins with zero and takes them in reverse. With M > 1 the sums of the
// output channels that see it are added in their order, and what is added to comes
// first.
//
// For an element of w's gradient, the lanes of a vector have sums of their own over the
// columns of a strip or of a few pictures, which are joined by halves and added to the
// result in the order of pictures and strips. The generic level has one sum in the
// order picture, row, column.
//
// How work is cut follows from the shape, so bits do not depend on the number of
// workers; only w's gradient depends on the batch. At all levels the error is at most
//
//	(K+2)·2⁻²⁴·Σ|terms|
//
// to first order and barring underflow, for K products in the sum. Zeros of the
// padding are multiplied like other elements, which matters if a weight is not finite;
// and where planes are small, an infinity in x may make the whole gradient of its
// channel's weights NaN.
//
// # Levels
//
// The generic level goes over the planes as they are, without scratch memory. NEON, AVX2
// and AVX-512 give the same bits but in w's gradient. Routines for them come from the
// generator in _asm; a call works on one such piece, of 2 MiB at most, and
// takes less than 100 µs.
package depthwise
