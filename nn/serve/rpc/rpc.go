package rpc

import (
	"context"
	"fmt"
	"math"
	"net"
	"time"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // for clients that compress
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/gannet-ml/gannet/nn/serve"
)

//go:generate go -C _gen run . -out ../../internal/inference

// Register makes a gRPC server answer for s; see the package documentation for the
// services. Limits of connections and messages are the gRPC server's: [NewServer] has
// safe ones.
func Register(gs *grpc.Server, s *serve.Server) {
	gs.RegisterService(&inferenceService, newService(s))
	grpc_health_v1.RegisterHealthServer(gs, &health{s: s})
	reflection.Register(gs)
}

// NewServer returns a gRPC server that answers for s, with these settings, which
// opts may replace:
//
//   - messages of at most Options.MaxBody of s, metadata of at most 64 KiB;
//   - 100 requests of a connection at a time;
//   - 10 s for a connection to be set up;
//   - connections that are idle for 5 minutes, or do not answer a ping within 20 s
//     after 2 minutes of silence, are closed;
//   - so are those of clients that ping more often than every 10 s.
//
// With [grpc.Creds] and the settings that [serve.TLS] returns, connections are
// encrypted.
func NewServer(s *serve.Server, opts ...grpc.ServerOption) *grpc.Server {
	safe := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(int(min(s.Options().MaxBody, math.MaxInt32))),
		grpc.MaxHeaderListSize(64 << 10),
		grpc.MaxConcurrentStreams(100),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: 5 * time.Minute, Time: 2 * time.Minute, Timeout: 20 * time.Second,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	}
	gs := grpc.NewServer(append(safe, opts...)...)
	Register(gs, s)
	return gs
}

// ListenAndServe serves s over gRPC at a TCP address, as "127.0.0.1:9000", until ctx
// is done; see [Serve].
func ListenAndServe(ctx context.Context, addr string, s *serve.Server, opts ...grpc.ServerOption) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("rpc: %w", err)
	}
	return Serve(ctx, l, s, opts...)
}

// Serve serves s over gRPC on a listener, which it closes, until ctx is done, with
// the settings of [NewServer] and opts. It ends as [serve.Server.Serve] does: after
// Options.Quiet it takes no new requests, waits for running ones no longer than
// Options.Grace, and closes the server unless s is still served in another way.
func Serve(ctx context.Context, l net.Listener, s *serve.Server, opts ...grpc.ServerOption) error {
	gs := NewServer(s, opts...)
	return s.Run(ctx, serve.Service{
		Serve: func() error {
			defer gs.Stop()
			return gs.Serve(l)
		},
		Shutdown: func(ctx context.Context) error { return shutdown(ctx, gs) },
	})
}

// shutdown stops a server when its requests are answered, or when ctx is done.
func shutdown(ctx context.Context, gs *grpc.Server) error {
	stopped := make(chan struct{})
	go func() {
		gs.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		gs.Stop()
		<-stopped
		return ctx.Err()
	}
}
