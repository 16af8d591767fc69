package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/examples/sentiment/opinions"
)

// TestRun goes the whole way on made reviews: train, report, resume, predict.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-epochs", "6", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	r := clitest.Report[cli.Result](t, report)[0]
	if r.Model != "lstm" || r.Dataset != "made-reviews" || r.Epochs != 6 || r.Seed != 1 || len(r.Confusion) != 2 {
		t.Errorf("the report says %+v", r)
	}
	if r.Metric != "accuracy" || r.Value != r.TestAccuracy || r.Value < 0.95 {
		t.Errorf("%s %.3f after six epochs, want an accuracy of 0.95", r.Metric, r.Value)
	}
	if err := run(context.Background(), append(args, "-epochs", "7", "-resume")); err != nil {
		t.Fatal(err)
	}
	if r := clitest.Report[cli.Result](t, report)[0]; r.Epochs != 7 {
		t.Errorf("after -resume the report says %d epochs, want 7", r.Epochs)
	}
	for text, want := range map[string]string{
		"The plot is not dull .": "positive",
		"the plot is dull .":     "negative",
		"though the acting is brilliant , the ending bored me .":   "negative",
		"i hated the music , but the cast never disappointed me .": "positive",
	} {
		var out bytes.Buffer
		if err := cli.ClassifyText(context.Background(), &out, text, filepath.Join(dir, "model.safetensors")); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(strings.TrimSpace(out.String()), want) {
			t.Errorf("%q is %q, want %s first", text, out.String(), want)
		}
	}
}

// folder writes files to a new folder and returns its path.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestVectors trains for a moment on a set of three classes, with vectors of other
// lengths than the usual.
func TestVectors(t *testing.T) {
	dir := folder(t, map[string]string{
		"own.train":  strings.Repeat("bad it was awful\nfair it was so so\ngood it was great\n", 4),
		"own.dev":    "good it was great\n",
		"own.test":   "fair what a long sentence that was\ngood great\n",
		"words.txt":  "great 1 0 0\nawful -1 0 0\nfilm 0 1 0\n",
		"uneven.txt": "great 1 0 0\nawful 1\n",
	})
	report := filepath.Join(dir, "report.json")
	args := []string{"-data", dir, "-set", "own", "-epochs", "1", "-out", t.TempDir(), "-json", report, "-vectors"}
	if err := run(context.Background(), append(args, filepath.Join(dir, "words.txt"), "-model", "gru")); err != nil {
		t.Fatal(err)
	}
	// 5 words and 2 special tokens of 3 numbers each, a GRU in two directions, attention and a linear layer.
	const want = 7*3 + 2*(3*64*(3+64)+2*3*64) + 128 + 3*129
	if r := clitest.Report[cli.Result](t, report)[0]; r.Model != "gru" || r.Dataset != "own" || len(r.Confusion) != 3 || r.Parameters != want {
		t.Errorf("the report says %+v, want %d parameters", r, want)
	}
	if err := run(context.Background(), append(args, filepath.Join(dir, "uneven.txt"))); err == nil || !strings.Contains(err.Error(), "uneven.txt: line 2") {
		t.Errorf("vectors of different lengths: error %v", err)
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.train": "1 a b\n0 c d\n", "a.dev": "2 a\n", "a.test": "1 a\n",
		"b.train": "1\n",
		"c.train": "1 a b\n0 c d\n", "c.dev": "\n", "c.test": "1 a\n",
	})
	clitest.Refuses(t, run, [][2]string{
		{"-model dragon", `-model "dragon", want one of lstm, gru`},
		{"-lr 0", "-lr 0, want a positive number"},
		{"extra", `unexpected argument "extra"`},
		{"-predict good", "-predict and -load MODEL go together"},
		{"-set a", "-set NAME wants -data DIR"},
		{"-data " + dir, "stsa.binary.train"},
		{"-set a -data " + dir, "a.dev: "},
		{"-set b -data " + dir, "b.train: line 1"},
		{"-set c -data " + dir, "c.dev has no sentences"},
		{"-vectors " + filepath.Join(dir, "none.txt"), "none.txt"},
	})
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "made-reviews-lstm.checkpoint") }

// TestNeedsTheOrder checks what the reviews promise: which words there are is not
// enough for a linear model.
func TestNeedsTheOrder(t *testing.T) {
	counts := [2]text.Counts{{}, {}}
	texts, labels := opinions.Make(4000, 1)
	for i, s := range texts {
		counts[labels[i]].Add(strings.Fields(s)...)
	}
	right := 0
	texts, labels = opinions.Make(1000, 2)
	for i, s := range texts { // naive Bayes
		odds := 1.0
		for _, w := range strings.Fields(s) {
			odds *= float64(counts[1][w]+1) / float64(counts[0][w]+1)
		}
		if (odds > 1) == (labels[i] == 1) {
			right++
		}
	}
	if right > 750 {
		t.Errorf("naive Bayes is right on %d of 1000 reviews, want at most 750", right)
	}
}

// TestRealReviews reads the published sets, if they are at hand.
func TestRealReviews(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED names no folder with data/sst")
	}
	for set, want := range map[string][4]int{"stsa.binary": {6920, 872, 1821, 2}, "stsa.fine": {8544, 1101, 2210, 5}} {
		c, err := parse([]string{"-data", filepath.Join(shared, "data", "sst"), "-set", set})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.reviews()
		if err != nil {
			t.Fatal(err)
		}
		if got := [4]int{r.train.Len(), r.dev.Len(), r.test.Len(), r.train.Spec().Classes}; got != want {
			t.Errorf("%s: %v, want %v", set, got, want)
		}
	}
}
