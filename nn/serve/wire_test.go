package serve_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/suite"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// wireBody is the largest body of the server of TestWire.
const wireBody = 1 << 20

const wireGood = `{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}`

// wireServer serves the models "double" and "words" on a real connection and returns its address.
func wireServer(t *testing.T, o serve.Options) string {
	t.Helper()
	s := server(t, o)
	words := suite.Echo{{Name: "x", Datatype: oip.BYTES, Shape: tensor.Shape{-1}}}
	if err := s.Register("words", "1", words); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return l.Addr().String()
}

// wire sends bytes and returns the statuses of all answers. It ends its side of the
// connection after n of them: one that does so earlier counts as gone.
func wire(t *testing.T, addr string, send []byte, n int) (statuses []int) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	sent := make(chan bool)
	go func() {
		defer close(sent)
		c.Write(send) // the server may have closed before
	}()
	r := bufio.NewReader(c)
	for {
		if len(statuses) == n {
			<-sent
			c.(*net.TCPConn).CloseWrite()
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return statuses
		}
		if res.StatusCode >= 400 && res.Header.Get("X-Request-Id") != "" && !bytes.Contains(body, []byte(`{"error":"`)) {
			t.Errorf("status %d with body %q, want an error in JSON", res.StatusCode, body)
		}
		statuses = append(statuses, res.StatusCode)
	}
}

// wirePost is the head of a request to infer.
func wirePost(headers ...string) string {
	return "POST /v2/models/double/infer HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(headers, "\r\n"), "\r\n")
}

func wireLength(body string, headers ...string) string {
	return wirePost(append(headers, fmt.Sprintf("Content-Length: %d", len(body)))...) + body
}

// wireChunks cuts a body into chunks of one byte.
func wireChunks(body string) string {
	var b strings.Builder
	for i := range len(body) {
		fmt.Fprintf(&b, "1\r\n%c\r\n", body[i])
	}
	return b.String() + "0\r\n\r\n"
}

func wireGzip(n int) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	zeros := make([]byte, 1<<16)
	for range n / len(zeros) {
		z.Write(zeros)
	}
	z.Close()
	return b.String()
}

