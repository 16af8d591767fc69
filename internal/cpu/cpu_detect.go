//go:build !purego && (amd64 || arm64)

package cpu

import (
	"runtime"

	"github.com/klauspost/cpuid/v2"
)

// archLevels asks cpuid, which also checks that the operating system saves the
// wide registers. Advanced SIMD is part of what Go requires of arm64; cpuid does not
// find it on all operating systems.
func archLevels() []Level {
	c := cpuid.CPU
	var l []Level
	if runtime.GOARCH == "arm64" {
		l = append(l, NEON)
	}
	if c.Supports(cpuid.AVX2, cpuid.FMA3) {
		l = append(l, AVX2)
		if c.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL) {
			l = append(l, AVX512)
		}
	}
	return l
}

func cacheSizes() Caches {
	pick := func(got, otherwise int) int {
		if got > 0 {
			return got
		}
		return otherwise
	}
	c := cpuid.CPU.Cache
	return Caches{pick(c.L1D, typical.L1), pick(c.L2, typical.L2), pick(c.L3, typical.L3)}
}
