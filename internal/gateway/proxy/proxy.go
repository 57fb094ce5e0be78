package proxy

import (
	"context"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
)

// ErrUpgrade refuses to let a connection change its protocol.
var ErrUpgrade = fault.New(fault.Denied, "upgrade_not_allowed", "This application's connections may not be upgraded (websockets are off).")

type exchangeKey struct{}

// Value implements context.Context.
func (x *exchange) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return x
	}
	return x.Context.Value(key)
}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// forward lets a request pass: it gets its headers, and goes to its upstream.
func (c *compiled) forward(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if x.route.fixed() {
		return c.answerFixed(w, r, x)
	}
	if err := checkUpgrade(r, x.route); err != nil {
		return err
	}
	var err error
	if x.upstreamPath, err = x.route.UpstreamPath(x.cleaned); err != nil {
		return ErrRewrite.Because(err)
	}
	if x.session != nil && (x.route.PassIdentity || x.route.jwt) {
		if x.told, err = c.assertions.of(x.session, x.host, x.route.IssuerURI, c.now()); err != nil {
			return err
		}
	}
	if x.route.timeout > 0 {
		var cancel context.CancelFunc
		x.Context, cancel = context.WithTimeout(x.Context, x.route.timeout)
		defer cancel()
	}
	if c.cfg.Hooks.Headers != nil {
		if err := c.hookHeaders(r, x); err != nil {
			return err
		}
	}
	x.route.proxy.ServeHTTP(w, r.WithContext(x))
	return nil
}

// hookHeaders lets another front add headers, to a set without forged ones.
func (c *compiled) hookHeaders(r *http.Request, x *exchange) error {
	added := http.Header{}
	if err := c.cfg.Hooks.Headers(added, r, x.route.Route, x.session); err != nil {
		return err
	}
	x.added = added
	return nil
}

// checkUpgrade refuses protocols that the route does not allow. An offer of
// HTTP/2 is not one: it may be ignored (RFC 9110 §7.8), and is.
func checkUpgrade(r *http.Request, cr *compiledRoute) error {
	if r.Header.Get("Upgrade") == "" || !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "Upgrade") {
		return nil
	}
	protocol := r.Header.Get("Upgrade")
	switch {
	case strings.EqualFold(protocol, "h2c"):
		r.Header.Del("Upgrade")
		return nil
	case cr.allowsUpgrade(protocol):
		return nil
	}
	return ErrUpgrade
}

// newProxy returns the proxy over a transport. What differs between requests
// is in their exchange.
func (c *compiled) newProxy(transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: c.rewrite, Transport: transport, BufferPool: buffers,
		ModifyResponse: c.modifyResponse, ErrorHandler: c.upstreamFailed,
		ErrorLog: log.New(discard{}, "", 0), // what it would say is in the request's own line
	}
}

// rewrite makes the request that goes upstream. It runs after ReverseProxy has
// removed hop-by-hop headers, so that nobody can make it remove ours by naming
// them in Connection.
func (c *compiled) rewrite(pr *httputil.ProxyRequest) {
	x := exchangeOf(pr.In.Context())
	out, t := pr.Out, x.route.pick(x)
	out.URL.Scheme, out.URL.Host = t.scheme, t.host
	out.Host = x.route.UpstreamHost(pr.In.Host, t.host, pr.In.Header, x.cleaned)
	setPath(out.URL, x.upstreamPath)
	out.URL.RawQuery = withoutCredential(pr.In.URL.RawQuery) // else as it came: nothing was decided by it
	c.reserved.clean(out.Header, c.cfg.Underscores)
	c.cookies.strip(out.Header)
	c.setForwarded(pr, x)
	c.setIdentity(out.Header, x)
	for _, name := range x.route.remove {
		delete(out.Header, name)
	}
}

// setPath sets an escaped path; where it is the plain spelling of itself, as
// nearly always, RawPath stays empty.
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

// setForwarded says where the request came from. Pomerium appends the peer to
// what X-Forwarded-For there was.
func (c *compiled) setForwarded(pr *httputil.ProxyRequest, x *exchange) {
	h := pr.Out.Header
	prior := strings.Join(pr.In.Header["X-Forwarded-For"], ", ")
	if !c.cfg.SkipXFFAppend {
		peer, _, err := net.SplitHostPort(pr.In.RemoteAddr)
		if err == nil && prior != "" {
			prior += ", "
		}
		if err == nil {
			prior += peer
		}
	}
	// One piece of memory for the four values.
	v := []string{prior, pr.In.Host, c.scheme(x.host), web.RequestID(pr.In.Context())}
	if prior != "" {
		h["X-Forwarded-For"] = v[0:1:1]
	}
	h["X-Forwarded-Host"] = v[1:2:2]
	h["X-Forwarded-Proto"] = v[2:3:3]
	if v[3] != "" {
		h["X-Request-Id"] = v[3:4:4]
	}
}

// setIdentity sets what the upstream is told about the person, and what the
// route's configuration sets.
func (c *compiled) setIdentity(h http.Header, x *exchange) {
	if len(x.route.request) > 0 {
		v := &values{session: x.session, certificate: x.cert, header: h, assertion: x.told.assertionText}
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
		h[name] = value
	}
}

// buffers are lent to copy bodies.
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
