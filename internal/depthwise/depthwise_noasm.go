//go:build purego || (!amd64 && !arm64)

package depthwise

var archKernels []kernels
