package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// GetClientToken issues an access token to an app client itself, which its secret
// proves.
func (a *API) GetClientToken(ctx context.Context, in *wire.GetClientTokenInput) (*wire.GetClientTokenOutput, error) {
	t, err := a.Tokens.ClientToken(ctx, userpool.ClientID(val(in.ClientID)), val(in.Secret), in.Scopes, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	return &wire.GetClientTokenOutput{ClientAuthenticationResult: &wire.ClientAuthenticationResult{
		AccessToken: new(t.Access), ExpiresIn: new(int64(t.ExpiresIn.Seconds())), TokenType: new("Bearer"),
	}}, nil
}
