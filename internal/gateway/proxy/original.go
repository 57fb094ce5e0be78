package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// pathEnvoy is what Envoy puts before the path of the request that it asks about
// (path_prefix).
const pathEnvoy = "/envoy"

// original is a request that another proxy asks about, as that proxy says.
type original struct {
	method, host string
	target       string // path and query, as the client sent them
	client       netip.Addr
	header       http.Header
}

// byURL reads a question of nginx: auth_request has no form of its own, and its users
// name the request in these headers.
func byURL(r *http.Request, hops int) (*original, error) {
	var h headerReader
	whole := h.one(r, "X-Original-Url")
	o := &original{method: h.one(r, "X-Original-Method"), client: h.client(r, hops), header: r.Header}
	_, rest, ok := strings.Cut(whole, "://")
	slash := strings.IndexByte(rest, '/')
	if h.err == nil && (!ok || slash < 0) {
		h.err = errors.New("X-Original-URL is no URL with a path")
	}
	if h.err != nil {
		return nil, ErrQuestion.Because(h.err)
	}
	o.host, o.target = rest[:slash], rest[slash:]
	return o, nil
}

// byForwarded reads a question of Traefik or Caddy.
func byForwarded(r *http.Request, hops int) (*original, error) {
	var h headerReader
	o := &original{
		method: h.one(r, "X-Forwarded-Method"), host: h.one(r, "X-Forwarded-Host"), target: h.one(r, "X-Forwarded-Uri"),
		client: h.client(r, hops), header: r.Header,
	}
	if h.err != nil {
		return nil, ErrQuestion.Because(h.err)
	}
	return o, nil
}

// byPath reads a question of Envoy's by HTTP: it is the request itself, with a prefix.
func byPath(r *http.Request, hops int) (*original, error) {
	var h headerReader
	target, ok := strings.CutPrefix(r.RequestURI, pathEnvoy)
	o := &original{method: r.Method, host: r.Host, target: target, client: h.client(r, hops), header: r.Header}
	if h.err == nil && !ok {
		h.err = errors.New("the path does not begin with " + pathEnvoy)
	}
	if h.err != nil {
		return nil, ErrQuestion.Because(h.err)
	}
	return o, nil
}

// headerReader reads headers that must be there. err is the first that was not.
type headerReader struct{ err error }

// one returns the value of a header. Of two, nobody can tell which one is the proxy's.
func (h *headerReader) one(r *http.Request, name string) string {
	values := r.Header[name]
	if len(values) == 1 && values[0] != "" {
		return values[0]
	}
	if h.err == nil {
		h.err = fmt.Errorf("the question has %d headers %s, and not one", len(values), name)
	}
	return ""
}

// client returns the address of the client: the entry of X-Forwarded-For that the
// outermost of the proxies in front wrote. Without it a policy about addresses would
// decide about the proxy's own.
func (h *headerReader) client(r *http.Request, hops int) netip.Addr {
	entries := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	if i := len(entries) - hops; i >= 0 {
		if addr, err := netip.ParseAddr(strings.TrimSpace(entries[i])); err == nil {
			return addr.Unmap().WithZone("")
		}
	}
	if h.err == nil {
		h.err = fmt.Errorf("X-Forwarded-For does not name the client: it needs %d addresses", hops)
	}
	return netip.Addr{}
}

// ofNeighbours are the headers that other proxies add to a request, or may add to the
// question: not the client's, and not the gateway's.
var ofNeighbours = []string{
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Method", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Forwarded-Uri",
	"X-Original-Method", "X-Original-Url", "X-Real-Ip", "X-Request-Id",
}

// request returns the request that was asked about. With ErrBadPath it is one for "/".
// What its client proved by a certificate is unknown: the other proxy's word is no proof.
// A credential in the query is left out, since the application would get it.
func (o *original) request(outer *http.Request) (*http.Request, error) {
	r := outer.WithContext(outer.Context())
	r.Method, r.Host, r.RequestURI, r.Header = o.method, o.host, o.target, o.header.Clone()
	for _, name := range ofNeighbours {
		delete(r.Header, name)
	}
	r.RemoteAddr = netip.AddrPortFrom(o.client, 0).String()
	r.TLS, r.Body, r.ContentLength, r.TransferEncoding, r.Trailer = nil, http.NoBody, 0, nil, nil
	var err error
	if r.URL, err = url.ParseRequestURI(o.target); err != nil || o.target[0] != '/' {
		r.URL = &url.URL{Path: "/"}
		return r, ErrBadPath.Because(err)
	}
	if !httpguts.ValidHeaderFieldName(r.Method) { // a method is a token, as the name of a header
		return r, ErrMethodRefused
	}
	r.URL.RawQuery = withoutCredential(r.URL.RawQuery)
	return r, nil
}
