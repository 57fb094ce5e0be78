package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
)

// RevokeToken revokes a refresh token and the tokens that it issued.
func (a *API) RevokeToken(ctx context.Context, in *wire.RevokeTokenInput) (*wire.RevokeTokenOutput, error) {
	_, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.Pools.CheckSecret(c, val(in.ClientSecret)); err != nil {
		return nil, ErrRevokeClient.Because(err)
	}
	return nil, a.Tokens.Revoke(ctx, c, val(in.Token))
}

// GetTokensFromRefreshToken issues new tokens for a refresh token, and a new refresh
// token if the client rotates them.
func (a *API) GetTokensFromRefreshToken(ctx context.Context, in *wire.GetTokensFromRefreshTokenInput) (*wire.GetTokensFromRefreshTokenOutput, error) {
	_, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.Pools.CheckSecret(c, val(in.ClientSecret)); err != nil {
		return nil, err
	}
	tokens, err := a.Tokens.Refresh(ctx, c, val(in.RefreshToken))
	if err != nil {
		return nil, err
	}
	return &wire.GetTokensFromRefreshTokenOutput{AuthenticationResult: wireResult(tokens)}, nil
}

// GlobalSignOut revokes all tokens of the user whose access token it gets.
func (a *API) GlobalSignOut(ctx context.Context, in *wire.GlobalSignOutInput) (*wire.GlobalSignOutOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Tokens.RevokeAllOf(ctx, b.Pool.ID, b.User.Sub)
}

// GetUser returns the user whose access token it gets, with the attributes that the
// client may read.
func (a *API) GetUser(ctx context.Context, in *wire.GetUserInput) (*wire.GetUserOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	shown := func(name string) bool { return b.User.ShownTo(b.Client, name) }
	return &wire.GetUserOutput{Username: new(b.User.Username), UserAttributes: wireAttributes(b.User, shown)}, nil
}

// DeleteUser removes the user whose access token it gets.
func (a *API) DeleteUser(ctx context.Context, in *wire.DeleteUserInput) (*wire.DeleteUserOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.Delete(ctx, b.Pool.ID, b.User.Sub)
}

// ChangePassword sets a new password for the user whose access token it gets, if the
// old password is right.
func (a *API) ChangePassword(ctx context.Context, in *wire.ChangePasswordInput) (*wire.ChangePasswordOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ChangePassword(ctx, b.Pool, b.User, val(in.PreviousPassword), val(in.ProposedPassword))
}
