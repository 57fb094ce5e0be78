package registration

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// Errors of registering, besides those of access tokens and app clients.
var (
	ErrOff      = fault.New(fault.NotFound, "registration_off", "Applications cannot register themselves in this user pool.")
	ErrNoToken  = fault.New(fault.Unauthenticated, "registration_token_missing", "Registering needs an access token with the scope "+userpool.ScopeRegister+".")
	ErrMetadata = fault.New(fault.Invalid, "registration_metadata", "The metadata of the application is not valid.")
	ErrRedirect = fault.New(fault.Invalid, "registration_redirect", "A redirect URI is not valid.")
)

// anHour is how many applications a network may register in an hour without a token.
const anHour = 20

// Engine registers applications. Safe for concurrent use.
type Engine struct {
	Pools       *userpool.Engine
	Tokens      *token.Engine
	Credentials *credential.Engine // counts the registrations of a network
}

// Caller is who asks.
type Caller struct {
	Bearer  *seal.Secret // nil: the request had no token
	Network string       // what counts as one caller without a token
}

// Registered is an application that was registered.
type Registered struct {
	Client *userpool.Client
	Secret seal.Secret // "": the client is public
	Method string      // how it authenticates
}

// Register makes an app client for an application. Errors: those of this package and
// of access tokens, credential.ErrAttemptLimit, and those of
// [userpool.Engine.CreateClient].
func (e *Engine) Register(ctx context.Context, p *userpool.Pool, by Caller, in Metadata) (*Registered, error) {
	terms, err := e.admit(ctx, p, by)
	if err != nil {
		return nil, err
	}
	terms.scopes, err = e.Pools.ExistingScopes(ctx, p.ID, terms.scopes)
	if err != nil {
		return nil, err
	}
	settings, err := terms.settings(in)
	if err != nil {
		return nil, err
	}
	if terms.origin == userpool.Untried {
		if err := e.Credentials.Hourly(ctx, p.ID, "register:"+credential.Subject(p, nil, by.Network), anHour); err != nil {
			return nil, err
		}
	}
	method := in.method()
	c, err := e.Pools.CreateClient(ctx, p, userpool.NewClient{Name: nameOf(in.Name), GenerateSecret: method != methodNone, Settings: settings, Origin: terms.origin})
	if err != nil {
		return nil, err
	}
	out := &Registered{Client: c, Method: method}
	if c.Confidential() {
		out.Secret, err = e.Pools.Reveal(c)
	}
	return out, err
}

// admit returns on which terms the caller may register. Whoever sends a token is
// judged by the token, also where the pool is open.
func (e *Engine) admit(ctx context.Context, p *userpool.Pool, by Caller) (*terms, error) {
	r := p.Settings.Registration
	switch {
	case !p.RegistrationOn():
		return nil, ErrOff
	case by.Bearer == nil && !r.Open:
		return nil, ErrNoToken
	}
	t := &terms{grants: r.OpenGrants, scopes: append(userpool.OpenIDScopes(), r.Scopes...), origin: userpool.Untried}
	if by.Bearer != nil {
		if err := e.Tokens.VerifyRegistrar(ctx, p, *by.Bearer); err != nil {
			return nil, err
		}
		t.grants, t.origin = r.Grants, userpool.ByToken
	}
	return t, nil
}
