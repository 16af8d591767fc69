package main

import (
	"context"
	"fmt"
	"io"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
)

// model returns the network of a file as a language model.
func model(path string, net nn.Module, info *nn.Info) (*lm.Model, error) {
	if info.Encoder == nil {
		return nil, fmt.Errorf("%s does not say what its characters are", path)
	}
	e, err := text.ParseEncoder(info.Encoder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m, err := lm.New(net, e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// generate goes on with a text.
func (c *config) generate(ctx context.Context, w io.Writer) error {
	net, info, err := nn.Load(c.load)
	if err != nil {
		return err
	}
	m, err := model(c.load, net, info)
	if err != nil {
		return err
	}
	return c.write(ctx, w, m, c.prompt)
}

// write writes a text and how a model goes on with it, as it comes.
func (c *config) write(ctx context.Context, w io.Writer, m *lm.Model, prompt string) error {
	if _, err := m.Encode(prompt); err != nil {
		return err
	}
	if _, err := fmt.Fprint(w, prompt); err != nil {
		return err
	}
	for piece, err := range m.Generate(ctx, prompt, lm.Options{Sampler: c.sampler(), MaxTokens: c.length}) {
		if err == nil {
			_, err = fmt.Fprint(w, piece)
		}
		if err != nil {
			fmt.Fprintln(w)
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
