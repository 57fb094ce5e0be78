package proxy

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/upstream"
)

// outgoing is the request that goes to the upstream of an exchange, but for its body.
type outgoing struct {
	upstream.Request
	lines [24]upstream.Line // so many need no memory of their own
}

// outgoings has memory for requests, until their answers begin.
var outgoings = sync.Pool{New: func() any { return new(outgoing) }}

// leave gives the memory back. Nobody may use it any more.
func (o *outgoing) leave() {
	*o = outgoing{}
	outgoings.Put(o)
}

// outgoing returns what goes to the upstream of an exchange.
func (f *forwarder) outgoing(r *http.Request, x *exchange) *outgoing {
	out := outgoings.Get().(*outgoing)
	public := joinPort(x.host, f.publicPort(r, x.route.Route.Route))
	out.Method, out.Host = r.Method, x.target.host
	out.Name = x.route.UpstreamHost(public, x.target.name(public), r.Header, x.cleaned)
	out.Target = sentPath(x.upstreamPath)
	if query := withoutCredential(r.URL.RawQuery); query != "" || r.URL.ForceQuery {
		out.Query = "?" + query // unchanged: no decision used it
	}
	out.Lines = out.lines[:0]
	f.writeLines(&out.Lines, r, x, public)
	return out
}

// request returns what goes to the upstream as net/http wants it.
func (o *outgoing) request(ctx context.Context, r *http.Request, x *exchange) *http.Request {
	out := r.WithContext(ctx)
	out.Host, out.Header = o.Name, o.Lines.Header()
	query, asks := strings.CutPrefix(o.Query, "?")
	out.URL = &url.URL{Scheme: x.target.scheme, Host: o.Host, ForceQuery: asks && query == "", RawQuery: query}
	setPath(out.URL, x.upstreamPath)
	out.Body, out.Close = nil, false
	if x.received != nil {
		out.Body = x.received
	}
	out.Trailer = nil // a client could name reserved headers there, and no decision saw them
	return out
}

// writeLines writes the headers of the request that goes upstream. The client's come
// first, so that it can neither replace ours nor have them removed by naming them in
// Connection.
func (f *forwarder) writeLines(l *upstream.Lines, r *http.Request, x *exchange, public string) {
	f.writeClients(l, r, x)
	if x.protocol != "" {
		l.Set("Connection", "Upgrade")
		l.Set("Upgrade", x.protocol)
	}
	f.setForwarded(l, r, x, public)
	if !l.Has("User-Agent") {
		l.Add("User-Agent", noUserAgent)
	}
	f.setIdentity(l, x)
	for _, name := range x.route.remove {
		l.Remove(name)
	}
	if x.route.Kubernetes != nil {
		x.impersonate(r, l)
	}
	f.spellings.rename(l)
}

// noUserAgent keeps net/http from naming itself.
const noUserAgent = ""

// writeClients writes the headers of a client that go upstream.
func (f *forwarder) writeClients(l *upstream.Lines, r *http.Request, x *exchange) {
	f.writePassing(l, r.Header, f.reserved, x.route)
	for _, value := range r.Header["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			l.Remove(headerNamed(name))
		}
	}
	if httpguts.HeaderValuesContainsToken(r.Header["Te"], "trailers") {
		l.Set("Te", "trailers") // we pass them on
	}
}

// writePassing writes those of a client's headers that are not reserved for us, without our
// own cookies and credentials.
func (f *forwarder) writePassing(l *upstream.Lines, sent http.Header, kept *reserved, cr *compiledRoute) {
	for name, values := range sent {
		switch {
		case !f.passes(name, kept, cr), name == "Authorization" && slices.ContainsFunc(values, pomeriumCredential):
		case name == "Cookie":
			f.writeCookies(l, values)
		default:
			l.Add(name, values...)
		}
	}
}

// writeCookies writes a client's cookies, without our own. The others stay as they are.
func (f *forwarder) writeCookies(l *upstream.Lines, lines []string) {
	for _, line := range lines {
		if line = f.cookies.strip(line); line != "" {
			l.Add("Cookie", line)
		}
	}
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

// sentPath returns an escaped path as net/http sends it: with what can't be sent as it is
// escaped.
func sentPath(escaped string) string {
	if plainPath(escaped) {
		return escaped
	}
	var u url.URL
	setPath(&u, escaped)
	return cmp.Or(u.EscapedPath(), "/")
}

// plainPath reports whether a path has nothing to be escaped. RFC 3986 §3.3; brackets are
// sent as they are, too.
func plainPath(escaped string) bool {
	for i := 0; i < len(escaped); i++ {
		switch c := escaped[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("/-_.~!$&'()*+,;=:@[]", c) >= 0:
		case c == '%' && i+2 < len(escaped):
			_, high := hexDigit(escaped[i+1])
			_, low := hexDigit(escaped[i+2])
			if !high || !low {
				return false
			}
			i += 2
		default:
			return false
		}
	}
	return escaped != "" && escaped[0] == '/'
}

// setForwarded says where the request came from, and under which name the
// application is public. Pomerium appends the peer to the X-Forwarded-For that the
// request came with.
func (f *forwarder) setForwarded(l *upstream.Lines, r *http.Request, x *exchange, public string) {
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
	if prior != "" {
		l.Set("X-Forwarded-For", prior)
	}
	if !x.route.KeepsHost() { // Pomerium: it would say the same as Host
		l.Set("X-Forwarded-Host", public)
	}
	scheme := f.scheme(x.host)
	l.Set("X-Forwarded-Proto", scheme)
	if id := web.RequestID(r.Context()); id != "" {
		l.Set("X-Request-Id", id)
	}
	l.Set("X-Forwarded-Port", cmp.Or(portOf(public), defaultPort(scheme)))
	l.Remove("X-Real-Ip")
	if x.addr.IsValid() {
		l.Add("X-Real-Ip", x.addr.String())
	}
}

// setIdentity sets the headers of the route's configuration, and those that
// tell the upstream who the person is.
func (f *forwarder) setIdentity(l *upstream.Lines, x *exchange) {
	if len(x.route.request) > 0 {
		v := &values{tokens: x.tokens, header: *l, assertion: x.told.assertionText, certificate: x.certificate(), lent: x.lent}
		expanded := make([]string, len(x.route.request))
		for i, set := range x.route.request {
			expanded[i] = set.template.expand(v)
		}
		for i, set := range x.route.request {
			l.Set(set.name, expanded[i])
		}
	}
	if x.route.PassIdentity && x.told != nil {
		for _, header := range x.told.headers {
			l.Set(header.name, header.value...)
		}
	}
	for name, value := range x.added {
		if name == "Cookie" { // one line holds all cookies (RFC 6265 §5.4)
			value = []string{strings.Join(append(l.Values(name), value...), "; ")}
		}
		l.Set(name, value...)
	}
}
