// Package clitest tests what the commands among the examples have in common.
package clitest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Command is what a command does with its arguments.
type Command func(ctx context.Context, args []string) error

// Refuses tests that a command refuses arguments, separated by spaces, with an error
// that has the second text in it.
func Refuses(t *testing.T, run Command, refusals [][2]string) {
	t.Helper()
	for _, r := range refusals {
		args, want := r[0], r[1]
		err := run(context.Background(), append([]string{"-out", t.TempDir()}, strings.Fields(args)...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", args, err, want)
		}
	}
}

// Stops tests that a command that is told to stop does so and leaves a checkpoint of
// that name, if it is to leave one, in its folder -out.
func Stops(t *testing.T, run Command, checkpoint string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, append([]string{"-out", dir}, args...)); err == nil {
		t.Error("a cancelled run returned no error")
	}
	if checkpoint == "" {
		return
	}
	if _, err := os.Stat(filepath.Join(dir, checkpoint)); err != nil {
		t.Error(err)
	}
}

// Report returns the results in a report.
func Report[T any](t *testing.T, path string) []T {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var results []T
	if err := json.Unmarshal(raw, &results); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return results
}
