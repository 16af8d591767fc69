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
// Connections are limited in time: the header of a request has to come within 10 s,
// and an idle connection is closed after two minutes.
//
// A server may be served in several ways at a time, as on two listeners or by
// package rpc too. It is closed when the last of them has ended.
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
	err := s.run(ctx, by, func() {
		s.Drain()
		time.Sleep(s.o.Quiet)
	})
	s.mu.Lock()
	s.runs--
	last := s.runs == 0
	s.mu.Unlock()
	if last {
		err = errors.Join(err, s.Close())
	}
	return err
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
	hs := &http.Server{
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
			return err
		},
	}
}

// TLS returns settings for [tls.NewListener] from files in PEM format: the server's
// certificate with its key and, if clientCAs is not "", the authorities one of
// which must have signed a client's certificate (mutual TLS).
func TLS(certificate, key, clientCAs string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("serve: TLS: %w", err)
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"},
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
