package suite

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"testing"
)

// enough is the number of responses of a case that are written down.
const enough = 20

// recorded returns a client that writes down the first responses that it gets, a
// line of JSON for each, in the file that GANNET_OIP_ANSWERS names, if it does: for
// validators that are not written in Go.
func recorded(t testing.TB, c Client) Client {
	path := os.Getenv("GANNET_OIP_ANSWERS")
	if path == "" {
		return c
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &recorder{Client: c, to: json.NewEncoder(f)}
}

type recorder struct {
	Client
	mu   sync.Mutex
	to   *json.Encoder
	seen int
}

func (r *recorder) Do(ctx context.Context, req Request) (*Response, error) {
	res, err := r.Client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen++; r.seen > enough {
		return res, nil
	}
	return res, r.to.Encode(struct {
		Method   string `json:"method"`
		Path     string `json:"path"`
		Status   int    `json:"status"`
		Type     string `json:"type"`
		Encoding string `json:"encoding"`
		Body     string `json:"body"`
	}{req.Method, req.Path, res.Status, res.Header.Get("Content-Type"), res.Header.Get("Content-Encoding"), string(res.Body)})
}
