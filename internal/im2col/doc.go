// Package im2col presents the patches of pictures as factors of a matrix product
// without ever storing them: they are gathered while package gemm packs its
// blocks. It adds columns of patches to pictures too, the reverse. Convolutions and
// convolutional recurrent layers stand on it.
//
// # Method
//
// A [Window] says how a kernel moves. A [Padder] copies the pictures once, with the
// zeros around them, so that gathering needs no special cases at the border; and where
// the kernel moves s columns at a time, with every s-th column next to each other. So
// what a tap sees in neighbouring pixels always lies side by side, and patches are
// gathered by copies of rows: the pixels that a stride of 2 takes apart are taken apart
// once for each element of the picture, in place of once for each tap that sees it.
//
// # Levels
//
// Routines for AVX2 and AVX-512 copy every second column, and add columns to every
// second one. They come from the generator in _asm; a call works on a plane.
package im2col
