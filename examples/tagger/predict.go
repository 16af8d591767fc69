package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// encoderNote is where the file of a model keeps the encoder of words.
const encoderNote = "encoder"

// predict prints the most probable tag of every word of a sentence, as the model in a
// file sees it.
func predict(ctx context.Context, w io.Writer, sentence, model string) error {
	net, info, err := nn.Load(model)
	if err != nil {
		return err
	}
	var e encoder
	if err := json.Unmarshal([]byte(info.Notes[encoderNote]), &e); err != nil {
		return fmt.Errorf("%s has no encoder of words: %w", model, err)
	}
	if _, ok := net.(*Tagger); !ok || e.Words == nil || e.Letters == nil || len(info.Classes) < 2 {
		return fmt.Errorf("%s is no tagger", model)
	}
	words := strings.Fields(sentence)
	if len(words) == 0 {
		return errors.New("the sentence has no words")
	}
	x := tensor.Zeros(1, len(words), width)
	for i, word := range words {
		if err := e.row(x.Data()[i*width:][:width], word); err != nil {
			return err
		}
	}
	info.Input, info.More = tensor.Shape{len(words), width}, []tensor.Shape{{}} // the sentence is not padded
	p, err := info.Predictor(net)
	if err != nil {
		return fmt.Errorf("%s: %w", model, err)
	}
	defer p.Close()
	y, err := p.Predict(ctx, x, tensor.New([]float32{float32(len(words))}, 1))
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, word := range words {
		best := 1 // 0 is padding
		for k := range info.Classes {
			if k > 0 && y.At(0, k, i) > y.At(0, best, i) {
				best = k
			}
		}
		fmt.Fprintf(t, "  %s\t%s\t%5.1f %%\n", word, info.Classes[best], 100*y.At(0, best, i))
	}
	return t.Flush()
}
