package rpc

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// retry returns the trailer that asks clients which try again by themselves to wait; nil
// for errors after which it makes no sense to try.
func retry(err error) metadata.MD {
	var e *oip.Error
	if !errors.As(err, &e) || e.Status != http.StatusTooManyRequests && e.Status != http.StatusServiceUnavailable {
		return nil
	}
	wait := cmp.Or(e.RetryAfter.Milliseconds(), 1000)
	return metadata.Pairs("grpc-retry-pushback-ms", strconv.FormatInt(wait, 10))
}

// codeOf returns the code for a status of HTTP.
func codeOf(httpStatus int) codes.Code {
	switch httpStatus {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case statusGone:
		return codes.Canceled
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusServiceUnavailable:
		return codes.Unavailable
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	}
	return codes.Internal
}

// statusGone is that of a client that did not wait for its answer.
const statusGone = 499

// statusOf returns what a client is told of an error, nil for none.
func statusOf(err error, id string) *status.Status {
	var e *oip.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return status.New(codeOf(e.Status), e.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return status.FromContextError(err)
	}
	if s, ok := status.FromError(err); ok { // gRPC's own
		return s
	}
	// What went wrong inside may say things that are not for clients.
	return status.New(codes.Internal, "the model failed; the server's log has the reason under request id "+id)
}
