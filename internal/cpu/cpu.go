// Package cpu is the one place that asks the processor what it can do.
//
// Kernels are written for instruction-set levels, not for single features. The
// level in force is the best one that the processor and the operating system
// support, lowered by the environment variable GANNET_CPU (generic, avx2,
// avx512 or neon) when it names a lower one. Results may differ in the last
// bits between levels, never within one.
//
// With the build tag purego the level is always [Generic].
package cpu

import (
	"fmt"
	"os"
	"sync/atomic"
)

// Level is an instruction-set level. Higher levels include the lower ones of
// the same architecture.
type Level int32

// The levels in ascending order.
const (
	Generic Level = iota // portable Go
	NEON                 // arm64 with Advanced SIMD
	AVX2                 // amd64 with AVX2 and FMA
	AVX512               // amd64 with AVX-512 F, BW, DQ and VL
)

var names = [...]string{"generic", "neon", "avx2", "avx512"}

// String returns the name that GANNET_CPU uses.
func (l Level) String() string { return names[l] }

// ParseLevel is the inverse of [Level.String].
func ParseLevel(s string) (Level, error) {
	for i, n := range names {
		if n == s {
			return Level(i), nil
		}
	}
	return Generic, fmt.Errorf("cpu: unknown level %q, want generic, neon, avx2 or avx512", s)
}

// Available lists the levels that this process can run, lowest first.
var Available = append([]Level{Generic}, archLevels()...)

var current atomic.Int32

func init() {
	l := Available[len(Available)-1]
	if s := os.Getenv("GANNET_CPU"); s != "" {
		want, err := ParseLevel(s)
		if err != nil {
			// The variable is a debugging aid: say what is wrong and go on at
			// full speed, since a library must not end its host's process.
			fmt.Fprintln(os.Stderr, "gannet:", err)
		} else {
			for _, a := range Available {
				if a <= want {
					l = a
				}
			}
		}
	}
	current.Store(int32(l))
}

// Current returns the level in force.
func Current() Level { return Level(current.Load()) }

// Has reports whether the level in force includes l.
func Has(l Level) bool { return Level(current.Load()) >= l }

// Set changes the level in force and returns the previous one. It is for tests
// that compare levels, which must not run in parallel with others. It panics
// if the process cannot run l.
func Set(l Level) (previous Level) {
	for _, a := range Available {
		if a == l {
			return Level(current.Swap(int32(l)))
		}
	}
	panic(fmt.Sprintf("cpu: level %v is not available here, have %v", l, Available))
}

// Cache holds data-cache sizes in bytes. Blocking follows them; results do not.
var Cache = cacheSizes()

// Caches are the sizes of the data caches that one core sees.
type Caches struct{ L1, L2, L3 int }

// typical stands in where the processor does not say.
var typical = Caches{L1: 32 << 10, L2: 512 << 10, L3: 8 << 20}
