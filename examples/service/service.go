package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/rpc"
)

// service is a server with the addresses it listens at.
type service struct {
	*config
	server      *serve.Server
	live        *live
	public      net.Listener
	grpc, admin net.Listener // nil for none
	drawn       *drawn       // what was trained here, nil for -model
}

// modelFile is the name of a model in its folder.
const modelFile = "model.safetensors"

// open listens, so that an address which is taken is found out before the training,
// and puts the models to work.
func (c *config) open(ctx context.Context) (_ *service, err error) {
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	o.Registry = prometheus.NewRegistry()
	o.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s := &service{config: c, live: &live{registry: o.Registry}}
	if !c.noPage {
		o.Pages = s.pages()
	}
	s.server = serve.New(o)
	s.live.server = s.server
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	secure, err := c.tls()
	if err != nil {
		return nil, err
	}
	if s.public, err = net.Listen("tcp", c.addr); err != nil {
		return nil, err
	}
	if secure != nil {
		s.public = tls.NewListener(s.public, secure)
	}
	if c.grpc != "" {
		if s.grpc, err = net.Listen("tcp", c.grpc); err != nil {
			return nil, err
		}
		if secure != nil {
			s.grpc = tls.NewListener(s.grpc, secure)
		}
	}
	if c.admin != "" {
		if s.admin, err = net.Listen("tcp", c.admin); err != nil {
			return nil, err
		}
	}
	return s, s.models(ctx)
}

// close undoes what open has done.
func (s *service) close() {
	s.server.Close()
	for _, l := range []net.Listener{s.public, s.grpc, s.admin} {
		if l != nil {
			l.Close()
		}
	}
}

// models puts to work what -model names, or what is trained here.
func (s *service) models(ctx context.Context) error {
	if s.model == "" {
		d, err := draw(ctx, s.out)
		if err != nil {
			return err
		}
		s.drawn = d
		return s.server.Watch(ctx, serve.Repository{Dir: d.repository})
	}
	var signers []*ecdsa.PublicKey
	if s.signers != "" {
		var err error
		if signers, err = readPublicKeys(s.signers); err != nil {
			return err
		}
	}
	info, err := os.Stat(s.model)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if signers != nil {
			return fmt.Errorf("-require-signature needs a folder, which is what is signed; -model %s is a file", s.model)
		}
		return s.single(loadFile)
	}
	if _, err := os.Stat(filepath.Join(s.model, modelFile)); err == nil {
		return s.single(func(dir string) (*serve.Network, error) { return serve.Open(dir, signers...) })
	}
	if s.name != "" {
		return fmt.Errorf("-name is for a single model; %s has no %s", s.model, modelFile)
	}
	return s.server.Watch(ctx, serve.Repository{Dir: s.model, Signers: signers})
}

// single puts the only model to work.
func (s *service) single(open func(path string) (*serve.Network, error)) error {
	n, err := open(s.model)
	if err != nil {
		return err
	}
	if s.name == "" {
		s.name = nameOf(s.model)
	}
	return s.server.Register(s.name, "1", n)
}

// loadFile loads a network from a file.
func loadFile(path string) (*serve.Network, error) {
	net, info, err := nn.Load(path)
	if err != nil {
		return nil, err
	}
	n, err := serve.NewNetwork(net, info)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// nameOf returns a name for the model in a file or folder, "model" if there is no
// better one.
func nameOf(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if filepath.Base(path) == modelFile {
		path = filepath.Dir(path)
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if name == "" || name == string(filepath.Separator) || name == "." {
		return "model"
	}
	return name
}

// serve answers requests until ctx is done, and those that have begun to the end.
func (s *service) serve(ctx context.Context) error {
	stopped, stop := context.WithCancel(context.Background())
	defer stop()
	ctx, end := context.WithCancel(ctx)
	defer end() // one way to serve that fails ends the other
	go s.live.run(stopped)
	if s.keys != "" {
		go s.followKeys(stopped, keysEvery)
	}
	rest := make(chan error, 1)
	go func() {
		if s.admin == nil {
			rest <- nil
			return
		}
		rest <- s.server.ServeAdmin(stopped, s.admin)
	}()
	both := make(chan error, 1)
	go func() {
		if s.grpc == nil {
			both <- nil
			return
		}
		defer end()
		both <- rpc.Serve(ctx, s.grpc, s.server)
	}()
	err := s.server.Serve(ctx, s.public)
	end()
	err = errors.Join(err, <-both)
	stop() // metrics are there to the end
	return errors.Join(err, <-rest)
}

// url returns the address of a path for clients.
func (s *service) url(path string) string {
	scheme := "http"
	if s.cert != "" {
		scheme = "https"
	}
	return scheme + "://" + s.public.Addr().String() + path
}

// greet says how to ask the server.
func (s *service) greet(w io.Writer) {
	curl := "  curl"
	if s.cert != "" {
		curl += " --cacert " + s.cert
	}
	if s.client != "" {
		curl += " --cert CLIENT.pem --key CLIENT-KEY.pem"
	}
	if s.keys != "" {
		curl += ` -H "Authorization: Bearer $KEY"`
	}
	fmt.Fprintln(w, "Ask it:")
	if d := s.drawn; d != nil {
		fmt.Fprintf(w, "%s -H 'Content-Type: image/png' --data-binary @%s '%s'\n", curl, d.picture, s.url("/v2/models/digits/classify?top=3"))
		fmt.Fprintf(w, "%s -d @%s %s\n", curl, d.request, s.url("/v2/models/digits/infer"))
	} else {
		fmt.Fprintf(w, "%s %s\n", curl, s.url("/v2/health/ready"))
		for _, m := range s.server.Index() {
			fmt.Fprintf(w, "%s %s\n", curl, s.url("/v2/models/"+m.Name))
			if m.State != serve.Ready {
				fmt.Fprintf(w, "  (version %s of %s is not ready: %s)\n", m.Version, m.Name, m.Reason)
			}
		}
	}
	if s.admin != nil {
		fmt.Fprintf(w, "  curl http://%s/metrics\n", s.admin.Addr())
	}
	if !s.noPage {
		fmt.Fprintf(w, "\nOr open a page to draw digits or drop pictures on:\n  %s\n", s.url("/"))
	}
	fmt.Fprintln(w, "\nCtrl-C stops it.")
}
