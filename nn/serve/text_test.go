package serve_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// critic returns a network that tells praise from blame by the mean of its words, of
// which it takes up to four.
func critic() *serve.Network {
	vocabulary, err := text.NewVocabulary(text.Count([]string{"good", "good", "bad"}), text.Usual)
	if err != nil {
		log.Fatal(err)
	}
	e := text.Encoder{Normalizer: text.Fold, Vocabulary: vocabulary}
	words := nn.NewEmbedding(e.Size(), 2)
	net, err := nn.Init(1, nn.Seq(nn.Inputs(words, nn.Identity), rnn.Mean))
	if err != nil {
		log.Fatal(err)
	}
	words.Weight.Value.Fill(0)
	for class, word := range []string{"good", "bad"} {
		id, _ := vocabulary.ID(word)
		words.Weight.Value.Set(9, id, class)
	}
	encoder, err := json.Marshal(&e)
	if err != nil {
		log.Fatal(err)
	}
	info := &nn.Info{Input: tensor.Shape{4}, More: []tensor.Shape{{}}, Classes: []string{"praise", "blame"}, Encoder: encoder}
	p, err := info.Predictor(net)
	if err != nil {
		log.Fatal(err)
	}
	return &serve.Network{Predictor: p, Info: info}
}

// A model with an encoder takes text as it is.
func ExampleNetwork() {
	s := serve.New(serve.Options{})
	if err := s.Register("critic", "1", critic()); err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	h := httptest.NewServer(s)
	defer h.Close()
	res, err := http.Post(h.URL+"/v2/models/critic/classify?top=1", "text/plain", strings.NewReader("Good, GOOD"))
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Print(res.StatusCode, " ", string(body), err)
	// Output:
	// 200 {"model_name":"critic","model_version":"1","classes":[{"label":"praise","index":0,"probability":0.9975274}]}
	// <nil>
}

func TestClassifyText(t *testing.T) {
	s := server(t, serve.Options{MaxBody: 1 << 10})
	if err := s.Register("critic", "1", critic()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, body, kind string
		status           int
		want             string
	}{
		{"praise", "good", "text/plain", 200, `"classes":[{"label":"praise","index":0`},
		{"any spelling", "It was BAD", "text/plain; charset=utf-8", 200, `"classes":[{"label":"blame","index":1`},
		{"of any type", "bad", "application/x-www-form-urlencoded", 200, `"classes":[{"label":"blame","index":1`},
		{"nothing", "", "text/plain", 400, "the text has 0 tokens, want 1 to 4"},
		{"too long", "good good good good good", "text/plain", 400, "the text has 5 tokens, want 1 to 4"},
		{"not UTF-8", "good \xff", "text/plain", 400, "byte 5 is 0xff, want UTF-8"},
		{"a picture", picture(t, 4, 4), "image/png", 415, `model \"critic\" takes text`},
		{"too large", strings.Repeat(" ", 2<<10), "text/plain", 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, "POST", "/v2/models/critic/classify", c.body, "Content-Type", c.kind)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("status %d: %s, want %d and %q", w.Code, w.Body, c.status, c.want)
			}
		})
	}
	// The same as tensors.
	id, _ := func() (int, bool) {
		var e text.Encoder
		if err := json.Unmarshal(critic().Info.Encoder, &e); err != nil {
			t.Fatal(err)
		}
		return e.Vocabulary.ID("good")
	}()
	w := ask(s, "POST", "/v2/models/critic/infer", fmt.Sprintf(
		`{"inputs":[{"name":"input_0","datatype":"FP32","shape":[1,4],"data":[%d,0,0,0]},{"name":"input_1","datatype":"FP32","shape":[1],"data":[1]}]}`, id))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"data":[0.99`) {
		t.Errorf("tokens for infer: status %d: %s", w.Code, w.Body)
	}
}

// TestClassifyTextRecurrent: a recurrent network with lengths is tried and put to work by a
// repository, and answers as the network does that is opened.
func TestClassifyTextRecurrent(t *testing.T) {
	net, info := recurrent(t, func(int) []nn.Module { return []nn.Module{rnn.Mean, nn.NewLinear(5, 2)} })
	info.Classes = []string{"praise", "blame"}
	folder, dir := saved(t, net, info), t.TempDir()
	put(t, dir, "letters/1/model.safetensors", read(t, filepath.Join(folder, "model.safetensors")))
	s := watched(t, dir, serve.Repository{})
	until(t, s, "letters 1 READY")
	n, err := serve.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	other := server(t, serve.Options{})
	if err := other.Register("letters", "1", n); err != nil {
		t.Fatal(err)
	}
	got, want := ask(s, "POST", "/v2/models/letters/classify", "abc"), ask(other, "POST", "/v2/models/letters/classify", "abc")
	if got.Code != 200 || got.Body.String() != want.Body.String() {
		t.Errorf("status %d: %s, want %s", got.Code, got.Body, want.Body)
	}
	if w := ask(s, "POST", "/v2/models/letters/generate", hello); w.Code != 501 || !strings.Contains(w.Body.String(), "its output is [2], want logits for 7 tokens") {
		t.Errorf("generate: status %d: %s, want 501 and why", w.Code, w.Body)
	}
}

// TestEncoder refuses networks whose encoder is none, or makes other inputs.
func TestEncoder(t *testing.T) {
	for want, change := range map[string]func(n *serve.Network){
		"text: ParseEncoder: encoder: there is no vocabulary": func(n *serve.Network) { n.Info.Encoder = json.RawMessage(`{}`) },
		"text: ParseEncoder: json: cannot":                    func(n *serve.Network) { n.Info.Encoder = json.RawMessage(`[1]`) },
		"the predictor's inputs are [[16]], info has an encoder, which makes tokens [T] and their number []": func(n *serve.Network) {
			net, err := nn.Init(1, nn.NewLinear(16, 2))
			if err != nil {
				t.Fatal(err)
			}
			n.Info.Input, n.Info.More = tensor.Shape{16}, nil
			if n.Predictor, err = n.Info.Predictor(net); err != nil {
				t.Fatal(err)
			}
		},
	} {
		n := critic()
		change(n)
		if err := serve.New(serve.Options{}).Register("critic", "1", n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Register: %v, want %q", err, want)
		}
	}
}
