package proxy

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// isInternal reports whether a path is answered by the gateway on every host,
// and never reaches an upstream.
func isInternal(path string) bool {
	switch path {
	case "/ping", "/healthz", "/.pomerium", "/.well-known/pomerium":
		return true
	}
	return strings.HasPrefix(path, "/.pomerium/") || strings.HasPrefix(path, "/.well-known/pomerium/")
}

// common are the paths that every host has.
func (c *compiled) common(mux *http.ServeMux) {
	c.handle(mux, "/ping", pong)
	c.handle(mux, "/healthz", pong)
	c.handle(mux, "GET /.well-known/pomerium", c.wellKnown)
	c.handle(mux, "GET /.well-known/pomerium/jwks.json", c.jwks)
}

// internalMux are the gateway's own paths on the hosts of routes.
func (c *compiled) internalMux() http.Handler {
	mux := http.NewServeMux()
	c.common(mux)
	c.handle(mux, "GET "+pathRouteCallback, c.routeCallback)
	c.handle(mux, "GET "+pathSignOut, c.routeSignOut)
	c.handle(mux, "POST "+pathSignOut, c.routeSignOut)
	c.handle(mux, "GET "+pathJoin, c.join)
	c.handle(mux, pathProgrammatic, c.programmaticLink)
	c.handle(mux, "GET /.pomerium/user", c.userJSON)
	c.handle(mux, "GET /.pomerium/{$}", c.userPage)
	c.handle(mux, "/", func(http.ResponseWriter, *http.Request) error { return ErrNoRoute })
	return mux
}

// ErrMethod refuses a method that a path does not have.
var ErrMethod = fault.New(fault.Invalid, "method", "This address answers GET and HEAD only.")

func pong(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return ErrMethod
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("OK"))
	return ignoreGone(err)
}

// routeCallback redeems the ticket that the authenticate host issued and
// leaves this host's cookie.
func (c *compiled) routeCallback(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	secure := c.secure(host)
	secret := web.CookieValue(r, web.Prefixed(browserCookie, secure))
	ticket, err := c.tickets.Redeem(r.Context(), r.URL.Query().Get(paramTicket), host, secret)
	if err != nil {
		return err
	}
	to, err := url.Parse(ticket.Return)
	if err != nil || !c.ours(to) || hostname.Of(to.Host) != host {
		return ErrTarget
	}
	s, err := c.cfg.Sessions.Get(r.Context(), ticket.Handle)
	if errors.Is(err, session.ErrNotFound) {
		return session.ErrExpired // signed out between the two redirects
	}
	if err != nil {
		return err
	}
	c.cookies.setSession(w, host, secure, ticket.Handle, s)
	c.redirect(w, c.afterCallback(r, to), http.StatusFound)
	return nil
}

// userJSON shows the caller what upstreams are told, without what only makes
// it a token. Pomerium: 404 with no session.
func (c *compiled) userJSON(w http.ResponseWriter, r *http.Request) error {
	s, err := c.sessionOf(r, web.Host(r))
	if err != nil {
		return err
	}
	if s == nil {
		return ErrNoRoute.Saying("You are not signed in.")
	}
	return writeJSON(w, http.StatusOK, assertionClaims(&s.Identity, c.cfg.ClaimHeaders))
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set(headerIntercepted, "true")
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		web.NoStore(h)
	}
	w.WriteHeader(status)
	_, err = w.Write(body)
	return ignoreGone(err)
}
