package proxy

import (
	"errors"
	"log/slog"
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// identify asks whose request it is. nil: nobody's that is signed in. When the
// sessions can't be read, a request that the policy would let pass without
// asking who it is still passes.
func (c *compiled) identify(r *http.Request, x *exchange) (*session.Session, error) {
	if c.cfg.Hooks.Identify != nil {
		if s, err := c.cfg.Hooks.Identify(r, x.route.Route); s != nil || err != nil {
			return s, err
		}
	}
	s, err := c.sessionOf(r, x.host)
	if err != nil {
		if x.route.needsIdentity {
			return nil, err
		}
		web.Note(r.Context(), slog.String("session_error", err.Error()))
		return nil, nil
	}
	if s == nil || !c.counts(s, x.route.Provider) {
		return nil, nil
	}
	return s, nil
}

// sessionOf returns the session that a request's cookie names at host, nil
// when there is none that lives.
func (c *compiled) sessionOf(r *http.Request, host string) (*session.Session, error) {
	id := c.cookies.id(r, host, c.secure(host))
	if id == "" {
		return nil, nil
	}
	s, err := c.cfg.Sessions.Lookup(r.Context(), id)
	switch {
	case errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrExpired):
		return nil, nil
	case err != nil:
		return nil, ErrSessions.Because(err)
	}
	return s, nil
}

// counts reports whether a session is one where sessions of a provider are
// wanted. Pomerium: another provider's counts as none.
func (c *compiled) counts(s *session.Session, provider string) bool {
	if provider != "" {
		return s.Provider == provider
	}
	p := c.providerFor("")
	return p != nil && s.Provider == p.ID()
}
