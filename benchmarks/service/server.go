package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/nn/zoo"
	"github.com/gannet-ml/gannet/tensor"
)

// network is a network to serve, with the shape of its input.
type network struct {
	input tensor.Shape
	make  func() nn.Module
}

// networks are those that can be served: one that costs nothing, one that costs
// some microseconds, the founding one, and one whose weights have to come from memory
// for every batch, however small.
var networks = map[string]network{
	"tiny":  {tensor.Shape{4}, func() nn.Module { return nn.NewLinear(4, 3) }},
	"mlp":   {tensor.Shape{3072}, func() nn.Module { return zoo.NewMLP(3072, 2048, 2048, 10) }},
	"lenet": {tensor.Shape{1, 28, 28}, func() nn.Module { return zoo.NewLeNet5(10) }},
	"cnn": {tensor.Shape{3, 32, 32}, func() nn.Module {
		return nn.Seq(
			conv.New2D(3, 32, 3, conv.Same), nn.ReLU,
			conv.New2D(32, 64, 5, conv.Same), nn.ReLU,
			conv.MaxPool2D(2), nn.Flatten,
			nn.NewLinear(64*16*16, 2),
		)
	}},
}

// load returns a network with initial weights.
func (n network) load() (nn.Module, error) { return nn.Init(1, n.make()) }

// request returns a request for a network, as the body of a POST with binary
// tensors and the length of its JSON.
func (n network) request() (body []byte, header int, err error) {
	x := tensor.Normal(1, 0, 1, append(tensor.Shape{1}, n.input...)...)
	r := oip.Request{Binary: true, Inputs: []oip.Tensor{{
		Name: "input", Datatype: oip.FP32, Shape: x.Shape(), Data: x.Data(), Binary: true,
	}}}
	return r.Encode(nil)
}

// raw returns the same input as bytes alone, for the server in Python.
func (n network) raw() []byte {
	var b []byte
	for _, v := range tensor.Normal(1, 0, 1, append(tensor.Shape{1}, n.input...)...).Data() {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// server is the command that serves one network, as a process of its own.
func server(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("service server", flag.ContinueOnError)
	name := f.String("model", "lenet", "`network` to serve")
	addr := f.String("addr", "127.0.0.1:0", "`address`")
	dir := f.String("dir", "", "serve this `folder` of models instead")
	batch := f.Int("max-batch", 0, "see serve.Options")
	admin := f.String("admin", "", "`address` for metrics and profiles")
	quiet := f.Duration("quiet", 0, "see serve.Options")
	if err := f.Parse(args); err != nil {
		return err
	}
	s := serve.New(serve.Options{MaxBatch: *batch, Quiet: *quiet})
	if *admin != "" {
		l, err := net.Listen("tcp", *admin)
		if err != nil {
			return err
		}
		go s.ServeAdmin(ctx, l)
	}
	if *dir != "" {
		if err := s.Watch(ctx, serve.Repository{Dir: *dir, Every: 100 * time.Millisecond}); err != nil {
			return err
		}
		return s.ListenAndServe(ctx, *addr)
	}
	n := networks[*name]
	net, err := n.load()
	if err != nil {
		return err
	}
	p, err := nn.NewPredictor(net, n.input)
	if err != nil {
		return err
	}
	if err := s.Register(*name, "1", &serve.Network{Predictor: p}); err != nil {
		return err
	}
	return s.ListenAndServe(ctx, *addr)
}

// process is a server that was started.
type process struct {
	*exec.Cmd
	url string
}

// start runs a command on a core, if cores can be chosen here, and waits until url
// answers.
func start(ctx context.Context, core int, url string, name string, args ...string) (*process, error) {
	cmd := onCore(ctx, core, name, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, url}
	for range 600 {
		if res, err := http.Get(url); err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("%s did not begin to answer", name)
}

// stop ends a process.
func (p *process) stop() error {
	p.Process.Signal(os.Interrupt)
	return p.Wait()
}

// onCore returns a command that runs on one core.
func onCore(ctx context.Context, core int, name string, args ...string) *exec.Cmd {
	if path, err := exec.LookPath("taskset"); err == nil && core >= 0 {
		return exec.CommandContext(ctx, path, append([]string{"-c", fmt.Sprint(core), name}, args...)...)
	}
	return exec.CommandContext(ctx, name, args...)
}

// free returns an address that nobody listens at.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// writeJSON writes a file with a value.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(path), append(b, '\n'), 0o666)
}
