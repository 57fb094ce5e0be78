package plainhttp

import (
	"context"
	"errors"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
)

// Server is an [http.Server] with a short road. Use New.
type Server struct {
	*http.Server
	handler http.Handler // of all requests
	// again serves the connections that come back from the short road. It is for
	// HTTP/1.1 alone: they have spoken that already.
	again *http.Server
	back  *back

	mu     sync.Mutex
	short  map[*conn]struct{} // the connections on the short road
	ending bool
	empty  chan struct{} // closed at the end, when short is empty
}

// New gives srv a short road. All of srv must be set before, and not be changed later. It
// can serve one listener.
func New(srv *http.Server) *Server {
	s := &Server{Server: srv, handler: srv.Handler, back: newBack(), short: map[*conn]struct{}{}, empty: make(chan struct{})}
	srv.Handler, srv.ConnContext, srv.ConnState = http.HandlerFunc(s.serveHTTP), withHistory(srv.ConnContext), track(srv.ConnState)
	only := new(http.Protocols)
	only.SetHTTP1(true)
	s.again = &http.Server{
		Handler: srv.Handler, Protocols: only, BaseContext: srv.BaseContext, ConnContext: srv.ConnContext, ConnState: srv.ConnState,
		ReadHeaderTimeout: srv.ReadHeaderTimeout, ReadTimeout: srv.ReadTimeout, WriteTimeout: srv.WriteTimeout, IdleTimeout: srv.IdleTimeout,
		MaxHeaderBytes: srv.MaxHeaderBytes, ErrorLog: srv.ErrorLog,
	}
	return s
}

// Serve is that of [http.Server], for connections without TLS.
func (s *Server) Serve(ln net.Listener) error {
	s.serveAgain()
	return s.Server.Serve(strictListener{ln})
}

// ServeTLS is that of [http.Server], with the certificates of TLSConfig.
func (s *Server) ServeTLS(ln net.Listener) error {
	s.serveAgain()
	l := newHandshakes(ln, s)
	go l.serve()
	return s.Server.Serve(l)
}

func (s *Server) serveAgain() {
	go func() { _ = s.again.Serve(s.back) }() // it fails at the end only
}

// serveHTTP answers a request that net/http has read, or takes it to the short road.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if (historyOf(r).worthIt(r) || changes(r)) && s.take(w, r) {
		return
	}
	s.handler.ServeHTTP(w, r)
}

// take takes a request with its connection to the short road, and reports whether it
// could.
func (s *Server) take(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return false
	}
	nc, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	c := newConn(s, nc, buffered.Reader, r)
	s.short[c] = struct{}{}
	go c.serve(r)
	return true
}

// over is called when a connection has left the short road. It may be called twice.
func (s *Server) over(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, here := s.short[c]; !here {
		return
	}
	delete(s.short, c)
	if s.ending && len(s.short) == 0 {
		close(s.empty)
	}
}

// end lets no further connection onto the short road. Those that wait for a request end
// now, the others after their answer.
func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return
	}
	s.ending = true
	for c := range s.short {
		c.end()
	}
	if len(s.short) == 0 {
		close(s.empty)
	}
}

// Shutdown is that of [http.Server].
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	again := make(chan error, 1)
	go func() { again <- s.again.Shutdown(ctx) }()
	err := errors.Join(s.Server.Shutdown(ctx), <-again)
	select {
	case <-s.empty:
		return err
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
}

// Close is that of [http.Server].
func (s *Server) Close() error {
	s.end()
	err := errors.Join(s.Server.Close(), s.again.Close())
	var closing sync.WaitGroup
	for _, c := range s.onShort() {
		closing.Go(func() { c.nc.Close() }) // see end of conn
	}
	closing.Wait()
	return err
}

// onShort returns the connections on the short road.
func (s *Server) onShort() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.short))
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog == nil {
		log.Printf(format, args...) // as net/http
		return
	}
	s.ErrorLog.Printf(format, args...)
}
