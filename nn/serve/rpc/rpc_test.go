package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/nn/serve/rpc"
	"github.com/gannet-ml/gannet/tensor"
)

// function is a model that is a function.
type function struct {
	inputs, outputs []oip.Port
	infer           func(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error)
}

func (f *function) Inputs() []oip.Port  { return f.inputs }
func (f *function) Outputs() []oip.Port { return f.outputs }
func (f *function) Infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	return f.infer(ctx, in)
}

// echo is a model that returns its input of a datatype.
func echo(d oip.Datatype) *function {
	ports := []oip.Port{{Name: "x", Datatype: d, Shape: tensor.Shape{-1}}}
	return &function{ports, ports, func(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) { return in, nil }}
}

// pair is a model of two inputs, a and b, and three outputs: b, a and a + b.
func pair() *function {
	port := func(name string) oip.Port {
		return oip.Port{Name: name, Datatype: oip.FP32, Shape: tensor.Shape{-1, 2}}
	}
	return &function{
		[]oip.Port{port("a"), port("b")}, []oip.Port{port("b"), port("a"), port("sum")},
		func(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
			sum := oip.Tensor{Name: "sum", Datatype: oip.FP32, Shape: in[0].Shape}
			var values []float32
			for i, v := range in[0].Data.([]float32) {
				values = append(values, v+in[1].Data.([]float32)[i])
			}
			sum.Data = values
			return []oip.Tensor{in[1], in[0], sum}, nil
		},
	}
}

// double is a network with y = 2·x for three features.
func double(t testing.TB) *serve.Network {
	t.Helper()
	l := nn.NewLinear(3, 3)
	net, err := nn.Init(1, nn.Seq(l))
	if err != nil {
		t.Fatal(err)
	}
	l.Bias.Value.Fill(0)
	tensor.MulScalarTo(l.Weight.Value, tensor.Eye(3), 2)
	p, err := nn.NewPredictor(net, tensor.Shape{3})
	if err != nil {
		t.Fatal(err)
	}
	return &serve.Network{Predictor: p}
}

// datatypes are all of the protocol.
var datatypes = []oip.Datatype{
	oip.BOOL, oip.UINT8, oip.UINT16, oip.UINT32, oip.UINT64, oip.INT8, oip.INT16, oip.INT32, oip.INT64,
	oip.FP16, oip.BF16, oip.FP32, oip.FP64, oip.BYTES,
}

// newServer returns a server with the models "double", "pair" and, for each datatype,
// an echo under its name.
func newServer(t testing.TB, o serve.Options) *serve.Server {
	t.Helper()
	s := serve.New(o)
	t.Cleanup(func() { s.Close() })
	register(t, s, "double", double(t))
	register(t, s, "pair", pair())
	for _, d := range datatypes {
		register(t, s, string(d), echo(d))
	}
	return s
}

func register(t testing.TB, s *serve.Server, name string, m serve.Model) {
	t.Helper()
	if err := s.Register(name, "1", m); err != nil {
		t.Fatal(err)
	}
}

// dial serves s in memory until the test ends, and returns a connection.
func dial(t testing.TB, s *serve.Server, opts ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	gs := rpc.NewServer(s, opts...)
	l := bufconn.Listen(1 << 20)
	go gs.Serve(l)
	t.Cleanup(gs.Stop)
	return connect(t, l)
}

func connect(t testing.TB, l *bufconn.Listener) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// wire is the codec of a client that sends bytes as they are.
type wire struct{}

func (wire) Name() string                  { return "proto" }
func (wire) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (wire) Unmarshal(b []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), b...)
	return nil
}

var _ encoding.Codec = wire{}

// sendWire sends the bytes of a ModelInferRequest.
func sendWire(ctx context.Context, conn grpc.ClientConnInterface, b []byte) ([]byte, error) {
	var answer []byte
	err := conn.Invoke(ctx, inference.GRPCInferenceService_ModelInfer_FullMethodName, b, &answer, grpc.ForceCodec(wire{}))
	return answer, err
}

// infer asks "double" for three features times n.
func infer(x ...float32) *inference.ModelInferRequest {
	return &inference.ModelInferRequest{ModelName: "double", Inputs: []*inference.ModelInferRequest_InferInputTensor{{
		Name: "input", Datatype: "FP32", Shape: []int64{int64(len(x) / 3), 3}, Contents: &inference.InferTensorContents{Fp32Contents: x},
	}}}
}

