package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
)

// encoderNote is where the file of a model keeps the encoder of names.
const encoderNote = "encoder"

// note returns what predict needs beside the network.
func (s *surnames) note() (map[string]string, error) {
	raw, err := json.Marshal(s.encoder)
	return map[string]string{encoderNote: string(raw)}, err
}

// predict prints the three languages that are most probable for a name, as the model
// in a file sees it.
func predict(ctx context.Context, w io.Writer, name, model string) error {
	net, info, err := nn.Load(model)
	if err != nil {
		return err
	}
	var encoder text.Encoder
	if err := json.Unmarshal([]byte(info.Notes[encoderNote]), &encoder); err != nil {
		return fmt.Errorf("%s has no encoder of names: %w", model, err)
	}
	if len(info.Input) != 1 || len(info.More) != 1 || len(info.Classes) == 0 {
		return fmt.Errorf("%s is no classifier of names: inputs %v and %v, %d classes", model, info.Input, info.More, len(info.Classes))
	}
	ids, err := encoder.Encode(name)
	if err != nil {
		return err
	}
	s, err := data.Get(text.Classified([][]int{ids}, []int{0}, info.Classes, text.Steps(info.Input[0])), 0)
	if err != nil {
		return fmt.Errorf("name %q: %w", name, err)
	}
	p, err := info.Predictor(net)
	if err != nil {
		return fmt.Errorf("%s: %w", model, err)
	}
	defer p.Close()
	y, err := p.Predict(ctx, s.X.Reshape(1, s.X.Len()), s.More[0].Reshape(1))
	if err != nil {
		return err
	}
	return cli.Probable(w, info.Classes, y)
}
