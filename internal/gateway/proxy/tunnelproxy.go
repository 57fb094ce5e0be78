package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/gateway/upstream"
)

// errNotTunneled is why a connection was refused by the proxy that was to make it.
var errNotTunneled = errors.New("the proxy makes no connection")

const (
	proxyAnswerTime = 30 * time.Second // for TLS with a proxy, and its way to the target
	maxProxyHead    = 64 << 10         // of its answer
)

// proxying is how a route for TCP asks its upstreams, which are HTTP proxies, for the
// connections (Pomerium: a route with tcp+https to http or https).
type proxying struct {
	f      *forwarder
	secure *tls.Config // nil: without TLS
}

// compileProxying makes the asking of proxies ready, or returns nil if the upstreams are
// the targets themselves.
func (ts *transports) compileProxying(cr *compiledRoute, f *forwarder) *proxying {
	switch cr.To[0].URL.Scheme {
	case "http":
		return &proxying{f: f}
	case "https":
		secure := ts.tlsConfig(cr.TLS)
		secure.NextProtos = []string{"http/1.1"}
		return &proxying{f, secure}
	}
	return nil
}

// through asks a proxy on a new connection for one with the target of an exchange. It
// returns the connection and the status of the answer, 0 if there was none. The
// connection is closed if there is an error.
func (p *proxying) through(ctx context.Context, conn net.Conn, x *exchange) (net.Conn, int, error) {
	ctx, cancel := context.WithTimeout(ctx, proxyAnswerTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // in the past
	defer stop()
	tunnel, status, err := p.ask(ctx, conn, x)
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, status, classify(ctx, err)
	}
	return tunnel, status, nil
}

func (p *proxying) ask(ctx context.Context, conn net.Conn, x *exchange) (net.Conn, int, error) {
	if p.secure != nil {
		secure := tls.Client(conn, p.secureFor(x.target))
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, 0, err
		}
		conn = secure
	}
	target := x.proxiedTarget()
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: p.header(x)}
	if err := r.Write(conn); err != nil {
		return nil, 0, err
	}
	head := &io.LimitedReader{R: conn, N: maxProxyHead}
	reader := bufio.NewReader(head)
	answer, err := http.ReadResponse(reader, r)
	if err != nil {
		return nil, 0, fmt.Errorf("read the proxy's answer: %w", err)
	}
	if answer.StatusCode/100 != 2 {
		return nil, answer.StatusCode, fmt.Errorf("%w: it answers %d", errNotTunneled, answer.StatusCode)
	}
	head.N = math.MaxInt64 // what follows is the target's (RFC 9110 §9.3.6)
	return &proxied{conn, reader}, answer.StatusCode, nil
}

// secureFor returns the settings of TLS with a proxy.
func (p *proxying) secureFor(t *target) *tls.Config {
	if p.secure.ServerName != "" {
		return p.secure
	}
	named := p.secure.Clone()
	named.ServerName, _, _ = net.SplitHostPort(t.host)
	return named
}

// header returns the headers that a proxy gets: those of the route and of the identity.
// None of the client's is among them.
func (p *proxying) header(x *exchange) http.Header {
	lines := upstream.Lines{{Name: "User-Agent", Value: noUserAgent}}
	p.f.setIdentity(&lines, x)
	for _, name := range x.route.remove {
		lines.Remove(name)
	}
	return lines.Header()
}

// proxiedTarget is the host and port that a proxy is asked for. Pomerium: its own, unless
// the route keeps the client's or names another.
func (x *exchange) proxiedTarget() string {
	w := x.route.Rewrite
	switch {
	case w.Host != "":
		return w.Host
	case w.PreserveHost:
		return x.authority
	}
	return x.target.host
}

// proxied is a connection that a proxy has made: what came with its answer comes first.
type proxied struct {
	net.Conn
	reader *bufio.Reader
}

func (c *proxied) Read(p []byte) (int, error) { return c.reader.Read(p) }

// CloseWrite says that nothing more comes.
func (c *proxied) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
