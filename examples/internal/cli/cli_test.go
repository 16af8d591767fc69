package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
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

// TestClassifyForeignText refuses models that are no classifiers of texts, and texts
// that are none.
func TestClassifyForeignText(t *testing.T) {
	const encoder = `{"normalizer":[],"splitter":"characters","vocabulary":{"specials":{},"tokens":["a"]}}`
	classes, letter := []string{"a", "b"}, json.RawMessage(encoder)
	letters := nn.Seq(nn.Inputs(nn.Identity, nn.Reshape(1)), nn.Join(1), nn.NewLinear(5, 2))
	for name, c := range map[string]struct {
		net  nn.Module
		info nn.Info
		text string
		want string
	}{
		"no encoder":  {letters, nn.Info{Input: tensor.Shape{4}, More: []tensor.Shape{{}}, Classes: classes}, "a", "has no encoder of texts"},
		"one input":   {nn.NewLinear(4, 2), nn.Info{Input: tensor.Shape{4}, Classes: classes, Encoder: letter}, "a", "is no classifier of texts"},
		"no classes":  {letters, nn.Info{Input: tensor.Shape{4}, More: []tensor.Shape{{}}, Encoder: letter}, "a", "is no classifier of texts"},
		"no tokens":   {letters, nn.Info{Input: tensor.Shape{4}, More: []tensor.Shape{{}}, Classes: classes, Encoder: letter}, "", `"": `},
		"not a token": {letters, nn.Info{Input: tensor.Shape{4}, More: []tensor.Shape{{}}, Classes: classes, Encoder: letter}, "ab", `"ab": `},
	} {
		net, err := nn.Init(1, c.net)
		if err != nil {
			t.Fatal(err)
		}
		model := filepath.Join(t.TempDir(), "model")
		if err := nn.Save(model, net, c.info); err != nil {
			t.Fatal(err)
		}
		err = ClassifyText(context.Background(), &bytes.Buffer{}, c.text, model)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}

// TestTags compares what a metric sees of a sequence with the steps of it that are not
// padding.
func TestTags(t *testing.T) {
	y := tensor.New([]float32{9, 9, 9, 1, 0, 1, 0, 1, 0}, 1, 3, 3) // classes in rows
	confusion := metric.ConfusionMatrix()
	m := Tags(confusion)
	for range 2 {
		if err := m.Update(y, tensor.New([]int{1, 1, 0}, 1, 3)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := confusion.Counts(), [][]int{{2, 2}, {0, 0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("counts are %v, want %v", got, want)
	}
	if err := m.Update(y, tensor.New([]int{1}, 1)); err == nil || !strings.Contains(err.Error(), "[N C T]") {
		t.Errorf("targets of another shape: error %v", err)
	}
}
