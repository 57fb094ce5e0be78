package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
)

// runRefresh gives new tokens for a refresh token. SECRET_HASH is checked after
// the token: only the token tells whose name is in the hash. A wrong hash changes
// nothing; checking the token ends only the sign-in of one that was used up before.
func (e *Engine) runRefresh(ctx context.Context, a *attempt) (*Outcome, error) {
	hash := a.given["SECRET_HASH"]
	if a.client.Confidential() && hash == "" {
		return nil, e.CheckSecretHash(a.client, "", "")
	}
	tokens, err := e.tokens.Refresh(ctx, a.client, token.RefreshInput{
		Pool: a.pool, Token: seal.Secret(a.given["REFRESH_TOKEN"]), From: a.from, Device: device.Key(a.given["DEVICE_KEY"]),
		Check: func(u *user.User) error {
			if e.CheckSecretHash(a.client, string(u.Sub), hash) == nil {
				return nil
			}
			return e.CheckSecretHash(a.client, u.Username, hash)
		},
	})
	if err != nil {
		return nil, err
	}
	return &Outcome{User: tokens.User, Tokens: tokens}, nil
}
