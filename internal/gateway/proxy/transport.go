package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/upstream"
)

// transports make the connections to upstreams. Routes with the same settings of
// connections share one.
type transports struct {
	cas     *x509.CertPool
	family  string // "4" or "6": use these addresses alone; "": both
	known   map[transportKey]upstreamTransport
	sockets map[string]string // paths of unix sockets, by the host that stands for each
}

// upstreamTransport makes the connections of routes with the same settings.
type upstreamTransport interface {
	http.RoundTripper
	CloseIdleConnections()
}

type transportKey struct {
	tls     UpstreamTLS
	speaks  speech
	socket  bool
	connect time.Duration
	alone   *Route // with limits of its own; nil: shared
}

// speech is the protocol that upstreams are spoken to in.
type speech int

const (
	speaksEither speech = iota // HTTP/2 where TLS agrees on it, else HTTP/1.1
	speaksHTTP1                // alone, for connections that are to change their protocol
	speaksHTTP2                // also without TLS
)

func (s speech) protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(s != speaksHTTP2)
	p.SetHTTP2(s != speaksHTTP1)
	p.SetUnencryptedHTTP2(s == speaksHTTP2)
	return p
}

func newTransports(cas *x509.CertPool, family string) *transports {
	return &transports{cas: cas, family: family, known: map[transportKey]upstreamTransport{}, sockets: map[string]string{}}
}

// of returns the transport for a route's upstreams.
func (ts *transports) of(r *Route) (upstreamTransport, error) {
	h2c := 0
	for _, u := range r.To {
		if u.URL.Scheme == "h2c" {
			h2c++
		}
	}
	if h2c > 0 && h2c < len(r.To) {
		return nil, errors.New("to: h2c can't be mixed with other schemes")
	}
	if h2c > 0 {
		return ts.make(r, speaksHTTP2), nil
	}
	return ts.make(r, speaksEither), nil
}

// asking returns the transport for the health checks of a route.
func (ts *transports) asking(r *Route, http2 bool) http.RoundTripper {
	if http2 || r.To[0].URL.Scheme == "h2c" {
		return ts.make(r, speaksHTTP2)
	}
	return ts.make(r, speaksEither)
}

func (ts *transports) make(r *Route, speaks speech) upstreamTransport {
	key := transportKey{tls: r.TLS, speaks: speaks, socket: r.atSocket(), connect: r.Balancing.ConnectTimeout}
	if r.Balancing.limitsConnections() {
		key.alone = r
	}
	if ts.known[key] == nil {
		ts.known[key] = ts.fresh(key)
	}
	return ts.known[key]
}

// fresh returns a new transport. Only net/http's own counts connections and says
// when a request has one.
func (ts *transports) fresh(key transportKey) upstreamTransport {
	if key.alone != nil || key.speaks != speaksEither {
		return upstream.NewGeneral(ts.general(key))
	}
	return upstream.New(ts.general(key))
}

func (ts *transports) general(key transportKey) *http.Transport {
	t := NewTransport()
	t.TLSClientConfig = ts.tlsConfig(key.tls)
	if key.socket && key.tls.ServerName == "" {
		t.TLSClientConfig.ServerName = "localhost" // a socket has no name
	}
	t.DialContext = ts.dialer(key.connect)
	if key.alone != nil && key.alone.Balancing.Connections != nil {
		t.MaxConnsPerHost = max(*key.alone.Balancing.Connections, 1) // 0 would be no limit
	}
	t.Protocols = key.speaks.protocols()
	return t
}

// NewTransport returns the transport that the proxy uses for upstreams. It is
// tuned for many requests to few hosts, and does not change bodies.
func NewTransport() *http.Transport {
	t := web.NewTransport()
	t.Proxy = nil // the environment's proxy is for calls to the internet
	t.DisableCompression = true
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 4096, 512
	t.ReadBufferSize, t.WriteBufferSize = 16<<10, 16<<10
	return t
}

// dialer returns what connects to upstreams within a time.
func (ts *transports) dialer(limit time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: cmp.Or(limit, 10*time.Second), KeepAlive: 30 * time.Second}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(addr); err == nil && ts.sockets[host] != "" {
			return d.DialContext(ctx, "unix", ts.sockets[host])
		}
		return web.DialLocal(ctx, d, network+ts.family, addr)
	}
}

// dial connects to the upstream of a URL.
func (ts *transports) dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return ts.dialer(0)(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
}

func (ts *transports) tlsConfig(u UpstreamTLS) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: ts.cas, ServerName: u.ServerName, InsecureSkipVerify: u.SkipVerify}
	if u.CAs != nil {
		cfg.RootCAs = u.CAs
	}
	if u.Certificate != nil {
		cfg.Certificates = []tls.Certificate{*u.Certificate}
	}
	if u.Renegotiate {
		cfg.Renegotiation = tls.RenegotiateFreelyAsClient
	}
	return cfg
}

// retire closes the connections, now and after a while: net/http keeps one of HTTP/2 that
// a request uses now, after its end, for others that never come.
func (ts *transports) retire() {
	ts.close()
	time.AfterFunc(retireAgain, ts.close)
}

// retireAgain is the time after which most requests under way have ended. The others'
// connections stay until they have been idle for long.
const retireAgain = 3 * time.Second

func (ts *transports) close() {
	for _, t := range ts.known {
		t.CloseIdleConnections()
	}
}
