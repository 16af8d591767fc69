package serve

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ListenAndServe serves s at a TCP address, as "127.0.0.1:8080", until ctx is done;
// see [Server.Serve].
func (s *Server) ListenAndServe(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return s.Serve(ctx, l)
}

// Serve serves s on a listener, which it closes, until ctx is done. Then it says
// that it is not ready and goes on answering for Options.Quiet, in which load
// balancers send new requests elsewhere, takes no new connections, waits for
// running requests no longer than Options.Grace, and closes the server. It returns
// nil if all requests were answered.
//
// Connections are limited: the header of a request has to come within 10 s, an idle
// connection is closed after two minutes, and one beyond Options.MaxConns at once.
//
// A server may be served in several ways at a time, as on two listeners or by
// package rpc too. It says that it is not ready when all of them are about to end, and
// is closed when the last has ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return s.Run(ctx, httpService(s, s, l, 2*s.o.Timeout))
}

// ServeAdmin serves [Server.Admin] on a listener, which it closes, until ctx is
// done. It should be stopped after Serve has returned, so that metrics can be read
// to the end.
func (s *Server) ServeAdmin(ctx context.Context, l net.Listener) error {
	return s.run(ctx, httpService(s, s.admin, l, 0), func() {})
}

// Service is a way to serve a [Server], such as HTTP on a listener. Serve does so until
// Shutdown is called, which takes no new requests and returns when the running ones
// are answered. When its context is done, it ends them and returns an error.
type Service struct {
	Serve    func() error
	Shutdown func(ctx context.Context) error
}

// Run serves s in some way until ctx is done, and ends as [Server.Serve] does: it is
// Serve for other protocols.
func (s *Server) Run(ctx context.Context, by Service) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		end, cancel := context.WithCancel(context.Background())
		cancel()
		by.Shutdown(end)
		return fmt.Errorf("serve: %w", errClosed)
	}
	s.runs++
	s.mu.Unlock()
	ending := 0
	until := time.Now()
	err := s.run(ctx, by, func() {
		ending = 1
		s.count(0, 1)
		time.Sleep(s.o.Quiet)
		until = time.Now().Add(s.o.Grace)
	})
	if s.count(-1, -ending) > 0 {
		return err
	}
	// What is left of the time is for what does not end with its requests, or a moment.
	end, cancel := context.WithDeadline(context.Background(), latest(until, time.Now().Add(time.Second)))
	defer cancel()
	return errors.Join(err, s.close(end))
}

// count changes the numbers of ways in which the server is served, and of those that
// are about to end. It returns the first.
func (s *Server) count(runs, ending int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs += runs
	s.ending += ending
	s.draining = s.draining || s.runs == s.ending
	return s.runs
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// run runs a service until ctx is done, and then quiet before its end.
func (s *Server) run(ctx context.Context, by Service, quiet func()) error {
	failed := make(chan error, 1)
	go func() { failed <- by.Serve() }()
	select {
	case err := <-failed:
		end, cancel := context.WithTimeout(context.Background(), s.o.Grace)
		defer cancel()
		by.Shutdown(end) // of the connections that there are
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	quiet()
	end, cancel := context.WithTimeout(context.Background(), s.o.Grace)
	defer cancel()
	if err := by.Shutdown(end); err != nil {
		return fmt.Errorf("serve: after %v requests were still running: %w", s.o.Grace, err)
	}
	return nil
}

// httpService serves a handler on a listener. A client has to take an answer within
// a time from its request on, if that is not 0: profiles take as long as they are
// asked to.
func httpService(s *Server, h http.Handler, l net.Listener, write time.Duration) Service {
	var conns atomic.Int64
	hs := &http.Server{
		ConnState: func(c net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				if conns.Add(1) > int64(s.o.MaxConns) {
					c.Close()
				}
			case http.StateHijacked, http.StateClosed:
				conns.Add(-1)
			}
		},
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		WriteTimeout:      write,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return Service{
		Serve: func() error { return hs.Serve(l) },
		Shutdown: func(ctx context.Context) error {
			err := hs.Shutdown(ctx)
			if err != nil {
				err = cmp.Or(hs.Close(), err)
			}
			l.Close() // if Serve was never called
			return err
		},
	}
}

// TLS returns settings for [tls.NewListener] from files in PEM format: the server's
// certificate with its key and, if clientCAs is not "", the authorities one of
// which must have signed a client's certificate (mutual TLS).
//
// A certificate that was replaced is used for new connections within ten seconds,
// without a restart. While its files cannot be read, or do not fit each other, the old
// one stays.
func TLS(certificate, key, clientCAs string) (*tls.Config, error) {
	p := &pair{certificate: certificate, key: key}
	if err := p.read(); err != nil {
		return nil, fmt.Errorf("serve: TLS: %w", err)
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: p.get, NextProtos: []string{"h2", "http/1.1"},
	}
	if clientCAs == "" {
		return c, nil
	}
	pem, err := os.ReadFile(clientCAs)
	if err != nil {
		return nil, fmt.Errorf("serve: TLS: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("serve: TLS: %s has no certificates", clientCAs)
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	return c, nil
}

// pair is a certificate with its key, from files that may be replaced.
type pair struct {
	certificate, key string // files

	mu     sync.Mutex
	loaded tls.Certificate
	print  string // of the files when it was loaded
	looked time.Time
}

// pairEvery is how often the files are looked at.
const pairEvery = 10 * time.Second

// get returns the certificate for a connection.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.looked) > pairEvery {
		p.read() // if it fails, the old one is better than none
	}
	c := p.loaded
	return &c, nil
}

// read reads the files if they are not as they were.
func (p *pair) read() error {
	p.looked = time.Now()
	print := fileprint(p.certificate) + fileprint(p.key)
	if print == p.print {
		return nil
	}
	loaded, err := tls.LoadX509KeyPair(p.certificate, p.key)
	if err != nil {
		return err
	}
	p.loaded, p.print = loaded, print
	return nil
}
