package cognitoapi

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
)

// InitiateAuth starts a sign-in.
func (a *API) InitiateAuth(ctx context.Context, in *wire.InitiateAuthInput) (*wire.InitiateAuthOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Initiate(ctx, p, c, signin.Initiation{Flow: val(in.AuthFlow), Parameters: in.AuthParameters, Session: val(in.Session), From: visitorOf(ctx), Visit: userVisit(ctx, c, in.UserContextData), Metadata: in.ClientMetadata})
	if err != nil {
		return nil, err
	}
	step := wireStep(out)
	return &wire.InitiateAuthOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, AvailableChallenges: step.available, Session: step.session}, nil
}

// AdminInitiateAuth starts a sign-in for a server that has an access key.
func (a *API) AdminInitiateAuth(ctx context.Context, in *wire.AdminInitiateAuthInput) (*wire.AdminInitiateAuthOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Initiate(ctx, p, c, signin.Initiation{Flow: val(in.AuthFlow), Parameters: in.AuthParameters, Admin: true, Session: val(in.Session), From: visitorOf(ctx), Visit: serverVisit(in.ContextData), Metadata: in.ClientMetadata})
	if err != nil {
		return nil, err
	}
	step := wireStep(out)
	return &wire.AdminInitiateAuthOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, AvailableChallenges: step.available, Session: step.session}, nil
}

// RespondToAuthChallenge takes the answer to a challenge.
func (a *API) RespondToAuthChallenge(ctx context.Context, in *wire.RespondToAuthChallengeInput) (*wire.RespondToAuthChallengeOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Respond(ctx, p, c, signin.Response{Challenge: val(in.ChallengeName), Session: val(in.Session), Answers: in.ChallengeResponses, From: visitorOf(ctx), Visit: userVisit(ctx, c, in.UserContextData), Metadata: in.ClientMetadata})
	if err != nil {
		return nil, err
	}
	step := wireStep(out)
	return &wire.RespondToAuthChallengeOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, AvailableChallenges: step.available, Session: step.session}, nil
}

// AdminRespondToAuthChallenge takes the answer to a challenge from a server that
// has an access key.
func (a *API) AdminRespondToAuthChallenge(ctx context.Context, in *wire.AdminRespondToAuthChallengeInput) (*wire.AdminRespondToAuthChallengeOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.SignIns.Respond(ctx, p, c, signin.Response{Challenge: val(in.ChallengeName), Session: val(in.Session), Answers: in.ChallengeResponses, From: visitorOf(ctx), Visit: serverVisit(in.ContextData), Metadata: in.ClientMetadata})
	if err != nil {
		return nil, err
	}
	step := wireStep(out)
	return &wire.AdminRespondToAuthChallengeOutput{AuthenticationResult: step.result, ChallengeName: step.challenge, ChallengeParameters: step.parameters, AvailableChallenges: step.available, Session: step.session}, nil
}

// step has the members that the four outputs share.
type step struct {
	result     *wire.AuthenticationResult
	challenge  *string
	parameters map[string]string
	available  []string
	session    *seal.Secret
}

// wireStep returns the wire form of a step's outcome: a challenge or tokens.
func wireStep(out *signin.Outcome) step {
	if ch := out.Challenge; ch != nil {
		return step{challenge: new(ch.Name), parameters: ch.Parameters, available: ch.Available, session: nonZero(ch.Session)}
	}
	result := wireResult(out.Tokens)
	if out.NewDevice {
		result.NewDeviceMetadata = &wire.NewDeviceMetadata{DeviceKey: new(string(out.Device)), DeviceGroupKey: new(device.GroupKey(out.User.Pool, out.User.Sub))}
	}
	return step{result: result, parameters: map[string]string{}}
}

// wireResult returns the wire form of tokens.
func wireResult(t *token.Tokens) *wire.AuthenticationResult {
	return &wire.AuthenticationResult{
		AccessToken: new(t.Access), IDToken: nonZero(t.ID), RefreshToken: nonZero(t.Refresh),
		ExpiresIn: new(int64(t.ExpiresIn.Seconds())), TokenType: new("Bearer"),
	}
}
