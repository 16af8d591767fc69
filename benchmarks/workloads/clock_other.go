//go:build !unix

package workloads

import "time"

// processorTime falls back on the time on the wall.
func processorTime() time.Duration { return time.Since(started) }
