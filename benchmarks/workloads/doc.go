// Package workloads holds the cases that benchmarks measure, each written down
// once: the Go benchmarks run them, and the comparison with other libraries runs
// them and tells the libraries' programs their sizes.
//
// A suite is a family of cases:
//
//	gemm   products of matrices: square ones, layers', those of convolutions
//	conv   convolutions forward, gradient of the data, gradient of the weights
//	vec    elementwise functions, sums, norms and optimizers, in each cache and beyond
//	train  whole training steps
//	infer  whole predictions
//	rnn    recurrent layers forward, and forward and backward
package workloads
