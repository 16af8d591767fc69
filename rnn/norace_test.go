//go:build !race

package rnn_test

const raceEnabled = false
