package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// watch sees what share of the machine is used by others than the sides.
type watch struct {
	start time.Time
	busy  time.Duration
	err   error
}

func newWatch() watch {
	busy, err := machineBusy()
	return watch{time.Now(), busy, err}
}

// others returns the share in percent, given what the sides have used.
func (w *watch) others(used time.Duration) (float64, error) {
	busy, err := machineBusy()
	if err = errors.Join(w.err, err); err != nil {
		return 0, err
	}
	all := time.Since(w.start) * time.Duration(runtime.NumCPU())
	return 100 * max(0, (busy-w.busy-used).Seconds()/all.Seconds()), nil
}

// peakMemory returns how many bytes of a running process were resident at their peak,
// where Linux says so, else 0.
func peakMemory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	return parsePeak(string(text))
}

// parsePeak finds the peak in the lines of a status.
func parsePeak(status string) int64 {
	_, after, _ := strings.Cut(status, "\nVmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(after, "%d kB", &kib); err != nil {
		return 0
	}
	return kib << 10
}

// machineBusy returns how long all processors have been busy since the machine
// started, where Linux says so.
func machineBusy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return parseBusy(first)
}

// parseBusy reads the first line of /proc/stat: user, nice, system, idle, iowait,
// irq, softirq and steal, in hundredths of a second.
func parseBusy(line string) (time.Duration, error) {
	var t [8]int64
	if n, err := fmt.Sscanf(line, "cpu %d %d %d %d %d %d %d %d", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]); err != nil {
		return 0, fmt.Errorf("/proc/stat has %d numbers in %q, want 8: %w", n, line, err)
	}
	busy := t[0] + t[1] + t[2] + t[5] + t[6] + t[7]
	return time.Duration(busy) * 10 * time.Millisecond, nil
}
