package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/nn/serve/rpc"
	"github.com/gannet-ml/gannet/tensor"
)

// serveTCP serves s until the test ends, or stop is called, and returns its address.
func serveTCP(t *testing.T, s *serve.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(ctx, l, s) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

// client returns a connection to an address over what dialed makes of it.
func client(t *testing.T, addr string, dialed func(net.Conn) net.Conn) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
			if err != nil {
				return nil, err
			}
			return dialed(c), nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func plain(c net.Conn) net.Conn { return c }

// settle waits for something.
func settle(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 10_000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("it does not come about: %s", what)
}

// deaf is a connection that is not read from now on, until hears is closed.
type deaf struct {
	net.Conn
	now   atomic.Bool
	hears chan bool
}

func (d *deaf) Read(p []byte) (int, error) {
	if d.now.Load() {
		<-d.hears
	}
	return d.Conn.Read(p)
}

// noise is a model with an output of 1 MB that cannot be compressed.
func noise() *function {
	values := make([]int32, 1<<18)
	for i := range values {
		values[i] = rand.Int32()
	}
	in := []oip.Port{{Name: "x", Datatype: oip.FP32, Shape: tensor.Shape{-1}}}
	out := []oip.Port{{Name: "y", Datatype: oip.INT32, Shape: tensor.Shape{-1}}}
	return &function{in, out, func(context.Context, []oip.Tensor) ([]oip.Tensor, error) {
		return []oip.Tensor{{Name: "y", Datatype: oip.INT32, Shape: tensor.Shape{len(values)}, Data: values}}, nil
	}}
}

// An answer counts until it is taken, and a client that does not take it loses its
// connection.
func TestAnswerThatStays(t *testing.T) {
	for name, opts := range map[string][]grpc.CallOption{"plain": nil, "gzip": {grpc.UseCompressor(gzip.Name)}} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, serve.Options{Timeout: time.Second})
			register(t, s, "noise", noise())
			addr := serveTCP(t, s)
			ask := rawOne(oip.FP32, nil, 0)
			ask.ModelName = "noise"
			ask.RawInputContents = [][]byte{{}}

			c := inference.NewGRPCInferenceServiceClient(client(t, addr, plain))
			for range 3 {
				r, err := c.ModelInfer(within(t), ask, opts...)
				if err != nil || len(r.RawOutputContents) != 1 || len(r.RawOutputContents[0]) != 1<<20 {
					t.Fatalf("an answer that is taken: %v", err)
				}
			}
			settle(t, "no memory after answers that were taken", func() bool { return gauge(t, s, "gannet_body_bytes") == 0 })

			d := &deaf{hears: make(chan bool)}
			hear := sync.OnceFunc(func() { close(d.hears) })
			t.Cleanup(hear)
			conn := client(t, addr, func(c net.Conn) net.Conn {
				d.Conn = c
				return d
			})
			if _, err := inference.NewGRPCInferenceServiceClient(conn).ServerLive(within(t), &inference.ServerLiveRequest{}); err != nil {
				t.Fatal(err)
			}
			d.now.Store(true)
			answer := make(chan error, 1)
			go func() {
				_, err := inference.NewGRPCInferenceServiceClient(conn).ModelInfer(within(t), ask, opts...)
				answer <- err
			}()
			settle(t, "memory for an answer that stays", func() bool { return gauge(t, s, "gannet_body_bytes") >= 1<<20 })
			settle(t, "no memory when it is given up", func() bool { return gauge(t, s, "gannet_body_bytes") == 0 })
			hear()
			wantCode(t, <-answer, codes.Unavailable, "")
		})
	}
}

// slowly is a connection that takes some bytes and the rest only when it may.
type slowly struct {
	net.Conn
	left atomic.Int64
	may  chan bool
}

func (c *slowly) Write(p []byte) (int, error) {
	if c.left.Add(-int64(len(p))) < 0 {
		<-c.may
	}
	return c.Conn.Write(p)
}

