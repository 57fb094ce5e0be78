package accessapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// The keys of a session's notes, which only this edge reads.
const (
	noteFields   = "access_oidc_fields" // JSON: the configured claims as the ID token has them
	noteUserUUID = "access_user_uuid"
)

// live returns the session that the token of the request names. It returns nil if
// no token counts, or if the session is over. The token must have one of the types.
// It must be for audience, unless audience is empty.
func (a *API) live(r *http.Request, audience string, types ...string) (*session.Session, error) {
	return a.sessionOf(r.Context(), a.tokenOf(r), audience, types...)
}

// sessionOf returns the session that a token names, or nil.
func (a *API) sessionOf(ctx context.Context, text, audience string, types ...string) (*session.Session, error) {
	id, err := a.named(ctx, text, audience, types...)
	if id == "" || err != nil {
		return nil, err
	}
	s, err := authenticate.Living(ctx, a.cfg.Sessions, id)
	if s == nil || err != nil {
		return nil, err
	}
	return a.withProvider(ctx, s)
}

// named returns the id of the session that a token names, whether it lives or not.
// It returns "" if the token is not valid.
func (a *API) named(ctx context.Context, text, audience string, types ...string) (session.ID, error) {
	claims, err := a.cfg.Engine.Tokens.Verify(ctx, text, audience, types...)
	if errors.Is(err, access.ErrToken) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return session.ID(claims.Session), nil
}

// withProvider returns s if its provider still exists, else nil: deleting a provider
// ends its sessions. So does taking allow_unverified_email back.
func (a *API) withProvider(ctx context.Context, s *session.Session) (*session.Session, error) {
	p, err := a.cfg.Engine.Providers.Working(ctx, s.Provider)
	switch {
	case err == nil && !believed(p, s):
		return nil, nil
	case errors.Is(err, access.ErrProviderNotFound), errors.Is(err, access.ErrProviderInvalid):
		return nil, nil
	case err != nil:
		return nil, session.ErrUnavailable.Because(err)
	}
	return s, nil
}

// token issues a token of a type for a session and an audience.
func (a *API) token(ctx context.Context, s *session.Session, kind, audience string) (string, error) {
	now := a.cfg.Now().Unix()
	c := access.Claims{
		Type: kind, Audience: []string{audience}, IssuedAt: now, NotBefore: now, Expiry: s.Expires.Unix(),
		Email: s.Identity.Email, Subject: s.Notes[noteUserUUID], Nonce: string(s.ID)[:16], Session: string(s.ID),
	}
	if kind == access.TypeApp {
		c.Custom = fieldsOf(s)
	}
	return a.cfg.Engine.Tokens.Issue(ctx, c)
}

// fieldsOf returns the claims that the provider's configuration names, with the
// values that the ID token had at the sign-in.
func fieldsOf(s *session.Session) map[string]any {
	var fields map[string]any
	_ = json.Unmarshal([]byte(s.Notes[noteFields]), &fields) // we wrote it; empty: there are no claims
	return fields
}
