package proxy

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
)

// ErrTwoCredentials refuses a request with a session cookie and a bearer token: a
// page could add the cookie of a person to the token of another. Pomerium.
var ErrTwoCredentials = fault.New(fault.Invalid, "two_credentials", "The request has a session cookie and a bearer token. Send one of them.")

// bearerSession returns the session of the bearer token of a request, or nil if it
// has none. Pomerium: a token that is not good is refused, whatever the policy says.
func (c *chain) bearerSession(r *http.Request, x *exchange) (*session.Session, error) {
	token, found := bearerOf(r)
	if !found {
		return nil, nil
	}
	if x.route.Bearer.Format == bearer.JWT && c.pomerium.cookies.sent(r, x.host, c.secure(x.host)) {
		return nil, ErrTwoCredentials
	}
	return c.bearer.Session(r.Context(), token, x.route.Bearer, c.pomerium.provider(x.route.Provider), limit.Network(x.addr))
}

// accountSession returns the session of a service account's token, or nil if the
// request has none.
func (c *chain) accountSession(r *http.Request, x *exchange) (*session.Session, error) {
	token := accountToken(r)
	if token == "" {
		return nil, nil
	}
	return c.bearer.Account(r.Context(), token, limit.Network(x.addr))
}

// accountToken returns the token of a service account that a request has in a header,
// or "". It comes in the ways of Pomerium's credentials, but not in a URL, which logs
// keep.
func accountToken(r *http.Request) string {
	for _, auth := range r.Header["Authorization"] {
		scheme, value, _ := strings.Cut(auth, " ")
		value = strings.TrimSpace(value)
		ours := strings.EqualFold(scheme, "Pomerium") || strings.EqualFold(scheme, "Bearer")
		if value = strings.TrimPrefix(value, "Pomerium-"); ours && operator.IsAccountToken(value) {
			return value
		}
	}
	if v := r.Header.Get("X-Pomerium-Authorization"); operator.IsAccountToken(v) {
		return v
	}
	return ""
}

// bearerOf returns the bearer token of a request. A credential of Pomerium's is none.
// Of two headers nobody can tell which one the upstream reads: the token is then
// empty, which is no good one.
func bearerOf(r *http.Request) (token string, found bool) {
	all := r.Header["Authorization"]
	i := slices.IndexFunc(all, func(h string) bool {
		scheme, _, _ := strings.Cut(h, " ")
		return strings.EqualFold(scheme, "Bearer") && !pomeriumCredential(h)
	})
	if i < 0 {
		return "", false
	}
	if len(all) > 1 {
		return "", true
	}
	_, token, _ = strings.Cut(all[i], " ")
	return strings.TrimSpace(token), true
}

// sent reports whether a request has a session cookie, good or not.
func (c *cookies) sent(r *http.Request, host string, secure bool) bool {
	for _, name := range append(c.sessionNames(host, secure), c.cfg.Name) {
		for range c.values(r, name) {
			return true
		}
	}
	return false
}

// isProgramsError reports whether an error answers a program, which reads no page.
func isProgramsError(err error) bool {
	for _, known := range []error{bearer.ErrRefused, bearer.ErrNoVerifier, bearer.ErrTooMany, ErrTwoCredentials, operator.ErrAccountInvalid} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
