package rpc

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
)

// health tells, as grpc.health.v1, whether the server is ready.
type health struct {
	grpc_health_v1.UnimplementedHealthServer
	s        *serve.Server
	watchers atomic.Int64
	end      <-chan struct{} // closed when the gRPC server is about to stop; nil if that is not known
}

// describe returns the generated description of the service with methods that read
// their message as [receive] does.
func (h *health) describe() *grpc.ServiceDesc {
	d := streamed(grpc_health_v1.Health_ServiceDesc, h.s)
	for i := range d.Streams {
		if watch := &d.Streams[i]; watch.StreamName == "Watch" {
			watch.Handler = func(_ any, stream grpc.ServerStream) error {
				var req grpc_health_v1.HealthCheckRequest
				ctx, cancel := context.WithTimeout(stream.Context(), h.s.Options().Timeout)
				defer cancel()
				if err := receive(ctx, h.s, stream, &req); err != nil {
					return statusOf(err, "").Err()
				}
				return h.Watch(&req, &grpc.GenericServerStream[grpc_health_v1.HealthCheckRequest, grpc_health_v1.HealthCheckResponse]{ServerStream: stream})
			}
		}
	}
	return &d
}

// healthInterval is how often it is looked whether the server is still ready.
const healthInterval = 200 * time.Millisecond

// of returns the state of a service; "" is the server as a whole, which is the same.
func (h *health) of(service string) grpc_health_v1.HealthCheckResponse_ServingStatus {
	switch {
	case service != "" && service != inference.GRPCInferenceService_ServiceDesc.ServiceName:
		return grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN
	case h.s.Ready():
		return grpc_health_v1.HealthCheckResponse_SERVING
	}
	return grpc_health_v1.HealthCheckResponse_NOT_SERVING
}

// Check tells the state of a service.
func (h *health) Check(_ context.Context, req *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	state := h.of(req.Service)
	if state == grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN {
		return nil, status.Errorf(codes.NotFound, "unknown service %.64q", req.Service)
	}
	return &grpc_health_v1.HealthCheckResponse{Status: state}, nil
}

// List tells the state of all services.
func (h *health) List(context.Context, *grpc_health_v1.HealthListRequest) (*grpc_health_v1.HealthListResponse, error) {
	all := map[string]*grpc_health_v1.HealthCheckResponse{}
	for _, service := range []string{"", inference.GRPCInferenceService_ServiceDesc.ServiceName} {
		all[service] = &grpc_health_v1.HealthCheckResponse{Status: h.of(service)}
	}
	return &grpc_health_v1.HealthListResponse{Statuses: all}, nil
}

// Watch tells the state of a service, and again when it is another. It ends when the
// server is about to stop, which would wait for it.
func (h *health) Watch(req *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	defer h.watchers.Add(-1)
	if most := h.s.Options().MaxRequests; h.watchers.Add(1) > int64(most) {
		return tooMany(most)
	}
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	told := grpc_health_v1.HealthCheckResponse_UNKNOWN
	for {
		draining := h.s.Draining()
		if state := h.of(req.Service); state != told {
			if err := stream.Send(&grpc_health_v1.HealthCheckResponse{Status: state}); err != nil {
				return err
			}
			told = state
		}
		if draining {
			return status.Error(codes.Unavailable, "the server is about to stop")
		}
		select {
		case <-h.end:
			return status.Error(codes.Unavailable, "the server is about to stop")
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		case <-tick.C:
		}
	}
}
