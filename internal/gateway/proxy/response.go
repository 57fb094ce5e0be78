package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
)

// How an upstream may fail.
var (
	ErrUpstreamDown   = fault.New(fault.Unavailable, "upstream_down", "The application does not answer at the moment.")
	ErrUpstreamSlow   = fault.New(fault.Unavailable, "upstream_slow", "The application took too long to answer.")
	ErrUpstreamBroken = fault.New(fault.Unavailable, "upstream_broken", "The application gave no usable answer.")
	ErrUpstreamTrust  = fault.New(fault.Unavailable, "upstream_certificate", "The application's certificate could not be verified.")
	errClientGone     = errors.New("the client has gone")
)

// responseHeaders returns the headers that a route sets on answers: the
// defaults, and over them the route's own.
func responseHeaders(r *Route, defaults map[string]string) http.Header {
	all := http.Header{}
	if !r.NoResponseHeaders {
		for name, value := range defaults {
			all.Set(name, value)
		}
	}
	for name, value := range r.SetResponseHeaders {
		all.Set(name, value)
	}
	return all
}

// defaultResponseHeaders returns the gateway's own headers, or Pomerium's
// defaults.
func (cfg *Config) defaultResponseHeaders() map[string]string {
	if cfg.ResponseHeaders != nil {
		return cfg.ResponseHeaders
	}
	defaults := map[string]string{"X-Frame-Options": "SAMEORIGIN", "X-XSS-Protection": "1; mode=block"}
	if cfg.TLS {
		defaults["Strict-Transport-Security"] = builtInTransportSecurity
	}
	return defaults
}

// strictTransport returns the value of Strict-Transport-Security for answers that
// belong to no route, nil if there is none.
func (cfg *Config) strictTransport() []string {
	for name, value := range cfg.defaultResponseHeaders() {
		if strings.EqualFold(name, "Strict-Transport-Security") {
			return []string{value}
		}
	}
	return nil
}

// modifyResponse changes an upstream's answer as the route says. An upstream
// can neither pretend that its answer is the gateway's nor set our cookies.
func (f *forwarder) modifyResponse(ctx context.Context, x *exchange, res *http.Response) {
	h := res.Header
	delete(h, headerIntercepted)
	if x.answer.id != nil {
		delete(h, "X-Request-Id") // the gateway has set its own
	}
	f.dropOwnCookies(h)
	setResponseHeaders(h, x.route)
	for _, rw := range x.route.rewrites {
		rw.apply(h)
	}
	keepPersonal(h, x)
	x.watchAnswer(ctx, res)
}

// moveHeaders adds the headers of an upstream's answer to those of ours.
func moveHeaders(to, from http.Header) {
	for name, values := range from {
		if ours := to[name]; len(ours) > 0 {
			values = append(slices.Clip(ours), values...)
		}
		to[name] = values
	}
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

// dropOwnCookies removes the gateway's own cookies from an upstream's answer.
func (f *forwarder) dropOwnCookies(h http.Header) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	kept := lines[:0]
	for _, line := range lines {
		if f.cookies.settable(line) {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = kept
}

// upstreamFailed answers if the upstream gave no answer.
func (f *forwarder) upstreamFailed(ctx context.Context, r *http.Request, x *exchange, err error) {
	failure := classify(ctx, err)
	if errors.Is(failure, errClientGone) {
		x.answer.WriteHeader(web.StatusClientGone)
		return
	}
	if ranOut(r, err) {
		failure = ErrUpstreamSlow.Because(err)
	}
	web.NoteError(ctx, failure)
	f.letReadFailure(x.answer, r, x)
	f.answers.render(x.answer, r, failure)
}

func classify(ctx context.Context, err error) error {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	x := exchangeOf(ctx)
	if x != nil && x.ended.Load() != nil {
		return *x.ended.Load()
	}
	switch {
	case errors.Is(err, ErrUpstreamBusy):
		return err
	case errors.Is(context.Cause(ctx), errSilent):
		return ErrUpstreamSlow.Because(errSilent)
	case errors.Is(ctx.Err(), context.Canceled):
		return errClientGone
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded): // err may come of the end of the request's body
		return ErrUpstreamSlow.Because(err)
	case x != nil && x.received.fault() != nil:
		return x.received.fault()
	case untrusted:
		return ErrUpstreamTrust.Because(err)
	case refusedConnection(err):
		return ErrUpstreamDown.Because(err)
	}
	return ErrUpstreamBroken.Because(err)
}
