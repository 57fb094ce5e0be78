package authenticate

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/useragent"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// browserLife is how long a host keeps the browser's secret: as long as a page
// that shows why a sign-in failed can start it again.
const browserLife = relyingparty.PageLife

// CallbackForm takes a provider's answer that came as a form
// (response_mode=form_post). The form came from another site, so the browser
// did not send our Lax cookies. A redirect to the same address brings them.
func (t *RoundTrip) CallbackForm(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return web.BodyError(err, relyingparty.ErrState)
	}
	Redirect(w, t.callbackURL()+"?"+relyingparty.AnswerOf(r.PostForm).Encode(), http.StatusSeeOther)
	return nil
}

// Callback takes a provider's answer, makes a session of it, and hands the
// session over to the application's host.
func (t *RoundTrip) Callback(w http.ResponseWriter, r *http.Request) error {
	since, err := t.Sessions.Mark(r.Context()) // before the provider says who it is
	if err != nil {
		return t.withRetry(r, err)
	}
	done, err := t.Finish(r)
	if err != nil {
		return t.withRetry(r, err)
	}
	to, err := t.Hooks.Destination(done.Wanted)
	if err != nil {
		return err
	}
	t.deleteOldSession(r, done.Provider.ID())
	if done.Reused && t.signOutAtProvider(w, r, done) {
		return nil
	}
	in, err := t.Hooks.NewSession(done)
	if err != nil {
		return err
	}
	in.Since, in.Client = since, clientOf(r)
	handle, s, err := t.Sessions.Create(r.Context(), in)
	if err != nil {
		return err
	}
	noteSession(r.Context(), s)
	if err := t.Hooks.Keep(w, r, handle, s); err != nil {
		return err
	}
	return t.Hooks.HandOver(w, to, handle, s)
}

// Finish takes a provider's answer. It makes no session.
func (t *RoundTrip) Finish(r *http.Request) (*relyingparty.Finished, error) {
	return t.Attempts.Finish(r.Context(), t.callback(r), func(id string) relyingparty.Provider {
		return t.Hooks.Provider(r.Context(), id)
	})
}

// Peek returns the provider's id and what Begin was given, without finishing the
// sign-in.
func (t *RoundTrip) Peek(r *http.Request) (provider string, w relyingparty.Wanted, err error) {
	return t.Attempts.Peek(r.Context(), t.callback(r))
}

// callback returns the provider's answer with what it must fit.
func (t *RoundTrip) callback(r *http.Request) relyingparty.Callback {
	c := relyingparty.Callback{Answer: r.URL.Query(), RedirectURI: t.callbackURL()}
	for _, secret := range t.browserSecrets(r, t.Secure) {
		c.Browsers = append(c.Browsers, session.BrowserHash(secret))
	}
	return c
}

// withRetry adds to an error the URL that starts the sign-in again, if the state
// still tells it.
func (t *RoundTrip) withRetry(r *http.Request, err error) error {
	_, wanted, peeked := t.Peek(r)
	if peeked != nil {
		return err
	}
	to, bad := t.Hooks.Destination(wanted)
	if bad != nil || to.Program {
		return err
	}
	return &Retry{Err: err, URL: to.Wanted}
}

// deleteOldSession deletes the session that the browser had at the sign-in
// host, if the same provider made it. Nobody would use it any more.
func (t *RoundTrip) deleteOldSession(r *http.Request, provider string) {
	old, err := t.Hooks.Current(r)
	if err == nil && old != nil && old.Provider == provider {
		err = t.Sessions.Delete(r.Context(), old.ID)
	}
	if err != nil {
		web.Note(r.Context(), slog.String("old_session_error", err.Error()))
	}
}

// signOutAtProvider sends the browser to the provider's sign-out page, and
// reports whether there is one. It is for a provider that ignores the request
// for another account, such as Cognito's classic hosted UI. The person then
// opens the application again, and the provider asks who they are. It happens
// once a click, so it can't go round.
func (t *RoundTrip) signOutAtProvider(w http.ResponseWriter, r *http.Request, done *relyingparty.Finished) bool {
	if t.SignedOut == "" {
		return false
	}
	to := done.Provider.LogoutURL(r.Context(), done.Tokens.ID, t.SignedOut)
	if to == "" {
		return false
	}
	Redirect(w, to, http.StatusFound)
	return true
}

// clientOf returns what the browser of a request says of itself.
func clientOf(r *http.Request) session.Client {
	c := session.Client{Device: useragent.Device(r.UserAgent())}
	if addr := web.ClientAddr(r); addr.IsValid() {
		c.Address = addr.String()
	}
	return c
}

func noteSession(ctx context.Context, s *session.Session) {
	web.Note(ctx, slog.String("user", s.Identity.UserID), s.Identity.EmailAttr(), slog.String("session", string(s.ID)))
}

// SendTicket sends the browser to the callback of its destination with a
// ticket. From the ticket, Handle or Session must be set.
func (t *RoundTrip) SendTicket(w http.ResponseWriter, to Destination, ticket session.Ticket) error {
	callback, err := url.Parse(to.Callback)
	if err != nil {
		return ErrTarget.Because(err)
	}
	ticket.Host, ticket.Return, ticket.Browser = hostname.Of(callback.Host), to.Wanted, to.Browser
	text, err := t.Tickets.Issue(ticket)
	if err != nil {
		return err
	}
	Redirect(w, to.Callback+"?"+url.Values{t.TicketParam: {text}}.Encode(), http.StatusFound)
	return nil
}
