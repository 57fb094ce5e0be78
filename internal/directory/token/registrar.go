package token

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// VerifyRegistrar verifies an access token with which its bearer registers
// applications in a pool: of a client itself or of a user, with the scope for that,
// which the client still has. Cognito: "Dynamic client registration".
func (e *Engine) VerifyRegistrar(ctx context.Context, p *userpool.Pool, access seal.Secret) error {
	s, ok := parseSigned(access.Reveal())
	if !ok || s.claims.Issuer != e.Issuer(p) {
		return ErrAccessInvalid
	}
	client, scopes, err := e.bearerClient(ctx, p, access, s)
	if err != nil {
		return err
	}
	if !contains(scopes, userpool.ScopeRegister) || !contains(client.Settings.Scopes, userpool.ScopeRegister) {
		return ErrAccessScope
	}
	return nil
}

// bearerClient returns the client of an access token of the pool, and the scopes of
// the token.
func (e *Engine) bearerClient(ctx context.Context, p *userpool.Pool, access seal.Secret, s *signed) (*userpool.Client, []string, error) {
	if s.claims.Username != "" {
		a, err := e.VerifyAccess(ctx, access, "")
		if err != nil {
			return nil, nil, err
		}
		return a.Client, a.Scopes, nil
	}
	if err := e.checkAccess(ctx, p, s); err != nil {
		return nil, nil, err
	}
	client, err := e.Pools.ClientOf(ctx, p.ID, userpool.ClientID(s.claims.ClientID))
	if errors.Is(err, userpool.ErrClientNotFound) {
		return nil, nil, ErrAccessRevoked.Because(errClientGone)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load client: %w", err)
	}
	scopes, err := splitScopes(s.claims.Scope)
	return client, scopes, err
}
