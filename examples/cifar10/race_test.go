//go:build race

package main

// raceEnabled is true where runtime.MemStats count the detector's own
// allocations.
const raceEnabled = true
