package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// within returns what f returns, or that ctx is done before. Streams have no
// deadlines of their own for a client that sends or reads slowly; they end, and so
// does f, when the method returns.
func within(ctx context.Context, f func() error) error { return patiently(ctx, nil, f) }

// patiently is within that calls late, if f takes long, and ends if that is an error.
func patiently(ctx context.Context, late, f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		done <- f()
	}()
	var long <-chan time.Time
	if late != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		long = timer.C
	}
	for {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-long:
			if err := late(); err != nil {
				return err
			}
		}
	}
}

// patience is how long a message may come in before it is taken for a large or a slow
// one.
const patience = 100 * time.Millisecond

// receive reads a message from a stream. gRPC gathers it, as large as it will be, out
// of sight: if it is not there soon, it counts as the largest there may be until it is.
func receive(ctx context.Context, s *serve.Server, stream grpc.ServerStream, m any) error {
	most := s.Options().MaxBody
	held := false
	defer func() {
		if held {
			s.Release(most)
		}
	}()
	return patiently(ctx, func() error {
		err := s.Hold(most)
		held = err == nil
		return err
	}, func() error { return stream.RecvMsg(m) })
}

// streamed returns the description of a service with its methods as streams of one
// message, which clients cannot tell from others: they are called before the message
// is read, and read it by [receive].
func streamed(d grpc.ServiceDesc, s *serve.Server) grpc.ServiceDesc {
	var streams []grpc.StreamDesc
	for _, m := range d.Methods {
		streams = append(streams, grpc.StreamDesc{
			StreamName: m.MethodName, ServerStreams: true,
			Handler: func(x any, stream grpc.ServerStream) error {
				ctx, cancel := context.WithTimeout(stream.Context(), s.Options().Timeout)
				defer cancel()
				answer, err := m.Handler(x, ctx, func(m any) error { return receive(ctx, s, stream, m) }, nil)
				if err != nil {
					return statusOf(err, "").Err()
				}
				return within(ctx, func() error { return stream.SendMsg(answer) })
			},
		})
	}
	d.Methods, d.Streams = nil, append(streams, d.Streams...)
	return d
}

// gunzip decompresses messages, few at a time: a small one may become as large as
// there may be.
type gunzip struct {
	limit int64
	turns chan struct{}
}

func newGunzip(o *serve.Options) *gunzip {
	return &gunzip{o.MaxBody, make(chan struct{}, max(1, min(o.MaxMemory/o.MaxBody, 16)))}
}

// Type implements the interface grpc.Decompressor.
func (*gunzip) Type() string { return "gzip" }

// Do implements the interface grpc.Decompressor.
func (g *gunzip) Do(r io.Reader) ([]byte, error) {
	g.turns <- struct{}{}
	defer func() { <-g.turns }()
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = b.ReadFrom(io.LimitReader(z, g.limit+1)) // gRPC refuses what is longer
	return b.Bytes(), err
}

// keeper counts the answers that gRPC keeps until their clients take them.
type keeper struct {
	s     *serve.Server
	mu    sync.Mutex
	conns map[string]net.Conn // by the client's address
}

// kept is an answer that counts until it is written, or its connection is closed.
type kept struct {
	*inference.ModelInferResponse
	keeper *keeper
	ctx    context.Context
}

// codec writes messages as gRPC does, but for answers that are counted.
type codec struct{ encoding.CodecV2 }

// Marshal implements the interface encoding.CodecV2.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	a, ok := v.(*kept)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	size := int64(proto.Size(a.ModelInferResponse))
	if mem.IsBelowBufferPoolingThreshold(int(size)) {
		return c.CodecV2.Marshal(a.ModelInferResponse)
	}
	k := a.keeper
	if err := k.s.Hold(size); err != nil {
		return nil, err
	}
	free := sync.OnceFunc(func() { k.s.Release(size) })
	message, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(make([]byte, 0, size), a.ModelInferResponse)
	if err != nil {
		free()
		return nil, err
	}
	// A client that does not read keeps memory and a connection. As over HTTP it has
	// as long again as the request had.
	slow := time.AfterFunc(k.s.Options().Timeout, func() {
		k.close(a.ctx)
		free()
	})
	return mem.BufferSlice{mem.NewBuffer(&message, freed(func() {
		slow.Stop()
		free()
	}))}, nil
}

// freed is called when gRPC needs a buffer no more.
type freed func()

// Get implements the interface mem.BufferPool, and is not called.
func (freed) Get(length int) *[]byte { return new(make([]byte, length)) }

// Put implements the interface mem.BufferPool.
func (f freed) Put(*[]byte) { f() }

// close closes the connection of a request.
func (k *keeper) close(ctx context.Context) {
	client, ok := peer.FromContext(ctx)
	if !ok {
		return
	}
	k.mu.Lock()
	c := k.conns[client.Addr.String()]
	k.mu.Unlock()
	if c != nil {
		c.Close()
	}
}

// listener knows its connections and takes no more than Options.MaxConns.
type listener struct {
	net.Listener
	k *keeper
}

// Accept implements the interface net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c = l.k.add(c); c != nil {
			return c, nil
		}
	}
}

// add returns a connection that is known until it is closed, or closes it and returns
// nil.
func (k *keeper) add(c net.Conn) net.Conn {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.conns) >= k.s.Options().MaxConns {
		c.Close()
		return nil
	}
	known := &conn{Conn: c, k: k, client: c.RemoteAddr().String()}
	if c.RemoteAddr().Network() != "tcp" || known.client == "" {
		known.client = fmt.Sprintf("%p", known) // others have no address of their own
	}
	k.conns[known.client] = known
	return known
}

// conn is a connection that its keeper knows.
type conn struct {
	net.Conn
	k      *keeper
	client string
}

// Close implements the interface net.Conn.
func (c *conn) Close() error {
	c.k.mu.Lock()
	if c.k.conns[c.client] == c {
		delete(c.k.conns, c.client)
	}
	c.k.mu.Unlock()
	return c.Conn.Close()
}

// tooMany is the error of a stream beyond those that there may be at a time.
func tooMany(n int) error {
	return statusOf(oip.Errorf(http.StatusServiceUnavailable, "requests", "there are %d such streams already", n), "").Err()
}
