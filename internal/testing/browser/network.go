package browser

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"testing"
)

// Network connects clients with one handler, which answers for every host. It
// ends with the test.
type Network struct {
	Transport *http.Transport

	t      testing.TB
	server *http.Server
	conns  chan net.Conn
	ended  chan struct{}
	once   sync.Once
}

// NewNetwork returns a network on which the handler answers every request. The
// handler sees a client at 127.0.0.1, and TLS if the URL's scheme is "https".
func NewNetwork(t testing.TB, handler http.Handler) *Network {
	n := &Network{t: t, conns: make(chan net.Conn), ended: make(chan struct{})}
	n.Transport = &http.Transport{
		DialContext:    func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dial(ctx, false) },
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dial(ctx, true) },
	}
	n.server = &http.Server{
		Handler: sayTLS(handler),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, secureKey{}, c.(*conn).secure)
		},
	}
	served := make(chan error, 1)
	go func() { served <- n.server.Serve((*listener)(n)) }()
	t.Cleanup(func() {
		n.Transport.CloseIdleConnections()
		n.server.Close()
		<-served
	})
	return n
}

// Dial returns a connection to the server, for a test that writes a request as
// bytes. The server takes it for TLS if secure is true.
func (n *Network) Dial(secure bool) net.Conn {
	n.t.Helper()
	c, err := n.dial(n.t.Context(), secure)
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

// Client returns a client that follows no redirect and keeps no cookies.
func (n *Network) Client() *http.Client {
	return &http.Client{Transport: n.Transport, CheckRedirect: stay}
}

// Browser returns a new browser on the network.
func (n *Network) Browser() *Browser { return New(n.t, n.Transport) }

// secureKey is the context's key for whether a connection stands for TLS.
type secureKey struct{}

// sayTLS tells the handler that a request came by TLS.
func sayTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(secureKey{}).(bool) {
			r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
		}
		next.ServeHTTP(w, r)
	})
}

// conn is one end of a pipe. It has an address, as a TCP connection has.
type conn struct {
	net.Conn
	secure bool
}

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000}

func (*conn) RemoteAddr() net.Addr { return loopback }
func (*conn) LocalAddr() net.Addr  { return loopback }

func (n *Network) dial(ctx context.Context, secure bool) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.conns <- &conn{server, secure}:
		return &conn{client, secure}, nil
	case <-n.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// listener is the server's side of a network.
type listener Network

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.ended) })
	return nil
}

func (l *listener) Addr() net.Addr { return loopback }
