package proxy

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// The methods of this file are Pomerium's part in the sign-in round trip.
var _ authenticate.Hooks = (*pomerium)(nil)

// destination is where a sign-in leads. It travels in the sealed state of the
// attempt, without the page.
type destination struct {
	Redirect string `json:"r"`
	Callback string `json:"c"`
	Browser  string `json:"b"`
	// Program says that Redirect is the address of a program, which gets the
	// credential itself.
	Program bool `json:"p,omitempty"`
}

// wanted returns the destination for an attempt. Redirect is a URL.
func (d destination) wanted() relyingparty.Wanted {
	var w relyingparty.Wanted
	if u, err := url.Parse(d.Redirect); err == nil {
		d.Redirect, w.Page = authenticate.Split(u)
	}
	text, _ := json.Marshal(d) // texts and a bool: it can't fail
	w.Return = string(text)
	return w
}

func (d destination) shared() authenticate.Destination {
	return authenticate.Destination{Wanted: d.Redirect, Callback: d.Callback, Browser: d.Browser, Program: d.Program}
}

// Destination implements authenticate.Hooks.
func (p *pomerium) Destination(w relyingparty.Wanted) (authenticate.Destination, error) {
	var d destination
	if err := json.Unmarshal([]byte(w.Return), &d); err != nil {
		return authenticate.Destination{}, authenticate.ErrTarget.Because(err)
	}
	d.Redirect += w.Page
	return d.shared(), p.checkDestination(d)
}

// checkDestination checks that both URLs are ours and have one host. Without a
// callback, the sign-in ends at the authenticate host. Their
// signature says that one of our nodes made the link, but not that the routes
// are still the same.
func (p *pomerium) checkDestination(d destination) error {
	if d.Callback == "" {
		return p.checkOwnPage(d)
	}
	redirect, err1 := url.Parse(d.Redirect)
	callback, err2 := url.Parse(d.Callback)
	if err1 != nil || err2 != nil || !p.ours(callback) || callback.Path != pathRouteCallback || callback.RawQuery != "" {
		return authenticate.ErrTarget
	}
	if d.Program && programTarget(d.Redirect, p.programHosts) {
		return nil
	}
	if d.Program || d.Browser == "" || !p.ours(redirect) || redirect.Host != callback.Host {
		return authenticate.ErrTarget
	}
	return nil
}

// Reaches implements authenticate.Hooks.
func (p *pomerium) Reaches(u *url.URL) bool { return p.ours(u) }

// Provider implements authenticate.Hooks.
func (p *pomerium) Provider(_ context.Context, id string) relyingparty.Provider {
	return p.providerByID(id)
}

// Current implements authenticate.Hooks.
func (p *pomerium) Current(r *http.Request) (*session.Session, error) {
	return p.sessionAt(r, p.host)
}

// NewSession implements authenticate.Hooks.
func (p *pomerium) NewSession(done *relyingparty.Finished) (session.SignIn, error) {
	renewal := authenticate.RenewalOf(done.Provider, done.Result)
	return session.SignIn{Identity: renewal.Identity, Provider: done.Provider.ID(), Renewal: renewal, Authenticated: done.Authenticated, Life: p.life}, nil
}

// Keep implements authenticate.Hooks.
func (p *pomerium) Keep(w http.ResponseWriter, _ *http.Request, handle seal.Secret, s *session.Session) error {
	p.cookies.setSession(w, p.host, p.secure(p.host), handle, s)
	p.remember(w, s.Provider)
	return nil
}

// HandOver implements authenticate.Hooks.
func (p *pomerium) HandOver(w http.ResponseWriter, to authenticate.Destination, handle seal.Secret, s *session.Session) error {
	if to.Program {
		return p.handToProgram(w, to, handle, s)
	}
	if to.Callback == "" { // the browser has the cookie of this host
		redirect(w, to.Wanted, http.StatusFound)
		return nil
	}
	return p.trip.SendTicket(w, to, session.Ticket{Handle: handle})
}
