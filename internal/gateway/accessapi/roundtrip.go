package accessapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// The exported methods of this file are the hooks of the sign-in round trip.
var _ authenticate.Hooks = (*API)(nil)

// destination says where a sign-in leads: to an application, or to the page of a
// test. The sealed state of the attempt holds it as JSON, without the page.
type destination struct {
	Test    bool   `json:"t,omitempty"`
	URL     string `json:"u,omitempty"` // the wanted page
	Browser string `json:"b,omitempty"` // the hash of the browser cookie at the application
}

// wanted returns the destination for an attempt. URL is empty or a URL.
func (d destination) wanted() relyingparty.Wanted {
	var w relyingparty.Wanted
	if u, err := url.Parse(d.URL); err == nil && d.URL != "" {
		d.URL, w.Page = authenticate.Split(u)
	}
	text, _ := json.Marshal(d) // texts and a bool: it can't fail
	w.Return = string(text)
	return w
}

func readDestination(w relyingparty.Wanted) (destination, error) {
	var d destination
	if err := json.Unmarshal([]byte(w.Return), &d); err != nil {
		return d, relyingparty.ErrState.Because(err)
	}
	d.URL += w.Page
	return d, nil
}

// destinationAt returns the destination of a sign-in for a URL of an
// application. browser is the hash of the browser cookie there.
func destinationAt(wanted *url.URL, browser string) authenticate.Destination {
	return authenticate.Destination{Wanted: wanted.String(), Callback: at(wanted, pathAuthorized, nil), Browser: browser}
}

// Destination implements authenticate.Hooks. The routes may have changed since
// the sign-in began.
func (a *API) Destination(w relyingparty.Wanted) (authenticate.Destination, error) {
	d, err := readDestination(w)
	if err != nil {
		return authenticate.Destination{}, err
	}
	wanted, err := url.Parse(d.URL)
	if err != nil || d.Test || d.Browser == "" {
		return authenticate.Destination{}, ErrRedirect
	}
	if !a.Reaches(wanted) {
		return authenticate.Destination{}, ErrApplication
	}
	return destinationAt(wanted, d.Browser), nil
}

// Reaches implements authenticate.Hooks.
func (a *API) Reaches(u *url.URL) bool {
	located := a.cfg.Locate(u.Host, u.RequestURI())
	return located != nil && located.Scheme == u.Scheme
}

// Provider implements authenticate.Hooks.
func (a *API) Provider(ctx context.Context, id string) relyingparty.Provider {
	p, err := a.cfg.Engine.Providers.Working(ctx, id)
	if err != nil {
		return nil
	}
	return p
}

// Current implements authenticate.Hooks: the session of the team's token.
func (a *API) Current(r *http.Request) (*session.Session, error) {
	return a.live(r, a.cfg.Engine.Tokens.Audience(a.teamHost), access.TypeOrg)
}

// NewSession implements authenticate.Hooks.
func (a *API) NewSession(done *relyingparty.Finished) (session.SignIn, error) {
	p := done.Provider.(*access.Working) // Provider returned it
	fields, err := json.Marshal(p.Fields(done.Result))
	if err != nil {
		return session.SignIn{}, err
	}
	renewal := authenticate.RenewalOf(p, done.Result)
	id := renewal.Identity
	return session.SignIn{
		Identity: id, Provider: id.Provider, Renewal: renewal,
		Notes: map[string]string{noteFields: string(fields), noteUserUUID: access.UserUUID(a.cfg.AccountID, id)},
	}, nil
}

// Keep implements authenticate.Hooks: it sets the team's token.
func (a *API) Keep(w http.ResponseWriter, r *http.Request, _ seal.Secret, s *session.Session) error {
	token, err := a.token(r.Context(), s, access.TypeOrg, a.cfg.Engine.Tokens.Audience(a.teamHost))
	if err != nil {
		return err
	}
	a.setToken(w, a.teamHost, token, s.Expires, a.secure)
	return nil
}

// HandOver implements authenticate.Hooks. The ticket names the session by its
// id, because this front's tokens do.
func (a *API) HandOver(w http.ResponseWriter, to authenticate.Destination, _ seal.Secret, s *session.Session) error {
	return a.trip.SendTicket(w, to, session.Ticket{Session: s.ID})
}
