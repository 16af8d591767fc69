package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gannet-ml/gannet/nn/serve"
)

var fetchGrpcurl = sync.OnceValues(func() (string, error) {
	install := exec.Command("go", "install", "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4")
	install.Env = append(os.Environ(), "GOBIN="+tools, "GOFLAGS=")
	_, err := command(install)
	return filepath.Join(tools, "grpcurl"), err
})

// grpcurl is a connection whose every call is a process of grpcurl. It learns the
// protocol from the server itself.
type grpcurl struct {
	unary
	path, addr string
}

func newGrpcurl(t *testing.T) dialer {
	path := fetched(t, "grpcurl", fetchGrpcurl)
	return func(t testing.TB, s *serve.Server, opts ...grpc.ServerOption) grpc.ClientConnInterface {
		return grpcurl{path: path, addr: listen(t, s, opts...)}
	}
}

func (c grpcurl) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	request, err := protojson.Marshal(args.(proto.Message))
	if err != nil {
		return err
	}
	deadline, _ := ctx.Deadline()
	cmd := exec.Command(c.path, "-plaintext", "-format-error", "-max-time", fmt.Sprint(time.Until(deadline).Seconds()),
		"-d", "@", c.addr, strings.TrimPrefix(method, "/"))
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &out, &errs
	err = cmd.Run()
	if err == nil {
		return protojson.Unmarshal(out.Bytes(), reply.(proto.Message))
	}
	var answer struct {
		Code    codes.Code
		Message string
	}
	var exit *exec.ExitError
	if json.Unmarshal(errs.Bytes(), &answer) != nil || !errors.As(err, &exit) || exit.ExitCode() != 64+int(answer.Code) {
		return fmt.Errorf("grpcurl: %w\n%s", err, &errs)
	}
	return status.Error(answer.Code, answer.Message)
}

// What grpcurl is told of the protocol, and keys.
func TestGrpcurl(t *testing.T) {
	path := fetched(t, "grpcurl", fetchGrpcurl)
	key, secret := serve.NewKey("test")
	addr := listen(t, newServer(t, serve.Options{Keys: []serve.Key{key}}))
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{addr, "list"}, "inference.GRPCInferenceService"},
		{[]string{addr, "describe", "inference.GRPCInferenceService"}, "rpc ModelInfer ( .inference.ModelInferRequest ) returns ( .inference.ModelInferResponse );"},
		{[]string{addr, "grpc.health.v1.Health/Check"}, `"status": "SERVING"`},
		{[]string{addr, "inference.GRPCInferenceService/ServerMetadata"}, "Code: Unauthenticated"},
		{[]string{"-H", "authorization: Bearer " + secret, addr, "inference.GRPCInferenceService/ServerMetadata"}, `"name": "gannet"`},
		{[]string{"-H", "x-api-key: " + secret, "-d", `{"model_name": "none"}`, addr, "inference.GRPCInferenceService/ModelInfer"}, "Code: NotFound"},
	} {
		out, _ := command(exec.Command(path, append([]string{"-plaintext"}, test.args...)...))
		if !strings.Contains(out, test.want) {
			t.Errorf("grpcurl %s: %s, want %s", strings.Join(test.args, " "), out, test.want)
		}
	}
}
