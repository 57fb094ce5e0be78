package proxy

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
)

// What the chain refuses by itself.
var (
	ErrNoRoute     = fault.New(fault.NotFound, "no_route", "There is no application at this address.")
	ErrBadPath     = fault.New(fault.Invalid, "bad_path", "The address of the page can't be read safely.")
	ErrSignIn      = fault.New(fault.Unauthenticated, "sign_in_required", "You are not signed in.")
	ErrCertificate = fault.New(fault.Denied, "client_certificate_required", "This application needs a valid client certificate.")
	ErrSessions    = fault.New(fault.Unavailable, "sessions_unavailable", "We can't tell who is signed in at the moment. Please try again shortly.")
)

// exchange is one request on its way, with the answers to the questions asked
// so far. It is also the context of the request to the upstream, by which the
// proxy's functions find it.
type exchange struct {
	context.Context
	host    string // without port, lower case
	cleaned route.Cleaned
	route   *compiledRoute
	addr    netip.Addr
	cert    *x509.Certificate
	session *session.Session // nil: nobody is signed in

	upstreamPath string
	told         *told       // about the person, where something of the request needs it
	added        http.Header // by another front
}

// serve asks the questions in their order and does what the answers say.
func (c *compiled) serve(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	if c.cfg.Hooks.Serve != nil && c.cfg.Hooks.Serve(w, r) {
		return nil
	}
	known := c.table.KnowsHost(host)
	if !known && host != c.authenticateHost {
		return ErrNoRoute
	}
	cleaned, err := c.cfg.Cleaning.Clean(r.URL.EscapedPath())
	if err != nil {
		return ErrBadPath.Because(err)
	}
	switch internal := isInternal(cleaned.Path); {
	case host == c.authenticateHost && (internal || !known || cleaned.Path == callbackPath):
		c.authenticate.ServeHTTP(w, r)
		return nil
	case internal:
		c.internal.ServeHTTP(w, r)
		return nil
	}
	if cleaned.Redirect {
		return c.redirectCleaned(w, r, host, cleaned)
	}
	x := &exchange{Context: r.Context(), host: host, cleaned: cleaned, addr: clientAddr(r, c.cfg.TrustedHops)}
	return c.application(w, r, x)
}

// application answers a request to an application.
func (c *compiled) application(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if err := checkUnderscores(r.Header, c.cfg.Underscores); err != nil {
		return err
	}
	if x.route = c.routeOf(r, x); x.route == nil {
		return ErrNoRoute
	}
	var err error
	if x.session, err = c.identify(r, x); err != nil {
		return err
	}
	d := c.decide(r, x)
	c.note(r, x, d)
	switch d.Outcome {
	case policy.Allow:
		return c.forward(w, r, x)
	case policy.SignIn:
		return c.sendToSignIn(w, r, x)
	case policy.CertificateRequired:
		return ErrCertificate
	}
	return c.deny(w, r, x, d)
}

// routeOf asks which route the request means.
func (c *compiled) routeOf(r *http.Request, x *exchange) *compiledRoute {
	m := c.table.MatchCleaned(x.host, portOf(r.Host), x.cleaned)
	if m == nil {
		return nil
	}
	return c.routes[m]
}

func portOf(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i < 0 || strings.HasSuffix(hostport, "]") {
		return ""
	}
	_, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return ""
	}
	return port
}

// decide asks what the policy says. Nothing but the facts goes in.
func (c *compiled) decide(r *http.Request, x *exchange) policy.Decision {
	q := &policy.Request{
		Method: r.Method, Host: x.host, Path: x.cleaned.Path, AltPath: x.cleaned.Alternate, SourceIP: x.addr,
		CORSPreflight: preflight(r), Now: c.now(),
	}
	if x.session != nil {
		q.Identity = &x.session.Identity
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		x.cert = r.TLS.PeerCertificates[0]
		q.Certificate = x.cert
		q.CertificateValid = c.cfg.CheckCertificate != nil && c.cfg.CheckCertificate(r.TLS.PeerCertificates) == nil
	}
	if c.cfg.Hooks.Decide != nil {
		if d, ok := c.cfg.Hooks.Decide(r, x.route.Route, q); ok {
			return d
		}
	}
	return x.route.Policy.Decide(q)
}

// note puts who asked and what was decided into the log line.
func (c *compiled) note(r *http.Request, x *exchange, d policy.Decision) {
	attrs := [8]slog.Attr{
		slog.String("route", x.route.label), slog.String("decision", d.Outcome.String()), slog.String("rule", d.Rule),
		why("allow", d.Allow), why("deny", d.Deny),
	}
	n := 5
	if s := x.session; s != nil {
		n += copy(attrs[n:], []slog.Attr{slog.String("user", s.Identity.UserID), slog.String("email", s.Identity.Email), slog.String("session", string(s.ID))})
	}
	web.Note(r.Context(), attrs[:n]...)
}

// why tells the reasons of one side of a decision; Pomerium's names. It is
// empty, and left out of the log, when there are none.
func why(side string, v policy.Verdict) slog.Attr {
	if v.Reasons == 0 {
		return slog.Attr{}
	}
	if v.Value {
		return slog.Any(side+"-why-true", reasons(v.Reasons))
	}
	return slog.Any(side+"-why-false", reasons(v.Reasons))
}

// reasons are printed only when the log line is.
type reasons policy.Reasons

// LogValue implements slog.LogValuer.
func (r reasons) LogValue() slog.Value {
	return slog.StringValue(strings.Join(policy.Reasons(r).Strings(), ","))
}
