package accessapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/gateway"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/route"
	"gatehouse/internal/session"
	"gatehouse/internal/web"
)

// The headers that applications know.
const (
	headerAssertion = "Cf-Access-Jwt-Assertion"
	headerEmail     = "Cf-Access-Authenticated-User-Email"
	headerAudience  = "Cf-Access-Aud"
	headerDomain    = "Cf-Access-Domain"
)

// Hooks is this front's part in the gateway's chain.
func (a *API) Hooks() gateway.Hooks {
	return gateway.Hooks{Serve: a.serve, Identify: a.identify, SignIn: a.signInLink, Headers: a.headers, Pages: a.pages}
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
func (a *API) concerned(rt *gateway.Route) bool { return a.cfg.Routes == nil || a.cfg.Routes(rt) }

// identify finds the session by the application token. It must be this host's:
// what one application was told opens no other.
func (a *API) identify(r *http.Request, rt *gateway.Route) (*session.Session, error) {
	if !a.concerned(rt) {
		return nil, nil
	}
	s, _, err := a.live(r, a.cfg.Tokens.Audience(web.Host(r)), access.TypeApp)
	if err != nil && rt.Policy != nil && !rt.Policy.NeedsIdentity() {
		return nil, nil // who it is does not matter there
	}
	if err != nil || s == nil || rt.Provider != "" && rt.Provider != s.Provider {
		return nil, err
	}
	return s, nil
}

// signInLink sends a browser to the team domain.
func (a *API) signInLink(w http.ResponseWriter, r *http.Request, rt *gateway.Route, wanted *url.URL) (string, error) {
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
	audience := a.cfg.Tokens.Audience(web.HostOnly(app.Host))
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
func (a *API) headers(h http.Header, r *http.Request, rt *gateway.Route, s *session.Session) error {
	if s == nil || !a.concerned(rt) {
		return nil
	}
	mine, token, err := a.live(r, a.cfg.Tokens.Audience(web.Host(r)), access.TypeApp)
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

func (a *API) pages(s *session.Session) (signOut, identity string) {
	if _, ours := s.Notes[noteUserUUID]; !ours {
		return "", ""
	}
	return pathLogout, pathGetIdentity
}

// appLogin is a link to sign in that an application offers by itself.
func (a *API) appLogin(w http.ResponseWriter, r *http.Request) error {
	if isXHR(r) {
		return ErrScript
	}
	path, err := wantedPath(r.URL.Query().Get(paramRedirect))
	if err != nil {
		return err
	}
	app := a.cfg.Locate(r.Host, path)
	if app == nil {
		return ErrApplication
	}
	redirect(w, a.teamLink(w, r, app, path, ""), http.StatusFound)
	return nil
}

// authorized redeems the ticket of the team domain and leaves this host's
// cookie.
func (a *API) authorized(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	secure, err := a.appSecure(r)
	if err != nil {
		return err
	}
	secret := web.CookieValue(r, prefixed(cookieBrowser, secure))
	ticket, err := a.cfg.Tickets.Redeem(r.Context(), r.URL.Query().Get(paramTicket), host, secret)
	if err != nil {
		return err
	}
	to, err := url.Parse(ticket.Return)
	if err != nil || ticket.Session == "" || web.HostOnly(to.Host) != host || a.cfg.Locate(to.Host, to.RequestURI()) == nil {
		return ErrRedirect
	}
	s, err := a.cfg.Sessions.Lookup(r.Context(), ticket.Session)
	if errors.Is(err, session.ErrNotFound) {
		return session.ErrExpired // signed out between the two redirects
	}
	if err != nil {
		return err
	}
	token, err := a.token(r.Context(), s, access.TypeApp, a.cfg.Tokens.Audience(host))
	if err != nil {
		return err
	}
	setToken(w, token, s.Expires, secure)
	redirect(w, to.String(), http.StatusFound)
	return nil
}

// appSecure reports whether the application's host has TLS.
func (a *API) appSecure(r *http.Request) (bool, error) {
	app := a.cfg.Locate(r.Host, "/")
	if app == nil {
		return false, ErrApplication
	}
	return app.Scheme == "https", nil
}

// Providers are the providers of the management API beside the gateway's own,
// for renewing and revoking.
type Providers struct {
	Own    func() gateway.Providers // asked first, and for the default; nil: there is none
	Engine *access.Engine
}

var _ gateway.Providers = Providers{}

// Default implements [gateway.Providers]: the gateway's own way of signing in
// has the gateway's own provider.
func (p Providers) Default() relyingparty.Provider {
	if own := p.own(); own != nil {
		return own.Default()
	}
	return nil
}

// ByID implements [gateway.Providers].
func (p Providers) ByID(id string) relyingparty.Provider {
	if own := p.own(); own != nil {
		if found := own.ByID(id); found != nil {
			return found
		}
	}
	if w := p.Engine.Known(id); w != nil {
		return w
	}
	return nil
}

func (p Providers) own() gateway.Providers {
	if p.Own == nil {
		return nil
	}
	return p.Own()
}
