package proxy

import (
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

const pathJWT = "/.pomerium/jwt"

// assertionText answers with the assertion that the applications of this host get,
// for a page of theirs. Pomerium: only with the runtime flag pomerium_jwt_endpoint.
// A person whom no route of the host lets in gets none: an application may take
// the assertion as a proof that they may enter.
func (p *pomerium) assertionText(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	if s == nil {
		return p.signInFor(w, r)
	}
	cr := p.openAt(r, s)
	if cr == nil {
		return ErrNoRoute.Saying("You do not have access to an application at this address.")
	}
	t, err := p.assertions.of(s, web.Host(r), cr.IssuerURI, cr.GroupsFilter, p.now())
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/jwt")
	h.Set("X-Content-Type-Options", "nosniff")
	web.NoStore(h)
	_, err = w.Write([]byte(t.assertion))
	return ignoreGone(err)
}

// signInFor sends a browser to sign in, and back to the page of its request. Other
// clients get 401.
func (p *pomerium) signInFor(w http.ResponseWriter, r *http.Request) error {
	if !mayRedirect(r) {
		return ErrSignIn
	}
	return p.enterApplication(w, r, r.URL.Path)
}

// openAt returns the first route of the request's host that the person may open, or
// nil.
func (p *pomerium) openAt(r *http.Request, s *session.Session) *compiledRoute {
	host := web.Host(r)
	for _, e := range p.portal() {
		if !e.route.From.Takes(host) || longAgo(s, e.route.Reauthenticate, p.now()) {
			continue
		}
		if _, open := p.foresee(r, e.route, s, e.path); open {
			return e.route
		}
	}
	return nil
}
