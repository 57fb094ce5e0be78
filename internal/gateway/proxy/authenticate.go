package proxy

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// ErrNoProvider says that nobody can sign in.
var ErrNoProvider = fault.New(fault.Unavailable, "no_identity_provider", "No identity provider is configured, so nobody can sign in.")

// ErrTarget refuses to send a person elsewhere than to an application of ours.
var ErrTarget = fault.New(fault.Invalid, "redirect_target", "This link does not lead to an application of this gateway.")

// authenticateMux is the authenticate host: all its paths.
func (c *compiled) authenticateMux() http.Handler {
	mux := http.NewServeMux()
	c.common(mux)
	c.handle(mux, "GET "+pathSignIn, c.signIn)
	c.handle(mux, "GET "+callbackPath, c.callback)
	c.handle(mux, "POST "+callbackPath, c.callbackForm)
	c.handle(mux, "GET "+pathSignOut, c.signOut)
	c.handle(mux, "POST "+pathSignOut, c.signOutForm)
	c.handle(mux, "GET "+pathSignedOut, c.signedOut)
	c.handle(mux, "GET /.pomerium/{$}", c.userPage)
	c.handle(mux, "GET /{$}", func(w http.ResponseWriter, _ *http.Request) error {
		c.redirect(w, "/.pomerium/", http.StatusFound)
		return nil
	})
	c.handle(mux, "GET /robots.txt", robots)
	c.handle(mux, "/", func(http.ResponseWriter, *http.Request) error { return ErrNoRoute })
	return mux
}

func (c *compiled) handle(mux *http.ServeMux, pattern string, h web.Handler) {
	mux.Handle(pattern, web.Handle(h, c.render))
}

// destination is where a person goes on after signing in.
type destination struct {
	Redirect string `json:"r"`
	Callback string `json:"c"`
	Browser  string `json:"b"`
	// Program says that Redirect is a program's address, which gets the
	// credential itself.
	Program bool `json:"p,omitempty"`
}

// signIn takes a person from a route's host: who is signed in here goes back
// at once, everybody else to the provider.
func (c *compiled) signIn(w http.ResponseWriter, r *http.Request) error {
	q, err := c.links.check(c.authenticateBase+pathSignIn, r.URL.RawQuery, c.now())
	if err != nil {
		return err
	}
	to := destination{Redirect: q.Get(paramRedirect), Callback: q.Get(paramCallback), Browser: q.Get(paramBrowser), Program: q.Get(paramProgram) == "true"}
	if err := c.checkDestination(to); err != nil {
		return err
	}
	if xhr(r) {
		return ErrSignIn // Pomerium: a script gets 401 in place of a redirect
	}
	provider := c.providerFor(q.Get(paramProvider))
	if provider == nil {
		return ErrNoProvider
	}
	s, err := c.sessionOf(r, c.authenticateHost)
	if err != nil {
		return err
	}
	if s != nil && s.Provider == provider.ID() {
		handle := c.cookies.handle(r, c.authenticateHost, c.secure(c.authenticateHost))
		return c.handOver(w, to, handle)
	}
	return c.beginSignIn(w, r, provider, to)
}

func (c *compiled) beginSignIn(w http.ResponseWriter, r *http.Request, p relyingparty.Provider, to destination) error {
	encoded, err := json.Marshal(to)
	if err != nil {
		return err
	}
	begun, err := c.attempts.Begin(r.Context(), p, c.authenticateBase+callbackPath, string(encoded))
	if err != nil {
		return err
	}
	web.SetPrefixed(w, begun.Cookie, begun.Value, c.secure(c.authenticateHost), relyingparty.AttemptLife)
	c.redirect(w, begun.URL, http.StatusFound)
	return nil
}

// checkDestination holds both URLs to be ours and of one host. They were
// signed by us, which says that a node of ours made the link, not that the
// routes are still the same.
func (c *compiled) checkDestination(to destination) error {
	redirect, err1 := url.Parse(to.Redirect)
	callback, err2 := url.Parse(to.Callback)
	if err1 != nil || err2 != nil || !c.ours(callback) || callback.Path != pathRouteCallback || callback.RawQuery != "" {
		return ErrTarget
	}
	if to.Program && c.programTarget(to.Redirect) {
		return nil
	}
	if to.Program || to.Browser == "" || !c.ours(redirect) || redirect.Host != callback.Host {
		return ErrTarget
	}
	return nil
}

// callbackForm takes a provider's answer that came as a form (form_post). The
// form came from another site, without our Lax cookies; a redirect to the same
// address brings them.
func (c *compiled) callbackForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return relyingparty.ErrState.Because(err)
	}
	c.redirect(w, c.authenticateBase+callbackPath+"?"+relyingparty.AnswerOf(r.PostForm).Encode(), http.StatusSeeOther)
	return nil
}

// callback takes the provider's answer and makes a session of it.
func (c *compiled) callback(w http.ResponseWriter, r *http.Request) error {
	host, secure := c.authenticateHost, c.secure(c.authenticateHost)
	q := r.URL.Query()
	name := relyingparty.CookieOf(q.Get("state"))
	web.ClearPrefixed(w, name, secure)
	done, err := c.attempts.Finish(r.Context(), q, web.CookieValue(r, web.Prefixed(name, secure)), func(id string) relyingparty.Provider {
		if c.cfg.Providers == nil {
			return nil
		}
		return c.cfg.Providers.ByID(id)
	})
	if err != nil {
		return err
	}
	var to destination
	if err := json.Unmarshal([]byte(done.Return), &to); err != nil {
		return ErrTarget.Because(err)
	}
	if err := c.checkDestination(to); err != nil {
		return err
	}
	c.forgetOld(r, done.Provider.ID())
	renewal := RenewalOf(done.Provider, done.Result)
	handle, s, err := c.cfg.Sessions.Create(r.Context(), session.SignIn{
		Identity: renewal.Identity, Provider: done.Provider.ID(), Renewal: renewal, Life: c.cfg.Cookie.Life,
	})
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("user", s.Identity.UserID), slog.String("email", s.Identity.Email), slog.String("session", string(s.ID)))
	c.cookies.setSession(w, host, secure, handle, s)
	return c.handOver(w, to, handle)
}

// forgetOld deletes the session that this browser had before at the same
// provider: it would only lie about.
func (c *compiled) forgetOld(r *http.Request, provider string) {
	old, err := c.sessionOf(r, c.authenticateHost)
	if err == nil && old != nil && old.Provider == provider {
		err = c.cfg.Sessions.Delete(r.Context(), old.ID)
	}
	if err != nil {
		web.Note(r.Context(), slog.String("old_session_error", err.Error()))
	}
}

// handOver sends the browser back to the host that it came from, with a ticket
// for the session.
func (c *compiled) handOver(w http.ResponseWriter, to destination, handle seal.Secret) error {
	if to.Program {
		return c.handToProgram(w, to, handle)
	}
	callback, err := url.Parse(to.Callback)
	if err != nil {
		return ErrTarget.Because(err)
	}
	ticket, err := c.tickets.Issue(session.Ticket{Host: hostname.Of(callback.Host), Return: to.Redirect, Browser: to.Browser, Handle: handle})
	if err != nil {
		return err
	}
	c.redirect(w, to.Callback+"?"+url.Values{paramTicket: {ticket}}.Encode(), http.StatusFound)
	return nil
}

// robots keeps search engines out.
func robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set(headerIntercepted, "true")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("User-agent: *\nDisallow: /\n"))
	return ignoreGone(err)
}

// ignoreGone: a client that has gone can't be told anything.
func ignoreGone(error) error { return nil }
