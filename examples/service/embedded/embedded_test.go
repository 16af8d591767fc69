package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
)

// TestEmbedded asks the server for digits that the network has not learnt from.
func TestEmbedded(t *testing.T) {
	if len(model) > 100_000 {
		t.Errorf("the model has %d bytes, want at most 100,000", len(model))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- run(ctx, []string{addr}) }()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if res, err := http.Get("http://" + addr + "/v2/health/ready"); err == nil {
			res.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not answer")
		}
	}
	set, right := data.Images(digits.Make(100, 5)), 0
	for i := range set.Len() {
		var picture bytes.Buffer
		if err := png.Encode(&picture, set.At(i)); err != nil {
			t.Fatal(err)
		}
		res, err := http.Post("http://"+addr+"/v2/models/digits/classify?top=1", "image/png", &picture)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Classes []struct{ Label string } }
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.Classes) != 1 {
			t.Fatalf("digit %d: status %s, %v, %v", i, res.Status, answer, err)
		}
		res.Body.Close()
		if answer.Classes[0].Label == fmt.Sprint(i%10) {
			right++
		}
	}
	if right < 90 {
		t.Errorf("%d of 100 digits are right, want 90", right)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
