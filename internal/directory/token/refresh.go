package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of refresh tokens.
var (
	ErrRefreshInvalid = fault.New(fault.Unauthenticated, "refresh_token_invalid", "Invalid Refresh Token")
	ErrRefreshRevoked = fault.New(fault.Unauthenticated, "refresh_token_revoked", "Refresh Token has been revoked")
	ErrRefreshExpired = fault.New(fault.Expired, "refresh_token_expired", "Refresh Token has expired")
	ErrUserDisabled   = fault.New(fault.Denied, "token_user_disabled", "User is disabled.")
)

// Refresh issues new ID and access tokens of the grant of the refresh token, with
// the user's present attributes and groups. The refresh token stays valid. The
// caller has authenticated client; for the token of another client the error is
// ErrRefreshInvalid.
func (e *Engine) Refresh(ctx context.Context, client *userpool.Client, refresh seal.Secret) (*Tokens, error) {
	now := e.now()
	g, err := e.grantOf(ctx, client, refresh)
	if errors.Is(err, ErrWrongClient) || errors.Is(err, ErrGrantNotFound) {
		return nil, ErrRefreshInvalid.Because(err)
	}
	if err != nil {
		return nil, err
	}
	pool, err := e.Pools.Pool(ctx, client.Pool)
	if err != nil {
		return nil, fmt.Errorf("load pool: %w", err)
	}
	u, err := e.Users.User(ctx, g.Pool, g.Sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return nil, ErrRefreshInvalid.Because(errUserGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load user: %w", err)
	}
	if err := mayRefresh(g, client, u, now); err != nil {
		return nil, err
	}
	return e.issue(ctx, &issuance{pool: pool, client: client, user: u, grant: g, now: now})
}

// RefreshOAuth is Refresh for the token endpoint. A client that has neither OAuth
// nor the refresh flow of the API gets ErrGrantNotAllowed.
func (e *Engine) RefreshOAuth(ctx context.Context, client *userpool.Client, refresh seal.Secret) (*Tokens, error) {
	if !client.Settings.OAuth && !client.AllowsFlow(userpool.FlowRefreshToken) {
		return nil, ErrGrantNotAllowed
	}
	return e.Refresh(ctx, client, refresh)
}

// Causes, for the log. They are plain errors: if they were faults of other
// engines, an edge would answer with them.
var (
	errUserGone     = errors.New("the user was deleted")
	errUserDisabled = errors.New("the user is disabled")
	errSignedOut    = errors.New("the user has signed out since")
	errClientGone   = errors.New("the app client was deleted")
	errPoolGone     = errors.New("there is no such pool")
)

// grantOf returns the grant of a refresh token. Errors: ErrGrantNotFound;
// ErrWrongClient for the token of another client.
func (e *Engine) grantOf(ctx context.Context, client *userpool.Client, refresh seal.Secret) (*Grant, error) {
	g, err := e.store.GrantByRefresh(ctx, seal.Hash(refresh.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("load grant: %w", err)
	}
	if g.Pool != client.Pool || g.Client != client.ID {
		return nil, ErrWrongClient
	}
	return g, nil
}

func mayRefresh(g *Grant, client *userpool.Client, u *user.User, now time.Time) error {
	switch {
	case !g.Revoked.IsZero(), g.Created.Before(u.SignedOut):
		return ErrRefreshRevoked
	case !now.Before(g.Expires):
		return ErrRefreshExpired
	case !u.Enabled:
		return ErrUserDisabled
	case g.Source == SourceOAuth:
		return checkReadable(client, g.Scopes)
	}
	return nil
}
