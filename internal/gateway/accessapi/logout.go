package accessapi

import (
	"log/slog"
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// logout ends every session of the person, on all hosts, and the session of the
// gateway's own front at this host. The session at the provider stays. Cloudflare
// Access: the same. A person whom another host may have brought here is asked first.
func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	meant, err := authenticate.Meant(r)
	if err != nil {
		return err
	}
	s, secure, err := a.leaving(r)
	if err != nil {
		return err
	}
	if !meant {
		return page.Write(w, http.StatusOK, confirmLogoutDoc())
	}
	if err := a.end(w, r, s); err != nil {
		return err
	}
	a.clearToken(w, r, secure)
	a.trip.ForgetArrivals(w, r, secure)
	authenticate.ClearCache(w.Header())
	return page.Write(w, http.StatusOK, signedOutDoc(signedOut{everywhere: s != nil && a.Active(), application: web.Host(r) != a.teamHost}))
}

// leaving returns the session of a person who signs out, or nil, and whether the
// host has TLS.
func (a *API) leaving(r *http.Request) (*session.Session, bool, error) {
	host, kind, secure := web.Host(r), access.TypeOrg, a.secure
	if host != a.teamHost {
		var err error
		if secure, err = a.appSecure(r); err != nil {
			return nil, false, err
		}
		kind = access.TypeApp
	}
	s, err := a.live(r, a.cfg.Engine.Tokens.Audience(host), kind)
	return s, secure, err
}

// end ends the sessions of the person of s, which may be nil, and the session of
// the other front at this host.
func (a *API) end(w http.ResponseWriter, r *http.Request, s *session.Session) error {
	if a.cfg.EndOther != nil {
		if err := a.cfg.EndOther(w, r); err != nil {
			return err
		}
	}
	if s == nil {
		return nil
	}
	n, err := a.cfg.Sessions.End(r.Context(), s.Person())
	if err == nil {
		web.Note(r.Context(), slog.String("user", s.Identity.UserID), slog.Int("sessions_ended", n))
	}
	return err
}

// confirmLogoutDoc asks a person whom a page of another host brought here. The
// button sends a form to the same address, of which every browser says whose page
// it comes from.
func confirmLogoutDoc() page.Doc {
	return page.Doc{
		Title: "Sign out", Heading: "Sign out?", Lead: "This ends your sign-in at every application here, in all your browsers.",
		Body: page.Blocks{page.Form{Action: pathLogout, Body: page.Blocks{page.Button{Label: "Sign out", Kind: page.Primary}}}},
	}
}

// signedOut is what a sign-out has done.
type signedOut struct {
	everywhere  bool // the person was known, and applications know people by these sessions alone
	application bool // the page is at the host of an application
}

func signedOutDoc(s signedOut) page.Doc {
	d := page.Doc{Title: "You are signed out", Body: page.Blocks{
		page.Text("You are signed out of every application here, in all your browsers. You may still be signed in at your identity provider."),
	}}
	if !s.everywhere {
		d.Title = "You are signed out here"
		d.Body = page.Blocks{page.Text("Nobody is signed in at this address now. Another application may still know you: sign out there too.")}
	}
	if s.application {
		d.Body = append(d.Body, page.LinkButton{Label: "Sign in again", Href: "/"})
	}
	return d
}
