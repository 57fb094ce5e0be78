//go:build unix

package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// guarded is a connection without TLS that [http.Transport] has. What comes after a request
// got it, and before the request is sent, is no answer to it: the connection ends with
// errSpoke.
type guarded struct {
	net.Conn
	raw syscall.RawConn

	mu     sync.Mutex
	unsent bool // a request has the connection, and nothing of it was written
}

// guard makes the connections of dial guarded.
func guard(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if raw := rawOf(nc); raw != nil {
			return &guarded{Conn: nc, raw: raw}, nil
		}
		return nc, nil
	}
}

// begin says that a request has the connection.
func (g *guarded) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsent = true
}

// isUnsent reports whether nothing of the request has left.
func (g *guarded) isUnsent() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.unsent
}

// Write implements [net.Conn]. At the last moment before the first byte of a request it looks
// whether the connection is silent.
func (g *guarded) Write(p []byte) (int, error) {
	if !g.mayWrite() {
		g.Conn.Close()
		return 0, errSpoke
	}
	return g.Conn.Write(p)
}

func (g *guarded) mayWrite() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.unsent {
		quiet := false
		if err := g.raw.Control(func(fd uintptr) { quiet = silentAt(fd) }); err != nil || !quiet { // not raw.Read: net/http is reading
			return false
		}
	}
	g.unsent = false
	return true
}

// Read implements [net.Conn]. While bytes are taken from the system, mayWrite waits.
func (g *guarded) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	failed := g.raw.Read(func(fd uintptr) bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		if n, err = read(fd, p); err == nil && n > 0 && g.unsent {
			n, err = 0, errSpoke
		}
		return !errors.Is(err, syscall.EAGAIN)
	})
	switch {
	case failed != nil:
		return 0, failed
	case err == errSpoke:
		g.Conn.Close()
		return 0, err
	case err != nil:
		return 0, &net.OpError{Op: "read", Net: g.RemoteAddr().Network(), Source: g.LocalAddr(), Addr: g.RemoteAddr(), Err: os.NewSyscallError("read", err)}
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// CloseWrite tells the upstream that nothing more comes. An upgraded connection ends so.
func (g *guarded) CloseWrite() error {
	if half, ok := g.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
