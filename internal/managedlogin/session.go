package managedlogin

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/internal/token"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
	"gatehouse/internal/web"
)

// sessionAge is how long a browser keeps the cookie; how long the session
// lives is package token's to say. Cognito: 1 hour.
const sessionAge = time.Hour

// SessionCookie is the name of the cookie that says who is signed in with this
// browser. Under an issuer, where pools share a host, each pool has its own.
func SessionCookie(r *http.Request, base string) string {
	name := "cognito"
	if base != "" {
		name += "-" + strings.Trim(strings.ReplaceAll(base, "/", "-"), "-")
	}
	return web.CookieName(r, name)
}

// handle is the session's handle that the browser sent, or "".
func handle(r *http.Request, base string) seal.Secret {
	return seal.Secret(web.CookieValue(r, SessionCookie(r, base)))
}

// signedIn returns who is signed in with this browser and may go on without
// signing in again, or nil.
func (s *Server) signedIn(v *visit) (*token.SignedIn, error) {
	h := handle(v.r, v.frame.Base)
	if h == "" || v.req.Prompt("login") {
		return nil, nil
	}
	who, err := s.Tokens.Session(v.r.Context(), v.pool, h)
	if errors.Is(err, token.ErrSessionUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !v.req.Client.Offers(who.Provider) {
		return nil, nil
	}
	// OpenID Connect Core §3.1.2.1, max_age.
	if v.req.MaxAge != nil && s.Now().Sub(who.AuthTime) > *v.req.MaxAge {
		return nil, nil
	}
	return who, nil
}

// finish ends a sign-in: this browser is signed in from now on, as nobody
// else, and goes back to the application.
func (s *Server) finish(v *visit, u *user.User) error {
	ctx := v.r.Context()
	if old := handle(v.r, v.frame.Base); old != "" {
		if err := s.Tokens.EndSession(ctx, old); err != nil {
			return err
		}
	}
	h, who, err := s.Tokens.StartSession(ctx, v.pool, u, userpool.ProviderCognito)
	if err != nil {
		return err
	}
	to, err := s.Tokens.Authorize(ctx, v.req, who)
	if err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, SessionCookie(v.r, v.frame.Base), h.Reveal(), sessionAge)
	redirect(v.w, to)
	return nil
}
