//go:build purego || (!amd64 && !arm64)

package wgrad

var archKernels []*kernel
