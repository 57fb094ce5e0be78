package access

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/relyingparty"
)

// Freshness is how long a node may go on with what it knows of the providers:
// the longest time that a change on another node takes to reach it.
const Freshness = 5 * time.Second

// Working is a provider that signs people in.
type Working struct {
	*IdentityProvider
	relyingparty.Provider
	broken error // its secret does not open
}

// ID is the provider's id.
func (w *Working) ID() string { return w.IdentityProvider.ID }

// snapshot is what a node knows of the providers.
type snapshot struct {
	loaded time.Time
	list   []*Working
}

// Working returns the provider with an id, ready to sign people in. It asks
// the store once in a while. ErrProviderNotFound.
func (e *Engine) Working(ctx context.Context, id string) (*Working, error) {
	s, err := e.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range s.list {
		if w.ID() == id {
			return w, w.broken
		}
	}
	return nil, ErrProviderNotFound
}

// AllWorking returns every provider at which people can sign in, in the order
// of List.
func (e *Engine) AllWorking(ctx context.Context) ([]*Working, error) {
	s, err := e.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var list []*Working
	for _, w := range s.list {
		if w.broken == nil {
			list = append(list, w)
		}
	}
	return list, nil
}

// snapshot returns what is known of the providers, read again when it is old.
// One of the callers reads it ahead of time; the others do not wait for it.
func (e *Engine) snapshot(ctx context.Context) (*snapshot, error) {
	s, now := e.current.Load(), e.now()
	if s != nil && now.Sub(s.loaded) < Freshness/2 {
		return s, nil
	}
	if s != nil && now.Sub(s.loaded) < Freshness && !e.loading.TryLock() {
		return s, nil
	} else if s == nil || now.Sub(s.loaded) >= Freshness {
		e.loading.Lock()
	}
	defer e.loading.Unlock()
	if again := e.current.Load(); again != s && again != nil {
		return again, nil // somebody was faster
	}
	next, err := e.load(ctx, s, now)
	if err != nil {
		return nil, fmt.Errorf("load identity providers: %w", err)
	}
	e.current.Store(next)
	return next, nil
}

func (e *Engine) load(ctx context.Context, old *snapshot, now time.Time) (*snapshot, error) {
	all, err := e.List(ctx)
	if err != nil {
		return nil, err
	}
	next := &snapshot{loaded: now}
	for _, p := range all {
		next.list = append(next.list, e.work(p, old))
	}
	return next, nil
}

// work makes a provider work, or returns the one that does, so that its keys
// need not be fetched again.
func (e *Engine) work(p *IdentityProvider, old *snapshot) *Working {
	if old != nil {
		for _, w := range old.list {
			if w.ID() == p.ID && w.Revision == p.Revision && w.Modified.Equal(p.Modified) && w.broken == nil {
				return w
			}
		}
	}
	secret, err := e.Sealer.Open(p.Config.SealedSecret, secretContext(p.ID))
	if err != nil {
		return &Working{IdentityProvider: p, broken: ErrProviderInvalid.Saying("The client secret of %q can't be read: the master keys are not those that it was sealed with. Set it again.", p.Name).Because(err)}
	}
	provider, err := relyingparty.NewExplicit(relyingparty.ExplicitConfig{
		ID: p.ID, ClientID: p.Config.ClientID, ClientSecret: seal.Secret(secret),
		AuthURL: p.Config.AuthURL, TokenURL: p.Config.TokenURL, CertsURL: p.Config.CertsURL,
		Scopes: p.Config.Scopes, PKCE: p.Config.PKCE, EmailClaimName: p.Config.EmailClaimName, HTTP: e.HTTP, Now: e.Now,
	})
	if err != nil {
		return &Working{IdentityProvider: p, broken: ErrProviderInvalid.Because(err)}
	}
	return &Working{IdentityProvider: p, Provider: provider}
}

// forget makes the next caller read the providers again.
func (e *Engine) forget() { e.current.Store(nil) }

// Known returns a provider that works, as far as it is known or can be read;
// nil: there is none. It is for callers that have no request to wait for.
func (e *Engine) Known(id string) *Working {
	ctx, cancel := context.WithTimeout(context.Background(), Freshness)
	defer cancel()
	w, err := e.Working(ctx, id)
	if err != nil {
		return nil
	}
	return w
}
