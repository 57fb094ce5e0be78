package accessapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// Parameters of our links.
const (
	paramRedirect = "redirect_url"
	paramKid      = "kid"
	paramBrowser  = "browser" // the hash of the browser's secret at the application
	paramProvider = "idp"
	paramTicket   = "nonce"
)

// destination is where a sign-in leads: to an application, or to the page of a
// test. It travels in the sealed cookie of the attempt.
type destination struct {
	Test    bool   `json:"t,omitempty"`
	URL     string `json:"u,omitempty"` // what the person wanted
	Browser string `json:"b,omitempty"`
}

// loginNowhere answers a link without an application.
func (a *API) loginNowhere(http.ResponseWriter, *http.Request) error { return ErrApplication }

// login signs a person in for an application: at once where the team's session
// lives, else at the one provider, else at the one they choose.
func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	if isXHR(r) {
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
		// A link that somebody wrote by hand: the application's host must know
		// the browser first.
		redirect(w, at(wanted, pathLogin, url.Values{paramRedirect: {path}}), http.StatusFound)
		return nil
	}
	to := destination{URL: wanted.String(), Browser: q.Get(paramBrowser)}
	s, _, err := a.live(r, a.cfg.Engine.Tokens.Audience(a.teamHost), access.TypeOrg)
	if err != nil {
		return err
	}
	if chosen := q.Get(paramProvider); s != nil && (chosen == "" || chosen == s.Provider) {
		return a.handOver(w, to, s)
	}
	return a.choose(w, r, wanted, to)
}

// choose goes on to the provider that the link names or that is the only one,
// and else asks.
func (a *API) choose(w http.ResponseWriter, r *http.Request, wanted *url.URL, to destination) error {
	if id := r.URL.Query().Get(paramProvider); id != "" {
		p, err := a.cfg.Engine.Providers.Working(r.Context(), id)
		if err != nil {
			return err
		}
		return a.begin(w, r, p, to)
	}
	all, err := a.cfg.Engine.Providers.AllWorking(r.Context())
	switch {
	case err != nil:
		return err
	case len(all) == 0:
		return ErrNoProvider
	case len(all) == 1:
		return a.begin(w, r, all[0], to)
	}
	return page.Write(w, http.StatusOK, chooserDoc(wanted, all, r.URL))
}

// begin sends the browser to a provider.
func (a *API) begin(w http.ResponseWriter, r *http.Request, p *access.Working, to destination) error {
	ret, err := json.Marshal(to)
	if err != nil {
		return err
	}
	begun, err := a.cfg.Attempts.Begin(r.Context(), p, a.team+pathCallback, string(ret))
	if err != nil {
		return err
	}
	web.SetPrefixed(w, begun.Cookie, begun.Value, a.secure, relyingparty.AttemptLife)
	redirect(w, begun.URL, http.StatusFound)
	return nil
}

// callbackForm takes a provider's answer that came as a form (form_post). The
// form came from another site, without our cookies; a redirect to the same
// address brings them.
func (a *API) callbackForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return relyingparty.ErrState.Because(err)
	}
	redirect(w, a.team+pathCallback+"?"+relyingparty.AnswerOf(r.PostForm).Encode(), http.StatusSeeOther)
	return nil
}

// finished is a sign-in that a provider vouched for.
type finished struct {
	*relyingparty.Result
	provider *access.Working
	to       destination
}

// callback takes a provider's answer, whatever the sign-in was for.
func (a *API) callback(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	name := relyingparty.CookieOf(q.Get("state"))
	cookie := web.CookieValue(r, web.Prefixed(name, a.secure))
	if cookie != "" {
		web.ClearPrefixed(w, name, a.secure)
	}
	provider, to, err := a.peek(r, q, cookie)
	if err != nil {
		return err
	}
	done, err := a.finish(r, q, cookie, provider)
	if to.Test {
		return a.tested(w, r, provider, done, err)
	}
	if err != nil {
		return err
	}
	done.to = to
	return a.signIn(w, r, done)
}

// peek finds what an answer is about: the provider and the purpose, both from
// the sealed cookie.
func (a *API) peek(r *http.Request, q url.Values, cookie string) (*access.Working, destination, error) {
	var to destination
	id, ret, err := a.cfg.Attempts.Peek(q, cookie)
	if err != nil {
		return nil, to, err
	}
	if err := json.Unmarshal([]byte(ret), &to); err != nil {
		return nil, to, relyingparty.ErrState.Because(err)
	}
	p, err := a.cfg.Engine.Providers.Working(r.Context(), id)
	return p, to, err
}

func (a *API) finish(r *http.Request, q url.Values, cookie string, p *access.Working) (*finished, error) {
	done, err := a.cfg.Attempts.Finish(r.Context(), q, cookie, func(id string) relyingparty.Provider {
		if id == p.ID() {
			return p
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &finished{Result: done.Result, provider: p}, nil
}

// signIn makes a session, leaves the team's cookie and goes back.
func (a *API) signIn(w http.ResponseWriter, r *http.Request, done *finished) error {
	a.forgetOld(r, done.provider.ID())
	s, err := a.create(r.Context(), done)
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("user", s.Identity.UserID), slog.String("email", s.Identity.Email), slog.String("session", string(s.ID)))
	token, err := a.token(r.Context(), s, access.TypeOrg, a.cfg.Engine.Tokens.Audience(a.teamHost))
	if err != nil {
		return err
	}
	setToken(w, token, s.Expires, a.secure)
	return a.handOver(w, done.to, s)
}

// forgetOld deletes the session that this browser had at the same provider: it
// would only lie about.
func (a *API) forgetOld(r *http.Request, provider string) {
	old, _, err := a.live(r, a.cfg.Engine.Tokens.Audience(a.teamHost), access.TypeOrg)
	if err == nil && old != nil && old.Provider == provider {
		err = a.cfg.Sessions.Delete(r.Context(), old.ID)
	}
	if err != nil {
		web.Note(r.Context(), slog.String("old_session_error", err.Error()))
	}
}

// handOver sends the browser back to its application, with a ticket for the
// session.
func (a *API) handOver(w http.ResponseWriter, to destination, s *session.Session) error {
	wanted, err := url.Parse(to.URL)
	if err != nil {
		return ErrRedirect.Because(err)
	}
	if a.cfg.Locate(wanted.Host, wanted.RequestURI()) == nil {
		return ErrApplication // the routes have changed since
	}
	ticket, err := a.cfg.Tickets.Issue(session.Ticket{Host: hostname.Of(wanted.Host), Return: to.URL, Browser: to.Browser, Session: s.ID})
	if err != nil {
		return err
	}
	redirect(w, at(wanted, pathAuthorized, url.Values{paramTicket: {ticket}}), http.StatusFound)
	return nil
}

// at returns a path of ours on the host of u.
func at(u *url.URL, path string, q url.Values) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawQuery: q.Encode()}).String()
}

// chooserDoc is the page that asks where to sign in.
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
