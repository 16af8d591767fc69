package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/examples/tagger/grammar"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestRun goes the whole way on invented sentences: train, report, resume, predict.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-epochs", "2", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	r := clitest.Report[cli.Result](t, report)[0]
	if r.Model != "lstm" || r.Dataset != "invented-sentences" || r.Epochs != 2 || r.Seed != 1 || len(r.Confusion) != 8 {
		t.Errorf("the report says %+v", r)
	}
	if r.Metric != "accuracy" || r.Value != r.TestAccuracy || r.Value < 0.95 {
		t.Errorf("%s %.3f after two epochs, want an accuracy of 0.95", r.Metric, r.Value)
	}
	if err := run(context.Background(), append(args, "-epochs", "3", "-resume")); err != nil {
		t.Fatal(err)
	}
	if r := clitest.Report[cli.Result](t, report)[0]; r.Epochs != 3 {
		t.Errorf("after -resume the report says %d epochs, want 3", r.Epochs)
	}
	var out bytes.Buffer
	// Words that nobody has seen: a name, a verb in the past, a noun with its adjective.
	if err := predict(context.Background(), &out, "Zuzu kikekim la tototil dodosi .", filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	var tags []string
	for line := range strings.Lines(out.String()) {
		tags = append(tags, strings.Fields(line)[1])
	}
	if got, want := strings.Join(tags, " "), "PROPN VERB DET ADJ NOUN PUNCT"; got != want {
		t.Errorf("tags are %s, want %s", got, want)
	}
}

// encoded returns sentences of a few words each, with their padding.
func encoded(t *testing.T) (*encoder, *sentences) {
	t.Helper()
	made := grammar.Make(50, 1)
	p := &corpus{}
	if err := p.number([3][]text.Sentence{made, made[:5], made[5:8]}); err != nil {
		t.Fatal(err)
	}
	return p.encoder, p.train
}

// TestTagger runs the suite of rules on a small network.
func TestTagger(t *testing.T) {
	net, err := nn.Init(1, &Tagger{
		Words: nn.NewEmbedding(5, 3), Letters: nn.NewEmbedding(4, 2), Spelling: rnn.NewLSTM(2, 2, rnn.Bidirectional),
		Dropout: nn.NewDropout(0.4), Sentence: rnn.NewLSTM(3+2*2, 3, rnn.Bidirectional), Output: nn.NewLinear(6, 4),
	})
	if err != nil {
		t.Fatal(err)
	}
	words := tensor.New([]float32{
		1, 2, 3, 2, 0, 4, 3, 1, 1, 2, 2, 1, 3, 0, 0,
		3, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0,
	}, 2, 3, 5)
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{words, tensor.New([]float32{3, 1}, 2)}, Batch: []int{0, 1}, Constant: []int{0, 1},
		Params: nn.Params(net), F: nntest.Module(net), Shape: tensor.Shape{2, 4, 3},
	})
	for _, c := range []struct {
		x    []*tensor.Tensor
		want string
	}{
		{[]*tensor.Tensor{words}, "Tagger: input is a tuple of 1, want words and lengths"},
		{[]*tensor.Tensor{words.Reshape(6, 5), tensor.Zeros(6)}, "Tagger: words have shape [6 5], want [batch words 2+letters]"},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		var x []*grad.Var
		for _, v := range c.x {
			x = append(x, tape.Input(v))
		}
		if err := net.Forward(grad.Tuple(x...)).Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
}

// TestAlone: a sentence gets the same logits alone and in a batch, whatever is padded.
func TestAlone(t *testing.T) {
	e, d := encoded(t)
	net, err := nn.Init(1, newTagger(e.Words.Size(), e.Letters.Size(), d.spec.Classes))
	if err != nil {
		t.Fatal(err)
	}
	const n = 4
	x, lengths := tensor.Zeros(append(tensor.Shape{n}, d.spec.X...)...), tensor.Zeros(n)
	for i := range n {
		s, err := data.Get(d, i)
		if err != nil {
			t.Fatal(err)
		}
		copy(x.Data()[i*d.spec.X.Size():], s.X.Data())
		lengths.Data()[i] = s.More[0].Item()
	}
	p, err := nn.NewPredictor(net, d.spec.X, d.spec.More...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	all, err := p.Predict(context.Background(), x, lengths)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		words := len(d.tags[i])
		alone, err := nn.NewPredictor(net, tensor.Shape{words, width}, tensor.Shape{})
		if err != nil {
			t.Fatal(err)
		}
		y, err := alone.Predict(context.Background(), tensor.New(d.rows[i], 1, words, width), tensor.New([]float32{float32(words)}, 1))
		if err != nil {
			t.Fatal(err)
		}
		alone.Close()
		for c := range d.spec.Classes {
			for k := range words {
				if got, want := all.At(i, c, k), y.At(0, c, k); got != want {
					t.Fatalf("sentence %d, word %d, class %d: %v in a batch, %v alone", i, k, c, got, want)
				}
			}
		}
	}
}

// TestRow: capitals and what a word has more than its last letters matter to its letters
// alone.
func TestRow(t *testing.T) {
	e, _ := encoded(t)
	row := func(word string) []float32 {
		x := make([]float32, width)
		if err := e.row(x, word); err != nil {
			t.Fatal(err)
		}
		return x
	}
	lower, upper, long := row("la"), row("La"), row(strings.Repeat("k", 20)+"la")
	unknown, _ := e.Words.ID("<unk>")
	if lower[0] == float32(unknown) || lower[0] != upper[0] || lower[1] != 2 || upper[2] == lower[2] || upper[3] != lower[3] {
		t.Errorf("la is %v, La is %v", lower, upper)
	}
	if long[0] != float32(unknown) || long[1] != mostLetters || long[width-2] != lower[2] || long[width-1] != lower[3] {
		t.Errorf("a long word is %v", long)
	}
}

