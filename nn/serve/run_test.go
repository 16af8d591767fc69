package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
)

// listen returns a listener on the loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestServe tests that a server which is told to stop says that it is not ready,
// still answers for a while, finishes what it began, and closes.
func TestServe(t *testing.T) {
	s, g := gated(t, serve.Options{Quiet: 300 * time.Millisecond})
	l := listen(t)
	url := "http://" + l.Addr().String() + "/v2/"
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	get := func(path string) int {
		res, err := http.Get(url + path)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer res.Body.Close()
		io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	if code := get("health/ready"); code != 200 {
		t.Errorf("ready: status %d", code)
	}
	answer := make(chan int, 1)
	go func() {
		res, err := http.Post(url+"models/gate/infer", "application/json", strings.NewReader(small))
		if err != nil {
			t.Error(err)
			answer <- 0
			return
		}
		res.Body.Close()
		answer <- res.StatusCode
	}()
	<-g.in
	stop()
	settle(t, func() bool { return get("health/ready") == 503 })
	if code := get("health/live"); code != 200 {
		t.Errorf("alive while it stops: status %d", code)
	}
	select {
	case err := <-done:
		t.Errorf("Serve returns %v while a request is running", err)
	case <-time.After(400 * time.Millisecond):
	}
	g.open()
	if code := <-answer; code != 200 {
		t.Errorf("the running request: status %d", code)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("the server is still there")
	}
}

// TestGrace tests that a request which does not end cannot keep a server from
// stopping.
func TestGrace(t *testing.T) {
	s, g := gated(t, serve.Options{Grace: 20 * time.Millisecond, Timeout: time.Hour})
	l := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	go http.Post("http://"+l.Addr().String()+"/v2/models/gate/infer", "", strings.NewReader(small))
	<-g.in
	stop()
	time.AfterFunc(300*time.Millisecond, g.open) // a computation itself cannot be stopped
	if err := <-done; err == nil || !strings.Contains(err.Error(), "still running") {
		t.Errorf("Serve returns %v, want an error about running requests", err)
	}
}

// certificate writes a certificate, signed by a parent or by itself, and its key.
func certificate(t *testing.T, dir, name string, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: parent == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	put(t, dir, name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	ca, caKey := certificate(t, dir, "ca", nil, nil)
	certificate(t, dir, "server", ca, caKey)
	certificate(t, dir, "client", ca, caKey)
	certificate(t, dir, "stranger", nil, nil)
	in := func(name string) string { return filepath.Join(dir, name) }

	settings, err := serve.TLS(in("server.pem"), in("server.key"), in("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s := server(t, serve.Options{})
	l := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, tls.NewListener(l, settings)) }()
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for name, ok := range map[string]bool{"": false, "stranger": false, "client": true} {
		c := &tls.Config{RootCAs: roots}
		if name != "" {
			pair, err := tls.LoadX509KeyPair(in(name+".pem"), in(name+".key"))
			if err != nil {
				t.Fatal(err)
			}
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
		res, err := (&http.Client{Transport: transport}).Get("https://" + l.Addr().String() + "/v2")
		if (err == nil) != ok {
			t.Errorf("a client with certificate %q: %v", name, err)
		}
		if err == nil {
			res.Body.Close()
			if res.ProtoMajor != 2 {
				t.Errorf("HTTP/%d, want HTTP/2", res.ProtoMajor)
			}
		}
		transport.CloseIdleConnections()
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}

	put(t, dir, "empty", nil)
	for _, c := range [][3]string{
		{in("none"), in("server.key"), ""}, {in("server.pem"), in("client.key"), ""},
		{in("server.pem"), in("server.key"), in("none")}, {in("server.pem"), in("server.key"), in("empty")},
	} {
		if _, err := serve.TLS(c[0], c[1], c[2]); err == nil {
			t.Errorf("TLS accepts %v", c)
		}
	}
}

// TestSlowClient tests that a body which does not come is given up.
func TestSlowClient(t *testing.T) {
	s := server(t, serve.Options{Timeout: 50 * time.Millisecond})
	l := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "POST /v2/models/double/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("a body that does not come is answered with %.200q, %v; want status 408", answer, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestListenAndServe(t *testing.T) {
	s := serve.New(serve.Options{})
	if err := s.ListenAndServe(context.Background(), "no address"); err == nil {
		t.Error("ListenAndServe accepts an address that is none")
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := s.ListenAndServe(ctx, "127.0.0.1:0"); err != nil {
		t.Error(err)
	}
}

// TestSlowReader tests that a client which does not read its answer is given up.
func TestSlowReader(t *testing.T) {
	s := server(t, serve.Options{Timeout: 500 * time.Millisecond})
	l := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const rows = 300_000 // whose answer no socket keeps
	body := fmt.Sprintf(`{"inputs":[{"name":"input","datatype":"FP32","shape":[%d,3],"data":[0%s]}]}`, rows, strings.Repeat(",0", 3*rows-1))
	fmt.Fprintf(c, "POST /v2/models/double/infer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	in := func(n int) func() bool {
		want := fmt.Sprintf("gannet_in_flight_requests %d\n", n)
		return func() bool { return strings.Contains(ask(s.Admin(), "GET", "/metrics", "").Body.String(), want) }
	}
	settle(t, in(1))
	settle(t, in(0))
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
