package proxy

import (
	"context"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// ErrUpgrade refuses to let a connection change its protocol.
var ErrUpgrade = fault.New(fault.Denied, "upgrade_not_allowed", "This application's connections may not be upgraded (websockets are off).")

// forwarder is the reverse proxy: it gives a request its headers, sends it to
// an upstream of its route, and passes the answer on.
type forwarder struct {
	*addresses
	answers     *answers
	cookies     *cookies
	reserved    *reserved
	assertions  *assertions
	underscores UnderscoreAction
	spellings   *spellings
	appendPeer  bool     // to X-Forwarded-For
	front       Front    // nil: Pomerium's alone
	joining     []*Route // with depends_on
	sessions    *session.Manager
	open        *openExchanges
	before      map[string]*compiledRoute // the routes of the configuration before, while this one is compiled
	mayGoOn     func(*exchange) bool
	now         func() time.Time

	strictTransport []string // of answers of the gateway's own that belong to no route; nil: none
}

// exchangeKey is the context key of the request's *exchange. httputil's
// ReverseProxy passes only the request's context to the functions below.
type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// forward sends an allowed request to its upstream, or answers it itself if
// its route says so.
func (f *forwarder) forward(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if x.route.fixed() {
		return f.answerFixed(w, r, x)
	}
	if err := f.checkUpgrade(r, x); err != nil {
		return err
	}
	if err := x.checkImpersonation(); err != nil {
		return err
	}
	if err := f.prepare(r, x); err != nil {
		return err
	}
	if err := x.choose(); err != nil {
		return err
	}
	defer x.leave()
	whole, idle := x.limits()
	ctx, heard, stop := watchSilence(context.WithValue(r.Context(), exchangeKey{}, x), idle)
	defer stop()
	ctx, x.abort = endable(ctx, whole)
	defer f.over(x)
	r = r.WithContext(ctx)
	x.silence = heard
	defer x.watchBody(r)()
	if x.session != nil && x.personal() { // what is sent or received ends with the session of its person
		f.sessions.Attend(ctx, &x.attendee, x.session, x)
	}
	f.open.add(x, f)
	x.route.proxy.ServeHTTP(x.answer, r)
	return nil
}

// endable returns a context that ends after a time, or with the function. A time
// of 0 is no limit.
func endable(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	if after > 0 {
		return context.WithTimeout(ctx, after)
	}
	return context.WithCancel(ctx)
}

// SessionEnded implements session.Connection. A reload ends an exchange in the same
// way.
func (x *exchange) SessionEnded(err error) {
	x.ended.CompareAndSwap(nil, &err)
	x.abort()
}

// over ends what forward began.
func (f *forwarder) over(x *exchange) {
	f.open.remove(x)
	if x.session != nil && x.personal() {
		f.sessions.Leave(&x.attendee)
	}
	x.abort()
}

// prepare fills in what rewrite needs and what may fail: ReverseProxy's
// Rewrite function can't return an error.
func (f *forwarder) prepare(r *http.Request, x *exchange) (err error) {
	if x.upstreamPath, err = x.route.UpstreamPath(x.cleaned); err != nil {
		return ErrRewrite.Because(err)
	}
	if x.session == nil {
		return nil
	}
	if x.route.PassIdentity || x.route.jwt {
		if x.told, err = f.assertions.of(x.session, x.host, x.route.IssuerURI, x.route.GroupsFilter, f.now()); err != nil {
			return err
		}
		if x.told.leftOut != "" && x.route.PassIdentity {
			web.Note(r.Context(), slog.String("claim_headers_left_out", x.told.leftOut))
		}
		if n := len(x.told.assertion); n > largeAssertion {
			web.Note(r.Context(), slog.Int("assertion_bytes", n))
		}
	}
	if f.front != nil && f.front.Active() {
		return f.askFront(r, x)
	}
	return nil
}

// askFront lets the other front add its headers. What would arrive as another value
// is left out, as it is of claim headers.
func (f *forwarder) askFront(r *http.Request, x *exchange) error {
	x.added = http.Header{}
	if err := f.front.Headers(x.added, r, x.session); err != nil {
		return err
	}
	for name, values := range x.added {
		if !headerFits(values[0]) {
			delete(x.added, name)
			web.Note(r.Context(), slog.String("front_header_left_out", name))
		}
	}
	return nil
}

// checkUpgrade refuses protocols that the route does not allow, and pages that may
// not ask. An offer of HTTP/2 is ignored instead, as RFC 9110 §7.8 allows.
func (f *forwarder) checkUpgrade(r *http.Request, x *exchange) error {
	if r.Header.Get("Upgrade") == "" || !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "Upgrade") {
		return nil
	}
	protocol := r.Header.Get("Upgrade")
	switch {
	case strings.EqualFold(protocol, "h2c"):
		r.Header.Del("Upgrade")
		return nil
	case x.route.allowsUpgrade(protocol):
		x.protocol = protocol
		return f.checkOrigin(r, x)
	}
	return ErrUpgrade
}

