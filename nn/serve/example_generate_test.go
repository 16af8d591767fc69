package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// parrot is a model of the program's own that generates texts.
type parrot struct{}

func (parrot) Inputs() []oip.Port {
	return []oip.Port{{Name: "text", Datatype: oip.BYTES, Shape: tensor.Shape{1}}}
}
func (p parrot) Outputs() []oip.Port { return p.Inputs() }
func (parrot) Infer(context.Context, []oip.Tensor) ([]oip.Tensor, error) {
	return nil, errors.New("a parrot speaks")
}

// Generate says the words of a text again.
func (parrot) Generate(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i, word := range strings.Fields(prompt) {
			if i == o.MaxTokens || !yield(" "+word, ctx.Err()) || ctx.Err() != nil {
				return
			}
		}
	}
}

// A stream of events, each with a piece of the text.
func ExampleGenerator() {
	s := serve.New(serve.Options{})
	if err := s.Register("parrot", "1", parrot{}); err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	h := httptest.NewServer(s)
	defer h.Close()
	res, err := http.Post(h.URL+"/v2/models/parrot/generate_stream", "application/json",
		strings.NewReader(`{"text_input":"pieces of eight","parameters":{"max_tokens":2}}`))
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(strings.TrimSpace(string(body)), err)
	// Output:
	// data: {"model_name":"parrot","model_version":"1","text_output":" pieces","done":false}
	//
	// data: {"model_name":"parrot","model_version":"1","text_output":" of","done":false}
	//
	// data: {"model_name":"parrot","model_version":"1","text_output":"","done":true} <nil>
}

// A language model, saved with its encoder, generates texts when it is opened again.
func ExampleNetwork_Generate() {
	vocabulary, err := text.NewVocabulary(text.Count([]string{"a", "b"}), text.Specials{})
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := json.Marshal(&text.Encoder{Splitter: text.Characters, Vocabulary: vocabulary})
	if err != nil {
		log.Fatal(err)
	}
	table := nn.NewEmbedding(2, 2)
	net, err := nn.Init(1, nn.Seq(table))
	if err != nil {
		log.Fatal(err)
	}
	table.Weight.Value.Copy(tensor.New([]float32{0, 9, 9, 0}, 2, 2)) // after a comes b, and the other way round
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := nn.Save(filepath.Join(dir, "model.safetensors"), net, nn.Info{Input: tensor.Shape{16}, Encoder: encoder}); err != nil {
		log.Fatal(err)
	}

	n, err := serve.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	for piece, err := range n.Generate(context.Background(), "ab", lm.Options{MaxTokens: 3}) {
		fmt.Println(piece, err)
	}
	// Output:
	// a <nil>
	// b <nil>
	// a <nil>
}
