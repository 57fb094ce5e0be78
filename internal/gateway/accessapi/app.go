package accessapi

import (
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
)

// appLogin answers the link to sign in at an application's host. Applications
// offer it, and so does the page that refuses a person (another_account).
func (a *API) appLogin(w http.ResponseWriter, r *http.Request) error {
	if authenticate.ByScript(r) {
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
	authenticate.Redirect(w, a.teamLink(w, r, signIn{app: app, path: path, anotherAccount: r.URL.Query().Get(paramAnother) == "true"}), http.StatusFound)
	return nil
}

// authorized redeems the ticket of the team domain, and sets this host's
// cookie.
func (a *API) authorized(w http.ResponseWriter, r *http.Request) error {
	secure, err := a.appSecure(r)
	if err != nil {
		return err
	}
	arrived, err := a.trip.Arrive(r, secure)
	if err != nil {
		return err
	}
	host := web.Host(r)
	token, err := a.token(r.Context(), arrived.Session, access.TypeApp, a.cfg.Engine.Tokens.Audience(host))
	if err != nil {
		return err
	}
	a.trip.NoteArrival(w, r, secure)
	a.setToken(w, host, token, arrived.Session.Expires, secure)
	authenticate.Redirect(w, arrived.Wanted.String(), http.StatusFound)
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
