package suite

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
)

// HTTP is Go's client.
var HTTP = Kind{Name: "http", Reach: Chunks, Load: 100000, New: func(url string) Client {
	// What is compressed shall stay so.
	return &httpClient{url, http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}}
}}

type httpClient struct {
	url string
	c   http.Client
}

func (c *httpClient) Do(ctx context.Context, r Request) (*Response, error) {
	var body io.Reader = bytes.NewReader(r.Body)
	if r.Chunk > 0 {
		body = &cut{r.Body, r.Chunk}
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.url+r.Path, body)
	if err != nil {
		return nil, err
	}
	for k, v := range r.Header {
		req.Header.Set(k, v)
	}
	res, err := c.c.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return read(res)
}

// read reads a response to its end.
func read(res *http.Response) (*Response, error) {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	return &Response{res.StatusCode, res.Header, body}, nil
}

// cut reads at most n bytes at a time, each of which becomes a chunk.
type cut struct {
	rest []byte
	n    int
}

func (c *cut) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest[:min(c.n, len(c.rest))])
	c.rest = c.rest[n:]
	return n, nil
}

// Curl is the command curl of that path, a process for each request. It chooses
// the length of chunks itself.
func Curl(path string) Kind {
	return Kind{Name: "curl", Reach: REST, Load: 100, New: func(url string) Client { return &curlClient{path, url} }}
}

type curlClient struct{ path, url string }

func (c *curlClient) Do(ctx context.Context, r Request) (*Response, error) {
	// With --raw and -i, what comes out is what the server sent.
	args := []string{"-q", "-sS", "--http1.1", "--raw", "-i", "-H", "Expect:"}
	if r.Method == http.MethodHead {
		args = append(args, "--head")
	} else {
		args = append(args, "-X", r.Method)
	}
	if r.Body != nil {
		args = append(args, "--data-binary", "@-")
	}
	if r.Chunk > 0 {
		args = append(args, "-H", "Transfer-Encoding: chunked")
	}
	if r.Header["Content-Type"] == "" {
		args = append(args, "-H", "Content-Type:")
	}
	for k, v := range r.Header {
		args = append(args, "-H", k+": "+v)
	}
	cmd := exec.CommandContext(ctx, c.path, append(args, c.url+r.Path)...)
	cmd.Stdin = bytes.NewReader(r.Body)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		return nil, fmt.Errorf("curl: %w: %s", err, stderr.Bytes())
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), &http.Request{Method: r.Method})
	if err != nil {
		return nil, fmt.Errorf("what curl got: %w", err)
	}
	return read(res)
}
