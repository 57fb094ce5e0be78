package accessapi

import (
	"fmt"
	"net/http"
	"net/url"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
)

// Parameters of our links.
const (
	paramRedirect = "redirect_url"
	paramKid      = "kid"
	paramBrowser  = "browser" // the hash of the browser cookie at the application
	paramProvider = "idp"
	paramTicket   = "nonce"
	paramAnother  = "another_account" // "true": ask the provider for another account
)

// loginNowhere answers a link without an application.
func (a *API) loginNowhere(http.ResponseWriter, *http.Request) error { return ErrApplication }

// login signs a person in for an application. A person with a session at the
// team domain goes back at once, unless they want to use another account.
func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	if authenticate.ByScript(r) {
		return ErrScript // Cloudflare Access: a script gets 401, no redirect
	}
	q := r.URL.Query()
	path, err := wantedPath(q.Get(paramRedirect))
	if err != nil {
		return err
	}
	wanted := a.cfg.Locate(r.PathValue("app"), path)
	if wanted == nil {
		return ErrApplication
	}
	if q.Get(paramBrowser) == "" {
		// A person or an application wrote this link. First the application's
		// host must set its browser cookie.
		authenticate.Redirect(w, at(wanted, pathLogin, url.Values{paramRedirect: {path}}), http.StatusFound)
		return nil
	}
	if q.Get(paramAnother) != "true" {
		s, err := a.Current(r)
		if err != nil {
			return err
		}
		if chosen := q.Get(paramProvider); s != nil && (chosen == "" || chosen == s.Provider) {
			return a.HandOver(w, destinationAt(wanted, q.Get(paramBrowser)), "", s)
		}
	}
	return a.choose(w, r, wanted)
}

// choose goes on to the provider that the link names, or to the only one.
// Otherwise it shows a page that asks.
func (a *API) choose(w http.ResponseWriter, r *http.Request, wanted *url.URL) error {
	q := r.URL.Query()
	to := destination{URL: wanted.String(), Browser: q.Get(paramBrowser)}
	another := q.Get(paramAnother) == "true"
	if id := q.Get(paramProvider); id != "" {
		p, err := a.cfg.Engine.Providers.Working(r.Context(), id)
		if err != nil {
			return err
		}
		return a.begin(w, r, p, to, another)
	}
	all, err := a.cfg.Engine.Providers.AllWorking(r.Context())
	switch {
	case err != nil:
		return err
	case len(all) == 0:
		return ErrNoProvider
	case len(all) == 1:
		return a.begin(w, r, all[0], to, another)
	}
	return page.Write(w, http.StatusOK, chooserDoc(wanted, all, r.URL))
}

// begin sends the browser to a provider.
func (a *API) begin(w http.ResponseWriter, r *http.Request, p *access.Working, to destination, another bool) error {
	a.endDisagreement(w, r, a.secure)
	return a.trip.Begin(w, r, authenticate.Start{Provider: p, Wanted: to.wanted(), AnotherAccount: another})
}

// callback receives the provider's answer to a sign-in or to a test.
func (a *API) callback(w http.ResponseWriter, r *http.Request) error {
	id, wanted, err := a.trip.Peek(r)
	if err != nil {
		return err
	}
	to, err := readDestination(wanted)
	if err != nil {
		return err
	}
	if !to.Test {
		return a.trip.Callback(w, r)
	}
	return a.tests(func(w http.ResponseWriter, r *http.Request) error { return a.finishTest(w, r, id) })(w, r)
}

// finishTest shows the result of a test of a provider.
func (a *API) finishTest(w http.ResponseWriter, r *http.Request, id string) error {
	p, err := a.cfg.Engine.Providers.Working(r.Context(), id)
	if err != nil {
		return err
	}
	done, err := a.trip.Finish(r)
	return a.tested(w, r, p, done, err)
}

// at returns a path of ours on the host of u.
func at(u *url.URL, path string, q url.Values) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawQuery: q.Encode()}).String()
}

// chooserDoc returns the page on which the person chooses a provider.
func chooserDoc(wanted *url.URL, all []*access.Working, link *url.URL) page.Doc {
	var tiles page.Links
	for _, p := range all {
		q := link.Query()
		q.Set(paramProvider, p.ID())
		tiles = append(tiles, page.Tile{Title: p.Name, Href: link.EscapedPath() + "?" + q.Encode()})
	}
	return page.Doc{
		Title: "Sign in", Lead: fmt.Sprintf("Choose where to sign in for %s.", wanted.Host),
		Body: page.Blocks{tiles},
	}
}
