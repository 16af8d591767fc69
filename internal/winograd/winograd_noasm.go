//go:build purego || !amd64

package winograd

var archTransforms []*transforms
