package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyCanceled(t *testing.T) {
	stopped := fmt.Errorf("cnn: %w", context.Canceled)
	for _, c := range []struct {
		err  error
		want bool
	}{
		{stopped, true},
		{errors.Join(stopped, nil), true},
		{errors.Join(stopped, errors.New("disk full")), false},
		{fmt.Errorf("cnn: %w", errors.Join(stopped, errors.New("disk full"))), false},
		{errors.New("disk full"), false},
	} {
		if got := onlyCanceled(c.err); got != c.want {
			t.Errorf("onlyCanceled(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func TestTraining(t *testing.T) {
	dir := t.TempDir()
	c := Training{Epochs: 3, Batch: 16, LR: 0.1}
	c.Flags("example", "")
	if err := c.Parse([]string{"-epochs", "5", "-out", filepath.Join(dir, "new"), "-json", filepath.Join(dir, "r.json")}); err != nil {
		t.Fatal(err)
	}
	if !c.Given("epochs") || c.Given("batch") || c.Epochs != 5 || c.Batch != 16 || c.LR != 0.1 || c.Seed != 1 {
		t.Errorf("flags give %+v", c)
	}
	if err := c.Prepare(); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "r.json")); err != nil || string(raw) != "[]\n" {
		t.Errorf("the report holds %q (%v), want []", raw, err)
	}
	if info, err := os.Stat(c.File(".")); err != nil || !info.IsDir() {
		t.Errorf("-out is no folder: %v", err)
	}
	if err := c.Parse([]string{"-data", "d"}); err == nil || !strings.Contains(err.Error(), "not defined: -data") {
		t.Errorf("an example without data takes -data: %v", err)
	}
}
