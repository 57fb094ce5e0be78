package token

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of revocation.
var (
	ErrUnsupportedTokenType = fault.New(fault.Invalid, "unsupported_token_type", "Unsupported token type")
	ErrRevocationOff        = fault.New(fault.Unsupported, "revocation_off", "Revocation is not supported for this client.")
	ErrWrongClient          = fault.New(fault.Denied, "revoke_wrong_client", "The token was issued to another client.")
)

// Revoke revokes the grant of a refresh token, and with it all tokens of the grant.
// If linked, it also ends the browser session through which the grant came, if the
// pool tracks sessions. An unknown, expired or revoked token is no error. Errors:
// ErrUnsupportedTokenType for an access or ID token; ErrRevocationOff for a client
// without revocation; ErrWrongClient for the token of another client. Cognito:
// RevokeToken.
func (e *Engine) Revoke(ctx context.Context, client *userpool.Client, refresh seal.Secret, linked bool) error {
	if client.Settings.RevocationOff {
		return ErrRevocationOff
	}
	if _, isJWS := parseSigned(refresh.Reveal()); isJWS {
		return ErrUnsupportedTokenType
	}
	g, _, err := e.grantOf(ctx, client, refresh)
	if errors.Is(err, ErrGrantNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.end(ctx, g, linked)
}

// end revokes g. A grant that was revoked or deleted meanwhile is no error.
func (e *Engine) end(ctx context.Context, g *Grant, linked bool) error {
	if linked && g.Parent != "" {
		p, err := e.Pools.Pool(ctx, g.Pool)
		if err != nil {
			return fmt.Errorf("load pool: %w", err)
		}
		if p.SessionsPerUser() > 0 {
			return e.endLinked(ctx, g)
		}
	}
	err := e.store.RevokeGrant(ctx, g.Pool, g.ID, e.now())
	if err != nil && !errors.Is(err, ErrGrantNotFound) {
		return fmt.Errorf("revoke grant: %w", err)
	}
	return nil
}

func (e *Engine) endLinked(ctx context.Context, g *Grant) error {
	err := e.store.EndTracked(ctx, Ending{Pool: g.Pool, Sub: g.Sub, Grant: g.ID, Browser: g.Parent}, e.now())
	if err != nil && !errors.Is(err, ErrUserSessionUnknown) {
		return fmt.Errorf("revoke grant and browser session: %w", err)
	}
	return nil
}

// RevokeAllOf revokes all tokens of a user: for a global sign-out, or when the user
// is disabled. Browser sessions stay, as in Cognito; user.Ends ends them.
func (e *Engine) RevokeAllOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error {
	return e.store.RevokeGrantsOf(ctx, pool, sub, e.now())
}
