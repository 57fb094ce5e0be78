package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
)

// LearnDomains does at once what a node does every second.
func (s *Server) LearnDomains(ctx context.Context) error { return s.directory.pools.LearnDomains(ctx) }

// Inside is what a transport within the server answers with h.
func Inside(h http.Handler, r *http.Request) (*http.Response, error) { return answer(h, r) }

// Pools returns the engine that the API calls.
func (s *Server) Pools() *userpool.Engine { return s.directory.pools }

// HTTPServer returns the server of the main address.
func (s *Server) HTTPServer(c *config.Config) *http.Server { return s.httpServer(c, s.handler, nil) }

// CountingHeaders returns ln as [ListenOn] does.
func CountingHeaders(ln net.Listener) net.Listener {
	return &headerListener{Listener: ln, room: maxLargeHeaders}
}

// BehindProxy returns a listener whose connections begin with a header of the PROXY
// protocol.
func BehindProxy(ln net.Listener) net.Listener { return behindProxy(ln) }

// Ender is a server that can be ended.
type Ender = ender

// QUICServer returns a server of HTTP/3, and what serves.
func QUICServer(conn net.PacketConn, c *config.Config, h http.Handler, t *tls.Config, headerTime time.Duration) (srv Ender, serve func() error, err error) {
	s, err := newQUICServer(conn, http3Server(c, h, t), headerTime)
	if err != nil {
		return nil, nil, err
	}
	return s, s.Serve, nil
}

// Main returns the main address.
func (l *Listeners) Main() net.Listener { return l.main }
