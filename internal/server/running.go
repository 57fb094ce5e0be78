package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/base/plainhttp"
)

// Running is a server that answers on its listeners: what Start began, until Wait
// returns.
type Running struct {
	server         *Server
	delay, timeout time.Duration // shutdown_delay and shutdown_timeout

	servers  []ender
	watchers []ender    // of servers: the probes and metrics, which end last
	failed   chan error // room for one error of each server
}

// ender is a server that can be ended.
type ender interface {
	Shutdown(context.Context) error
	Close() error
}

// Wait returns when ctx ends or a listener fails, and nothing is answered any more.
// After the end of ctx the server still accepts requests for shutdown_delay, while the
// probes say that it is not ready, so that a load balancer notices before anybody is
// refused; ErrAtOnce as the cause leaves that out. Then it lets the requests under way
// finish, for shutdown_timeout at most.
func (r *Running) Wait(ctx context.Context) (err error) {
	s := r.server
	defer s.redirect.end()
	select {
	case err = <-r.failed:
	case <-ctx.Done():
		s.ending.Store(true)
		err = r.linger(ctx)
	}
	if cut := r.shutdown(); cut != nil {
		s.log.Warn("requests were cut at the end: they took longer than shutdown_timeout", slog.String("error", cut.Error()))
	}
	return err
}

// startQUIC serves HTTP/3.
func (r *Running) startQUIC(srv *quicServer) {
	r.servers = append(r.servers, srv)
	go func() { r.failed <- srv.Serve() }()
}

// start serves on ln, with TLS if of has a configuration for it. A nil ln
// means that the configuration has no such address.
func (r *Running) start(ln net.Listener, of *http.Server) ender {
	srv := plainhttp.New(of)
	if ln == nil {
		return srv
	}
	r.servers = append(r.servers, srv)
	go func() {
		if srv.TLSConfig != nil {
			r.failed <- srv.ServeTLS(ln)
			return
		}
		r.failed <- srv.Serve(ln)
	}()
	return srv
}

// linger goes on for shutdown_delay after ctx has ended.
func (r *Running) linger(ctx context.Context) error {
	delay := r.delay
	if errors.Is(context.Cause(ctx), ErrAtOnce) {
		delay = 0
	}
	r.server.log.Info("ending", slog.Int64("accepting_for_ms", delay.Milliseconds()))
	select {
	case err := <-r.failed:
		return err
	case <-time.After(delay):
		return nil
	}
}

// shutdown ends the servers, those for people first. It waits for the requests
// under way, and cuts those that take longer than shutdown_timeout; 0 is no limit.
func (r *Running) shutdown() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if r.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, r.timeout)
		defer cancel()
	}
	var mu sync.Mutex
	var cut error
	var ending sync.WaitGroup
	for _, srv := range r.servers {
		if slices.Contains(r.watchers, srv) {
			continue
		}
		ending.Go(func() {
			if err := srv.Shutdown(ctx); err != nil {
				srv.Close()
				mu.Lock()
				defer mu.Unlock()
				cut = errors.Join(cut, err)
			}
		})
	}
	ending.Wait()
	for _, srv := range r.watchers {
		srv.Close()
	}
	return cut
}
