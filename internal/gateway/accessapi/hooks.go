package accessapi

import (
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
)

// The headers that applications know.
const (
	headerAssertion = "Cf-Access-Jwt-Assertion"
	headerEmail     = "Cf-Access-Authenticated-User-Email"
	headerAudience  = "Cf-Access-Aud"
	headerDomain    = "Cf-Access-Domain"
)

// Hooks is this front's part in the gateway's chain.
func (a *API) Hooks() proxy.Hooks {
	return proxy.Hooks{Serve: a.serve, Identify: a.identify, SignIn: a.signInLink, Headers: a.headers, Pages: a.pages, SignOut: a.signOut}
}

// serve answers /cdn-cgi/access/ of every host and, where the team domain is
// one of the gateway's hosts, all that is ours there. Nothing of it reaches an
// application, however the path is spelled.
func (a *API) serve(w http.ResponseWriter, r *http.Request) bool {
	ours, plain := spelled(r.URL)
	if web.Host(r) == a.teamHost {
		if !ours && !strings.HasPrefix(r.URL.Path, pathClient) {
			return false
		}
		a.handler.ServeHTTP(w, r)
		return true
	}
	if !ours {
		return false
	}
	if !plain {
		web.Handle(a.nothing, a.render).ServeHTTP(w, r)
		return true
	}
	a.app.ServeHTTP(w, r)
	return true
}

// spelled reports whether a path means one under /cdn-cgi/access/, and whether
// it says so plainly.
func spelled(u *url.URL) (ours, plain bool) {
	if strings.HasPrefix(u.Path, pathAccess) && !strings.Contains(u.Path, "..") && !strings.Contains(u.Path, "//") {
		return true, true
	}
	if !strings.Contains(strings.ToLower(u.Path), "cdn-cgi") {
		return false, false
	}
	cleaned, err := route.Cleaning{}.Clean(u.EscapedPath())
	if err != nil {
		return false, false // the gateway refuses it as well
	}
	return strings.HasPrefix(cleaned.Path, pathAccess) || strings.HasPrefix(cleaned.Alternate, pathAccess), false
}

// concerned reports whether this front signs people in for a route.
func (a *API) concerned(rt *proxy.Route) bool { return a.cfg.Routes == nil || a.cfg.Routes(rt) }

// identify finds the session by the application token. It must be this host's:
// what one application was told opens no other.
func (a *API) identify(r *http.Request, rt *proxy.Route) (*session.Session, error) {
	if !a.concerned(rt) {
		return nil, nil
	}
	s, _, err := a.live(r, a.cfg.Engine.Tokens.Audience(web.Host(r)), access.TypeApp)
	if err != nil && rt.Policy != nil && !rt.Policy.NeedsIdentity() {
		return nil, nil // who it is does not matter there
	}
	if err != nil || s == nil || rt.Provider != "" && rt.Provider != s.Provider {
		return nil, err
	}
	return s, nil
}

// signInLink sends a browser to the team domain.
func (a *API) signInLink(w http.ResponseWriter, r *http.Request, rt *proxy.Route, wanted *url.URL) (string, error) {
	if !a.concerned(rt) {
		return "", nil
	}
	path, err := wantedPath(wanted.RequestURI())
	if err != nil {
		path = "/" // such an address is no place to come back to
	}
	return a.teamLink(w, r, wanted, path, rt.Provider), nil
}

// teamLink leaves the browser its secret and returns the link that signs in.
func (a *API) teamLink(w http.ResponseWriter, r *http.Request, app *url.URL, path, provider string) string {
	secret := browserSecret(w, r, app.Scheme == "https")
	audience := a.cfg.Engine.Tokens.Audience(hostname.Of(app.Host))
	w.Header().Set(headerAudience, audience)
	w.Header().Set(headerDomain, app.Host)
	q := url.Values{paramKid: {audience}, paramRedirect: {path}, paramBrowser: {session.BrowserHash(secret)}}
	if provider != "" {
		q.Set(paramProvider, provider)
	}
	return a.team + pathLogin + "/" + app.Host + "?" + q.Encode()
}

// headers tells the application who is asking. The assertion is the token that
// the request came with: verified, of this host and of the session at hand.
func (a *API) headers(h http.Header, r *http.Request, rt *proxy.Route, s *session.Session) error {
	if s == nil || !a.concerned(rt) {
		return nil
	}
	mine, token, err := a.live(r, a.cfg.Engine.Tokens.Audience(web.Host(r)), access.TypeApp)
	if err != nil {
		return err
	}
	if mine == nil || mine.ID != s.ID {
		return nil // signed in by the gateway's own way
	}
	h.Set(headerAssertion, token)
	if s.Identity.Email != "" && strings.IndexFunc(s.Identity.Email, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0 {
		h.Set(headerEmail, s.Identity.Email)
	}
	return nil
}

// signOut leads who has a token of this host to its end.
func (a *API) signOut(r *http.Request) (string, error) {
	s, _, err := a.live(r, a.cfg.Engine.Tokens.Audience(web.Host(r)), access.TypeApp)
	if err != nil || s == nil {
		return "", err
	}
	return pathLogout, nil
}

func (a *API) pages(s *session.Session) (signOut, identity string) {
	if _, ours := s.Notes[noteUserUUID]; !ours {
		return "", ""
	}
	return pathLogout, pathGetIdentity
}
