package rpc

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// describe returns the generated description of the service with its methods as
// streams; that to infer looks at the key before the message is read.
func (x *service) describe() *grpc.ServiceDesc {
	d := streamed(inference.GRPCInferenceService_ServiceDesc, x.s)
	infer := strings.TrimPrefix(inference.GRPCInferenceService_ModelInfer_FullMethodName, "/"+d.ServiceName+"/")
	i := slices.IndexFunc(d.Streams, func(s grpc.StreamDesc) bool { return s.StreamName == infer })
	d.Streams[i].Handler = func(_ any, stream grpc.ServerStream) error { return x.modelInfer(stream) }
	return &d
}

// service answers the methods of the protocol.
type service struct {
	inference.UnimplementedGRPCInferenceServiceServer
	s      *serve.Server
	keeper *keeper // of answers; nil on a server of the program's own
}

// call answers a method as the server answers over HTTP, and turns errors into those of
// gRPC. Methods that are open need no key.
func (x *service) call(ctx context.Context, method string, open bool, h func(context.Context, *serve.Call) error) error {
	c := &serve.Call{Method: method, Open: open, Header: header(ctx)}
	if client, ok := peer.FromContext(ctx); ok {
		c.Remote = client.Addr.String()
	}
	began := false
	err := x.s.Call(ctx, c, func(ctx context.Context) error {
		began = true
		tell(ctx, c)
		return h(ctx, c)
	})
	if !began {
		tell(ctx, c)
	}
	if wait := retry(err); wait != nil {
		grpc.SetTrailer(ctx, wait)
	}
	return statusOf(err, c.ID()).Err()
}

// tell sends the id of a request with its answer.
func tell(ctx context.Context, c *serve.Call) {
	grpc.SetHeader(ctx, metadata.Pairs("x-request-id", c.ID())) // fails only if there is no client
}

// header returns what the server wants to know of the metadata that a client sent.
func header(ctx context.Context) http.Header {
	h := http.Header{}
	for _, key := range []string{"authorization", "x-api-key", "x-request-id"} {
		if v := metadata.ValueFromIncomingContext(ctx, key); len(v) > 0 {
			h.Set(key, v[0])
		}
	}
	return h
}

// ServerLive says that the process works.
func (x *service) ServerLive(ctx context.Context, _ *inference.ServerLiveRequest) (*inference.ServerLiveResponse, error) {
	return &inference.ServerLiveResponse{Live: true}, x.call(ctx, inference.GRPCInferenceService_ServerLive_FullMethodName, true,
		func(context.Context, *serve.Call) error { return nil })
}

// ServerReady says whether all models can be asked.
func (x *service) ServerReady(ctx context.Context, _ *inference.ServerReadyRequest) (*inference.ServerReadyResponse, error) {
	var res inference.ServerReadyResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ServerReady_FullMethodName, true, func(context.Context, *serve.Call) error {
		res.Ready = x.s.Ready()
		return nil
	})
}

// ModelReady says whether a model can be asked.
func (x *service) ModelReady(ctx context.Context, req *inference.ModelReadyRequest) (*inference.ModelReadyResponse, error) {
	var res inference.ModelReadyResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ModelReady_FullMethodName, true, func(context.Context, *serve.Call) (err error) {
		res.Ready, err = x.s.ModelReady(req.Name, req.Version)
		return err
	})
}

// ServerMetadata describes the server. Of its extensions, one has a meaning here.
func (x *service) ServerMetadata(ctx context.Context, _ *inference.ServerMetadataRequest) (*inference.ServerMetadataResponse, error) {
	var res inference.ServerMetadataResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ServerMetadata_FullMethodName, false, func(context.Context, *serve.Call) error {
		m := x.s.Metadata()
		res.Name, res.Version, res.Extensions = m.Name, m.Version, []string{"classification"}
		return nil
	})
}

// ModelMetadata describes a model.
func (x *service) ModelMetadata(ctx context.Context, req *inference.ModelMetadataRequest) (*inference.ModelMetadataResponse, error) {
	var res inference.ModelMetadataResponse
	return &res, x.call(ctx, inference.GRPCInferenceService_ModelMetadata_FullMethodName, false, func(context.Context, *serve.Call) error {
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
