package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/charlm/play"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/nn"
)

// small are flags of a network that is trained in a moment.
var small = strings.Fields("-hidden 48 -layers 1 -dropout 0 -lr 0.02 -steps 50")

// trained trains on the play for an epoch and returns the folder.
func trained(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	args := append(small, "-epochs", "1", "-out", dir, "-json", filepath.Join(dir, "report.json"))
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRun goes the whole way on the play: train, report, resume, write and serve.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := trained(t)
	report := filepath.Join(dir, "report.json")
	r := clitest.Report[result](t, report)[0]
	if r.Model != "lstm" || r.Dataset != "invented-play" || r.Epochs != 1 || r.Seed != 1 || r.Metric != "nats_per_character" || r.Parameters != 27086 {
		t.Errorf("the report says %+v", r)
	}
	if math.Abs(r.Perplexity-math.Exp(r.Value)) > 1e-9 || r.Speed <= 0 || r.Seconds <= 0 || r.Waiting < 0 || r.Waiting > 1 {
		t.Errorf("the report says %+v", r)
	}
	if r.Value > 1.2 || r.Value < 0.37 { // chance alone decides 0.366
		t.Errorf("%.3f nats a character after an epoch, want at most 1.2", r.Value)
	}
	args := append(small, "-epochs", "2", "-out", dir, "-json", report, "-resume")
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	if more := clitest.Report[result](t, report)[0]; more.Epochs != 2 || more.Value >= r.Value {
		t.Errorf("after -resume the report says %d epochs and %.3f nats, want 2 and less than %.3f", more.Epochs, more.Value, r.Value)
	}
	model := filepath.Join(dir, "model.safetensors")
	t.Run("write", func(t *testing.T) { write(t, model) })
	t.Run("serve", func(t *testing.T) { served(t, model) })
}

// write goes on with a text: what was read first is written first, a seed makes one
// text, and the greedy one has no chance in it.
func write(t *testing.T, model string) {
	texts := map[string]string{}
	for _, flags := range []string{"", "-seed 2", "-seed 2 -length 20", "-temperature 0", "-temperature 0 -seed 2", "-top-k 1 -seed 3", "-top-p 0.01"} {
		c, err := parse(append(strings.Fields(flags), "-load", model, "-generate", "ANNA:\nThe "))
		if err != nil {
			t.Fatal(err)
		}
		var first, again bytes.Buffer
		for _, w := range []*bytes.Buffer{&first, &again} {
			if err := c.generate(context.Background(), w); err != nil {
				t.Fatal(err)
			}
		}
		if first.String() != again.String() || !strings.HasPrefix(first.String(), "ANNA:\nThe ") || len([]rune(first.String())) != len("ANNA:\nThe \n")+c.length {
			t.Errorf("%s wrote %q, then %q", flags, first.String(), again.String())
		}
		texts[flags] = first.String()
	}
	greedy := texts["-temperature 0"]
	for _, same := range []string{"-temperature 0 -seed 2", "-top-k 1 -seed 3", "-top-p 0.01"} {
		if texts[same] != greedy {
			t.Errorf("%s wrote %q, want %q", same, texts[same], greedy)
		}
	}
	if texts[""] == texts["-seed 2"] || texts[""] == greedy || !strings.HasPrefix(texts["-seed 2"], strings.TrimSuffix(texts["-seed 2 -length 20"], "\n")) {
		t.Errorf("the texts are %q", texts)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c, err := parse([]string{"-load", model, "-generate", "A"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.generate(ctx, io.Discard); err != context.Canceled {
		t.Errorf("cancelled: error %v", err)
	}
	var pieces writes
	if err := c.generate(context.Background(), &pieces); err != nil || pieces < writes(c.length) {
		t.Errorf("%d characters were written in %d pieces, %v", c.length, pieces, err)
	}
	var nothing bytes.Buffer
	c.prompt = "é"
	if err := c.generate(context.Background(), &nothing); err == nil || !strings.Contains(err.Error(), "é") || nothing.Len() > 0 {
		t.Errorf("an unknown character: error %v, after %q", err, nothing.String())
	}
}

// writes counts the calls of Write.
type writes int

func (n *writes) Write(b []byte) (int, error) { *n++; return len(b), nil }

// served asks the server for the text that -generate writes, whole and as events.
func served(t *testing.T, model string) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	read, said := io.Pipe()
	go func() {
		c, err := parse([]string{"-load", model, "-serve", "127.0.0.1:0"})
		if err == nil {
			err = c.serve(ctx, said)
		}
		ended <- err
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	lines := bufio.NewScanner(read)
	lines.Scan()
	lines.Scan() // the first command for curl
	go io.Copy(io.Discard, read)
	fields := strings.Fields(lines.Text())
	addr, _, _ := strings.Cut(fields[len(fields)-1], "/")
	c, err := parse([]string{"-load", model, "-generate", "ANNA:\n", "-length", "60", "-seed", "5"})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := c.generate(ctx, &want); err != nil {
		t.Fatal(err)
	}
	body := `{"text_input": "ANNA:\n", "parameters": {"temperature": 0.8, "max_tokens": 60, "seed": 5}}`
	post := func(path string) *http.Response {
		res, err := http.Post(fmt.Sprintf("http://%s/v2/models/%s/%s", addr, modelName, path), "application/json", strings.NewReader(body))
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", path, res, err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	type event struct {
		Text string `json:"text_output"`
	}
	var whole event
	if err := json.NewDecoder(post("generate").Body).Decode(&whole); err != nil {
		t.Fatal(err)
	}
	pieces := "ANNA:\n"
	events := bufio.NewScanner(post("generate_stream").Body)
	n := 0
	for events.Scan() {
		if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
			var e event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatal(err)
			}
			pieces += e.Text
			n++
		}
	}
	if got := "ANNA:\n" + whole.Text + "\n"; got != want.String() || pieces+"\n" != got || n < 60 {
		t.Errorf("the server wrote %q and, in %d events, %q, want %q", got, n, pieces, want.String())
	}
}

// TestOwnText reads a file of one's own, whose characters have more than a byte, and
// one that is hardly long enough.
func TestOwnText(t *testing.T) {
	for name, s := range map[string]string{"long": strings.Repeat("Äpfel für den Käfer. ", 200), "short": strings.Repeat("ab", 10)} {
		file := file(t, s)
		args := append(small, "-data", file, "-epochs", "1", "-batch", "2", "-steps", "4", "-hidden", "8", "-out", t.TempDir())
		if err := run(context.Background(), args); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func file(t *testing.T, s string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input.txt")
	if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	bare := filepath.Join(t.TempDir(), "bare.safetensors")
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(2, 2)))
	if err == nil {
		err = nn.Save(bare, net, nn.Info{Input: []int{2}})
	}
	if err != nil {
		t.Fatal(err)
	}
	clitest.Refuses(t, run, [][2]string{
		{"-lr 0", "-lr 0, want a positive number"},
		{"-batch 0", "-batch 0, want at least 1"},
		{"-steps 0", "number of steps is 0, want 1 to"},
		{"-hidden 0", "hidden"},
		{"-dropout 2", "dropout"},
		{"-layers -1", "layers"},
		{"extra", `unexpected argument "extra"`},
		{"-generate A", "-load MODEL goes together with -generate or -serve"},
		{"-load m", "-load MODEL goes together with -generate or -serve"},
		{"-load m -generate A -serve :0", "-generate and -serve do not go together"},
		{"-load m -generate A -length 0", "-length 0, want at least 1"},
		{"-temperature -1", "temperature -1"},
		{"-top-k -1", "top-k -1"},
		{"-top-p 2", "top-p 2"},
		{"-load m -serve :0 -top-k 3", "-top-k is for -generate"},
		{"-load m -generate=", `-generate "", want the beginning of a text`},
		{"-load m -generate A", "m: no such file"},
		{"-load " + bare + " -generate A", "does not say what its characters are"},
		{"-load " + bare + " -serve 127.0.0.1:0", "no language model of characters"},
		{"-data " + t.TempDir(), "is a directory"},
		{"-data " + file(t, "a\nb\n\n\xffb"), "line 4: "},
		{"-data " + file(t, ""), "has no characters"},
		{"-data " + file(t, "abcabc"), "want at least 32 × 100 and one more"},
	})
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "invented-play.checkpoint", small...) }

