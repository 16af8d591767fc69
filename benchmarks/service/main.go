// Command service measures package serve from outside: what it answers, under load,
// for long, and while it is restarted.
//
//	go run ./benchmarks/service conformance   # the cases of the protocol; k of k
//	go run ./benchmarks/service load       # throughput and latency, beside PyTorch
//	go run ./benchmarks/service soak       # memory and answers under reloads
//	go run ./benchmarks/service restarts   # requests lost in rolling restarts
//
// Load comes from vegeta and restarts are hidden by haproxy; see README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var commands = map[string]func(ctx context.Context, args []string) error{
	"conformance": conformance, "load": load, "soak": soak, "restarts": restarts, "server": server,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "service:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("want one of the commands conformance, load, soak and restarts")
	}
	return commands[args[0]](ctx, args[1:])
}
