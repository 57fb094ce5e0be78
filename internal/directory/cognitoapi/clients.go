package cognitoapi

import (
	"cmp"
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateUserPoolClient makes an app client.
func (a *API) CreateUserPoolClient(ctx context.Context, in *wire.CreateUserPoolClientInput) (*wire.CreateUserPoolClientOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	s, err := clientSettings(in)
	if err != nil {
		return nil, err
	}
	c, err := a.Pools.CreateClient(ctx, p, userpool.NewClient{
		Name: val(in.ClientName), GenerateSecret: val(in.GenerateSecret), Secret: val(in.ClientSecret), Settings: s,
	})
	if err != nil {
		return nil, err
	}
	out, err := a.wireClient(c)
	return &wire.CreateUserPoolClientOutput{UserPoolClient: out}, err
}

// DescribeUserPoolClient returns an app client with its secret.
func (a *API) DescribeUserPoolClient(ctx context.Context, in *wire.DescribeUserPoolClientInput) (*wire.DescribeUserPoolClientOutput, error) {
	_, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	out, err := a.wireClient(c)
	return &wire.DescribeUserPoolClientOutput{UserPoolClient: out}, err
}

// UpdateUserPoolClient replaces a client's settings. A member that the request
// leaves out gets its default. The secret stays.
func (a *API) UpdateUserPoolClient(ctx context.Context, in *wire.UpdateUserPoolClientInput) (*wire.UpdateUserPoolClientOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	s, err := clientSettings(asCreateUserPoolClient(in))
	if err != nil {
		return nil, err
	}
	c, err = a.Pools.UpdateClient(ctx, p, c.ID, func(c *userpool.Client) error {
		c.Settings = s
		if in.ClientName != nil {
			c.Name = *in.ClientName
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, err := a.wireClient(c)
	return &wire.UpdateUserPoolClientOutput{UserPoolClient: out}, err
}

// DeleteUserPoolClient removes an app client and its tokens.
func (a *API) DeleteUserPoolClient(ctx context.Context, in *wire.DeleteUserPoolClientInput) (*wire.DeleteUserPoolClientOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.DeleteClient(ctx, p.ID, c.ID)
}

// ListUserPoolClients lists the clients of a pool, sorted by id. A page with the
// clients of one type may have few of them, or none, before the last page.
// Cognito: ClientType.
func (a *API) ListUserPoolClients(ctx context.Context, in *wire.ListUserPoolClientsInput) (*wire.ListUserPoolClientsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListUserPoolClients:" + string(p.ID)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolClientsOutput{UserPoolClients: []wire.UserPoolClientDescription{}}
	clients, next, err := a.Pools.ListClients(ctx, p.ID, userpool.ClientID(after), int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	for _, c := range clients {
		if in.ClientType != nil && *in.ClientType != clientType(c) {
			continue
		}
		out.UserPoolClients = append(out.UserPoolClients, wire.UserPoolClientDescription{ClientID: new(string(c.ID)), ClientName: new(c.Name), UserPoolID: new(string(c.Pool))})
	}
	out.NextToken, err = a.pageToken(list, string(next))
	return out, err
}

// unofferedClientMembers returns the members that ask for what Gatehouse does not
// do yet.
func unofferedClientMembers(in *wire.CreateUserPoolClientInput) []unofferedMember {
	return []unofferedMember{
		{in.AnalyticsConfiguration != nil, "AnalyticsConfiguration"},
	}
}

// clientSettings returns the settings that a request asks for.
func clientSettings(in *wire.CreateUserPoolClientInput) (userpool.ClientSettings, error) {
	if err := refuseRequested(unofferedClientMembers(in)...); err != nil {
		return userpool.ClientSettings{}, err
	}
	return userpool.ClientSettings{
		AuthFlows:           asSet(in.ExplicitAuthFlows),
		OAuth:               val(in.AllowedOAuthFlowsUserPoolClient),
		Grants:              asSet(in.AllowedOAuthFlows),
		Scopes:              asSet(in.AllowedOAuthScopes),
		CallbackURLs:        asSet(in.CallbackURLs),
		LogoutURLs:          asSet(in.LogoutURLs),
		DefaultRedirectURI:  val(in.DefaultRedirectURI),
		Providers:           asSet(in.SupportedIdentityProviders),
		ReadAttributes:      asSet(in.ReadAttributes),
		WriteAttributes:     asSet(in.WriteAttributes),
		AccessTokenValidity: int(val(in.AccessTokenValidity)), IDTokenValidity: int(val(in.IDTokenValidity)), RefreshTokenValidity: int(val(in.RefreshTokenValidity)),
		Units:              unitsOf(in.TokenValidityUnits),
		AuthSessionMinutes: int(val(in.AuthSessionValidity)),
		HideUserExistence:  val(in.PreventUserExistenceErrors) == "ENABLED",
		ExistenceChosen:    in.PreventUserExistenceErrors != nil,
		RevocationOff:      in.EnableTokenRevocation != nil && !*in.EnableTokenRevocation,
		RefreshRotation:    rotationOf(in.RefreshTokenRotation),
		TellsAddresses:     val(in.EnablePropagateAdditionalUserContextData),
	}, nil
}

func rotationOf(r *wire.RefreshTokenRotation) *userpool.RefreshRotation {
	if r == nil {
		return nil
	}
	return &userpool.RefreshRotation{On: val(r.Feature) == "ENABLED", GraceSeconds: int(val(r.RetryGracePeriodSeconds))}
}

func wireRotation(r *userpool.RefreshRotation) *wire.RefreshTokenRotation {
	if r == nil {
		return nil
	}
	out := &wire.RefreshTokenRotation{Feature: new("DISABLED"), RetryGracePeriodSeconds: new(int64(r.GraceSeconds))}
	if r.On {
		out.Feature = new("ENABLED")
	}
	return out
}

// unitsOf returns the units of token lifetimes. If the request has one unit, the
// others get their defaults.
func unitsOf(u *wire.TokenValidityUnits) map[string]string {
	if u == nil || *u == (wire.TokenValidityUnits{}) {
		return nil
	}
	return map[string]string{
		"AccessToken": cmp.Or(val(u.AccessToken), "hours"), "IdToken": cmp.Or(val(u.IDToken), "hours"), "RefreshToken": cmp.Or(val(u.RefreshToken), "days"),
	}
}

// wireClient returns the wire form of an app client, with its secret.
func (a *API) wireClient(c *userpool.Client) (*wire.UserPoolClient, error) {
	s := &c.Settings
	out := &wire.UserPoolClient{
		ClientID: new(string(c.ID)), ClientName: new(c.Name), UserPoolID: new(string(c.Pool)), ClientType: new(clientType(c)),
		CreationDate: wire.At(c.Created), LastModifiedDate: wire.At(c.Modified),
		AccessTokenValidity: nonZero(int64(s.AccessTokenValidity)), IDTokenValidity: nonZero(int64(s.IDTokenValidity)),
		RefreshTokenValidity: new(refreshValidity(s)),
		TokenValidityUnits:   &wire.TokenValidityUnits{AccessToken: nonZero(s.Units["AccessToken"]), IDToken: nonZero(s.Units["IdToken"]), RefreshToken: nonZero(s.Units["RefreshToken"])},
		ExplicitAuthFlows:    s.AuthFlows, AllowedOAuthFlowsUserPoolClient: new(s.OAuth), AllowedOAuthFlows: s.Grants, AllowedOAuthScopes: s.Scopes,
		CallbackURLs: s.CallbackURLs, LogoutURLs: s.LogoutURLs, DefaultRedirectURI: nonZero(s.DefaultRedirectURI), SupportedIdentityProviders: s.Providers,
		ReadAttributes: s.ReadAttributes, WriteAttributes: s.WriteAttributes,
		AuthSessionValidity: new(int64(c.AuthSession().Minutes())), EnableTokenRevocation: new(!s.RevocationOff),
		EnablePropagateAdditionalUserContextData: new(s.TellsAddresses), RefreshTokenRotation: wireRotation(s.RefreshRotation),
	}
	if s.ExistenceChosen {
		out.PreventUserExistenceErrors = new("LEGACY")
		if s.HideUserExistence {
			out.PreventUserExistenceErrors = new("ENABLED")
		}
	}
	if !c.Confidential() {
		return out, nil
	}
	secret, err := a.Pools.Reveal(c)
	out.ClientSecret = &secret
	return out, err
}

// refreshValidity returns the lifetime of refresh tokens. Cognito shows the
// default too, thirty days.
func refreshValidity(s *userpool.ClientSettings) int64 {
	if s.RefreshTokenValidity == 0 {
		return 30
	}
	return int64(s.RefreshTokenValidity)
}

// asCreateUserPoolClient returns the request to create a client with the same
// settings.
func asCreateUserPoolClient(in *wire.UpdateUserPoolClientInput) *wire.CreateUserPoolClientInput {
	return &wire.CreateUserPoolClientInput{
		AccessTokenValidity: in.AccessTokenValidity, AllowedOAuthFlows: in.AllowedOAuthFlows, AllowedOAuthFlowsUserPoolClient: in.AllowedOAuthFlowsUserPoolClient,
		AllowedOAuthScopes: in.AllowedOAuthScopes, AnalyticsConfiguration: in.AnalyticsConfiguration, AuthSessionValidity: in.AuthSessionValidity,
		CallbackURLs: in.CallbackURLs, DefaultRedirectURI: in.DefaultRedirectURI, EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		EnableTokenRevocation: in.EnableTokenRevocation, ExplicitAuthFlows: in.ExplicitAuthFlows, IDTokenValidity: in.IDTokenValidity, LogoutURLs: in.LogoutURLs,
		PreventUserExistenceErrors: in.PreventUserExistenceErrors, ReadAttributes: in.ReadAttributes, RefreshTokenRotation: in.RefreshTokenRotation,
		RefreshTokenValidity: in.RefreshTokenValidity, SupportedIdentityProviders: in.SupportedIdentityProviders, TokenValidityUnits: in.TokenValidityUnits,
		WriteAttributes: in.WriteAttributes,
	}
}
