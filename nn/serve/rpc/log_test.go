package rpc

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gannet-ml/gannet/nn/serve"
)

// A panic becomes an error whose reason only the log has, with the stack.
func TestContain(t *testing.T) {
	var log bytes.Buffer
	s := serve.New(serve.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	defer s.Close()
	x := &service{s: s}
	err := x.call(context.Background(), "/test", true, func(ctx context.Context, _ *serve.Call) error {
		return within(ctx, func() error { panic("inside") })
	})
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "inside") {
		t.Errorf("error %v, want Internal without the reason", err)
	}
	for _, want := range []string{"level=ERROR", "method=/test", "status=500", "panic: inside", "log_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s: %s", want, &log)
		}
	}
}
