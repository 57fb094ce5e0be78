package token

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/seal"
	"gatehouse/internal/userpool"
)

// Errors of refresh tokens.
var (
	ErrRefreshInvalid = fault.New(fault.Unauthenticated, "refresh_token_invalid", "Invalid Refresh Token")
	ErrRefreshRevoked = fault.New(fault.Unauthenticated, "refresh_token_revoked", "Refresh Token has been revoked")
	ErrRefreshExpired = fault.New(fault.Expired, "refresh_token_expired", "Refresh Token has expired")
	ErrUserDisabled   = fault.New(fault.Denied, "user_disabled", "User is disabled.")
)

// Refresh gives new ID and access tokens of the grant that the refresh token
// belongs to, with the user's attributes and groups as they are now. The
// refresh token stays as it is. client has proved who it is; the token of
// another client is ErrRefreshInvalid.
func (e *Engine) Refresh(ctx context.Context, client *userpool.Client, refresh seal.Secret) (*Tokens, error) {
	return nil, ErrRefreshInvalid
}