// wantCode checks the code of an error and that its text holds some words.
func wantCode(t testing.TB, err error, code codes.Code, words string) {
	t.Helper()
	if status.Code(err) != code || !strings.Contains(status.Convert(err).Message(), words) {
		t.Errorf("error %v, want code %v with %q", err, code, words)
	}
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestKeys(t *testing.T) {
	key, secret := serve.NewKey("a")
	slow, slowSecret := serve.NewKey("b")
	slow.Rate, slow.Burst = 1e-3, 1
	s := newServer(t, serve.Options{Keys: []serve.Key{key, slow}})
	conn := dial(t, s)
	c := inference.NewGRPCInferenceServiceClient(conn)
	ctx := within(t)
	with := func(kv ...string) context.Context { return metadata.AppendToOutgoingContext(ctx, kv...) }

	_, err := c.ModelInfer(ctx, infer(1, 2, 3))
	wantCode(t, err, codes.Unauthenticated, "no API key")
	_, err = c.ModelInfer(with("authorization", "Bearer wrong"), infer(1, 2, 3))
	wantCode(t, err, codes.Unauthenticated, "unknown API key")
	_, err = c.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "double"})
	wantCode(t, err, codes.Unauthenticated, "")
	_, err = c.ServerMetadata(ctx, &inference.ServerMetadataRequest{})
	wantCode(t, err, codes.Unauthenticated, "")
	for _, good := range [][]string{{"authorization", "Bearer " + secret}, {"authorization", "bearer " + secret}, {"x-api-key", secret}} {
		if _, err = c.ModelInfer(with(good...), infer(1, 2, 3)); err != nil {
			t.Errorf("with %s: %v", good[0], err)
		}
	}
	if _, err = c.ModelInfer(with("x-api-key", slowSecret), infer(1, 2, 3)); err != nil {
		t.Error(err)
	}
	var trailer metadata.MD
	_, err = c.ModelInfer(with("x-api-key", slowSecret), infer(1, 2, 3), grpc.Trailer(&trailer))
	wantCode(t, err, codes.ResourceExhausted, "requests a second")
	if got := trailer.Get("grpc-retry-pushback-ms"); len(got) != 1 {
		t.Errorf("grpc-retry-pushback-ms is %v, want one value", got)
	}

	// Health is told to all.
	if _, err := c.ServerLive(ctx, &inference.ServerLiveRequest{}); err != nil {
		t.Error(err)
	}
	if _, err := c.ServerReady(ctx, &inference.ServerReadyRequest{}); err != nil {
		t.Error(err)
	}
	if _, err := c.ModelReady(ctx, &inference.ModelReadyRequest{Name: "double"}); err != nil {
		t.Error(err)
	}
	if _, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
	if n := gauge(t, s, "gannet_in_flight_requests"); n != 0 {
		t.Errorf("%v requests are in flight, want 0", n)
	}
}

// gauge reads a metric that has no labels.
func gauge(t testing.TB, s *serve.Server, name string) float64 {
	t.Helper()
	all, err := s.Options().Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.GetName() == name {
			return m.Metric[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// What goes wrong inside is for the log, not for clients, and ends nothing else.
func TestFailures(t *testing.T) {
	s := newServer(t, serve.Options{})
	secret := errors.New("secret")
	failing := echo(oip.FP32)
	var fail func() ([]oip.Tensor, error)
	failing.infer = func(context.Context, []oip.Tensor) ([]oip.Tensor, error) { return fail() }
	register(t, s, "failing", failing)
	c := inference.NewGRPCInferenceServiceClient(dial(t, s))
	req := &inference.ModelInferRequest{ModelName: "failing", Inputs: []*inference.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{0}}}}
	for name, f := range map[string]func() ([]oip.Tensor, error){
		"error":   func() ([]oip.Tensor, error) { return nil, secret },
		"panic":   func() ([]oip.Tensor, error) { panic(secret) },
		"no data": func() ([]oip.Tensor, error) { return []oip.Tensor{{Name: "x", Datatype: oip.FP32}}, nil },
		"datatype": func() ([]oip.Tensor, error) {
			return []oip.Tensor{{Name: "x", Datatype: oip.FP32, Shape: tensor.Shape{1}, Data: []float64{1}}}, nil
		},
		"shape": func() ([]oip.Tensor, error) {
			return []oip.Tensor{{Name: "x", Datatype: oip.FP32, Shape: tensor.Shape{2}, Data: []float32{1}}}, nil
		},
		"text": func() ([]oip.Tensor, error) {
			return []oip.Tensor{{Name: "\xff", Datatype: oip.FP32, Shape: tensor.Shape{1}, Data: []float32{1}}}, nil
		},
	} {
		fail = f
		var header metadata.MD
		ctx := metadata.AppendToOutgoingContext(within(t), "x-request-id", "id-7")
		_, err := c.ModelInfer(ctx, req, grpc.Header(&header))
		wantCode(t, err, codes.Internal, "")
		if strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: the client is told %v", name, err)
		}
		if got := header.Get("x-request-id"); len(got) != 1 || got[0] != "id-7" {
			t.Errorf("%s: x-request-id is %v, want id-7", name, got)
		}
	}
	for httpStatus, code := range map[int]codes.Code{
		400: codes.InvalidArgument, 401: codes.Unauthenticated, 403: codes.PermissionDenied, 404: codes.NotFound,
		408: codes.DeadlineExceeded, 413: codes.ResourceExhausted, 415: codes.InvalidArgument, 429: codes.ResourceExhausted,
		499: codes.Canceled, 500: codes.Internal, 501: codes.Unimplemented, 503: codes.Unavailable, 504: codes.DeadlineExceeded,
	} {
		fail = func() ([]oip.Tensor, error) { return nil, oip.Errorf(httpStatus, "test", "for the client") }
		_, err := c.ModelInfer(within(t), req)
		wantCode(t, err, code, "for the client")
	}
	if _, err := c.ModelInfer(within(t), infer(1, 2, 3)); err != nil {
		t.Error(err)
	}
}

