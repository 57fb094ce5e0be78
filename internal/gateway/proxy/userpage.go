package proxy

import (
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// userPage shows a person what the gateway knows about them: the names and
// values that policies can test.
func (p *pomerium) userPage(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	shown := identityPage{frame: p.frameOf(r, s, pathIdentity), Session: s, application: p.applicationAt(web.Host(r))}
	switch {
	case s == nil:
	case web.Host(r) == p.host:
		p.listSessions(r.Context(), &shown)
		p.listDevices(r.Context(), &shown)
	case p.host != NoSignIn.Host:
		shown.manage = p.base + pathIdentity
	}
	return p.answers.page(w, http.StatusOK, shown.doc())
}

// applicationAt returns the path of the application at a host, or "" if the
// host is the authenticate service's.
func (p *pomerium) applicationAt(host string) string {
	if host == p.host {
		return ""
	}
	return "/"
}

// userJSON shows the same claims that upstreams get, without those that make
// them a token. Pomerium: 404 with no session.
func (p *pomerium) userJSON(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	if s == nil {
		return ErrNoRoute.Saying("You are not signed in.")
	}
	return writeJSON(w, http.StatusOK, assertionClaims(&s.Identity, p.claimHeaders))
}

// sessionHere returns the session by which the applications of a request's
// host know the caller, or nil if there is none.
func (p *pomerium) sessionHere(r *http.Request) (*session.Session, error) {
	if p.front != nil && p.front.Active() {
		if s, err := p.front.Session(r); s != nil || err != nil {
			return s, err
		}
	}
	return p.sessionAt(r, web.Host(r))
}

// shownAs returns the name under which a page shows a person.
func shownAs(s *session.Session) string {
	for _, name := range []string{s.Identity.ShownEmail(), s.Identity.Name, s.Identity.UserID} {
		if name != "" {
			return name
		}
	}
	return "somebody without a name"
}
