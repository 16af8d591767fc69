package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	if err == nil {
		err = c.generate(ctx, io.Discard)
	}
	if err != context.Canceled {
		t.Errorf("cancelled: error %v", err)
	}
}

// served asks the server for the text that -generate writes, whole and as events.
func served(t *testing.T, model string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-load", model, "-serve", addr}) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
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
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			res, err := http.Post(fmt.Sprintf("http://%s/v2/models/%s/%s", addr, modelName, path), "application/json", strings.NewReader(body))
			if err == nil && res.StatusCode == http.StatusOK {
				t.Cleanup(func() { res.Body.Close() })
				return res
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %v, %v", path, res, err)
			}
		}
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
		{"-load m -generate A", "m: no such file"},
		{"-load " + bare + " -generate A", "does not say what its characters are"},
		{"-data " + t.TempDir(), "is a directory"},
		{"-data " + file(t, "a\xffb"), "UTF-8"},
		{"-data " + file(t, ""), "has no characters"},
		{"-data " + file(t, "abcabc"), "want 32 rows of at least 100"},
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

// TestChunks: the network is trained to tell the character that comes next.
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
