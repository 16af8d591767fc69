package rpc_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/rpc"
	"github.com/gannet-ml/gannet/tensor"
)

// A program that serves one model over HTTP and over gRPC. In a real one ctx comes
// from signal.NotifyContext, and addresses are fixed.
func ExampleServe() {
	network, err := nn.Init(1, nn.Seq(nn.Flatten))
	if err != nil {
		log.Fatal(err)
	}
	p, err := nn.NewPredictor(network, tensor.Shape{2})
	if err != nil {
		log.Fatal(err)
	}
	s := serve.New(serve.Options{})
	if err := s.Register("same", "1", &serve.Network{Predictor: p}); err != nil {
		log.Fatal(err)
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	calls, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var both sync.WaitGroup
	for _, run := range []func() error{
		func() error { return s.Serve(ctx, web) },
		func() error { return rpc.Serve(ctx, calls, s) },
	} {
		both.Go(func() {
			defer stop() // if one cannot go on, neither does the other
			if err := run(); err != nil {
				log.Print(err)
			}
		})
	}

	res, err := http.Post("http://"+web.Addr().String()+"/v2/models/same/infer", "application/json",
		strings.NewReader(`{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[0.5,-1]}]}`))
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(body))
	conn, err := grpc.NewClient(calls.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	health, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(health.GetStatus())
	conn.Close()

	stop()
	both.Wait()
	// Output:
	// {"model_name":"same","model_version":"1","outputs":[{"name":"output","datatype":"FP32","shape":[1,2],"data":[0.5,-1.0]}]}
	// SERVING
}
