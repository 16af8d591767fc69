// Command service serves trained networks over HTTP. Without arguments it works
// offline: it trains a small network on digits that it draws itself, prints commands
// that ask it, and shows a page on which to draw digits or drop pictures.
//
//	go run ./examples/service                      # trains, then serves
//	go run ./examples/service -model FILE          # serves one model
//	go run ./examples/service -model DIR           # DIR/MODEL/VERSION/model.safetensors, or DIR/model.safetensors
//	go run ./examples/service train FILE           # only trains
//	go run ./examples/service keygen -api NAME     # a key for a client
//	go run ./examples/service keygen -signing PREFIX
//	go run ./examples/service sign DIR -key FILE
//	go run ./examples/service verify DIR -key FILE
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn/serve"
)

func main() { cli.Main("service", run) }

// commands are what the first argument can be; without one the program serves.
var commands = map[string]func(ctx context.Context, args []string) error{
	"train": train, "keygen": keygen, "sign": signModel, "verify": verifyModel,
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, ok := commands[args[0]]
		if !ok {
			return fmt.Errorf("unknown command %q, want train, keygen, sign, verify, or flags (-h lists them)", args[0])
		}
		return command(ctx, args[1:])
	}
	c, err := parse(args)
	if err != nil {
		return err
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	if c.check {
		return s.check(ctx)
	}
	s.greet(os.Stdout)
	return s.serve(ctx)
}

// config is what the flags say.
type config struct {
	model, name       string
	addr, grpc, admin string
	keys              string
	cert, key, client string
	signers           string
	maxBatch          int
	maxDelay, quiet   time.Duration
	level             slog.Level
	noPage, check     bool
	out, json         string
}

// parse reads the flags of the server.
func parse(args []string) (*config, error) {
	c := &config{}
	f := flag.NewFlagSet("service", flag.ContinueOnError)
	f.StringVar(&c.model, "model", "", "model `file`, or a folder: one with model.safetensors, or a repository MODEL/VERSION/model.safetensors (default: train on drawn digits)")
	f.StringVar(&c.name, "name", "", "name of a single model (default: that of its file or folder)")
	f.StringVar(&c.addr, "addr", "127.0.0.1:8080", "`address` for clients")
	f.StringVar(&c.grpc, "grpc", "", "`address` for clients that speak gRPC (default: none)")
	f.StringVar(&c.admin, "admin", "127.0.0.1:8081", "`address` for metrics, loading and profiles; \"\" for none")
	f.StringVar(&c.keys, "keys", "", "`file` with the keys of clients, as keygen -api prints them; it may be replaced while the service runs")
	f.StringVar(&c.cert, "tls-cert", "", "certificate `file` (PEM)")
	f.StringVar(&c.key, "tls-key", "", "`file` with the key of -tls-cert (PEM)")
	f.StringVar(&c.client, "client-ca", "", "`file` with the authorities that sign clients' certificates (PEM)")
	f.StringVar(&c.signers, "require-signature", "", "serve only models signed by a key in this `file` (PEM)")
	f.IntVar(&c.maxBatch, "max-batch", 32, "samples computed together at most")
	f.DurationVar(&c.maxDelay, "max-delay", 0, "how long a request may wait for others to be computed with")
	f.DurationVar(&c.quiet, "quiet", 0, "how long to go on after a signal to stop, saying not ready, until load balancers notice")
	f.TextVar(&c.level, "log", slog.LevelInfo, "least `level` that is logged: debug (every request), info, warn or error")
	f.BoolVar(&c.noPage, "no-page", false, "do not show the page")
	f.BoolVar(&c.check, "check", false, "train, serve, ask itself and stop")
	f.StringVar(&c.out, "out", filepath.Join(os.TempDir(), "service"), "`folder` for the trained model and what the commands send")
	f.StringVar(&c.json, "json", "", "write the results of -check to this `file`")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if c.check {
		f.Visit(func(g *flag.Flag) { c.check = c.check && g.Name != "addr" && g.Name != "grpc" && g.Name != "admin" })
		if !c.check {
			return nil, errors.New("-check takes addresses that are free, so it goes without -addr, -grpc and -admin")
		}
		c.addr, c.grpc, c.admin = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	}
	return c, c.verify()
}

// verify reports settings that do not go together.
func (c *config) verify() error {
	switch {
	case c.maxBatch < 1:
		return fmt.Errorf("-max-batch %d, want at least 1", c.maxBatch)
	case c.maxDelay < 0:
		return fmt.Errorf("-max-delay %v, want none or more", c.maxDelay)
	case c.quiet < 0:
		return fmt.Errorf("-quiet %v, want none or more", c.quiet)
	case (c.cert == "") != (c.key == ""):
		return errors.New("-tls-cert FILE and -tls-key FILE go together")
	case c.client != "" && c.cert == "":
		return errors.New("-client-ca needs -tls-cert and -tls-key")
	case c.signers != "" && c.model == "":
		return errors.New("-require-signature needs -model: what is trained here nobody has signed")
	case c.name != "" && c.model == "":
		return errors.New("-name needs -model")
	case c.check && (c.model != "" || c.keys != "" || c.cert != ""):
		return errors.New("-check goes without -model, -keys and -tls-cert")
	case c.json != "" && !c.check:
		return errors.New("-json needs -check")
	}
	return nil
}

// options returns the settings of the server; those of the page are left to the caller.
func (c *config) options() (serve.Options, error) {
	o := serve.Options{
		Name: "gannet-service", MaxBatch: c.maxBatch, MaxDelay: c.maxDelay, Quiet: c.quiet,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: c.level})),
	}
	if c.keys == "" {
		return o, nil
	}
	keys, err := readKeys(c.keys)
	o.Keys = keys
	return o, err
}

// tls returns the settings of TLS, nil for none.
func (c *config) tls() (*tls.Config, error) {
	if c.cert == "" {
		return nil, nil
	}
	return serve.TLS(c.cert, c.key, c.client)
}
