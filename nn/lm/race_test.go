//go:build race

package lm_test

// raceEnabled is true where testing.AllocsPerRun counts the detector's own
// allocations.
const raceEnabled = true
