package rpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gannet-ml/gannet/nn/serve"
)

var fetchNode = sync.OnceValues(func() (string, error) {
	script, err := os.ReadFile(filepath.Join("testdata", "client.js"))
	if err != nil {
		return "", err
	}
	install := exec.Command("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "@grpc/grpc-js@1.14.7", "@grpc/proto-loader@0.8.1")
	install.Dir = tools
	if _, err := command(install); err != nil {
		return "", err
	}
	to := filepath.Join(tools, "client.js")
	return to, os.WriteFile(to, script, 0o644)
})

// node is a process with grpc-js, which makes one call for each line of JSON that it
// is given.
type node struct {
	mu      sync.Mutex
	to      *json.Encoder
	calls   int
	waiting map[int]chan<- nodeAnswer
	ended   chan struct{}
}

type nodeCall struct {
	ID        int             `json:"id"`
	Address   string          `json:"address"`
	Method    string          `json:"method"`
	Request   json.RawMessage `json:"request"`
	Timeout   int64           `json:"timeout"` // in ms
	Gzip      bool            `json:"gzip"`
	Cancelled bool            `json:"cancelled"`
}

type nodeAnswer struct {
	ID       int             `json:"id"`
	Code     codes.Code      `json:"code"`
	Message  string          `json:"message"`
	Response json.RawMessage `json:"response"`
}

// newNode starts a process that reads the protocol from a file and ends with the
// test.
func newNode(t *testing.T, protocol string) dialer {
	script := fetched(t, "node with grpc-js", fetchNode)
	protocol, err := filepath.Abs(protocol)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", script, protocol)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := &node{to: json.NewEncoder(in), waiting: map[int]chan<- nodeAnswer{}, ended: make(chan struct{})}
	go func() {
		defer close(n.ended)
		for d := json.NewDecoder(out); ; {
			var a nodeAnswer
			if d.Decode(&a) != nil {
				return
			}
			n.mu.Lock()
			to := n.waiting[a.ID]
			delete(n.waiting, a.ID)
			n.mu.Unlock()
			to <- a
		}
	}()
	t.Cleanup(func() {
		in.Close() // which ends it
		<-n.ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return func(t testing.TB, s *serve.Server, opts ...grpc.ServerOption) grpc.ClientConnInterface {
		return nodeConn{node: n, addr: listen(t, s, opts...)}
	}
}

type nodeConn struct {
	unary
	*node
	addr string
}

func (c nodeConn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	request, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(args.(proto.Message))
	if err != nil {
		return err
	}
	deadline, _ := ctx.Deadline()
	call := nodeCall{Address: c.addr, Method: path.Base(method), Request: request,
		Timeout: time.Until(deadline).Milliseconds(), Cancelled: ctx.Err() != nil}
	for _, o := range opts {
		if o, ok := o.(grpc.CompressorCallOption); ok {
			call.Gzip = o.CompressorType == gzip.Name
		}
	}
	answer := make(chan nodeAnswer, 1)
	c.mu.Lock()
	c.calls++
	call.ID = c.calls
	c.waiting[call.ID] = answer
	err = c.to.Encode(call)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case a := <-answer:
		if a.Code != codes.OK {
			return status.Error(a.Code, a.Message)
		}
		return protojson.Unmarshal(a.Response, reply.(proto.Message))
	case <-c.ended:
		return errors.New("node has ended")
	}
}

// A client that reads the official file of the protocol gets the same answers.
func TestOfficialProtocol(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with the fixtures, is not set")
	}
	conform(t, newNode(t, filepath.Join(shared, "fixtures", "oip", "spec", "open_inference_grpc.proto")), leftOut["grpc-js"])
}
