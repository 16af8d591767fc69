//go:build purego || !amd64

package depthwise

var archKernels []kernels
