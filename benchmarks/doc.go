// Package benchmarks measures whole workloads. The benchmarks of single kernels
// are in the packages of the kernels; [github.com/gannet-ml/gannet/benchmarks/compare]
// measures against other libraries in one run.
package benchmarks
