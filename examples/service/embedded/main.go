// Command embedded is a network and its server in one static file: embedded [ADDRESS].
package main

import (
	"context"
	_ "embed"

	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
)

// model is a network for digits, trained on those that examples/mnist/digits draws.
//
//go:generate go run .. train model.safetensors
//go:embed model.safetensors
var model []byte

func main() { cli.Main("embedded", run) }

func run(ctx context.Context, args []string) error {
	net, info, err := nn.Parse(model)
	if err != nil {
		return err
	}
	p, err := info.Predictor(net)
	if err != nil {
		return err
	}
	s := serve.New(serve.Options{})
	if err := s.Register("digits", "1", &serve.Network{Predictor: p, Info: info}); err != nil {
		return err
	}
	addr := "127.0.0.1:8080"
	if len(args) > 0 {
		addr = args[0]
	}
	return s.ListenAndServe(ctx, addr)
}
