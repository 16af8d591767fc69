package rpc

import (
	"context"
	"fmt"
	"math"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // for clients that compress
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/gannet-ml/gannet/nn/serve"
)

//go:generate go -C _gen run . -out ../../internal/inference

// Register makes a gRPC server answer for s; see the package documentation for the
// services. Limits of connections and messages are the gRPC server's: [NewServer] has
// safe ones.
func Register(gs *grpc.Server, s *serve.Server) { register(gs, s, nil, nil) }

// register is Register with a keeper of answers, and a channel that is closed when the
// server is about to stop.
func register(gs *grpc.Server, s *serve.Server, k *keeper, end <-chan struct{}) {
	x := &service{s: s, keeper: k}
	gs.RegisterService(x.describe(), x)
	h := &health{s: s, end: end}
	gs.RegisterService(h.describe(), h)
	reflection.Register(&bounded{gs, s})
}

// NewServer returns a gRPC server that answers for s, with these settings, which
// opts may replace:
//
//   - messages of at most Options.MaxBody of s, metadata of at most 64 KiB;
//   - compressed messages are decompressed few at a time;
//   - what has come of messages that nobody reads yet is at most 64 KiB of each;
//   - 100 requests of a connection at a time;
//   - 10 s for a connection to be set up;
//   - connections that are idle for 5 minutes, or do not answer a ping within 20 s
//     after 2 minutes of silence, are closed;
//   - so are those of clients that ping more often than every 10 s.
//
// With [grpc.Creds] and the settings that [serve.TLS] returns, connections are
// encrypted. [Serve] bounds also the number of connections, and how long a client may
// leave an answer.
func NewServer(s *serve.Server, opts ...grpc.ServerOption) *grpc.Server {
	return newServer(s, nil, nil, opts...)
}

func newServer(s *serve.Server, k *keeper, end <-chan struct{}, opts ...grpc.ServerOption) *grpc.Server {
	o := s.Options()
	safe := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(int(min(o.MaxBody, math.MaxInt32))),
		//lint:ignore SA1019 those that are registered have no bound over all requests
		grpc.RPCDecompressor(newGunzip(&o)),
		grpc.StaticStreamWindowSize(64 << 10),
		grpc.StaticConnWindowSize(1 << 20),
		grpc.MaxHeaderListSize(64 << 10),
		grpc.MaxConcurrentStreams(100),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: 5 * time.Minute, Time: 2 * time.Minute, Timeout: 20 * time.Second,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	}
	opts = append(safe, opts...)
	if k != nil {
		opts = append(opts, grpc.ForceServerCodecV2(codec{encoding.GetCodecV2("proto")}))
	}
	gs := grpc.NewServer(opts...)
	register(gs, s, k, end)
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
// the settings of [NewServer] and opts. A connection beyond Options.MaxConns is closed
// at once, and one whose client leaves an answer for longer than Options.Timeout then.
// Answers are not compressed, since their memory counts.
// Serve ends as [serve.Server.Serve] does: after Options.Quiet it takes no new requests,
// waits for running ones no longer than Options.Grace, and closes the server unless s
// is still served in another way.
func Serve(ctx context.Context, l net.Listener, s *serve.Server, opts ...grpc.ServerOption) error {
	k := &keeper{s: s, conns: map[string]net.Conn{}}
	end := make(chan struct{})
	gs := newServer(s, k, end, opts...)
	return s.Run(ctx, serve.Service{
		Serve: func() error {
			defer gs.Stop()
			return gs.Serve(&listener{l, k})
		},
		Shutdown: func(ctx context.Context) error {
			close(end)
			err := shutdown(ctx, gs)
			l.Close() // if Serve was never called
			return err
		},
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
