package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/upstream"
)

// transports make the connections to upstreams. Routes with the same TLS settings
// share one.
type transports struct {
	cas   *x509.CertPool
	known map[transportKey]upstreamTransport
}

// upstreamTransport makes the connections of routes with the same settings.
type upstreamTransport interface {
	http.RoundTripper
	CloseIdleConnections()
}

type transportKey struct {
	tls   UpstreamTLS
	h2c   bool
	http1 bool // alone, for connections that are to change their protocol
}

func newTransports(cas *x509.CertPool) *transports {
	return &transports{cas: cas, known: map[transportKey]upstreamTransport{}}
}

// of returns the transport for a route's upstreams.
func (ts *transports) of(r *Route) (upstreamTransport, error) {
	key := transportKey{tls: r.TLS}
	for i, u := range r.To {
		h2c := u.URL.Scheme == "h2c"
		if i > 0 && h2c != key.h2c {
			return nil, errors.New("to: h2c can't be mixed with other schemes")
		}
		key.h2c = h2c
	}
	if t := ts.known[key]; t != nil {
		return t, nil
	}
	t := ts.fresh(r.TLS)
	if key.h2c {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetUnencryptedHTTP2(true)
		ts.known[key] = t
		return t, nil
	}
	ts.known[key] = upstream.New(t)
	return ts.known[key], nil
}

// fresh returns a new transport with TLS settings.
func (ts *transports) fresh(u UpstreamTLS) *http.Transport {
	t := NewTransport()
	t.TLSClientConfig = ts.tlsConfig(u)
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

func (ts *transports) tlsConfig(u UpstreamTLS) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: ts.cas, ServerName: u.ServerName, InsecureSkipVerify: u.SkipVerify}
	if u.CAs != nil {
		cfg.RootCAs = u.CAs
	}
	if u.Certificate != nil {
		cfg.Certificates = []tls.Certificate{*u.Certificate}
	}
	if u.Renegotiate {
		cfg.Renegotiation = tls.RenegotiateOnceAsClient
	}
	return cfg
}

func (ts *transports) close() {
	for _, t := range ts.known {
		t.CloseIdleConnections()
	}
}
