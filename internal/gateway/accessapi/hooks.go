package accessapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
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

// The exported methods of this file implement proxy.Front.

// Serve answers the paths under /cdn-cgi/access/ at every host. If the team
// domain is a host of the gateway, Serve also answers the management API there.
// No spelling of these paths reaches an application. Serve returns false if the
// request is for an application.
func (a *API) Serve(w http.ResponseWriter, r *http.Request) bool {
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
		web.Handle(a.notFound, a.render).ServeHTTP(w, r)
		return true
	}
	a.app.ServeHTTP(w, r)
	return true
}

// spelled reports whether a path leads under /cdn-cgi/access/ after cleaning
// (ours), and whether it needs no cleaning (plain).
func spelled(u *url.URL) (ours, plain bool) {
	if strings.HasPrefix(u.Path, pathAccess) && !strings.Contains(u.Path, "..") && !strings.Contains(u.Path, "//") {
		return true, true
	}
	if !strings.Contains(strings.ToLower(u.Path), "cdn-cgi") {
		return false, false
	}
	cleaned, err := route.Cleaning{}.Clean(u.EscapedPath())
	if err != nil {
		return false, false // the gateway refuses the path too
	}
	return strings.HasPrefix(cleaned.Path, pathAccess) || strings.HasPrefix(cleaned.Alternate, pathAccess), false
}

// Active reports whether applications sign people in with this front.
func (a *API) Active() bool { return a.cfg.Active == nil || a.cfg.Active() }

// Session returns the session that the application token names. The token must be
// for the request's host: the token of one application opens no other. At the team
// domain it returns the session of the team domain.
func (a *API) Session(r *http.Request) (*session.Session, error) {
	if web.Host(r) == a.teamHost {
		return a.Current(r)
	}
	return a.live(r, a.audienceHere(r), access.TypeApp)
}

func (a *API) audienceHere(r *http.Request) string { return a.cfg.Engine.Tokens.Audience(web.Host(r)) }

// SignIn returns the link that sends a browser to the team domain.
func (a *API) SignIn(w http.ResponseWriter, r *http.Request, provider string, wanted *url.URL) (string, error) {
	if err := a.trip.CheckCircles(w, r, wanted.Scheme == "https"); err != nil {
		return "", err
	}
	path, err := wantedPath(wanted.RequestURI())
	if err != nil {
		path = "/" // nobody can come back to such an address
	}
	return a.teamLink(w, r, signIn{app: wanted, path: path, provider: provider}), nil
}

// signIn is a request of a browser at an application to sign in.
type signIn struct {
	app            *url.URL // a URL of the application
	path           string   // the page that the person wanted
	provider       string   // id of the provider; empty: the person chooses
	anotherAccount bool     // the person wants to use another account
}

// teamLink sets the cookie that binds the sign-in to this browser, and returns
// the link to the team domain.
func (a *API) teamLink(w http.ResponseWriter, r *http.Request, s signIn) string {
	secure := s.app.Scheme == "https"
	a.endDisagreement(w, r, secure)
	audience := a.cfg.Engine.Tokens.Audience(hostname.Of(s.app.Host))
	w.Header().Set(headerAudience, audience)
	w.Header().Set(headerDomain, s.app.Host)
	q := url.Values{paramKid: {audience}, paramRedirect: {s.path}, paramBrowser: {a.trip.Bind(w, r, secure)}}
	if s.provider != "" {
		q.Set(paramProvider, s.provider)
	}
	if s.anotherAccount {
		q.Set(paramAnother, "true")
	}
	return a.team + pathLogin + "/" + s.app.Host + "?" + q.Encode()
}

// Headers sets the headers that tell the application who the person is. The
// assertion is the token of the request, which is verified, for this host, and of
// session s. Whether s lives was asked before, and is not asked again.
func (a *API) Headers(h http.Header, r *http.Request, s *session.Session) error {
	token := a.tokenOf(r)
	id, err := a.named(r.Context(), token, a.audienceHere(r), access.TypeApp)
	if err != nil {
		return err
	}
	if id != s.ID {
		return nil // signed in at Pomerium's front
	}
	h.Set(headerAssertion, token)
	if slices.Contains(cookieTokens(r), token) { // Cloudflare Access: applications get the cookie too
		h.Set("Cookie", cookieToken+"="+token)
	}
	if s.Identity.Email != "" {
		h.Set(headerEmail, s.Identity.Email)
	}
	return nil
}

// HeaderNames returns the names of those headers.
func (a *API) HeaderNames() []string { return []string{headerAssertion, headerEmail} }

// Pages returns the pages of a person whom this front signed in.
func (a *API) Pages(s *session.Session, wanted string) (authenticate.Pages, bool) {
	_, ours := s.Notes[noteUserUUID]
	another := pathLogin + "?" + url.Values{paramRedirect: {wanted}, paramAnother: {"true"}}.Encode()
	return authenticate.Pages{SignOut: pathLogout, AnotherAccount: another}, ours
}