// TestShakespeare reads the published text, if it is at hand.
func TestShakespeare(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED names no folder with data/tinyshakespeare")
	}
	c, err := parse([]string{"-data", filepath.Join(shared, "data", "tinyshakespeare", "input.txt")})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.corpus()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.train) != 1003854 || len(p.test) != 111540 || p.encoder.Size() != 65 {
		t.Errorf("%d characters to train on, %d to test with, %d different ones", len(p.train), len(p.test), p.encoder.Size())
	}
}

// TestNeedsMemory: how often characters follow the three before them, counted in a play
// of the same length, foretells another one worse than a network does, and so do five;
// what it takes is further back.
func TestNeedsMemory(t *testing.T) {
	s, _ := play.Write(playLength, 1)
	train, test := s[:len(s)*9/10], s[len(s)*9/10:]
	nats := func(order int) float64 {
		counts, all := map[string]float64{}, map[string]float64{}
		for i := order; i < len(train); i++ {
			counts[train[i-order:i+1]]++
			all[train[i-order:i]]++
		}
		sum := 0.0
		for i := order; i < len(test); i++ { // each of 46 characters counts a twentieth more
			sum -= math.Log((counts[test[i-order:i+1]] + 0.05) / (all[test[i-order:i]] + 46*0.05))
		}
		return sum / float64(len(test)-order)
	}
	if three, five := nats(3), nats(5); three < 0.54 || five < 0.45 {
		t.Errorf("three characters foretell %.3f nats and five %.3f, want more than 0.54 and 0.45", three, five)
	}
}

// TestOpening picks what is shown and quotes it for a shell.
func TestOpening(t *testing.T) {
	for text, want := range map[string]string{
		"end\n\nANNA:\nIt's $5 or more.\nNext one\n": `'It'\''s $5'`, "no line": `'no line'`, "end\nthe last": `'the last'`, "end\n": "'end\n'",
	} {
		if got := quoted(opening(strings.Split(text, ""))); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestChunks: rows and chunks have the sizes of the flags, the test those of a window.
func TestChunks(t *testing.T) {
	s, _ := play.Write(2000, 1)
	e := &text.Encoder{Splitter: text.Characters}
	all, err := e.Tokens(s)
	if err != nil {
		t.Fatal(err)
	}
	if e.Vocabulary, err = text.NewVocabulary(text.Count(all), text.Specials{}); err != nil {
		t.Fatal(err)
	}
	p := corpus{encoder: e, train: all, test: all[:300]}
	train, test, err := p.chunks(4, 25)
	if err != nil {
		t.Fatal(err)
	}
	if x := test.Spec().X; train.Len() != 4*((len(all)-1)/4/25) || test.Len() != 1 || x[0] != 299 {
		t.Errorf("%d chunks to train on, %d of %v to test with", train.Len(), test.Len(), x)
	}
}
