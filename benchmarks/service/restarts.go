package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// restarts replaces two servers behind haproxy by new ones, one after the other,
// again and again, and counts the requests that were lost.
func restarts(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("service restarts", flag.ContinueOnError)
	n := f.Int("n", 100, "restarts")
	haproxy := f.String("haproxy", "haproxy", "the load balancer, a `program`")
	clients := f.Int("clients", 4, "clients that ask")
	if err := f.Parse(args); err != nil {
		return err
	}
	path, err := exec.LookPath(*haproxy)
	if err != nil {
		return fmt.Errorf("%w; see README.md", err)
	}
	dir, err := os.MkdirTemp("", "service")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := publish(filepath.Join(dir, "models"), 1); err != nil {
		return err
	}
	var addrs [3]string // of haproxy and the servers
	for i := range addrs {
		if addrs[i], err = free(); err != nil {
			return err
		}
	}
	config := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(config, fmt.Appendf(nil, haproxyConfig, addrs[0], addrs[1], addrs[2]), 0o666); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	serve := func(i int) (*process, error) {
		return start(ctx, -1, "http://"+addrs[i]+"/v2/health/ready", self, "server",
			"-dir", filepath.Join(dir, "models"), "-addr", addrs[i], "-quiet", "500ms")
	}
	var servers [2]*process
	for i := range servers {
		if servers[i], err = serve(i + 1); err != nil {
			return err
		}
		defer func() { servers[i].stop() }()
	}
	proxy, err := start(ctx, -1, "http://"+addrs[0]+"/v2/health/ready", path, "-f", config)
	if err != nil {
		return err
	}
	defer proxy.Process.Kill()

	asking, enough := context.WithCancel(ctx)
	defer enough()
	c := &crowd{url: "http://" + addrs[0] + "/v2/models/m/infer"}
	c.start(asking, *clients)
	begun := time.Now()
	for k := range *n {
		if ctx.Err() != nil {
			break
		}
		i := k % 2
		if err := servers[i].stop(); err != nil {
			return fmt.Errorf("restart %d: the server did not stop well: %w", k, err)
		}
		if servers[i], err = serve(i + 1); err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond) // until haproxy has seen it
	}
	enough()
	c.wait.Wait()
	fmt.Printf("%d answers in %.0f s over %d restarts: %d failed\n", c.answers.Load(), time.Since(begun).Seconds(), *n, c.failed.Load())
	for _, e := range c.errors {
		fmt.Println("  ", e)
	}
	if c.failed.Load() > 0 {
		return fmt.Errorf("%d requests were lost", c.failed.Load())
	}
	return nil
}

// haproxyConfig is the configuration of the load balancer: it asks for readiness ten
// times a second.
const haproxyConfig = `
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
listen models
  bind %s
  option httpchk GET /v2/health/ready
  http-check expect status 200
  default-server check inter 100ms fall 1 rise 1
  server a %s
  server b %s
`