// TestWire sends what no library would. Whatever comes, the server goes on, and
// allocates no more than is stated: a request whose body is not there next to
// nothing, one with a body in proportion to it.
func TestWire(t *testing.T) {
	const (
		little = 512 << 10
		whole  = 6 * wireBody // of a body as large as it may be, with the buffers that it grew out of
	)
	const chunked = "Transfer-Encoding: chunked"
	padded := wireGood + strings.Repeat(" ", 65537-len(wireGood))
	const empty = wireBody/3 - 100
	nothing := fmt.Sprintf(`{"inputs":[{"name":"x","shape":[%d],"datatype":"BYTES","data":[%s""]}]}`, empty, strings.Repeat(`"",`, empty-1))
	for _, c := range []struct {
		name, send string
		want       []int
		bound      uint64
		slow       bool // until the time is over
		cut        bool // the connection ends before the answer
	}{
		{name: "good", send: wireLength(wireGood), want: []int{200}},
		{name: "pipelined", send: wireLength(wireGood) + wireLength("{}") + wireLength(wireGood), want: []int{200, 400, 200}},
		{name: "HTTP/1.0", send: strings.Replace(wireLength(wireGood), "HTTP/1.1", "HTTP/1.0", 1), want: []int{200}},
		{name: "HTTP/1.0 without length", send: "POST /v2/models/double/infer HTTP/1.0\r\n\r\n" + wireGood, want: []int{400}},
		{name: "HTTP/3.0", send: strings.Replace(wireLength(wireGood), "HTTP/1.1", "HTTP/3.0", 1), want: []int{505}},
		{name: "no host", send: strings.Replace(wireLength(wireGood), "Host: a\r\n", "", 1), want: []int{400}},
		{name: "no HTTP", send: "hello\r\n\r\n", want: []int{400}},
		{name: "nothing", send: ""},

		{name: "body cut off", send: wirePost("Content-Length: 1000") + wireGood, cut: true, want: []int{400}},
		{name: "body without end of a large length", send: wirePost("Content-Length: 1048576") + "{", cut: true, want: []int{400}},
		{name: "length over limit", send: wirePost("Content-Length: 1048577") + "{", want: []int{413}},
		{name: "length of an exabyte", send: wirePost("Content-Length: 1000000000000000000") + "{", want: []int{413}},
		{name: "length negative", send: wirePost("Content-Length: -1") + wireGood, want: []int{400}},
		{name: "length overflows", send: wirePost("Content-Length: 99999999999999999999") + wireGood, want: []int{400}},
		{name: "two lengths", send: wirePost("Content-Length: 5", "Content-Length: 6") + "hello", want: []int{400}},
		{name: "stalling body", send: wirePost("Content-Length: 1000") + wireGood, slow: true, want: []int{408}},
		{name: "stalling chunk", send: wirePost(chunked) + "5\r\n{", slow: true, want: []int{408}},
		{name: "stalling gzip", send: wirePost("Content-Encoding: gzip", "Content-Length: 1000") + "\x1f", slow: true, want: []int{408}},

		{name: "chunks of one byte", send: wirePost(chunked) + wireChunks(wireGood), want: []int{200}},
		{name: "65537 chunks", send: wirePost(chunked) + wireChunks(padded), want: []int{200}},
		{name: "chunk cut off", send: wirePost(chunked) + "5\r\n{", cut: true, want: []int{400}},
		{name: "chunks without end", send: wirePost(chunked) + "1\r\n{\r\n", cut: true, want: []int{400}},
		{name: "chunk size no number", send: wirePost(chunked) + "zz\r\n{}\r\n0\r\n\r\n", want: []int{400}},
		{name: "chunk size negative", send: wirePost(chunked) + "-1\r\n{}\r\n0\r\n\r\n", want: []int{400}},
		{name: "chunk size overflows", send: wirePost(chunked) + "fffffffffffffffff\r\n{}\r\n0\r\n\r\n", want: []int{400}},
		{name: "chunk size of an exabyte", send: wirePost(chunked) + "fffffffffffffff\r\n{}\r\n0\r\n\r\n", cut: true, want: []int{400}},
		{name: "chunk longer than its size", send: wirePost(chunked) + "1\r\n{}\r\n0\r\n\r\n", want: []int{400}},
		{name: "chunks over limit", send: wirePost(chunked) + strings.Repeat("10000\r\n"+strings.Repeat(" ", 1<<16)+"\r\n", 17) + "0\r\n\r\n", want: []int{413}, bound: whole},
		{name: "unknown transfer encoding", send: wirePost("Transfer-Encoding: gzip") + wireGood, want: []int{501}},

		{name: "header flood", send: wirePost(strings.Repeat("X-Flood: "+strings.Repeat("a", 1000)+"\r\n", 1000)), want: []int{431}},
		{name: "flood of small headers", send: wirePost(strings.Repeat("a: b\r\n", 50000)), want: []int{431}, bound: whole},
		{name: "long path", send: "GET /v2/models/" + strings.Repeat("a", 1<<17) + " HTTP/1.1\r\nHost: a\r\n\r\n", want: []int{431}},
		{name: "path that climbs", send: strings.Replace(wireLength(wireGood), "double", "%2e%2e%2f%2e%2e", 1), want: []int{404}},

		{name: "gzip bomb", send: wireLength(wireGzip(128<<20), "Content-Encoding: gzip"), want: []int{413}, bound: whole},
		{name: "deep JSON", send: wireLength(strings.Repeat("[", wireBody)), want: []int{400}, bound: whole},
		{name: "deep data", send: wireLength(`{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":` + strings.Repeat("[", wireBody-100)), want: []int{400}, bound: whole},
		{name: "many members", send: wireLength("{" + strings.Repeat(`"a":0,`, wireBody/6-10) + `"a":0}`), want: []int{400}, bound: whole},
		{name: "many parameters", send: wireLength(`{"parameters":{` + strings.Repeat(`"a":0,`, wireBody/6-10) + `"a":0}}`), want: []int{400}, bound: whole},
		{name: "many inputs", send: wireLength(`{"inputs":[` + strings.Repeat("{},", wireBody/3-10) + "{}]}"), want: []int{400}, bound: whole},
		{name: "many outputs", send: wireLength(`{"outputs":[` + strings.Repeat(`{"name":"a"},`, wireBody/13-10) + "{}]}"), want: []int{400}, bound: whole},
		{name: "many strings", send: strings.Replace(wireLength(nothing), "double", "words", 1), want: []int{200}, bound: 24 * wireBody},
		{name: "shape of a billion", send: wireLength(`{"inputs":[{"name":"input","shape":[1000000000,3],"datatype":"FP32","data":[1]}]}`), want: []int{400}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			timeout := 30 * time.Second
			if c.slow {
				timeout = 200 * time.Millisecond
			}
			addr := wireServer(t, serve.Options{MaxBody: wireBody, Timeout: timeout})
			good, send, answers := []byte(wireLength(wireGood)), []byte(c.send), len(c.want)
			if c.cut {
				answers = 0
			}
			wire(t, addr, good, 1)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := wire(t, addr, send, answers)
			runtime.ReadMemStats(&after)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("statuses %v, want %v", got, c.want)
			}
			bound := c.bound
			if bound == 0 {
				bound = little
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > bound {
				t.Errorf("%d bytes were allocated for %d bytes sent, want at most %d", n, len(c.send), bound)
			} else {
				t.Logf("%d bytes were allocated for %d bytes sent", n, len(c.send))
			}
			if got := wire(t, addr, good, 1); len(got) != 1 || got[0] != 200 {
				t.Errorf("a good request afterwards: statuses %v, want 200", got)
			}
		})
	}
}
