package proxy

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// routeSignOut signs out at a route's host. It clears this host's cookie and
// goes on to the authenticate host with a signed link. The link names the
// session, because the cookie there may be gone. A session of the other front
// ends as well: the person must not read that they are signed out while either
// session lives.
//
// A page of another host can bring the browser here. Then the person is asked.
func (p *pomerium) routeSignOut(w http.ResponseWriter, r *http.Request) error {
	meant, err := authenticate.Meant(r)
	if err != nil {
		return err
	}
	if !meant {
		return p.askSignOut(w, r)
	}
	authenticate.ClearCache(w.Header())
	if done, err := p.endOther(w, r, meant); done || err != nil {
		return err
	}
	host, q := web.Host(r), url.Values{}
	if handle := p.cookies.handle(r, host, p.secure(host)); handle != "" {
		q.Set(paramSession, string(session.IDOf(handle)))
	}
	p.clearSession(w, r)
	redirect(w, p.links.sign(p.base+pathSignOut, q, p.now()), http.StatusFound)
	return nil
}

// askSignOut shows the question at a route's host, where the form is sent to. A
// person who is not signed in here may be at the authenticate host.
func (p *pomerium) askSignOut(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	switch {
	case err != nil:
		return err
	case s == nil:
		redirect(w, p.base+pathSignOut, http.StatusSeeOther)
		return nil
	}
	return p.answers.page(w, http.StatusOK, confirmSignOut{who: shownAs(s), csrf: p.csrf.token(s.ID)}.doc())
}

// endOther ends the request's session of the other front, if it has one. done
// says that the answer is given. If the person must be asked first (not meant), it
// ends nothing: the page of a front that is active asks.
func (p *pomerium) endOther(w http.ResponseWriter, r *http.Request, meant bool) (done bool, err error) {
	other, err := p.frontSession(r)
	switch {
	case other == nil || err != nil:
		return false, err
	case p.front.Active():
		return true, p.frontSignOut(w, r, other, meant)
	case !meant:
		return false, nil
	}
	_, err = p.delete(r.Context(), other) // it would open applications when the front is active again
	return false, err
}

// frontSession returns the request's session of the other front, or nil.
func (p *pomerium) frontSession(r *http.Request) (*session.Session, error) {
	if p.front == nil {
		return nil, nil
	}
	return p.front.Session(r)
}

// frontSignOut goes on to the page where the other front ends its session s. If
// the person meant it, it ends the request's session of this front before.
func (p *pomerium) frontSignOut(w http.ResponseWriter, r *http.Request, s *session.Session, meant bool) error {
	if meant {
		if err := p.endOwn(w, r); err != nil {
			return err
		}
	}
	pages, _ := p.front.Pages(s, "/")
	redirect(w, pages.SignOut, http.StatusFound)
	return nil
}

// endOwn ends the session that the request's host knows by the cookie of this
// front, if there is one, and takes the cookie away.
func (p *pomerium) endOwn(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	s, err := p.sessionAt(r, host)
	if err != nil {
		return err
	}
	p.clearSession(w, r)
	if s == nil {
		return nil
	}
	_, err = p.delete(r.Context(), s)
	return err
}

// signOut signs out the session that a signed link names. If the link names no
// session, or not this browser's, somebody else may have made it: then a page
// asks the person. A session of the other front ends as at a route's host: a page
// of another host ends none.
func (p *pomerium) signOut(w http.ResponseWriter, r *http.Request) error {
	meant, err := authenticate.Meant(r)
	if err != nil {
		return err
	}
	if done, err := p.endOther(w, r, meant); done || err != nil {
		return err
	}
	here, err := p.Current(r)
	if err != nil {
		return err
	}
	if signed(r.URL.Query()) {
		q, err := p.links.check(p.base+pathSignOut, r.URL.RawQuery, p.now())
		if err != nil {
			return err
		}
		named, err := authenticate.Living(r.Context(), p.sessions, session.ID(q.Get(paramSession)))
		if err != nil {
			return err
		}
		switch {
		case named != nil && (here == nil || here.ID == named.ID):
			return p.endSession(w, r, named)
		case named != nil: // of the application's host: it ends, and the one here is asked about
			if _, err := p.delete(r.Context(), named); err != nil {
				return err
			}
		case here == nil:
			redirect(w, pathSignedOut, http.StatusFound)
			return nil
		}
	}
	if here == nil {
		p.clearSession(w, r)
		return p.answers.page(w, http.StatusOK, notSignedInDoc())
	}
	return p.answers.page(w, http.StatusOK, confirmSignOut{who: shownAs(here), csrf: p.csrf.token(here.ID)}.doc())
}

