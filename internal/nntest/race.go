//go:build race

package nntest

const raceEnabled = true
