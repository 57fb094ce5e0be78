package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
)

// runRefresh gives new tokens for a refresh token. SECRET_HASH is checked after
// the token: only the token tells whose name is in the hash. Checking the token
// changes nothing, since no client that rotates refresh tokens has this flow; it
// ends only the sign-in of a token that was used up before.
func (e *Engine) runRefresh(ctx context.Context, a *attempt) (*Outcome, error) {
	hash := a.given["SECRET_HASH"]
	if a.client.Confidential() && hash == "" {
		return nil, e.CheckSecretHash(a.client, "", "")
	}
	tokens, err := e.tokens.Refresh(ctx, a.client, token.RefreshInput{Token: seal.Secret(a.given["REFRESH_TOKEN"])})
	if err != nil {
		return nil, err
	}
	if e.CheckSecretHash(a.client, string(tokens.User.Sub), hash) != nil {
		if err := e.CheckSecretHash(a.client, tokens.User.Username, hash); err != nil {
			return nil, err
		}
	}
	return &Outcome{User: tokens.User, Tokens: tokens}, nil
}
