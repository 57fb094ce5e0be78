package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/pires/go-proxyproto"
)

// headerListener bounds the memory that the headers of requests take while they are
// read: of all its connections together room, besides maxHeader of each.
// A larger header gets 431 in the end, so nobody else is concerned when the room is
// used up: its connection ends without an answer then.
//
// Only a server with the hooks of [countHeaders] counts.
type headerListener struct {
	net.Listener
	room  int64
	taken atomic.Int64
}

// maxLargeHeaders is the room of each address.
const maxLargeHeaders = 32 << 20

// Accept implements [net.Listener].
func (l *headerListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headerConn{Conn: c, from: l}, nil
}

// headerConn counts what is read of a connection while no request of it is served:
// that is a header.
type headerConn struct {
	net.Conn
	from    *headerListener
	reading atomic.Bool
	size    atomic.Int64 // of the header so far
	taken   atomic.Int64 // of the listener's room
}

// begin counts a new header.
func (c *headerConn) begin() {
	c.stop()
	c.size.Store(0)
	c.reading.Store(true)
}

// stop ends the counting and gives back what was taken. It may be called twice.
func (c *headerConn) stop() {
	c.reading.Store(false)
	c.from.taken.Add(-c.taken.Swap(0))
}

// Read implements [net.Conn].
func (c *headerConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.reading.Load() || c.size.Add(int64(n)) <= maxHeader {
		return n, err
	}
	c.taken.Add(int64(n))
	if c.from.taken.Add(int64(n)) > c.from.room {
		c.Close() // or net/http would answer, and wait for a client that does not read
		return 0, net.ErrClosed
	}
	return n, err
}

// CloseWrite says that nothing more comes. A tunnel without TLS ends so.
func (c *headerConn) CloseWrite() error {
	switch half := c.Conn.(type) {
	case interface{ CloseWrite() error }:
		return half.CloseWrite()
	case *proxyproto.Conn:
		if conn, ok := half.TCPConn(); ok {
			return conn.CloseWrite()
		}
	}
	return errors.ErrUnsupported
}

// SetLinger is that of the connection under it. A tunnel that is cut ends with a reset.
func (c *headerConn) SetLinger(seconds int) error {
	switch conn := c.Conn.(type) {
	case interface{ SetLinger(int) error }:
		return conn.SetLinger(seconds)
	case *proxyproto.Conn:
		if conn, ok := conn.TCPConn(); ok {
			return conn.SetLinger(seconds)
		}
	}
	return errors.ErrUnsupported
}

type headerConnKey struct{}

// countHeaders tells the connections of a server when a header begins and ends.
func countHeaders(srv *http.Server) {
	next := srv.Handler
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, _ := r.Context().Value(headerConnKey{}).(*headerConn); c != nil {
			c.stop()
		}
		next.ServeHTTP(w, r)
	})
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, headerConnKey{}, headerConnOf(c))
	}
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		h := headerConnOf(c)
		switch {
		case h == nil:
		case state == http.StateNew || state == http.StateIdle:
			h.begin()
		case state == http.StateHijacked || state == http.StateClosed: // who took it bounds its own memory
			h.stop()
		}
	}
}

// headerConnOf returns what counts under c, nil if nothing does.
func headerConnOf(c net.Conn) *headerConn {
	for {
		switch over := c.(type) {
		case *headerConn:
			return over
		case interface{ NetConn() net.Conn }: // TLS, or what came back to net/http
			c = over.NetConn()
		default:
			return nil
		}
	}
}
