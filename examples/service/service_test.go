package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// embedded is a trained model.
const embedded = "embedded/model.safetensors"

// TestCheck goes the whole way: train, serve, ask, stop, report.
func TestCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "report.json")
	if err := run(t.Context(), []string{"-check", "-out", dir, "-json", file}); err != nil {
		t.Fatal(err)
	}
	r := clitest.Report[report](t, file)[0]
	if r.TestAccuracy < 0.9 || len(r.Checks) != 8 || !r.Stopped {
		t.Errorf("the report says %+v, want an accuracy of 0.9, 8 checks and stopped", r)
	}
	if err := run(t.Context(), []string{"-log", "error", "-addr", "127.0.0.1:0", "-admin", "127.0.0.1:0", "-model", filepath.Join(dir, "none")}); err == nil {
		t.Error("a folder that is not there is served")
	}
}

// TestRefusals names what is wrong with the arguments.
func TestRefusals(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("# nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	free := "-addr 127.0.0.1:0 -admin 127.0.0.1:0 "
	clitest.Refuses(t, run, [][2]string{
		{"extra", `unexpected argument "extra"`},
		{"-max-batch 0", "-max-batch 0, want at least 1"},
		{"-max-delay -1s", "-max-delay -1s, want none or more"},
		{"-quiet -1s", "-quiet -1s, want none or more"},
		{"-tls-cert c.pem", "go together"},
		{"-client-ca c.pem", "-client-ca needs -tls-cert"},
		{"-require-signature k.pub", "-require-signature needs -model"},
		{"-name n", "-name needs -model"},
		{"-json r.json", "-json needs -check"},
		{"-check -model m", "-check goes without -model"},
		{"-check -addr :0", "-check takes addresses that are free"},
		{"-log loud", "loud"},
		{free + "-keys " + empty, empty},
		{free + "-tls-cert none.pem -tls-key none.pem", "none.pem"},
		{free + "-model none", "none"},
		{free + "-model " + embedded + " -name a/b", `name "a/b"`},
		{free + "-model . -name n", "-name is for a single model"},
		{"-addr 127.0.0.1:none -model " + embedded, "none"},
	})
	for _, r := range [][2]string{
		{"fly", `unknown command "fly", want train, keygen, sign, verify`},
		{"train", "want train FILE"},
		{"keygen", "want keygen -api NAME or keygen -signing PREFIX"},
		{"keygen -api a -signing b", "want keygen -api NAME or"},
		{"keygen -api #a", "does not begin with #"},
		{"keygen -api a -rate -1", "-rate -1, want 0 or more"},
		{"keygen -signing a -rate 1", "-rate goes with -api"},
		{"keygen extra", `unexpected argument "extra"`},
	} {
		if err := run(t.Context(), strings.Fields(r[0])); err == nil || !strings.Contains(err.Error(), r[1]) {
			t.Errorf("%s: error %v, want %q in it", r[0], err, r[1])
		}
	}
}

// TestNameOf gives models names that a URL can have.
func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{
		"/a/catdog.safetensors": "catdog", "/a/catdog/model.safetensors": "catdog", "/mnt/models": "models", "/mnt/models/": "models", "/": "model",
	} {
		if got := nameOf(path); got != want {
			t.Errorf("nameOf(%q) = %q, want %q", path, got, want)
		}
	}
}

