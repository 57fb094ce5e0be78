package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/config"
)

// drainTime is how long the requests under way may take at the end.
const drainTime = 20 * time.Second

// Serve answers on the listeners until ctx ends or one of them fails. Then it
// lets the requests under way finish.
func (s *Server) Serve(ctx context.Context, c *config.Config, l *Listeners, metrics http.Handler) error {
	tlsConfig, err := s.tlsConfig(c)
	if err != nil {
		return err
	}
	running := &running{failed: make(chan error, 4)}
	running.start(l.main, s.httpServer(c, s.handler, tlsConfig))
	running.start(l.redirect, s.httpServer(c, redirectToTLS(c), nil))
	running.start(l.probes, s.httpServer(c, s.probes(), nil))
	running.start(l.metrics, s.httpServer(c, atMetrics(metrics), nil))
	select {
	case err = <-running.failed:
	case <-ctx.Done():
	}
	return errors.Join(err, running.shutdown())
}

// running is the HTTP servers of one Serve.
type running struct {
	servers []*http.Server
	failed  chan error // room for one error of each server
}

// start serves on ln, with TLS if srv has a configuration for it. A nil ln
// means that the configuration has no such address.
func (r *running) start(ln net.Listener, srv *http.Server) {
	if ln == nil {
		return
	}
	r.servers = append(r.servers, srv)
	go func() {
		if srv.TLSConfig != nil {
			r.failed <- srv.ServeTLS(ln, "", "")
			return
		}
		r.failed <- srv.Serve(ln)
	}()
}

func (r *running) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var all error
	for _, srv := range r.servers {
		all = errors.Join(all, srv.Shutdown(ctx))
	}
	return all
}

func (s *Server) httpServer(c *config.Config, h http.Handler, tlsConfig *tls.Config) *http.Server {
	return &http.Server{
		Handler: h, TLSConfig: tlsConfig, Protocols: protocols(tlsConfig),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: c.TimeoutRead, WriteTimeout: c.TimeoutWrite, IdleTimeout: c.TimeoutIdle,
		MaxHeaderBytes: maxHeaderRead, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// protocols are HTTP/1.1 and HTTP/2. Without TLS, HTTP/2 is for clients that
// know beforehand that the server speaks it (RFC 9113 §3.3), such as a proxy in
// front.
func protocols(tlsConfig *tls.Config) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(tlsConfig == nil)
	return p
}

// tlsConfig returns the TLS of the main address, or nil if a proxy in front ends
// TLS.
func (s *Server) tlsConfig(c *config.Config) (*tls.Config, error) {
	if c.InsecureServer {
		return nil, nil
	}
	keeper, err := certs.New(s.certificates(c))
	if err != nil {
		return nil, err
	}
	s.certs.Store(keeper)
	return keeper.TLSConfig(), nil
}
