package rpc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// inferenceService is the generated description of the service, but for ModelInfer: as
// a stream, of one message, it is called before its message is read. Clients see
// no difference.
var inferenceService = func() grpc.ServiceDesc {
	d := inference.GRPCInferenceService_ServiceDesc
	infer := strings.TrimPrefix(inference.GRPCInferenceService_ModelInfer_FullMethodName, "/"+d.ServiceName+"/")
	d.Methods = slices.DeleteFunc(slices.Clone(d.Methods), func(m grpc.MethodDesc) bool { return m.MethodName == infer })
	d.Streams = []grpc.StreamDesc{{
		StreamName:    infer,
		Handler:       func(x any, stream grpc.ServerStream) error { return x.(*service).modelInfer(stream) },
		ServerStreams: true,
	}}
	return d
}()

// service answers the methods of the protocol.
type service struct {
	inference.UnimplementedGRPCInferenceServiceServer
	s *serve.Server
	o serve.Options
}

func newService(s *serve.Server) *service { return &service{s: s, o: s.Options()} }

// door says who may call a method.
type door int

const (
	open    door = iota // everybody
	guarded             // holders of a key, if there are keys
)

// call answers a method: it lets in whom it may, bounds the time, contains panics,
// logs, and turns errors into those of gRPC.
func (x *service) call(ctx context.Context, method string, d door, h func(context.Context) error) error {
	c := &exchange{method: method, id: requestID(ctx), start: time.Now()}
	grpc.SetHeader(ctx, metadata.Pairs("x-request-id", c.id)) // fails only if there is no client
	ctx, cancel := context.WithTimeout(ctx, x.o.Timeout)
	defer cancel()
	return c.finish(ctx, x.o.Logger, contain(func() error {
		if d == guarded {
			release, err := x.s.Admit(secretOf(ctx), 0)
			if err != nil {
				return err
			}
			defer release()
		}
		return h(ctx)
	}))
}

// panicError is what became of a panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// contain makes an error of a panic of f.
func contain(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{r, debug.Stack()}
		}
	}()
	return f()
}

// exchange is what the log says of a request.
type exchange struct {
	method, id string
	start      time.Time
}

// finish logs a request and returns the error that the client gets.
func (c *exchange) finish(ctx context.Context, log *slog.Logger, err error) error {
	shown := statusOf(err, c.id)
	level := slog.LevelWarn
	switch shown.Code() {
	case codes.OK:
		level = slog.LevelDebug
	case codes.Internal:
		level = slog.LevelError
	}
	if isStatus(err, http.StatusTooManyRequests) || isStatus(err, http.StatusServiceUnavailable) {
		grpc.SetTrailer(ctx, retry)
	}
	if !log.Enabled(ctx, level) {
		return shown.Err()
	}
	attrs := []slog.Attr{
		slog.String("request_id", c.id), slog.String("method", c.method), slog.String("code", shown.Code().String()),
		slog.Duration("took", time.Since(c.start)),
	}
	if client, ok := peer.FromContext(ctx); ok {
		attrs = append(attrs, slog.String("remote", client.Addr.String()))
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	log.LogAttrs(ctx, level, "request", attrs...)
	return shown.Err()
}

// first returns the first value of a key in the metadata that a client sent.
func first(ctx context.Context, key string) string {
	if v := metadata.ValueFromIncomingContext(ctx, key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// secretOf returns the secret that a request was sent with, "" if none.
func secretOf(ctx context.Context) string {
	if scheme, secret, ok := strings.Cut(first(ctx, "authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(secret)
	}
	return first(ctx, "x-api-key")
}

// requestID returns the id that a client or a proxy gave a request, or a new one.
func requestID(ctx context.Context) string {
	id := first(ctx, "x-request-id")
	if id == "" || len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return rand.Text()
	}
	return id
}

// ServerLive says that the process works.
func (x *service) ServerLive(ctx context.Context, _ *inference.ServerLiveRequest) (*inference.ServerLiveResponse, error) {
	return &inference.ServerLiveResponse{Live: true}, x.call(ctx, inference.GRPCInferenceService_ServerLive_FullMethodName, open,
		func(context.Context) error { return nil })
}

// ServerReady says whether all models can be asked.
func (x *service) ServerReady(ctx context.Context, _ *inference.ServerReadyRequest) (*inference.ServerReadyResponse, error) {
	var res inference.ServerReadyResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ServerReady_FullMethodName, open, func(context.Context) error {
		res.Ready = x.s.Ready()
		return nil
	})
}

// ModelReady says whether a model can be asked.
func (x *service) ModelReady(ctx context.Context, req *inference.ModelReadyRequest) (*inference.ModelReadyResponse, error) {
	var res inference.ModelReadyResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ModelReady_FullMethodName, open, func(context.Context) (err error) {
		res.Ready, err = x.s.ModelReady(req.Name, req.Version)
		return err
	})
}

// ServerMetadata describes the server. Of its extensions, one has a meaning here.
func (x *service) ServerMetadata(ctx context.Context, _ *inference.ServerMetadataRequest) (*inference.ServerMetadataResponse, error) {
	var res inference.ServerMetadataResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ServerMetadata_FullMethodName, guarded, func(context.Context) error {
		m := x.s.Metadata()
		res.Name, res.Version, res.Extensions = m.Name, m.Version, []string{"classification"}
		return nil
	})
}

// ModelMetadata describes a model.
func (x *service) ModelMetadata(ctx context.Context, req *inference.ModelMetadataRequest) (*inference.ModelMetadataResponse, error) {
	var res inference.ModelMetadataResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ModelMetadata_FullMethodName, guarded, func(context.Context) error {
		m, err := x.s.Model(req.Name, req.Version)
		if err != nil {
			return err
		}
		res.Name, res.Versions, res.Platform = m.Name, m.Versions, m.Platform
		res.Inputs, res.Outputs = ports(m.Inputs), ports(m.Outputs)
		return nil
	})
}

// ports describes inputs or outputs.
func ports(list []oip.Port) []*inference.ModelMetadataResponse_TensorMetadata {
	made := make([]*inference.ModelMetadataResponse_TensorMetadata, len(list))
	for i, p := range list {
		made[i] = &inference.ModelMetadataResponse_TensorMetadata{Name: p.Name, Datatype: string(p.Datatype), Shape: sizes(p.Shape)}
	}
	return made
}
