//go:build purego || (!amd64 && !arm64)

package cpu

func archLevels() []Level { return nil }

func cacheSizes() Caches { return typical }
