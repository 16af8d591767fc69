package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/rpc"
)

// tools is a folder for clients that are fetched once for all tests.
var tools string

func TestMain(m *testing.M) {
	var err error
	if tools, err = os.MkdirTemp("", "clients"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(tools)
	os.Exit(code)
}

// fetched skips a test whose client is not to be had, or fails it where clients are
// required. Clients come over the network: the short form of the tests does without
// them, unless GANNET_CLIENTS=1 asks for them.
func fetched(t *testing.T, what string, fetch func() (string, error)) string {
	t.Helper()
	required := os.Getenv("GANNET_REQUIRE_CLIENTS") == "1"
	if testing.Short() && !required && os.Getenv("GANNET_CLIENTS") != "1" {
		t.Skipf("%s is fetched over the network, which -short does with GANNET_CLIENTS=1 only", what)
	}
	path, err := fetch()
	if err != nil && required {
		t.Fatalf("%s: %v", what, err)
	}
	if err != nil {
		t.Skipf("%s is not to be had here: %v (GANNET_REQUIRE_CLIENTS=1 makes this an error)", what, err)
	}
	return path
}

// command runs a command for no more than some minutes and returns what it prints.
func command(cmd *exec.Cmd) (string, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return "", err
	}
	late := time.AfterFunc(4*time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	if err := cmd.Wait(); err != nil {
		return out.String() + errs.String(), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &errs)
	}
	return out.String(), nil
}

// listen serves s on this machine until the test ends and returns its address.
func listen(t testing.TB, s *serve.Server, opts ...grpc.ServerOption) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gs := rpc.NewServer(s, opts...)
	go gs.Serve(l)
	t.Cleanup(gs.Stop)
	return l.Addr().String()
}

// unary is what is the same in connections of clients that make single calls only.
type unary struct{}

func (unary) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("this client has no streams")
}
