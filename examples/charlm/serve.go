package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
)

// modelName is the name of the model behind HTTP.
const modelName = "charlm"

// serve puts the model of -load behind HTTP until ctx is done.
func (c *config) serve(ctx context.Context, w io.Writer) error {
	network, info, err := nn.Load(c.load)
	if err != nil {
		return err
	}
	n, err := serve.NewNetwork(network, info)
	if err != nil {
		return fmt.Errorf("%s: %w", c.load, err)
	}
	if n.Language == nil {
		n.Close()
		return fmt.Errorf("%s is no language model of characters", c.load)
	}
	s := serve.New(serve.Options{})
	if err := s.Register(modelName, "1", n); err != nil {
		n.Close()
		return err
	}
	l, err := net.Listen("tcp", c.addr)
	if err != nil {
		s.Close()
		return err
	}
	fmt.Fprintf(w, `Texts as they come, as server-sent events, and as a whole:
  curl -N -d '{"text_input":"ANNA:\n","parameters":{"temperature":0.8,"max_tokens":200}}' %[1]s/v2/models/%[2]s/generate_stream
  curl -d '{"text_input":"ANNA:\n","parameters":{"temperature":0.8,"max_tokens":200}}' %[1]s/v2/models/%[2]s/generate
Ctrl-C ends it.
`, l.Addr(), modelName)
	return s.Serve(ctx, l)
}