// signOutForm takes the answer to that question.
func (p *pomerium) signOutForm(w http.ResponseWriter, r *http.Request) error {
	s, err := p.Current(r)
	if err != nil {
		return err
	}
	if s == nil {
		redirect(w, pathSignedOut, http.StatusSeeOther)
		return nil
	}
	if err := p.csrf.check(r, s.ID); err != nil {
		return err
	}
	if done, err := p.endOther(w, r, true); done || err != nil {
		return err
	}
	return p.endSession(w, r, s)
}

// endSession deletes a session, which ends it on every host at once. It signs
// out at the provider too, so that the next sign-in asks for an account.
func (p *pomerium) endSession(w http.ResponseWriter, r *http.Request, s *session.Session) error {
	held, err := p.delete(r.Context(), s)
	if err != nil {
		return err
	}
	p.leave(w, r, held)
	return nil
}

// delete deletes a session and revokes its tokens, which it returns. A session ends
// also if its tokens can't be read.
func (p *pomerium) delete(ctx context.Context, s *session.Session) (session.Held, error) {
	tokens, unread := p.sessions.Tokens(ctx, s) // they end with the session
	if err := p.sessions.Delete(ctx, s.ID); err != nil {
		return session.Held{}, session.ErrUnavailable.Because(err)
	}
	web.Note(ctx, slog.String("user", s.Identity.UserID), slog.String("session", string(s.ID)))
	if unread != nil {
		p.notRevoked(ctx, s, unread)
	}
	held := session.Held{Session: s, Tokens: tokens}
	p.revoke(ctx, held)
	return held, nil
}

// revoke revokes the tokens of sessions at their providers, in the background: the
// person does not wait, and a failure is only logged.
func (p *pomerium) revoke(ctx context.Context, sessions ...session.Held) {
	sessions = slices.DeleteFunc(slices.Clone(sessions), func(s session.Held) bool { return s.Tokens.Access == "" && s.Tokens.Refresh == "" })
	if len(sessions) == 0 {
		return
	}
	p.background.run(ctx, func(ctx context.Context) {
		for _, s := range sessions {
			p.revokeTokens(ctx, s)
		}
	})
}

func (p *pomerium) revokeTokens(ctx context.Context, s session.Held) {
	provider := p.Provider(ctx, s.Provider)
	if provider == nil {
		return
	}
	if err := provider.Revoke(ctx, relyingparty.Tokens(s.Tokens)); err != nil {
		p.notRevoked(ctx, s.Session, err)
	}
}

func (p *pomerium) notRevoked(ctx context.Context, s *session.Session, err error) {
	p.log.LogAttrs(ctx, slog.LevelWarn, "tokens not revoked", slog.String("session", string(s.ID)), slog.Any("error", err))
}

// afterSignOut returns where a sign-out goes on: to the provider's sign-out
// page, which comes back to our page or goes on to signout_redirect_url; else to signout_redirect_url; else to our
// page.
func (p *pomerium) afterSignOut(ctx context.Context, s session.Held) string {
	here := p.base + pathSignedOut
	if provider := p.Provider(ctx, s.Provider); provider != nil {
		if to := provider.LogoutURL(ctx, s.Tokens.ID, here); to != "" {
			return to
		}
	}
	return cmp.Or(p.signOutURL, here)
}

// signedOut is the page where a sign-out ends, unless it goes on to
// signout_redirect_url. Somebody who has a session has not signed out.
func (p *pomerium) signedOut(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	if s != nil {
		redirect(w, pathSignOut, http.StatusSeeOther)
		return nil
	}
	if p.signOutURL != "" {
		redirect(w, p.signOutURL, http.StatusFound)
		return nil
	}
	return p.answers.page(w, http.StatusOK, signedOutDoc())
}

// SignOut ends the session that the request's host knows by the gateway's own
// cookie, and takes the cookie away. Another front calls it when a person signs
// out there.
func (g *Gateway) SignOut(w http.ResponseWriter, r *http.Request) error {
	return g.live.Load().pomerium.endOwn(w, r)
}

// clearSession takes the session cookie of the request's host away.
func (p *pomerium) clearSession(w http.ResponseWriter, r *http.Request) {
	host := web.Host(r)
	p.cookies.clearSession(w, r, host, p.secure(host))
	p.trip.ForgetArrivals(w, r, p.secure(host))
}
