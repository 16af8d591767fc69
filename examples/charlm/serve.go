package main

import (
	"context"
	"fmt"
	"io"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
)

// modelName is the name of the model behind HTTP.
const modelName = "charlm"

// serve puts the model of -load behind HTTP until ctx is done.
func (c *config) serve(ctx context.Context, w io.Writer) error {
	net, info, err := nn.Load(c.load)
	if err != nil {
		return err
	}
	m, err := model(c.load, net, info)
	if err != nil {
		return err
	}
	p, err := info.Predictor(net)
	if err != nil {
		return fmt.Errorf("%s: %w", c.load, err)
	}
	s := serve.New(serve.Options{})
	if err := s.Register(modelName, "1", &serve.Network{Predictor: p, Info: info, Language: m}); err != nil {
		return err
	}
	fmt.Fprintf(w, `Texts as they come, as server-sent events, and as a whole:
  curl -N -d '{"text_input":"ANNA:\n","parameters":{"temperature":0.8,"max_tokens":200}}' %[1]s/v2/models/%[2]s/generate_stream
  curl -d '{"text_input":"ANNA:\n","parameters":{"temperature":0.8,"max_tokens":200}}' %[1]s/v2/models/%[2]s/generate
Ctrl-C ends it.
`, c.addr, modelName)
	return s.ListenAndServe(ctx, c.addr)
}
