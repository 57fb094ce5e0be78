package proxy

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// ErrNoProvider says that nobody can sign in.
var ErrNoProvider = fault.New(fault.Unavailable, "no_identity_provider", "No identity provider is configured, so nobody can sign in.")

// browserCookie holds the secret that binds a sign-in to the browser.
const browserCookie = "_gatehouse_browser"

// signIn is a browser at a route's host that is to sign in.
type signIn struct {
	wanted         *url.URL      // of a route's host
	provider       string        // id; "": the default
	anotherAccount bool          // the person wants to use another account
	maxAge         time.Duration // how long ago the person may have proved who they are; 0: any time
	anew           bool          // it was longer ago
}

// signInLink returns the signed link to the authenticate host, and binds the
// browser to it.
func (p *pomerium) signInLink(w http.ResponseWriter, r *http.Request, s signIn) string {
	host := web.Host(r)
	p.cookies.endDisagreement(w, r, host, p.secure(host))
	s.wanted = authenticate.ComesBackTo(s.wanted)
	q := url.Values{
		paramRedirect: {s.wanted.String()}, paramCallback: {callbackOf(s.wanted)}, paramProvider: {s.provider},
		paramBrowser: {p.trip.Bind(w, r, p.secure(hostname.Of(s.wanted.Host)))},
	}
	if s.anotherAccount {
		q.Set(paramAnother, "true")
	}
	if s.maxAge > 0 {
		q.Set(paramMaxAge, strconv.Itoa(int(s.maxAge.Seconds())))
		q.Set(paramAnew, strconv.FormatBool(s.anew))
	}
	return p.links.sign(p.base+pathSignIn, q, p.now())
}

// callbackOf returns the URL where the host of u redeems tickets.
func callbackOf(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: pathRouteCallback}).String()
}

// signIn takes a browser that comes with a signed link. A person who is signed
// in here goes back at once, everybody else to the provider. Who may choose among
// several is asked.
func (p *pomerium) signIn(w http.ResponseWriter, r *http.Request) error {
	q, err := p.links.check(p.base+pathSignIn, r.URL.RawQuery, p.now())
	if err != nil {
		return err
	}
	to := destination{Redirect: q.Get(paramRedirect), Callback: q.Get(paramCallback), Browser: q.Get(paramBrowser), Program: q.Get(paramProgram) == "true"}
	if err := p.checkDestination(to); err != nil {
		return err
	}
	if authenticate.ByScript(r) {
		return ErrSignIn // Pomerium: a script gets 401 in place of a redirect
	}
	another, anew := q.Get(paramAnother) == "true", q.Get(paramAnew) == "true"
	maxAge := maxAgeOf(q)
	if !another {
		s, err := p.Current(r)
		if err != nil {
			return err
		}
		accepted := s != nil && p.accepts(s, q.Get(paramProvider))
		if accepted && longAgo(s, maxAge, p.now()) {
			accepted, anew = false, true
			q.Set(paramProvider, s.Provider) // it knows the person
		}
		if accepted {
			return p.HandOver(w, to.shared(), p.cookies.handle(r, p.host, p.secure(p.host)), s)
		}
		p.cookies.endDisagreement(w, r, p.host, p.secure(p.host))
	}
	provider, err := p.chosen(w, r, q)
	switch {
	case err != nil:
		return err
	case provider == nil:
		return p.ask(w, r, q, to)
	}
	return p.trip.Begin(w, r, authenticate.Start{Provider: provider, Wanted: to.wanted(), AnotherAccount: another, MaxAge: maxAge, Anew: anew})
}

// anotherAccount sends a person whom a policy refused to sign in with another
// account, and back to the page that was refused. Nothing changes before they
// have signed in, so a link that anybody made signs nobody out. The exception is
// a provider that ignores the request: see RoundTrip.signOutAtProvider.
func (p *pomerium) anotherAccount(w http.ResponseWriter, r *http.Request) error {
	wanted := p.locate(p.publicHost(r, web.Host(r)), r.URL.Query().Get(paramRedirect))
	if wanted == nil {
		return authenticate.ErrTarget
	}
	redirect(w, p.signInLink(w, r, signIn{wanted: wanted, provider: p.providerAt(wanted.Host, wanted.Path), anotherAccount: true}), http.StatusFound)
	return nil
}

// pomeriumPages returns the pages of a session of this front.
func pomeriumPages(wanted string) authenticate.Pages {
	return authenticate.Pages{SignOut: pathSignOut, AnotherAccount: pathAnother + "?" + url.Values{paramRedirect: {wanted}}.Encode()}
}

// routeCallback redeems the ticket that the authenticate host issued, and sets
// this host's cookie.
func (p *pomerium) routeCallback(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	secure := p.secure(host)
	arrived, err := p.trip.Arrive(r, secure)
	if err != nil {
		return err
	}
	p.cookies.setSession(w, host, secure, arrived.Handle, arrived.Session)
	p.trip.NoteArrival(w, r, secure)
	to := p.afterCallback(r, arrived.Wanted)
	if p.cookies.cfg.SameSite == http.SameSiteStrictMode {
		return p.goOn(w, to)
	}
	redirect(w, to, http.StatusFound)
	return nil
}

// goOn leads to a page by a page of this host. Browsers send a strict cookie only
// if the way to a page began at the same site, and this one began at the provider.
func (p *pomerium) goOn(w http.ResponseWriter, to string) error {
	w.Header().Set("Refresh", "0; url="+to)
	return p.answers.page(w, http.StatusOK, goOnDoc(to))
}