func TestHealth(t *testing.T) {
	s := newServer(t, serve.Options{})
	h := grpc_health_v1.NewHealthClient(dial(t, s))
	ctx := within(t)
	check := func(service string, want grpc_health_v1.HealthCheckResponse_ServingStatus) {
		t.Helper()
		got, err := h.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil || got.Status != want {
			t.Errorf("service %q: %v, %v, want %v", service, got, err, want)
		}
	}
	const name = "inference.GRPCInferenceService"
	check("", grpc_health_v1.HealthCheckResponse_SERVING)
	check(name, grpc_health_v1.HealthCheckResponse_SERVING)
	_, err := h.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "other"})
	wantCode(t, err, codes.NotFound, "other")
	list, err := h.List(ctx, &grpc_health_v1.HealthListRequest{})
	if err != nil || len(list.Statuses) != 2 {
		t.Errorf("List: %v, %v, want two services", list, err)
	}
	w, err := h.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := w.Recv(); err != nil || r.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("Watch: %v, %v, want SERVING", r, err)
	}
	s.Drain()
	check("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	if r, err := w.Recv(); err != nil || r.Status != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("Watch: %v, %v, want NOT_SERVING", r, err)
	}
	_, err = w.Recv()
	wantCode(t, err, codes.Unavailable, "about to stop")
}

// A message is refused by its length before it is read, and a client that sends
// nothing has only so much time.
func TestLimits(t *testing.T) {
	s := newServer(t, serve.Options{MaxBody: 1000, MaxMemory: 3500, Timeout: 300 * time.Millisecond})
	conn := dial(t, s)
	c := inference.NewGRPCInferenceServiceClient(conn)
	_, err := c.ModelInfer(within(t), infer(make([]float32, 300)...))
	wantCode(t, err, codes.ResourceExhausted, "larger than max")
	if _, err := c.ModelInfer(within(t), infer(make([]float32, 150)...)); err != nil {
		t.Error(err)
	}

	large := dial(t, s, grpc.MaxRecvMsgSize(1<<20))
	_, err = inference.NewGRPCInferenceServiceClient(large).ModelInfer(within(t), infer(make([]float32, 1200)...))
	wantCode(t, err, codes.Unavailable, "3500 bytes already")
	if n := gauge(t, s, "gannet_body_bytes"); n != 0 {
		t.Errorf("%v bytes are held, want 0", n)
	}

	stream, err := conn.NewStream(within(t), &grpc.StreamDesc{ClientStreams: true}, inference.GRPCInferenceService_ModelInfer_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, stream.RecvMsg(new(inference.ModelInferResponse)), codes.DeadlineExceeded, "")
}

