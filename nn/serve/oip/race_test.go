//go:build race

package oip

// raceEnabled is true where testing.AllocsPerRun counts the detector's own
// allocations.
const raceEnabled = true
