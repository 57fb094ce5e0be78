package cognitoapi

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// InitiateAuth starts a sign-in.
func (a *API) InitiateAuth(ctx context.Context, in *wire.InitiateAuthInput) (*wire.InitiateAuthOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Initiate(ctx, p, c, signin.Initiation{Flow: val(in.AuthFlow), Parameters: in.AuthParameters})
	if err != nil {
		return nil, err
	}
	step := stepOut(out)
	return &wire.InitiateAuthOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, Session: step.session}, nil
}

// AdminInitiateAuth starts a sign-in on a server that has an access key.
func (a *API) AdminInitiateAuth(ctx context.Context, in *wire.AdminInitiateAuthInput) (*wire.AdminInitiateAuthOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Initiate(ctx, p, c, signin.Initiation{Flow: val(in.AuthFlow), Parameters: in.AuthParameters, Admin: true})
	if err != nil {
		return nil, err
	}
	step := stepOut(out)
	return &wire.AdminInitiateAuthOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, Session: step.session}, nil
}

// RespondToAuthChallenge goes on with a sign-in.
func (a *API) RespondToAuthChallenge(ctx context.Context, in *wire.RespondToAuthChallengeInput) (*wire.RespondToAuthChallengeOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Respond(ctx, p, c, signin.Response{Challenge: val(in.ChallengeName), Session: val(in.Session), Answers: in.ChallengeResponses})
	if err != nil {
		return nil, err
	}
	step := stepOut(out)
	return &wire.RespondToAuthChallengeOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, Session: step.session}, nil
}

// AdminRespondToAuthChallenge goes on with a sign-in on a server that has an
// access key.
func (a *API) AdminRespondToAuthChallenge(ctx context.Context, in *wire.AdminRespondToAuthChallengeInput) (*wire.AdminRespondToAuthChallengeOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Respond(ctx, p, c, signin.Response{Challenge: val(in.ChallengeName), Session: val(in.Session), Answers: in.ChallengeResponses})
	if err != nil {
		return nil, err
	}
	step := stepOut(out)
	return &wire.AdminRespondToAuthChallengeOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, Session: step.session}, nil
}

// step is the members that the four answers share.
type step struct {
	result     *wire.AuthenticationResult
	challenge  *string
	parameters map[string]string
	session    *seal.Secret
}

func stepOut(out *signin.Outcome) step {
	if ch := out.Challenge; ch != nil {
		return step{challenge: ptr(ch.Name), parameters: ch.Parameters, session: nonZero(ch.Session)}
	}
	return step{result: resultOut(out.Tokens), parameters: map[string]string{}}
}

func resultOut(t *token.Tokens) *wire.AuthenticationResult {
	return &wire.AuthenticationResult{
		AccessToken: ptr(t.Access), IDToken: nonZero(t.ID), RefreshToken: nonZero(t.Refresh),
		ExpiresIn: ptr(int64(t.ExpiresIn.Seconds())), TokenType: ptr("Bearer"),
	}
}

// RevokeToken kills a refresh token and what came of it.
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

// GlobalSignOut kills all tokens of who asks.
func (a *API) GlobalSignOut(ctx context.Context, in *wire.GlobalSignOutInput) (*wire.GlobalSignOutOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Tokens.RevokeAllOf(ctx, b.Pool.ID, b.User.Sub)
}

// GetUser shows who asks, as far as the client may read.
func (a *API) GetUser(ctx context.Context, in *wire.GetUserInput) (*wire.GetUserOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return &wire.GetUserOutput{Username: ptr(b.User.Username), UserAttributes: attributesOut(b.User, b.Client.MayRead)}, nil
}

// DeleteUser removes who asks.
func (a *API) DeleteUser(ctx context.Context, in *wire.DeleteUserInput) (*wire.DeleteUserOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.Delete(ctx, b.Pool.ID, b.User.Sub)
}

// ChangePassword sets a new password for who asks and knows the old one.
func (a *API) ChangePassword(ctx context.Context, in *wire.ChangePasswordInput) (*wire.ChangePasswordOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ChangePassword(ctx, b.Pool, b.User, val(in.PreviousPassword), val(in.ProposedPassword))
}

// proveClient checks the SECRET_HASH of the sign-up family, with its text.
func (a *API) proveClient(c *userpool.Client, name *string, hash *seal.Secret) error {
	err := a.SignIns.CheckSecretHash(c, val(name), val(hash).Reveal())
	if errors.Is(err, userpool.ErrSecretMismatch) {
		return userpool.ErrSecretMismatch.Saying("SecretHash does not match for the client: %s", c.ID)
	}
	return err
}
