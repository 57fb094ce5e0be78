package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// linked is the value of RevokeAssociatedSessions that also ends the relatives of a
// session.
const linked = "LINKED"

// SetUserPoolSessionConfiguration says whether a pool tracks the sessions of its
// users, and how many a user can have.
func (a *API) SetUserPoolSessionConfiguration(ctx context.Context, in *wire.SetUserPoolSessionConfigurationInput) (*wire.SetUserPoolSessionConfigurationOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	p, err = a.Pools.SetUserSessions(ctx, p.ID, val(in.UserSessionTracking) == "ENABLED", int(val(in.TokenSession.MaxPerUser)))
	if err != nil {
		return nil, err
	}
	tracking, tokens := wireSessions(p)
	return &wire.SetUserPoolSessionConfigurationOutput{UserPoolID: in.UserPoolID, UserSessionTracking: tracking, TokenSession: tokens}, nil
}

// GetUserPoolSessionConfiguration returns what SetUserPoolSessionConfiguration set,
// or the defaults.
func (a *API) GetUserPoolSessionConfiguration(ctx context.Context, in *wire.GetUserPoolSessionConfigurationInput) (*wire.GetUserPoolSessionConfigurationOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	tracking, tokens := wireSessions(p)
	return &wire.GetUserPoolSessionConfigurationOutput{UserPoolID: in.UserPoolID, UserSessionTracking: tracking, TokenSession: tokens}, nil
}

func wireSessions(p *userpool.Pool) (tracking *string, tokens *wire.UserPoolTokenSessionConfig) {
	s := p.Settings.Sessions
	return onOff(s.On), &wire.UserPoolTokenSessionConfig{MaxPerUser: new(int64(s.PerUser()))}
}

func onOff(on bool) *string {
	if on {
		return new("ENABLED")
	}
	return new("DISABLED")
}

// SetUserPoolClientSessionConfiguration says for how long after a sign-in an app
// client accepts the browser session.
func (a *API) SetUserPoolClientSessionConfiguration(ctx context.Context, in *wire.SetUserPoolClientSessionConfigurationInput) (*wire.SetUserPoolClientSessionConfigurationOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	c, err = a.Pools.SetClientSSO(ctx, p, c.ID, int(val(in.SSOSession.MaxValidityMinutes)))
	if err != nil {
		return nil, err
	}
	return &wire.SetUserPoolClientSessionConfigurationOutput{UserPoolID: in.UserPoolID, ClientID: in.ClientID, SSOSession: wireSSO(c)}, nil
}

// GetUserPoolClientSessionConfiguration returns what
// SetUserPoolClientSessionConfiguration set, or the default. While the pool does not
// track sessions, what was set has no effect.
func (a *API) GetUserPoolClientSessionConfiguration(ctx context.Context, in *wire.GetUserPoolClientSessionConfigurationInput) (*wire.GetUserPoolClientSessionConfigurationOutput, error) {
	_, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	return &wire.GetUserPoolClientSessionConfigurationOutput{UserPoolID: in.UserPoolID, ClientID: in.ClientID, SSOSession: wireSSO(c)}, nil
}

func wireSSO(c *userpool.Client) *wire.ClientSSOSessionConfig {
	return &wire.ClientSSOSessionConfig{MaxValidityMinutes: new(int64(c.Settings.SSOValidity()))}
}

// ListUserSessions lists the sessions of the user whose access token it gets.
func (a *API) ListUserSessions(ctx context.Context, in *wire.ListUserSessionsInput) (*wire.ListUserSessionsOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	list, err := a.userSessions(ctx, b.Pool, b.User.Sub, b.GrantID, in.NextToken)
	return &wire.ListUserSessionsOutput{Sessions: list}, err
}

// AdminListUserSessions lists the sessions of a user.
func (a *API) AdminListUserSessions(ctx context.Context, in *wire.AdminListUserSessionsInput) (*wire.AdminListUserSessionsOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	list, err := a.userSessions(ctx, p, u.Sub, "", in.NextToken)
	return &wire.AdminListUserSessionsOutput{Sessions: list}, err
}

// userSessions returns all sessions on one page, as Cognito does. So there is no
// token for a next page that it could have given.
func (a *API) userSessions(ctx context.Context, p *userpool.Pool, sub user.Sub, current token.GrantID, page *string) ([]wire.SessionDescription, error) {
	if page != nil {
		return nil, ErrPageToken
	}
	sessions, err := a.Tokens.UserSessions(ctx, p, sub, current)
	if err != nil {
		return nil, err
	}
	list := []wire.SessionDescription{}
	for _, s := range sessions {
		list = append(list, wireSession(s))
	}
	return list, nil
}

// wireSession returns the wire form of a session. Where an address is, is not known.
func wireSession(s token.UserSession) wire.SessionDescription {
	out := wire.SessionDescription{
		SessionID: new(string(s.ID)), SessionType: new("TOKEN"), ClientID: new(string(s.Client)), OriginSessionID: nonZero(string(s.Origin)),
		CreateDate: wire.At(s.Created), LastActiveDate: wire.At(s.Activity.At), IsCurrentSession: new(s.Current),
		DeviceType: new(s.Activity.Device), LastIPAddress: nonZero(s.Activity.Address), LastLocation: &wire.SessionLocation{Country: new("unknown")},
	}
	if s.SSO {
		out.SessionType = new("SSO")
	}
	return out
}

// RevokeUserSession ends another session of the user whose access token it gets.
func (a *API) RevokeUserSession(ctx context.Context, in *wire.RevokeUserSessionInput) (*wire.RevokeUserSessionOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Tokens.EndUserSession(ctx, b.Pool, b.User.Sub, token.SessionID(val(in.SessionID)), val(in.RevokeAssociatedSessions) == linked, b.GrantID)
}

// AdminRevokeUserSession ends a session of a user.
func (a *API) AdminRevokeUserSession(ctx context.Context, in *wire.AdminRevokeUserSessionInput) (*wire.AdminRevokeUserSessionOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Tokens.EndUserSession(ctx, p, u.Sub, token.SessionID(val(in.SessionID)), val(in.RevokeAssociatedSessions) == linked, "")
}
