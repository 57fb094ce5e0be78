package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
)

// What an upstream may fail with.
var (
	ErrUpstreamDown    = fault.New(fault.Unavailable, "upstream_down", "The application does not answer at the moment.")
	ErrUpstreamSlow    = fault.New(fault.Unavailable, "upstream_slow", "The application took too long to answer.")
	ErrUpstreamBroken  = fault.New(fault.Unavailable, "upstream_broken", "The application gave no usable answer.")
	ErrUpstreamTrust   = fault.New(fault.Unavailable, "upstream_certificate", "The application's certificate could not be verified.")
	errClientGone      = errors.New("the client has gone")
	statusClientClosed = 499 // as proxies commonly log it
)

// responseHeaders returns what a route sets on answers: the gateway's own, or
// Pomerium's defaults, and the route's over them.
func (c *compiled) responseHeaders(r *Route) http.Header {
	all := http.Header{}
	if !r.NoResponseHeaders {
		for name, value := range c.defaultResponseHeaders() {
			all.Set(name, value)
		}
	}
	for name, value := range r.SetResponseHeaders {
		all.Set(name, value)
	}
	return all
}

func (c *compiled) defaultResponseHeaders() map[string]string {
	if c.cfg.ResponseHeaders != nil {
		return c.cfg.ResponseHeaders
	}
	defaults := map[string]string{"X-Frame-Options": "SAMEORIGIN", "X-XSS-Protection": "1; mode=block"}
	if c.cfg.TLS {
		defaults["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains; preload"
	}
	return defaults
}

func (c *compiled) setResponseHeaders(h http.Header, cr *compiledRoute) {
	for name, value := range cr.response {
		h[name] = value // of capacity one: who adds to it makes a copy
	}
}

// modifyResponse changes an upstream's answer as the route says. An upstream
// can neither pass its answer off as the gateway's nor touch our cookies.
func (c *compiled) modifyResponse(res *http.Response) error {
	x := exchangeOf(res.Request.Context())
	h := res.Header
	delete(h, headerIntercepted)
	if web.RequestID(res.Request.Context()) != "" {
		delete(h, "X-Request-Id") // the gateway's own is there already
	}
	c.dropOwnCookies(h)
	c.setResponseHeaders(h, x.route)
	for _, rw := range x.route.rewrites {
		rw.apply(h)
	}
	if x.route.IdleTimeout > 0 && res.StatusCode != http.StatusSwitchingProtocols {
		res.Body = newIdleBody(res.Body, x.route.IdleTimeout)
	}
	return nil
}

func (rw HeaderRewrite) apply(h http.Header) {
	values := slices.Clone(h.Values(rw.Header))
	for i, v := range values {
		if rest, ok := strings.CutPrefix(v, rw.Prefix); ok {
			values[i] = rw.Value + rest
		}
	}
	if values != nil {
		h[http.CanonicalHeaderKey(rw.Header)] = values
	}
}

func (c *compiled) dropOwnCookies(h http.Header) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	kept := lines[:0]
	for _, line := range lines {
		name, _, _ := strings.Cut(line, "=")
		if !c.cookies.own(strings.TrimSpace(name)) {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = kept
}

// upstreamFailed answers when there is no answer of the upstream.
func (c *compiled) upstreamFailed(w http.ResponseWriter, r *http.Request, err error) {
	failure := classify(r.Context(), err)
	if errors.Is(failure, errClientGone) {
		w.WriteHeader(statusClientClosed)
		return
	}
	web.NoteError(r.Context(), failure)
	c.render(w, r, failure)
}

func classify(ctx context.Context, err error) error {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errClientGone
	case errors.Is(err, context.DeadlineExceeded):
		return ErrUpstreamSlow.Because(err)
	case untrusted:
		return ErrUpstreamTrust.Because(err)
	case refusedConnection(err):
		return ErrUpstreamDown.Because(err)
	}
	return ErrUpstreamBroken.Because(err)
}

// idleBody ends an answer that has been silent for too long.
type idleBody struct {
	io.ReadCloser
	timer *time.Timer
	limit time.Duration
}

func newIdleBody(body io.ReadCloser, limit time.Duration) *idleBody {
	b := &idleBody{ReadCloser: body, limit: limit}
	b.timer = time.AfterFunc(limit, func() { body.Close() })
	return b
}

func (b *idleBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.timer.Reset(b.limit)
	return n, err
}

func (b *idleBody) Close() error {
	b.timer.Stop()
	return b.ReadCloser.Close()
}
