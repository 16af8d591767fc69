package rpc

import (
	"context"
	"slices"

	"google.golang.org/grpc"

	"github.com/gannet-ml/gannet/nn/serve"
)

// maxReflections is the number of streams at a time of those who look at what methods
// there are: each may gather a message as large as there may be.
const maxReflections = 4

// bounded registers a service with few streams at a time, none of which may take longer
// than a request.
type bounded struct {
	*grpc.Server
	s *serve.Server
}

// RegisterService implements the interface grpc.ServiceRegistrar.
func (b *bounded) RegisterService(d *grpc.ServiceDesc, x any) {
	few := *d
	few.Streams = slices.Clone(d.Streams)
	turns := make(chan struct{}, maxReflections)
	for i := range few.Streams {
		handler := few.Streams[i].Handler
		few.Streams[i].Handler = func(x any, stream grpc.ServerStream) error {
			select {
			case turns <- struct{}{}:
				defer func() { <-turns }()
			default:
				return tooMany(maxReflections)
			}
			ctx, cancel := context.WithTimeout(stream.Context(), b.s.Options().Timeout)
			defer cancel()
			return within(ctx, func() error { return handler(x, stream) })
		}
	}
	b.Server.RegisterService(&few, x)
}
