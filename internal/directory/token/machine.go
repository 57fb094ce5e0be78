package token

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/userpool"
)

// Errors of tokens for an app client itself.
var (
	ErrGrantNotAllowed = fault.New(fault.Denied, "grant_not_allowed", "The app client may not use this grant.")
	ErrClientRefused   = fault.New(fault.Unauthenticated, "client_token_refused", "Invalid client or secret")
)

// MachineRequest is a request of an app client for a token of its own.
type MachineRequest struct {
	Scope    string            // the custom scopes; "": all that the client has
	Metadata map[string]string // aws_client_metadata, for the pool's function
}

// ClientCredentials issues an access token for an app client itself, with all the
// custom scopes that it asks for. If one of them is not allowed, there is no token.
// The caller has authenticated client. RFC 6749 §4.4.
func (e *Engine) ClientCredentials(ctx context.Context, p *userpool.Pool, client *userpool.Client, in MachineRequest) (*Tokens, error) {
	if client.Pool != p.ID || !client.Confidential() || !client.AllowsGrant(userpool.GrantClientCredentials) {
		return nil, ErrGrantNotAllowed
	}
	asked, err := splitScopes(in.Scope)
	if err != nil {
		return nil, err
	}
	return e.machineToken(ctx, p, client, asked, in.Metadata)
}

// ClientToken issues the same token through the API, to a client that allows no
// other flow. scopes is as in ClientCredentials, a list; metadata is the
// ClientMetadata, for the pool's function. The client needs neither
// OAuth nor a grant. Errors: ErrClientRefused for an unknown client or a wrong
// secret; ErrGrantNotAllowed. Cognito: GetClientToken.
func (e *Engine) ClientToken(ctx context.Context, id userpool.ClientID, secret seal.Secret, scopes []string, metadata map[string]string) (*Tokens, error) {
	client, err := e.Pools.Client(ctx, id)
	if err == nil && !client.Confidential() {
		err = userpool.ErrSecretMismatch
	}
	if err == nil {
		err = e.Pools.CheckSecret(client, secret)
	}
	switch {
	case errors.Is(err, userpool.ErrClientNotFound), errors.Is(err, userpool.ErrSecretMismatch), errors.Is(err, userpool.ErrSecretMissing):
		return nil, ErrClientRefused.Because(err)
	case err != nil:
		return nil, fmt.Errorf("authenticate client: %w", err)
	case !client.AllowsFlow(userpool.FlowClientToken):
		return nil, ErrGrantNotAllowed
	}
	p, err := e.Pools.Pool(ctx, client.Pool)
	if err != nil {
		return nil, fmt.Errorf("load pool: %w", err)
	}
	return e.machineToken(ctx, p, client, scopes, metadata)
}

func (e *Engine) machineToken(ctx context.Context, p *userpool.Pool, client *userpool.Client, asked []string, metadata map[string]string) (*Tokens, error) {
	scopes, err := e.machineScopes(ctx, client, asked)
	if err != nil {
		return nil, err
	}
	ring, err := e.ring(ctx, p)
	if err != nil {
		return nil, err
	}
	i := &issuance{pool: p, client: client, now: e.now(), issuer: e.Issuer(p), accessJTI: ids.UUID()}
	o := trigger.Occasion{Pool: p, Client: client.ID, Metadata: metadata}
	if i.changes, err = e.triggers.PreMachineToken(ctx, o, scopes); err != nil {
		return nil, err
	}
	i.scopes = changedScopes(scopes, i.changes)
	access, err := i.signAccess(ring, i.machineClaims())
	if err != nil {
		return nil, err
	}
	return &Tokens{Access: seal.Secret(access), ExpiresIn: client.AccessTokenLife()}, nil
}

// machineScopes returns the scopes. It has different errors for a scope that does
// not exist and for one that the client does not have, as Cognito does.
func (e *Engine) machineScopes(ctx context.Context, client *userpool.Client, asked []string) ([]string, error) {
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
