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
	here := c.publicURL(r, x.host)
	begin := url.URL{Scheme: here.Scheme, Host: here.Host, Path: pathBegin, RawQuery: url.Values{paramRedirect: {c.pageOf(r, here).String()}}.Encode()}
	return &signInError{begin.String()}
}

// pageOf returns the page from which a script of the same host sent a request, or the
// front page: the address of a request is that of an API, and shows nothing to a
// person.
func (c *chain) pageOf(r *http.Request, here *url.URL) *url.URL {
	front := &url.URL{Scheme: here.Scheme, Host: here.Host, Path: "/"}
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

// maxReferer is the greatest length of a page's path and query in sign_in_url.
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
	provider := p.providerAt(wanted.Host, wanted.Path)
	s, err := p.sessionAt(r, host)
	if err != nil {
		return err
	}
	if s != nil && p.accepts(s, provider) {
		redirect(w, wanted.String(), http.StatusFound)
		return nil
	}
	if err := p.trip.CheckCircles(w, r, p.secure(host)); err != nil {
		return err
	}
	redirect(w, p.signInLink(w, r, signIn{wanted: wanted, provider: provider}), http.StatusFound)
	return nil
}
