package proxy

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
)

// outgoing returns the request that goes to the upstream of an exchange.
func (f *forwarder) outgoing(ctx context.Context, r *http.Request, x *exchange) *http.Request {
	out, t := r.WithContext(ctx), x.target
	public := joinPort(x.host, f.publicPort(r, x.route.Route.Route))
	out.Host = x.route.UpstreamHost(public, t.name(public), r.Header, x.cleaned)
	out.URL = &url.URL{Scheme: t.scheme, Host: t.host, ForceQuery: r.URL.ForceQuery, RawQuery: withoutCredential(r.URL.RawQuery)} // otherwise unchanged: no decision used it
	setPath(out.URL, x.upstreamPath)
	out.Header = f.outgoingHeader(r, x, public)
	out.Body, out.Close = nil, false
	if x.received != nil {
		out.Body = x.received
	}
	out.Trailer = nil // a client could name reserved headers there, and no decision saw them
	return out
}

// outgoingHeader returns the headers of the request that goes upstream. The client's
// come first, so that it can neither replace ours nor have them removed by naming them
// in Connection.
func (f *forwarder) outgoingHeader(r *http.Request, x *exchange, public string) http.Header {
	h := f.clientHeader(r, x)
	if x.protocol != "" {
		h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{x.protocol}
	}
	f.setForwarded(h, r, x, public)
	if h["User-Agent"] == nil {
		h["User-Agent"] = noUserAgent
	}
	f.setIdentity(h, x)
	for _, name := range x.route.remove {
		delete(h, name)
	}
	if x.route.Kubernetes != nil {
		x.impersonate(r, h)
	}
	f.spellings.apply(h)
	return h
}

// noUserAgent keeps net/http from naming itself.
var noUserAgent = []string{""}

// ownHeaders is how many headers of our own a request gets, but for those that say who the
// person is.
const ownHeaders = 6

// clientHeader returns the headers of a client that go upstream. The values are those of
// r.
func (f *forwarder) clientHeader(r *http.Request, x *exchange) http.Header {
	cr := x.route
	h := f.passing(r.Header, f.reserved, cr, ownHeaders+x.told.count())
	dropNamed(h, r.Header["Connection"])
	if httpguts.HeaderValuesContainsToken(r.Header["Te"], "trailers") {
		h["Te"] = []string{"trailers"} // we pass them on
	}
	return h
}

// passing returns those of a client's headers that are not reserved for us, without our
// own cookies and credentials. There will be some more: a map that is large enough, and no
// larger, is not made twice.
func (f *forwarder) passing(sent http.Header, kept *reserved, cr *compiledRoute, more int) http.Header {
	var few [32]string // so many need no memory of their own
	names := few[:0]
	for name := range sent {
		if f.passes(name, kept, cr) {
			names = append(names, name)
		}
	}
	h := make(http.Header, len(names)+more)
	for _, name := range names {
		h[name] = sent[name]
	}
	if slices.ContainsFunc(h["Authorization"], pomeriumCredential) {
		delete(h, "Authorization")
	}
	f.cookies.strip(h)
	return h
}

// passes reports whether a client's header goes upstream.
func (f *forwarder) passes(name string, kept *reserved, cr *compiledRoute) bool {
	if kept.usual[name] {
		return !cr.written.otherwise(name, name)
	}
	known := canonical(name)
	switch {
	case kept.is(known), cr.written.otherwise(name, known):
		return false
	case f.underscores == UnderscoreDrop && strings.IndexByte(name, '_') >= 0:
		return false
	}
	return !cr.lendsRights() || !strings.HasPrefix(known, headersOfImpersonation)
}

// setPath sets an escaped path. RawPath stays empty if the path is its own
// plain spelling, which is nearly always so.
func setPath(u *url.URL, escaped string) {
	if strings.IndexByte(escaped, '%') < 0 {
		u.Path, u.RawPath = escaped, ""
		if u.EscapedPath() == escaped {
			return
		}
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		plain = escaped
	}
	u.Path, u.RawPath = plain, escaped
}

// setForwarded says where the request came from, and under which name the
// application is public. Pomerium appends the peer to the X-Forwarded-For that the
// request came with.
func (f *forwarder) setForwarded(h http.Header, r *http.Request, x *exchange, public string) {
	prior := strings.Join(r.Header["X-Forwarded-For"], ", ")
	if f.appendPeer {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		if err == nil && prior != "" {
			prior += ", "
		}
		if err == nil {
			prior += peer
		}
	}
	// One allocation for all values.
	v := []string{prior, public, f.scheme(x.host), web.RequestID(r.Context()), portOf(public), ""}
	if v[4] == "" {
		v[4] = defaultPort(v[2])
	}
	if prior != "" {
		h["X-Forwarded-For"] = v[0:1:1]
	}
	if !x.route.KeepsHost() { // Pomerium: it would say the same as Host
		h["X-Forwarded-Host"] = v[1:2:2]
	}
	h["X-Forwarded-Proto"] = v[2:3:3]
	if v[3] != "" {
		h["X-Request-Id"] = v[3:4:4]
	}
	h["X-Forwarded-Port"] = v[4:5:5]
	delete(h, "X-Real-Ip")
	if x.addr.IsValid() {
		v[5] = x.addr.String()
		h["X-Real-Ip"] = v[5:6:6]
	}
}

// setIdentity sets the headers of the route's configuration, and those that
// tell the upstream who the person is.
func (f *forwarder) setIdentity(h http.Header, x *exchange) {
	if len(x.route.request) > 0 {
		v := &values{tokens: x.tokens, header: h, assertion: x.told.assertionText, certificate: x.certificate()}
		expanded := make([]string, len(x.route.request))
		for i, set := range x.route.request {
			expanded[i] = set.template.expand(v)
		}
		for i, set := range x.route.request {
			h[set.name] = []string{expanded[i]}
		}
	}
	if x.route.PassIdentity && x.told != nil {
		for _, header := range x.told.headers {
			h[header.name] = header.value
		}
	}
	for name, value := range x.added {
		if name == "Cookie" { // one line holds all cookies (RFC 6265 §5.4)
			value = []string{strings.Join(append(h["Cookie"], value...), "; ")}
		}
		h[name] = value
	}
}
