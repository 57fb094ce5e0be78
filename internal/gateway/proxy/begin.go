package proxy

import (
	"net/http"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// A script can't be sent to sign in. Its 401 says where its page can send the person:
// to pathBegin of the same host, which leads back to the page. The address is in the
// JSON and in a header, for scripts that read no body.
//
//	fetch ─▶ 401, sign_in_url ─▶ page: location = sign_in_url ─▶ … sign in … ─▶ page
const (
	pathBegin    = "/.pomerium/begin"
	headerSignIn = "X-Gatehouse-Sign-In-Url"
)

// signInError is ErrSignIn with the address at which a person can sign in.
type signInError struct{ url string }

func (e *signInError) Error() string { return ErrSignIn.Error() }
func (e *signInError) Unwrap() error { return ErrSignIn }

// needSignIn returns the 401 of a request that can't be redirected.
func (c *chain) needSignIn(r *http.Request, x *exchange) error {
	if c.host == NoSignIn.Host || c.front != nil && c.front.Active() || c.pomerium.provider(x.route.Provider) == nil {
		return ErrSignIn
	}
	return &signInError{beginLink(c.pageOf(r, c.publicURL(r, x.host)))}
}

// beginLink returns where a person begins to sign in for a page.
func beginLink(page *url.URL) string {
	u := url.URL{Scheme: page.Scheme, Host: page.Host, Path: pathBegin, RawQuery: url.Values{paramRedirect: {page.String()}}.Encode()}
	return u.String()
}

// pageOf returns the page from which a script of the same host sent a request, or the
// front page: the address of a request is that of an API, and shows nothing to a
// person.
func (c *chain) pageOf(r *http.Request, here *url.URL) *url.URL {
	front := frontPage(here)
	page, err := url.Parse(r.Referer())
	if err != nil || page.Scheme != here.Scheme || page.Host != here.Host || page.User != nil || page.Opaque != "" {
		return front
	}
	page.Fragment, page.RawFragment = "", ""
	if page.Path == "" {
		page.Path = "/"
	}
	if leadsInside(page) || len(page.RequestURI()) > maxReferer {
		return front
	}
	return page
}

// frontPage returns the front page of the host of u.
func frontPage(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"} }

// pageAsked returns the page to which a person comes back who signs in because another
// proxy asked. The proxies take an answer whose headers are short.
func (c *chain) pageAsked(wanted *url.URL) *url.URL {
	if leadsInside(wanted) || len(wanted.RequestURI()) > maxReferer {
		return frontPage(wanted)
	}
	return wanted
}

// maxReferer is the greatest length of a page's path and query in the address of pathBegin.
const maxReferer = 2 << 10

// begin sends a person to sign in, and back to a page of this host. Nothing of theirs
// changes before, so anybody may make a link to it.
func (p *pomerium) begin(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	wanted, err := url.Parse(r.URL.Query().Get(paramRedirect))
	here := p.publicURL(r, host)
	if err != nil || wanted.Scheme != here.Scheme || wanted.Host != here.Host || !p.ours(wanted) || leadsInside(wanted) {
		return authenticate.ErrTarget
	}
	provider, maxAge := p.demandsAt(wanted.Host, wanted.Path)
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	known := s != nil && p.accepts(s, provider)
	if known && !longAgo(s, maxAge, p.now()) {
		redirect(w, wanted.String(), http.StatusFound)
		return nil
	}
	if p.otherActive() {
		to, err := p.front.SignIn(w, r, provider, wanted)
		if err != nil {
			return err
		}
		redirect(w, to, http.StatusFound)
		return nil
	}
	if !known {
		if err := p.trip.CheckCircles(w, r, p.secure(host)); err != nil {
			return err
		}
	}
	redirect(w, p.signInLink(w, r, signIn{wanted: wanted, provider: provider, maxAge: maxAge, anew: known}), http.StatusFound)
	return nil
}
