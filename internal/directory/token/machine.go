package token

import (
	"context"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// ErrGrantNotAllowed means that an app client may not use this OAuth grant.
var ErrGrantNotAllowed = fault.New(fault.Denied, "grant_not_allowed", "The app client may not use this grant.")

// ClientCredentials issues an access token for an app client itself, with all the
// custom scopes that scope names; "" means all that the client has. If one of them
// is not allowed, there is no token. The caller has authenticated client. RFC 6749
// §4.4.
func (e *Engine) ClientCredentials(ctx context.Context, p *userpool.Pool, client *userpool.Client, scope string) (*Tokens, error) {
	if client.Pool != p.ID || !client.Confidential() || !client.AllowsGrant(userpool.GrantClientCredentials) {
		return nil, ErrGrantNotAllowed
	}
	scopes, err := e.machineScopes(ctx, client, scope)
	if err != nil {
		return nil, err
	}
	ring, err := e.ring(ctx, p)
	if err != nil {
		return nil, err
	}
	i := &issuance{pool: p, client: client, now: e.now(), issuer: e.Issuer(p), accessJTI: ids.UUID()}
	access, err := ring.sign(UseAccess, i.now, i.machineClaims(scopes))
	if err != nil {
		return nil, err
	}
	return &Tokens{Access: seal.Secret(access), ExpiresIn: client.AccessTokenLife()}, nil
}

// machineScopes returns the scopes. It has different errors for a scope that does
// not exist and for one that the client does not have, as Cognito does.
func (e *Engine) machineScopes(ctx context.Context, client *userpool.Client, scope string) ([]string, error) {
	asked, err := splitScopes(scope)
	if err != nil {
		return nil, err
	}
	all := len(asked) == 0
	if all {
		asked = customScopes(client.Settings.Scopes)
	}
	if len(customScopes(asked)) < len(asked) {
		return nil, ErrScopeUnknown // openid and other scopes that concern a user
	}
	active, err := e.activeScopes(ctx, client.Pool, asked)
	switch {
	case err != nil:
		return nil, err
	case len(active) == 0, !all && len(active) < len(asked):
		return nil, ErrScopeUnknown
	}
	for _, s := range active {
		if !contains(client.Settings.Scopes, s) {
			return nil, ErrScopeNotAllowed
		}
	}
	return active, nil
}

// customScopes returns the scopes of resource servers among scopes.
func customScopes(scopes []string) []string {
	var custom []string
	for _, s := range scopes {
		if strings.Contains(s, "/") {
			custom = append(custom, s)
		}
	}
	return custom
}
