package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// routeSignOut clears this host's cookie and goes on to the authenticate host
// with a signed link, which names the session: the cookie there may be gone. A
// session of another front ends in that one's way.
func (c *compiled) routeSignOut(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	q := url.Values{}
	if handle := c.cookies.handle(r, host, c.secure(host)); handle != "" {
		q.Set(paramSession, string(session.IDOf(handle)))
	} else if c.cfg.Hooks.SignOut != nil {
		// Who was signed in by another front must not be told that they are
		// signed out while they are not.
		to, err := c.cfg.Hooks.SignOut(r)
		if err != nil {
			return err
		}
		if to != "" {
			c.redirect(w, to, http.StatusFound)
			return nil
		}
	}
	c.cookies.clearSession(w, c.secure(host))
	c.redirect(w, c.links.sign(c.authenticateBase+pathSignOut, q, c.now()), http.StatusFound)
	return nil
}

// signOut signs out the session that a signed link names. A link that names
// none, or another than this browser's, can be somebody else's doing: then the
// person is asked.
func (c *compiled) signOut(w http.ResponseWriter, r *http.Request) error {
	here, err := c.sessionOf(r, c.authenticateHost)
	if err != nil {
		return err
	}
	if signed(r.URL.Query()) {
		q, err := c.links.check(c.authenticateBase+pathSignOut, r.URL.RawQuery, c.now())
		if err != nil {
			return err
		}
		named, err := c.namedSession(r.Context(), session.ID(q.Get(paramSession)))
		if err != nil {
			return err
		}
		if named != nil && (here == nil || here.ID == named.ID) {
			return c.endSession(w, r, named)
		}
	}
	if here == nil {
		c.cookies.clearSession(w, c.secure(c.authenticateHost))
		c.redirect(w, pathSignedOut, http.StatusFound)
		return nil
	}
	return c.page(w, http.StatusOK, confirmSignOut{who: shownAs(here), csrf: c.csrf.token(here.ID)}.doc())
}

// namedSession returns a session by id, nil when it is over.
func (c *compiled) namedSession(ctx context.Context, id session.ID) (*session.Session, error) {
	if id == "" {
		return nil, nil
	}
	s, err := c.cfg.Sessions.Lookup(ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound), errors.Is(err, session.ErrExpired):
		return nil, nil
	case err != nil:
		return nil, ErrSessions.Because(err)
	}
	return s, nil
}

// signOutForm is the answer to that question.
func (c *compiled) signOutForm(w http.ResponseWriter, r *http.Request) error {
	s, err := c.sessionOf(r, c.authenticateHost)
	if err != nil {
		return err
	}
	if s == nil {
		c.redirect(w, pathSignedOut, http.StatusSeeOther)
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := c.csrf.check(r, s.ID); err != nil {
		return err
	}
	return c.endSession(w, r, s)
}

// endSession deletes a session, which ends it on every host at once, and signs
// out at the provider too, so that the next visit asks who it is.
func (c *compiled) endSession(w http.ResponseWriter, r *http.Request, s *session.Session) error {
	if err := c.cfg.Sessions.Delete(r.Context(), s.ID); err != nil {
		return ErrSessions.Because(err)
	}
	web.Note(r.Context(), slog.String("user", s.Identity.UserID), slog.String("session", string(s.ID)))
	c.revoke(r.Context(), s)
	c.cookies.clearSession(w, c.secure(c.authenticateHost))
	c.redirect(w, c.afterSignOut(r.Context(), s), http.StatusSeeOther)
	return nil
}

// revoke takes the tokens back at the provider, as well as it goes, without
// letting the person wait.
func (c *compiled) revoke(ctx context.Context, s *session.Session) {
	if c.cfg.Providers == nil || s.AccessToken == "" && s.RefreshToken == "" {
		return
	}
	p := c.cfg.Providers.ByID(s.Provider)
	if p == nil {
		return
	}
	c.background.run(ctx, func(ctx context.Context) {
		err := p.Revoke(ctx, relyingparty.Tokens{ID: s.IDToken, Access: s.AccessToken, Refresh: s.RefreshToken})
		if err != nil {
			c.log.LogAttrs(ctx, slog.LevelWarn, "tokens not revoked", slog.String("session", string(s.ID)), slog.Any("error", err))
		}
	})
}

// afterSignOut returns where a sign-out goes on: to the provider, which comes
// back to our page, or to the configured place, or to our page.
func (c *compiled) afterSignOut(ctx context.Context, s *session.Session) string {
	here := c.authenticateBase + pathSignedOut
	if c.cfg.Providers != nil {
		if p := c.cfg.Providers.ByID(s.Provider); p != nil {
			if to := p.LogoutURL(ctx, s.IDToken, here); to != "" {
				return to
			}
		}
	}
	if c.cfg.SignOutURL != "" {
		return c.cfg.SignOutURL
	}
	return here
}

// signedOut is where a sign-out ends.
func (c *compiled) signedOut(w http.ResponseWriter, _ *http.Request) error {
	return c.page(w, http.StatusOK, signedOutDoc())
}