// Serve answers what it has begun, and closes the server when HTTP is done too.
func TestServe(t *testing.T) {
	before := runtime.NumGoroutine()
	s := newServer(t, serve.Options{})
	begun, finish := make(chan bool), make(chan bool)
	slow := echo(oip.FP32)
	slow.infer = func(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
		begun <- true
		<-finish
		return in, nil
	}
	register(t, s, "slow", slow)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	memory := bufconn.Listen(1 << 20)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served, answered := make(chan error, 2), make(chan error, 1)
	go func() { served <- rpc.Serve(ctx, memory, s) }()
	go func() { served <- s.Serve(ctx, tcp) }()
	conn := connect(t, memory)
	c := inference.NewGRPCInferenceServiceClient(conn)
	w, err := grpc_health_v1.NewHealthClient(conn).Watch(within(t), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Recv(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := c.ModelInfer(within(t), &inference.ModelInferRequest{ModelName: "slow", Inputs: []*inference.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{0}}}})
		answered <- err
	}()
	<-begun
	stop()
	if err := <-served; err != nil { // HTTP has nothing to wait for
		t.Errorf("HTTP: %v", err)
	}
	if ready, err := s.ModelReady("double", ""); err != nil || !ready {
		t.Errorf("the server is closed while gRPC still answers: %v, %v", ready, err)
	}
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the request that was begun: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("gRPC: %v", err)
	}
	if ready, err := s.ModelReady("double", ""); err == nil && ready {
		t.Error("the server is not closed")
	}
	conn.Close()
	noMoreThan(t, before)
}

// noMoreThan checks that goroutines end.
func noMoreThan(t *testing.T, n int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), n, stacks[:runtime.Stack(stacks, true)])
}

// A request that does not end in time is ended.
func TestServeGrace(t *testing.T) {
	s := newServer(t, serve.Options{Grace: 50 * time.Millisecond})
	begun := make(chan bool)
	stuck := echo(oip.FP32)
	stuck.infer = func(ctx context.Context, _ []oip.Tensor) ([]oip.Tensor, error) {
		begun <- true
		<-ctx.Done()
		return nil, ctx.Err()
	}
	register(t, s, "stuck", stuck)
	ctx, stop := context.WithCancel(context.Background())
	l := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- rpc.Serve(ctx, l, s) }()
	c := inference.NewGRPCInferenceServiceClient(connect(t, l))
	go c.ModelInfer(within(t), &inference.ModelInferRequest{ModelName: "stuck", Inputs: []*inference.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{0}}}})
	<-begun
	stop()
	if err := <-served; err == nil || !strings.Contains(err.Error(), "requests were still running") {
		t.Errorf("Serve: %v, want that requests were still running", err)
	}
}

func TestListenAndServe(t *testing.T) {
	s := newServer(t, serve.Options{})
	err := rpc.ListenAndServe(context.Background(), "127.0.0.1:none", s)
	if err == nil || !strings.HasPrefix(err.Error(), "rpc: ") {
		t.Errorf("ListenAndServe: %v", err)
	}
}

// Many clients at once get their own answers.
func TestManyClients(t *testing.T) {
	before := runtime.NumGoroutine()
	s := serve.New(serve.Options{})
	register(t, s, "double", double(t))
	l := bufconn.Listen(1 << 20)
	gs := rpc.NewServer(s)
	go gs.Serve(l)
	failed := make(chan error, 16)
	for k := range 16 {
		conn := connect(t, l)
		go func() {
			c := inference.NewGRPCInferenceServiceClient(conn)
			for i := range 50 {
				x := float32(1000*k + i)
				res, err := c.ModelInfer(context.Background(), infer(x, x+0.25, x+0.5))
				if err != nil {
					failed <- err
					return
				}
				if y := res.Outputs[0].Contents.Fp32Contents; len(y) != 3 || y[0] != 2*x || y[2] != 2*x+1 {
					failed <- fmt.Errorf("x = %v: y = %v", x, y)
					return
				}
			}
			failed <- conn.Close()
		}()
	}
	for range 16 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	gs.GracefulStop()
	s.Close()
	noMoreThan(t, before)
}

// Answers and refusals are counted as those over HTTP are.
func TestMetrics(t *testing.T) {
	s := newServer(t, serve.Options{})
	c := inference.NewGRPCInferenceServiceClient(dial(t, s))
	for range 3 {
		if _, err := c.ModelInfer(within(t), infer(1, 2, 3)); err != nil {
			t.Error(err)
		}
	}
	short := infer(1, 2, 3)
	short.Inputs[0].Shape[0] = 2
	_, err := c.ModelInfer(within(t), short)
	wantCode(t, err, codes.InvalidArgument, "")
	all, err := s.Options().Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range all {
		if name := family.GetName(); name == "gannet_requests_total" || name == "gannet_rejected_total" {
			for _, m := range family.Metric {
				key := name
				for _, l := range m.Label {
					key += " " + l.GetValue()
				}
				got[key] = m.GetCounter().GetValue()
			}
		}
	}
	want := map[string]float64{
		"gannet_requests_total 200 double 1": 3, "gannet_requests_total 400 double 1": 1, "gannet_rejected_total double shape": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("metrics are %v, want %v", got, want)
	}
}
