package plainhttp

import (
	"errors"
	"net"
	"net/http"
	"sync"
)

// back is a [net.Listener] for the connections that come back from the short road.
type back struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newBack() *back { return &back{conns: make(chan net.Conn), ended: make(chan struct{})} }

// put hands a connection to who accepts. After the end, it is closed.
func (b *back) put(nc net.Conn) {
	select {
	case b.conns <- nc:
	case <-b.ended:
		nc.Close()
	}
}

// Accept implements [net.Listener].
func (b *back) Accept() (net.Conn, error) {
	select {
	case nc := <-b.conns:
		return nc, nil
	case <-b.ended:
		return nil, http.ErrServerClosed
	}
}

// Close implements [net.Listener].
func (b *back) Close() error {
	b.once.Do(func() { close(b.ended) })
	return nil
}

// Addr implements [net.Listener]. Nobody can dial it.
func (b *back) Addr() net.Addr { return &net.TCPAddr{} }

// readConn is a connection of which some bytes were read already.
type readConn struct {
	net.Conn
	rest    []byte // these
	returns int
}

// Read implements [net.Conn].
func (c *readConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.rest)
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil
	}
	return n, nil
}

// CloseWrite says that nothing more comes. A tunnel ends so.
func (c *readConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the connection below, as [tls.Conn] does.
func (c *readConn) NetConn() net.Conn { return c.Conn }

func (c *readConn) timesBack() int { return c.returns }
