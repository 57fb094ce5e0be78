package proxy

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/session"
)

// identify returns the session of a request, or nil if nobody is signed in.
// While sessions can't be read, requests pass whose policy does not ask who
// sent them.
func (c *chain) identify(r *http.Request, x *exchange) (*session.Session, error) {
	s, err := c.sessionFor(r, x)
	if errors.Is(err, bearer.ErrTooMany) {
		retryAfter(x.answer, time.Second)
	}
	if err != nil && !x.route.needsIdentity && !isProgramsError(err) {
		web.Note(r.Context(), slog.String("session_error", err.Error()))
		return nil, nil
	}
	return s, err
}

// sessionFor returns the session that the route accepts: that of a service account,
// else that of a bearer token if the route takes them, else the other front's, else
// Pomerium's, else nil.
func (c *chain) sessionFor(r *http.Request, x *exchange) (*session.Session, error) {
	if s, err := c.accountSession(r, x); s != nil || err != nil {
		return s, err
	}
	if x.route.Bearer.Takes() {
		if s, err := c.bearerSession(r, x); s != nil || err != nil {
			return s, err
		}
	}
	if c.front != nil && c.front.Active() {
		s, err := c.front.Session(r)
		if err != nil || s != nil && (x.route.Provider == "" || x.route.Provider == s.Provider) {
			return s, err
		}
	}
	s, err := c.pomerium.sessionAt(r, x.host)
	if err != nil || s == nil || !c.pomerium.accepts(s, x.route.Provider) {
		return nil, err
	}
	return s, nil
}
