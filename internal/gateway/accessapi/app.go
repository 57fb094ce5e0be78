package accessapi

import (
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
)

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
	secret := web.CookieValue(r, web.Prefixed(cookieBrowser, secure))
	ticket, err := a.cfg.Tickets.Redeem(r.Context(), r.URL.Query().Get(paramTicket), host, secret)
	if err != nil {
		return err
	}
	to, err := url.Parse(ticket.Return)
	if err != nil || ticket.Session == "" || hostname.Of(to.Host) != host || a.cfg.Locate(to.Host, to.RequestURI()) == nil {
		return ErrRedirect
	}
	s, err := a.cfg.Sessions.Lookup(r.Context(), ticket.Session)
	if errors.Is(err, session.ErrNotFound) {
		return session.ErrExpired // signed out between the two redirects
	}
	if err != nil {
		return err
	}
	token, err := a.token(r.Context(), s, access.TypeApp, a.cfg.Engine.Tokens.Audience(host))
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
