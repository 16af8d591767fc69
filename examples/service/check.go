package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/gannet-ml/gannet/examples/internal/cli"
)

// report is what -check found out.
type report struct {
	Model        string   `json:"model"`
	TestAccuracy float64  `json:"test_accuracy"`
	Checks       []result `json:"checks"`
	Stopped      bool     `json:"stopped"` // cleanly, after all requests were answered
}

// result is an answer that was as it should be.
type result struct {
	Check        string  `json:"check"`
	Milliseconds float64 `json:"ms"`
}

// check serves, asks what a client, an administrator and a page ask, and stops.
func (s *service) check(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- s.serve(ctx) }()
	r := report{Model: "digits", TestAccuracy: s.drawn.accuracy}
	err := s.ask(ctx, &r)
	stop()
	err = errors.Join(err, <-stopped)
	if err != nil {
		return err
	}
	r.Stopped = true
	fmt.Printf("%d answers were as they should be; stopped\n", len(r.Checks))
	if s.json == "" {
		return nil
	}
	return cli.WriteJSON(s.json, []report{r})
}

// ask asks and reports the first answer that is not as it should be.
func (s *service) ask(ctx context.Context, r *report) error {
	request, err := os.ReadFile(s.drawn.request)
	if err != nil {
		return err
	}
	digit := fmt.Sprint(s.drawn.digit)
	admin := "http://" + s.admin.Addr().String()
	for _, q := range []struct {
		name, method, url string
		body              []byte
		want              func(body []byte) bool
	}{
		{"live", "GET", s.url("/v2/health/live"), nil, has(`"live":true`)},
		{"ready", "GET", s.url("/v2/health/ready"), nil, has(`"ready":true`)},
		{"metadata", "GET", s.url("/v2/models/digits"), nil, has(`"FP32"`)},
		{"infer", "POST", s.url("/v2/models/digits/infer"), request, mostProbable(s.drawn.digit)},
		{"classify", "POST", s.url("/v2/models/digits/classify?top=1"), s.drawn.examples[s.drawn.digit], has(`"label":"` + digit + `"`)},
		{"page", "GET", s.url("/"), nil, has("page.js")},
		{"metrics", "GET", admin + "/metrics", nil, has(`gannet_requests_total{code="200",model="digits",version="1"} 2`)},
	} {
		err := r.add(q.name, func() error {
			body, err := send(ctx, q.method, q.url, q.body)
			if err == nil && !q.want(body) {
				err = fmt.Errorf("unexpected answer %.300s", body)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return r.add("grpc", func() error { return healthy(ctx, s.grpc.Addr().String()) })
}

// add asks one thing.
func (r *report) add(name string, ask func() error) error {
	start := time.Now()
	if err := ask(); err != nil {
		return fmt.Errorf("check %s: %w", name, err)
	}
	ms := float64(time.Since(start).Microseconds()) / 1000
	r.Checks = append(r.Checks, result{name, ms})
	fmt.Printf("  %-9s %8.1f ms\n", name, ms)
	return nil
}

// healthy asks over gRPC whether the server is ready.
func healthy(ctx context.Context, addr string) error {
	c, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer c.Close()
	h, err := grpc_health_v1.NewHealthClient(c).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil && h.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		err = fmt.Errorf("health is %v", h.Status)
	}
	return err
}

// has returns whether an answer has a text in it.
func has(text string) func([]byte) bool {
	return func(body []byte) bool { return bytes.Contains(body, []byte(text)) }
}

// mostProbable returns whether an answer to a request for inference says that a
// class is the most probable one.
func mostProbable(class int) func([]byte) bool {
	return func(body []byte) bool {
		var answer struct {
			Outputs []struct{ Data []float64 }
		}
		if json.Unmarshal(body, &answer) != nil || len(answer.Outputs) != 1 || len(answer.Outputs[0].Data) <= class {
			return false
		}
		for _, p := range answer.Outputs[0].Data {
			if p > answer.Outputs[0].Data[class] {
				return false
			}
		}
		return true
	}
}

// send asks once and returns the body of the answer, or an error if its status is
// not 200.
func send(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s: %s", res.Status, strings.TrimSpace(string(answer)))
	}
	return answer, err
}