// opened opens a service with arguments, at addresses that are free.
func opened(t *testing.T, args ...string) *service {
	t.Helper()
	c, err := parse(append([]string{"-addr", "127.0.0.1:0", "-admin", "127.0.0.1:0", "-log", "error"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start serves with arguments until the test is over, or the function it returns
// is called, which waits for the end.
func start(t *testing.T, args ...string) (s *service, stop func() error) {
	t.Helper()
	s = opened(t, args...)
	return s, begin(t, s)
}

// begin starts a service that was opened.
func begin(t *testing.T, s *service) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return stop
}

// ask returns the status and the body of an answer.
func ask(t *testing.T, client *http.Client, url, secret string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestModels are found in a file, a folder and a repository.
func TestModels(t *testing.T) {
	file, err := os.ReadFile(embedded)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "digits", "3")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, modelFile), file, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args          []string
		name, version string
	}{
		{[]string{"-model", embedded}, "embedded", "1"},
		{[]string{"-model", folder, "-name", "seven"}, "seven", "1"},
		{[]string{"-model", folder}, "3", "1"},
		{[]string{"-model", dir}, "digits", "3"},
	} {
		s, stop := start(t, c.args...)
		if list := s.server.Index(); len(list) != 1 || list[0] != (serve.Status{Name: c.name, Version: c.version, State: serve.Ready}) {
			t.Errorf("%v: models %v, want version %s of %s", c.args, list, c.version, c.name)
		}
		var said bytes.Buffer
		s.greet(&said)
		if want := "curl " + s.url("/v2/models/"+c.name); !strings.Contains(said.String(), want) {
			t.Errorf("%v: greeting %q, want %q in it", c.args, said.String(), want)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestLanguageModel serves the file of a recurrent language model, which generates texts.
func TestLanguageModel(t *testing.T) {
	e := text.Encoder{Splitter: text.Characters}
	var err error
	if e.Vocabulary, err = text.NewVocabulary(text.Count([]string{"a", "b", "c"}), text.Usual); err != nil {
		t.Fatal(err)
	}
	net, err := nn.Init(1, nn.Seq(nn.NewEmbedding(e.Size(), 4), rnn.NewGRU(4, 8), nn.NewLinear(8, e.Size())))
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := json.Marshal(&e)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tales.safetensors")
	if err := nn.Save(file, net, nn.Info{Input: tensor.Shape{16}, Encoder: encoder}); err != nil {
		t.Fatal(err)
	}
	m, err := lm.New(net, &e)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for piece, err := range m.Generate(t.Context(), "ab", lm.Options{MaxTokens: 20, Sampler: lm.Sampler{Temperature: 1, Seed: 3}}) {
		if err != nil {
			t.Fatal(err)
		}
		want += piece
	}
	s, _ := start(t, "-model", file)
	body, err := send(t.Context(), "POST", s.url("/v2/models/tales/generate"), []byte(`{"text_input":"ab","temperature":1,"seed":3,"max_tokens":20}`))
	var got struct {
		Text string `json:"text_output"`
	}
	if err = errors.Join(err, json.Unmarshal(body, &got)); err != nil || got.Text != want || want == "" {
		t.Errorf("%s, %v, want %q", body, err, want)
	}
}

// TestSecured needs the client's certificate to connect and its key to ask.
func TestSecured(t *testing.T) {
	dir := t.TempDir()
	ca := issue(t, dir, "ca", nil)
	issue(t, dir, "server", ca)
	issue(t, dir, "client", ca)
	stranger := issue(t, dir, "stranger", nil)
	key, secret := serve.NewKey("alice")
	keys := filepath.Join(dir, "keys")
	if err := os.WriteFile(keys, []byte("# clients\n"+key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	s, _ := start(t, "-model", embedded, "-keys", keys, "-tls-cert", path("server.pem"), "-tls-key", path("server.key"), "-client-ca", path("ca.pem"))

	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	client := func(names ...string) *http.Client {
		c := &tls.Config{RootCAs: roots}
		for _, n := range names {
			pair, err := tls.LoadX509KeyPair(path(n+".pem"), path(n+".key"))
			if err != nil {
				t.Fatal(err)
			}
			c.Certificates = append(c.Certificates, pair)
		}
		transport := &http.Transport{TLSClientConfig: c}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	known := client("client")
	for _, c := range []struct {
		path, secret string
		status       int
	}{
		{"/v2/health/ready", "", 200}, {"/v2/models/embedded", "", 401}, {"/v2/models/embedded", "guess", 401},
		{"/v2/models/embedded", secret, 200}, {"/live", "", 401}, {"/live", "guess", 401}, {"/live", secret, 200}, {"/", "", 200},
	} {
		if status, body := ask(t, known, s.url(c.path), c.secret); status != c.status {
			t.Errorf("GET %s with %q: status %d, want %d: %s", c.path, c.secret, status, c.status, body)
		}
	}
	for _, c := range []*http.Client{client(), client(stranger.name)} {
		if res, err := c.Get(s.url("/v2/health/live")); err == nil {
			res.Body.Close()
			t.Error("a client without a certificate of the authority is answered")
		}
	}
	var said bytes.Buffer
	s.greet(&said)
	for _, want := range []string{"--cacert", "--cert CLIENT.pem", "Bearer $KEY", "https://"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("greeting %q, want %q in it", said.String(), want)
		}
	}
}

// identity is a certificate with its key.
type identity struct {
	name string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue writes NAME.pem and NAME.key, signed by an authority or, if it is nil, by
// itself as one.
func issue(t *testing.T, dir, name string, by *identity) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	made := &identity{name, c, key}
	if by == nil {
		by = made
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	if made.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name+file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// TestLive sums up requests.
func TestLive(t *testing.T) {
	s, _ := start(t, "-model", embedded)
	picture, err := examples()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := send(t.Context(), "POST", s.url("/v2/models/embedded/classify"), picture[3]); err != nil {
			t.Fatal(err)
		}
	}
	l := &live{registry: s.live.registry, server: s.server}
	l.past = []reading{{at: time.Now().Add(-2 * time.Second)}}
	l.read(time.Now())
	n := l.numbers()
	if len(n) != 1 || n[0].Name != "embedded" || n[0].Version != "1" || n[0].Rate < 1.4 || n[0].Rate > 1.6 ||
		n[0].P50 == nil || *n[0].P50 <= 0 || n[0].Batch == nil || *n[0].Batch != 1 || n[0].Queue != 0 {
		text, _ := json.Marshal(n)
		t.Errorf("numbers are %s, want 1.5 requests a second, a median and batches of 1", text)
	}
	for range 2 * window {
		l.read(time.Now())
	}
	if n := l.numbers(); len(l.past) != window || n[0].Rate != 0 || n[0].P50 != nil || n[0].Batch != nil {
		t.Errorf("%d readings, numbers %+v; want %d and none", len(l.past), n[0], window)
	}
}

// TestKeygen prints a line that the server reads.
func TestKeygen(t *testing.T) {
	if err := run(t.Context(), []string{"keygen", "-api", "alice", "-rate", "2.5"}); err != nil {
		t.Error(err)
	}
}