// A message that comes slowly counts as the largest there may be: where there is no
// memory for it, it is not waited for.
func TestSlowMessages(t *testing.T) {
	const most = 1 << 20
	s := newServer(t, serve.Options{MaxBody: most, MaxMemory: most})
	addr := serveTCP(t, s)
	ask := rawOne(oip.UINT8, make([]byte, 200_000), 200_000)
	may := make(chan bool)
	send := func() <-chan error {
		conn := client(t, addr, func(c net.Conn) net.Conn {
			slow := &slowly{Conn: c, may: may}
			slow.left.Store(50_000)
			return slow
		})
		answer := make(chan error, 1)
		go func() {
			_, err := inference.NewGRPCInferenceServiceClient(conn).ModelInfer(within(t), ask)
			answer <- err
		}()
		return answer
	}
	first := send()
	settle(t, "memory for a message that comes slowly", func() bool { return gauge(t, s, "gannet_body_bytes") == most })
	wantCode(t, <-send(), codes.Unavailable, "bytes already")
	quick := inference.NewGRPCInferenceServiceClient(client(t, addr, plain))
	_, err := quick.ModelInfer(within(t), infer(1, 2, 3))
	wantCode(t, err, codes.Unavailable, "bytes already")
	if _, err := quick.ServerReady(within(t), &inference.ServerReadyRequest{}); err != nil {
		t.Errorf("a message that takes next to nothing: %v", err)
	}
	close(may)
	if err := <-first; err != nil {
		t.Errorf("the slow message: %v", err)
	}
	if _, err := quick.ModelInfer(within(t), infer(1, 2, 3)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	settle(t, "no memory afterwards", func() bool { return gauge(t, s, "gannet_body_bytes") == 0 })
}

// To ordinary clients the methods are what they are in other servers, also those of a
// server of the program's own.
func TestOrdinaryClient(t *testing.T) {
	for name, make := range map[string]func(s *serve.Server) *grpc.Server{
		"NewServer": func(s *serve.Server) *grpc.Server { return rpc.NewServer(s) },
		"Register": func(s *serve.Server) *grpc.Server {
			gs := grpc.NewServer()
			rpc.Register(gs, s)
			return gs
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, serve.Options{Name: "test"})
			l := bufconn.Listen(1 << 20)
			gs := make(s)
			go gs.Serve(l)
			t.Cleanup(gs.Stop)
			conn := connect(t, l)
			ctx := within(t)
			c, h := inference.NewGRPCInferenceServiceClient(conn), grpc_health_v1.NewHealthClient(conn)
			if r, err := c.ServerLive(ctx, &inference.ServerLiveRequest{}); err != nil || !r.Live {
				t.Errorf("ServerLive: %v, %v", r, err)
			}
			if r, err := c.ServerReady(ctx, &inference.ServerReadyRequest{}); err != nil || !r.Ready {
				t.Errorf("ServerReady: %v, %v", r, err)
			}
			if r, err := c.ModelReady(ctx, &inference.ModelReadyRequest{Name: "double"}); err != nil || !r.Ready {
				t.Errorf("ModelReady: %v, %v", r, err)
			}
			if r, err := c.ServerMetadata(ctx, &inference.ServerMetadataRequest{}); err != nil || r.Name != "test" {
				t.Errorf("ServerMetadata: %v, %v", r, err)
			}
			if r, err := c.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "pair"}); err != nil || len(r.Inputs) != 2 || len(r.Outputs) != 3 {
				t.Errorf("ModelMetadata: %v, %v", r, err)
			}
			_, err := c.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "none"})
			wantCode(t, err, codes.NotFound, "unknown model")
			if r, err := c.ModelInfer(ctx, infer(1, 2, 3)); err != nil || r.Outputs[0].Contents.Fp32Contents[2] != 6 {
				t.Errorf("ModelInfer: %v, %v", r, err)
			}
			if r, err := h.Check(ctx, &grpc_health_v1.HealthCheckRequest{}); err != nil || r.Status != grpc_health_v1.HealthCheckResponse_SERVING {
				t.Errorf("Check: %v, %v", r, err)
			}
			if r, err := h.List(ctx, &grpc_health_v1.HealthListRequest{}); err != nil || len(r.Statuses) != 2 {
				t.Errorf("List: %v, %v", r, err)
			}
			w, err := h.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if r, err := w.Recv(); err != nil || r.Status != grpc_health_v1.HealthCheckResponse_SERVING {
				t.Errorf("Watch: %v, %v", r, err)
			}
			_, services, err := reflected(ctx, conn)
			if want := "grpc.health.v1.Health grpc.reflection.v1.ServerReflection grpc.reflection.v1alpha.ServerReflection inference.GRPCInferenceService"; err != nil || services != want {
				t.Errorf("reflection: %q, %v, want %q", services, err, want)
			}
			if n := gauge(t, s, "gannet_body_bytes"); n != 0 {
				t.Errorf("%v bytes are held, want 0", n)
			}
		})
	}
}

// reflected opens a stream of reflection and asks for the services.
func reflected(ctx context.Context, conn grpc.ClientConnInterface) (grpc_reflection_v1.ServerReflection_ServerReflectionInfoClient, string, error) {
	r, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, "", err
	}
	r.Send(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}})
	res, err := r.Recv() // says also why Send failed
	if err != nil {
		return nil, "", err
	}
	var names []string
	for _, s := range res.GetListServicesResponse().GetService() {
		names = append(names, s.Name)
	}
	return r, strings.Join(names, " "), nil
}

// logbook is a log that is read while it is written.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.b.String()), "\n")
}

