//go:build purego || !amd64

package wgrad

var archKernels []*kernel