// write writes the files of a treebank to a new folder and returns its path.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sentence is a sentence of a treebank.
func sentence(words ...string) string {
	var b strings.Builder
	for i, w := range words {
		form, tag, _ := strings.Cut(w, "/")
		fmt.Fprintf(&b, "%d\t%s\t_\t%s\t_\t_\t_\t_\t_\t_\n", i+1, form, tag)
	}
	return b.String() + "\n"
}

// TestOwnTreebank trains on one of two sentences.
func TestOwnTreebank(t *testing.T) {
	dir := write(t, map[string]string{
		"own-train.conllu": sentence("Fish/NOUN", "swim/VERB") + sentence("Swim/VERB", "!/PUNCT"),
		"own-dev.conllu":   sentence("Swim/VERB"), "own-test.conllu": sentence("Ducks/NOUN", "and/NOUN", "fish/NOUN", "swim/VERB"),
	})
	report := filepath.Join(dir, "report.json")
	if err := run(context.Background(), []string{"-data", dir, "-epochs", "2", "-out", t.TempDir(), "-json", report}); err != nil {
		t.Fatal(err)
	}
	if r := clitest.Report[cli.Result](t, report)[0]; r.Dataset != "treebank" || len(r.Confusion) != 3 {
		t.Errorf("the report says %+v", r)
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	one := sentence("Fish/NOUN")
	bad := write(t, map[string]string{"train.conllu": "1\tFish\n"})
	empty := write(t, map[string]string{"train.conllu": one, "dev.conllu": "", "test.conllu": one})
	foreign := write(t, map[string]string{"train.conllu": one, "dev.conllu": one, "test.conllu": one + sentence("swim/VERB")})
	clitest.Refuses(t, run, [][2]string{
		{"-lr 0", "-lr 0, want a positive number"},
		{"extra", `unexpected argument "extra"`},
		{"-predict Fish", "-predict and -load MODEL go together"},
		{"-predict Fish -load " + filepath.Join(bad, "train.conllu"), "train.conllu"},
		{"-data " + t.TempDir(), "has no file whose name ends in train.conllu or train.conllu.gz"},
		{"-data " + bad, "train.conllu: line 1"},
		{"-data " + empty, "there are no sentences in the file for dev"},
		{"-data " + foreign, `sentence 2: `},
	})
}

// TestForeignModels refuses models that are no taggers, and sentences without words.
func TestForeignModels(t *testing.T) {
	e, d := encoded(t)
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	notes := map[string]string{encoderNote: string(raw)}
	tagger := newTagger(e.Words.Size(), e.Letters.Size(), d.spec.Classes)
	for name, c := range map[string]struct {
		net            nn.Module
		info           nn.Info
		sentence, want string
	}{
		"linear":     {nn.NewLinear(4, 2), nn.Info{Notes: notes, Classes: d.spec.ClassNames}, "la", "is no tagger"},
		"no encoder": {tagger, nn.Info{Classes: d.spec.ClassNames}, "la", "has no encoder of words"},
		"no words":   {tagger, nn.Info{Notes: map[string]string{encoderNote: "{}"}, Classes: d.spec.ClassNames}, "la", "is no tagger"},
		"no tags":    {tagger, nn.Info{Notes: notes}, "la", "is no tagger"},
		"other tags": {tagger, nn.Info{Notes: notes, Classes: d.spec.ClassNames[:3]}, "la", "want logits of 3 classes"},
		"empty":      {tagger, nn.Info{Notes: notes, Classes: d.spec.ClassNames}, " ", "the sentence has no words"},
	} {
		net, err := nn.Init(1, c.net)
		if err != nil {
			t.Fatal(err)
		}
		model := filepath.Join(t.TempDir(), "model")
		if err := nn.Save(model, net, c.info); err != nil {
			t.Fatal(err)
		}
		if err := predict(context.Background(), &bytes.Buffer{}, c.sentence, model); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "invented-sentences.checkpoint") }

// TestRealTreebank reads the published one, if it is at hand.
func TestRealTreebank(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED names no folder with data/ud-english-ewt")
	}
	c, err := parse([]string{"-data", filepath.Join(shared, "data", "ud-english-ewt")})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.corpus()
	if err != nil {
		t.Fatal(err)
	}
	words := func(d *sentences) (n int) {
		for _, y := range d.tags {
			n += len(y)
		}
		return n
	}
	if p.train.Len() != 12544 || words(p.train) != 204577 || p.dev.Len() != 2001 || p.test.Len() != 2077 || words(p.test) != 25094 || p.train.spec.Classes != 18 {
		t.Errorf("%d sentences of %d words to train on, %d to watch, %d of %d words to test with, %d classes",
			p.train.Len(), words(p.train), p.dev.Len(), p.test.Len(), words(p.test), p.train.spec.Classes)
	}
}

// TestMissingParts refuses a network without layers, as a foreign file may describe it.
func TestMissingParts(t *testing.T) {
	if _, err := nn.Init(1, &Tagger{}); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("Init of a network without layers: error %v", err)
	}
	x := grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(1, 2, 5))
	if err := (&Tagger{}).Forward(x).Err(); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("Forward of a network without layers: error %v", err)
	}
}