// What is refused before its model is known counts too, and the log has what it has of
// requests over HTTP.
func TestRefusedAndLogged(t *testing.T) {
	key, secret := serve.NewKey("alice")
	var log logbook
	s := newServer(t, serve.Options{Keys: []serve.Key{key}, Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c := inference.NewGRPCInferenceServiceClient(client(t, serveTCP(t, s), plain))
	none := infer(1, 2, 3)
	none.ModelName = "none"
	for i, r := range []struct {
		secret  string
		request *request
		code    codes.Code
		want    map[string]any // in the log, nil for what it must not have
	}{
		{"", infer(1, 2, 3), codes.Unauthenticated, map[string]any{"level": "WARN", "status": 401.0, "key": nil, "model": nil, "version": nil}},
		{secret, none, codes.NotFound, map[string]any{"level": "WARN", "status": 404.0, "key": "alice", "model": nil, "version": nil}},
		{secret, infer(1, 2, 3), codes.OK, map[string]any{"level": "DEBUG", "status": 200.0, "key": "alice", "model": "double", "version": "1", "error": nil}},
	} {
		ctx := metadata.AppendToOutgoingContext(within(t), "x-request-id", "id-"+string(rune('0'+i)))
		if r.secret != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "x-api-key", r.secret)
		}
		_, err := c.ModelInfer(ctx, r.request)
		wantCode(t, err, r.code, "")
		var line map[string]any
		settle(t, "a line in the log", func() bool {
			line = nil
			lines := log.lines()
			return len(lines) == i+1 && json.Unmarshal([]byte(lines[i]), &line) == nil
		})
		r.want["request_id"], r.want["method"] = "id-"+string(rune('0'+i)), inference.GRPCInferenceService_ModelInfer_FullMethodName
		for k, v := range r.want {
			if line[k] != v {
				t.Errorf("request %d: %s is %v, want %v", i, k, line[k], v)
			}
		}
		if remote, _ := line["remote"].(string); !strings.HasPrefix(remote, "127.0.0.1:") {
			t.Errorf("request %d: remote is %q", i, remote)
		}
	}
	all, err := s.Options().Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range all {
		if family.GetName() == "gannet_rejected_total" {
			for _, m := range family.Metric {
				got[m.Label[0].GetValue()+"/"+m.Label[1].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if len(got) != 2 || got["/key"] != 1 || got["/model"] != 1 {
		t.Errorf("gannet_rejected_total is %v, want 1 for the key and 1 for the model", got)
	}
}

// Watch ends when gRPC is told to stop, though HTTP goes on.
func TestWatchEnds(t *testing.T) {
	s := newServer(t, serve.Options{})
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	rest, end := context.WithCancel(context.Background())
	http, served := make(chan error, 1), make(chan error, 1)
	go func() { http <- s.Serve(rest, tcp) }()
	c, err := net.Dial("tcp", tcp.Addr().String()) // HTTP has begun when it answers
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("GET /v2 HTTP/1.0\r\n\r\n"))
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	memory := bufconn.Listen(1 << 20)
	go func() { served <- rpc.Serve(ctx, memory, s) }()
	w, err := grpc_health_v1.NewHealthClient(connect(t, memory)).Watch(within(t), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Recv(); err != nil {
		t.Fatal(err)
	}
	stop()
	_, err = w.Recv()
	wantCode(t, err, codes.Unavailable, "about to stop")
	if err := <-served; err != nil {
		t.Error(err)
	}
	if s.Draining() || !s.Ready() {
		t.Error("the server is not ready, though HTTP goes on")
	}
	end()
	if err := <-http; err != nil {
		t.Error(err)
	}
}

// Streams that stay open are few.
func TestStreams(t *testing.T) {
	s := newServer(t, serve.Options{MaxRequests: 2})
	conn := dial(t, s)
	for name, c := range map[string]struct {
		most int
		open func(ctx context.Context) error
	}{
		"watchers": {2, func(ctx context.Context) error {
			w, err := grpc_health_v1.NewHealthClient(conn).Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
			if err != nil {
				return err
			}
			_, err = w.Recv()
			return err
		}},
		"reflection": {4, func(ctx context.Context) error {
			_, _, err := reflected(ctx, conn)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, end := context.WithCancel(within(t))
			for range c.most {
				if err := c.open(ctx); err != nil {
					t.Fatal(err)
				}
			}
			wantCode(t, c.open(within(t)), codes.Unavailable, "such streams already")
			end()
			settle(t, "another stream when the others have ended", func() bool { return c.open(within(t)) == nil })
		})
	}
}

// A connection too many is closed, and the place of one that ended is free.
func TestMaxConns(t *testing.T) {
	s := newServer(t, serve.Options{MaxConns: 1})
	addr := serveTCP(t, s)
	live := func(conn *grpc.ClientConn) error {
		_, err := inference.NewGRPCInferenceServiceClient(conn).ServerLive(within(t), &inference.ServerLiveRequest{})
		return err
	}
	first := client(t, addr, plain)
	if err := live(first); err != nil {
		t.Fatal(err)
	}
	if err := live(client(t, addr, plain)); status.Code(err) != codes.Unavailable {
		t.Errorf("a second connection: %v, want code Unavailable", err)
	}
	if err := live(first); err != nil {
		t.Errorf("the first: %v", err)
	}
	first.Close()
	settle(t, "another connection when the first is closed", func() bool { return live(client(t, addr, plain)) == nil })
}

// A server that is closed closes the listener it is given.
func TestServeClosed(t *testing.T) {
	s := newServer(t, serve.Options{})
	s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := rpc.Serve(t.Context(), l, s); err == nil {
		t.Error("Serve serves a closed server")
	}
	l.(*net.TCPListener).SetDeadline(time.Now())
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener: %v, want %v", err, net.ErrClosed)
	}
}
