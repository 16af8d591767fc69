//go:build !purego && (amd64 || arm64)

package parallel

// pause tells the processor that the caller spins, for some 40 to 100 ns.
//
//go:noescape
func pause()
