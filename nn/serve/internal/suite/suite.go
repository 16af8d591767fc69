package suite

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
)

// Request is what a client sends.
type Request struct {
	Method, Path string
	Header       map[string]string
	Body         []byte
	// Chunk is the length of the chunks in which the body is sent, without saying
	// how long it is; 0 says it.
	Chunk int
}

// Response is what a client got. The body is as it was sent, compressed or not.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Client sends requests to one server, from any number of goroutines.
type Client interface {
	// Do returns the response, whatever its status. When ctx is done it goes away
	// and returns an error.
	Do(ctx context.Context, r Request) (*Response, error)
}

// Reach says what a client, or a case, is about.
type Reach int

const (
	Protocol Reach = iota // requests that every form of the protocol has
	REST                  // and what only HTTP and JSON can say
	Chunks                // and how HTTP cuts a body
)

// Kind is a kind of client.
type Kind struct {
	Name  string
	Reach Reach
	Load  int // number of requests in the cases that send many
	New   func(url string) Client
}

// Case is a request and what must hold for the answer.
type Case struct {
	Name    string
	Needs   Reach
	Request Request
	Want    []Check
	// Run is the case instead, where it takes more than one request.
	Run func(ctx context.Context, s *Server, k Kind, c Client) error
	// Own gives the case a server of its own, with changed options.
	Own func(*serve.Options)
}

// Group is the cases of one topic.
type Group struct {
	Name  string
	Cases []Case
}

// Groups are all cases.
func Groups() []Group {
	return []Group{
		{"health", health}, {"model", model},
		{"infer", slices.Concat(infer, datatypes())}, {"refused", refusals},
		{"binary", binaries()}, {"generate", generations}, {"concurrency", concurrency},
	}
}

// patience is how long a case may take; machines that run tests can be slow.
const patience = 5 * time.Minute

// Run runs all cases that a kind of client can, as subtests with names such as
// "refused/ragged_nesting". After each, a good request must be answered.
func Run(t *testing.T, k Kind) {
	shared := Start(t, nil)
	passed, all := 0, 0
	for _, g := range Groups() {
		t.Run(g.Name, func(t *testing.T) {
			for i := range g.Cases {
				c := &g.Cases[i]
				if c.Needs > k.Reach {
					continue
				}
				all++
				if t.Run(c.Name, func(t *testing.T) {
					s := shared
					if c.Own != nil {
						s = Start(t, c.Own)
					}
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					if err := c.try(ctx, s, k, recorded(t, k.New(s.URL))); err != nil {
						t.Error(err)
					}
				}) {
					passed++
				}
			}
		})
	}
	t.Logf("%s: %d of %d", k.Name, passed, all)
}

// try runs a case and sees whether the server is still well.
func (c *Case) try(ctx context.Context, s *Server, k Kind, client Client) error {
	if c.Run != nil {
		if err := c.Run(ctx, s, k, client); err != nil {
			return err
		}
	} else if err := ask(ctx, client, c.Request, c.Want...); err != nil {
		return err
	}
	if err := ask(ctx, client, good, goodAnswer); err != nil {
		return fmt.Errorf("a good request afterwards: %w", err)
	}
	return nil
}

// ask sends a request and checks the answer.
func ask(ctx context.Context, c Client, r Request, want ...Check) error {
	got, err := c.Do(ctx, r)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	for _, holds := range want {
		if err := holds(got); err != nil {
			return fmt.Errorf("%s %s: %w; status %d, body %.300q", r.Method, r.Path, err, got.Status, got.Body)
		}
	}
	return nil
}

// get and post make requests.
func get(path string) Request { return Request{Method: http.MethodGet, Path: path} }

func post(path, body string, header ...string) Request {
	r := Request{Method: http.MethodPost, Path: path, Body: []byte(body), Header: map[string]string{"Content-Type": "application/json"}}
	for i := 0; i < len(header); i += 2 {
		r.Header[header[i]] = header[i+1]
	}
	return r
}

const toDouble = "/v2/models/double/infer"

// good is a request that is always answered.
var (
	good       = post(toDouble, `{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2.5,-3]}]}`)
	goodAnswer = answers(`{"model_name":"double","model_version":"1","outputs":[{"name":"output","shape":[1,3],"datatype":"FP32","data":[2,5,-6]}]}`)
)
