package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// frame is what the person's own pages share: who is signed in, and the way from
// one page to the others.
type frame struct {
	who    string // who is signed in; "": nobody
	here   string // path of the page
	portal bool   // there is a portal
	enter  string // where a visitor signs in; "": not at this host
	csrf   string // of forms at the authenticate host; "": the page has no form
}

// frameOf returns the frame of a page. s is nil if nobody is signed in.
func (p *pomerium) frameOf(r *http.Request, s *session.Session, here string) frame {
	f := frame{here: here, portal: !p.noPortal}
	if s == nil {
		f.enter = p.enterLink(web.Host(r), here)
		return f
	}
	f.who = shownAs(s)
	if web.Host(r) == p.host {
		f.csrf = p.csrf.token(s.ID)
	}
	return f
}

func (f frame) doc(title string) page.Doc {
	d := page.Doc{Title: title, Layout: page.Wide, Leaves: f.csrf != ""}
	if f.portal {
		d.Nav = []page.Link{
			{Label: "Applications", Href: pathRoutes, Here: f.here == pathRoutes},
			{Label: "Your identity", Href: pathIdentity, Here: f.here == pathIdentity},
		}
	}
	if f.who != "" {
		d.Lead = "You are signed in as " + f.who + "."
		d.Account = &page.Account{Name: f.who, SignOut: pathSignOut, CSRFField: csrfField, CSRF: f.csrf}
		return d
	}
	d.Lead = "You are not signed in here."
	if f.enter != "" {
		d.Body = page.Blocks{page.LinkButton{Label: "Sign in", Href: f.enter, Kind: page.Primary}}
	}
	return d
}

// pathEnter signs a visitor in at one of the person's own pages. The pages
// themselves send nobody to sign in: they are for visitors, too.
const pathEnter = "/.pomerium/enter"

// enterLink returns where a visitor of an own page signs in, or "" if nobody can at
// a host. The sign-in host of another front has pages of its own.
func (p *pomerium) enterLink(host, back string) string {
	if p.providers == nil && p.front == nil || host == p.host && p.otherActive() {
		return ""
	}
	return pathEnter + "?" + url.Values{paramRedirect: {back}}.Encode()
}

func (p *pomerium) otherActive() bool { return p.front != nil && p.front.Active() }

// enter signs a person in, and brings them back to an own page of this host.
func (p *pomerium) enter(w http.ResponseWriter, r *http.Request) error {
	back := r.URL.Query().Get(paramRedirect)
	if back != pathRoutes && !(web.Host(r) == p.host && strings.HasPrefix(back, PathDevice+"?")) {
		back = pathIdentity
	}
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	if s != nil {
		redirect(w, back, http.StatusFound)
		return nil
	}
	if web.Host(r) == p.host {
		if p.otherActive() {
			return ErrNoRoute
		}
		redirect(w, p.links.sign(p.base+pathSignIn, url.Values{paramRedirect: {p.base + back}}, p.now()), http.StatusFound)
		return nil
	}
	return p.enterApplication(w, r, back)
}

// enterApplication signs a person in at a route's host. Another front leads to the
// application, and to none of our pages.
func (p *pomerium) enterApplication(w http.ResponseWriter, r *http.Request, back string) error {
	host := web.Host(r)
	wanted := p.publicURL(r, host)
	wanted.Path, wanted.RawPath, wanted.RawQuery = back, "", ""
	provider := p.providerAt(r.Host, "/")
	if p.otherActive() {
		wanted.Path = "/"
		to, err := p.front.SignIn(w, r, provider, wanted)
		if err != nil {
			return err
		}
		redirect(w, to, http.StatusFound)
		return nil
	}
	if err := p.trip.CheckCircles(w, r, p.secure(host)); err != nil {
		return err
	}
	redirect(w, p.signInLink(w, r, signIn{wanted: wanted, provider: provider}), http.StatusFound)
	return nil
}

// checkOwnPage checks the destination of a sign-in that ends at the authenticate
// host itself: one of the person's own pages.
func (p *pomerium) checkOwnPage(d destination) error {
	own := d.Redirect == p.base+pathIdentity || d.Redirect == p.base+pathRoutes || strings.HasPrefix(d.Redirect, p.base+PathDevice+"?")
	if d.Program || !own {
		return authenticate.ErrTarget
	}
	return nil
}