// newProxy returns the proxy over a transport. It finds what differs between
// requests in their exchange.
func (f *forwarder) newProxy(transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: f.rewrite, Transport: transport, BufferPool: buffers,
		ModifyResponse: f.modifyResponse, ErrorHandler: f.upstreamFailed,
		ErrorLog: log.New(discard{}, "", 0), // the request's own log line has the error
	}
}

// rewrite makes the request that goes upstream. ReverseProxy has removed the
// hop-by-hop headers before, so a client can't have our headers removed by
// naming them in Connection.
func (f *forwarder) rewrite(pr *httputil.ProxyRequest) {
	x := exchangeOf(pr.In.Context())
	out, t := pr.Out, x.target
	out.URL.Scheme, out.URL.Host = t.scheme, t.host
	public := joinPort(x.host, f.publicPort(pr.In, x.route.Route.Route))
	out.Host = x.route.UpstreamHost(public, t.name(public), pr.In.Header, x.cleaned)
	setPath(out.URL, x.upstreamPath)
	out.URL.RawQuery = withoutCredential(pr.In.URL.RawQuery) // otherwise unchanged: no decision used it
	out.Trailer = nil                                        // a client could name reserved headers there, and no decision saw them
	f.reserved.clean(out.Header, x.route.written, f.underscores)
	if x.route.lends || x.route.Kubernetes != nil {
		cleanImpersonation(out.Header)
	}
	f.cookies.strip(out.Header)
	f.setForwarded(pr, x, public)
	f.setIdentity(out.Header, x)
	for _, name := range x.route.remove {
		delete(out.Header, name)
	}
	if x.route.Kubernetes != nil {
		x.impersonate(pr.In, out.Header)
	}
	f.spellings.apply(out.Header)
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
func (f *forwarder) setForwarded(pr *httputil.ProxyRequest, x *exchange, public string) {
	h := pr.Out.Header
	prior := strings.Join(pr.In.Header["X-Forwarded-For"], ", ")
	if f.appendPeer {
		peer, _, err := net.SplitHostPort(pr.In.RemoteAddr)
		if err == nil && prior != "" {
			prior += ", "
		}
		if err == nil {
			prior += peer
		}
	}
	// One allocation for all values.
	v := []string{prior, public, f.scheme(x.host), web.RequestID(pr.In.Context()), portOf(public), ""}
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
		v := &values{session: x.session, header: h, assertion: x.told.assertionText, certificate: x.certificate()}
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

// buffers are reused to copy bodies.
var buffers = &bufferPool{}

const bufferSize = 32 << 10

type bufferPool struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (b *bufferPool) Get() []byte {
	if buf, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return buf[:]
	}
	return make([]byte, bufferSize)
}

// Put implements httputil.BufferPool.
func (b *bufferPool) Put(buf []byte) {
	if cap(buf) >= bufferSize {
		b.pool.Put((*[bufferSize]byte)(buf[:bufferSize]))
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
