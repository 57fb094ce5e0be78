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

// running is the HTTP servers of one Serve.
type running struct {
	servers  []ender
	watchers []ender    // of servers: the probes and metrics, which end last
	failed   chan error // room for one error of each server
}

// ender is a server that can be ended.
type ender interface {
	Shutdown(context.Context) error
	Close() error
}

// startQUIC serves HTTP/3.
func (r *running) startQUIC(srv *quicServer) {
	r.servers = append(r.servers, srv)
	go func() { r.failed <- srv.Serve() }()
}

// start serves on ln, with TLS if of has a configuration for it. A nil ln
// means that the configuration has no such address.
func (r *running) start(ln net.Listener, of *http.Server) ender {
	srv := plainhttp.New(of)
	if ln == nil {
		return srv
	}
	r.servers = append(r.servers, srv)
	go func() {
		if srv.TLSConfig != nil {
			r.failed <- srv.ServeTLS(ln, "", "")
			return
		}
		r.failed <- srv.Serve(ln)
	}()
	return srv
}

// linger goes on for a while after ctx has ended.
func (r *running) linger(ctx context.Context, delay time.Duration, log *slog.Logger) error {
	if errors.Is(context.Cause(ctx), ErrAtOnce) {
		delay = 0
	}
	log.Info("ending", slog.Int64("accepting_for_ms", delay.Milliseconds()))
	select {
	case err := <-r.failed:
		return err
	case <-time.After(delay):
		return nil
	}
}

// shutdown ends the servers, those for people first. It waits for the requests
// under way, and cuts those that take longer than limit; 0 is no limit.
func (r *running) shutdown(limit time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
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
