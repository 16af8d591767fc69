// Package benchmarks measures kernels and whole workloads, on the cases of package
// [github.com/gannet-ml/gannet/benchmarks/workloads]:
//
//	go test -run '^$' -bench GEMM/case=sq512/workers=1/level=avx512 ./benchmarks
//	go test -run '^$' -bench Conv2D/case=r50_3x3_64/batch=32/op=fwd ./benchmarks
//
// Besides the usual numbers they report a rate: GFLOP/s, samples/s, or elements/s
// of arrays. The benchmarks of single kernels, at sizes that matter to them, are in
// the packages of the kernels. [github.com/gannet-ml/gannet/benchmarks/compare]
// measures the same cases against other libraries in one run; README.md tells how,
// and what the cases are.
package benchmarks
