//go:build purego || (!amd64 && !arm64)

package parallel

import "runtime"

func pause() { runtime.Gosched() }
