//go:build purego || (!amd64 && !arm64)

package winograd

var archTransforms []*transforms
