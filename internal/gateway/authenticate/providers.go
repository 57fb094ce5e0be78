package authenticate

import (
	"context"
	"fmt"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// Providers are the identity providers in use.
type Providers interface {
	// Choices are those among which a person chooses who wants a route that names
	// none. If there are none, nobody can sign in there.
	Choices() []relyingparty.Provider
	// All are the choices, and those that only a route names.
	All() []relyingparty.Provider
	// ByID finds one, or returns nil. It may know more than All.
	ByID(id string) relyingparty.Provider
}

// ProviderList is Providers in a slice: all of them are choices.
type ProviderList []relyingparty.Provider

// Choices implements [Providers].
func (l ProviderList) Choices() []relyingparty.Provider { return l }

// All implements [Providers].
func (l ProviderList) All() []relyingparty.Provider { return l }

// ByID implements [Providers].
func (l ProviderList) ByID(id string) relyingparty.Provider {
	for _, p := range l {
		if p.ID() == id {
			return p
		}
	}
	return nil
}

// NameOf returns the name that people know a provider by, or its id if it has none.
func NameOf(p relyingparty.Provider) string {
	if named, ok := p.(interface{ Name() string }); ok && named.Name() != "" {
		return named.Name()
	}
	return p.ID()
}

// ErrProviderGone ends a session whose provider is not configured any more.
var ErrProviderGone = fault.New(fault.Denied, "provider_gone", "Your identity provider is not in use any more. Please sign in again.")

// Renewer returns what session.Config.Renew needs: the session's own provider
// is asked. providers is called each time, so that it follows a reload.
func Renewer(providers func() Providers) func(context.Context, *session.Session, session.Tokens) (*session.Renewal, error) {
	return func(ctx context.Context, s *session.Session, t session.Tokens) (*session.Renewal, error) {
		renewal, err := asked(ctx, providers(), session.Held{Session: s, Tokens: t}, relyingparty.Provider.Refresh)
		if err == nil && s.TokenExpiry.IsZero() && !identity.Same(s.Identity, renewal.Identity) {
			return nil, ErrPersonChanged
		}
		return renewal, err
	}
}

// Rechecker returns what session.Config.Recheck needs, as Renewer does.
func Rechecker(providers func() Providers) func(context.Context, *session.Session, session.Tokens) (*session.Renewal, error) {
	return func(ctx context.Context, s *session.Session, t session.Tokens) (*session.Renewal, error) {
		return asked(ctx, providers(), session.Held{Session: s, Tokens: t}, relyingparty.Provider.Recheck)
	}
}

// asked asks the provider of a session. It returns nil if the provider has
// nothing to say.
func asked(ctx context.Context, all Providers, s session.Held, ask func(relyingparty.Provider, context.Context, relyingparty.Held) (*relyingparty.Result, error)) (*session.Renewal, error) {
	p := all.ByID(s.Provider)
	if p == nil {
		return nil, ErrProviderGone
	}
	r, err := ask(p, ctx, relyingparty.Held{
		Tokens:  relyingparty.Tokens(s.Tokens),
		Subject: s.Subject, UserID: s.Identity.UserID, Expiry: s.TokenExpiry,
	})
	if err != nil && r != nil {
		return &session.Renewal{Tokens: session.Tokens{Refresh: r.Tokens.Refresh}}, fmt.Errorf("renew session: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("renew session: %w", err)
	}
	if r == nil {
		return nil, nil
	}
	renewal := RenewalOf(p, r)
	return &renewal, nil
}

// ErrPersonChanged ends a session whose front has given away what the provider
// said at the sign-in, in tokens that it can't change.
var ErrPersonChanged = fault.New(fault.Denied, "person_changed", "Your account has changed. Please sign in again.")

// RenewalOf returns what a session takes from a sign-in at p.
func RenewalOf(p relyingparty.Provider, r *relyingparty.Result) session.Renewal {
	return session.Renewal{
		Origin:   session.Origin{Issuer: r.Issuer, Subject: r.Subject, ProviderSession: identity.Text(r.Claims, "sid")},
		Identity: identityOf(p, r), Tokens: session.Tokens(r.Tokens), TokenExpiry: r.Expiry, Rechecks: r.Rechecks,
	}
}

// identityOf returns the identity that a provider makes of a result. A provider
// may choose the claims itself.
func identityOf(p relyingparty.Provider, r *relyingparty.Result) identity.Identity {
	if own, ok := p.(interface {
		Identity(r *relyingparty.Result) identity.Identity
	}); ok {
		return own.Identity(r)
	}
	return r.Identity(p.ID())
}
