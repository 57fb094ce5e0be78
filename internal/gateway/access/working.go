package access

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/relyingparty"
)

// Freshness is the longest time that a change on one node takes to reach the
// other nodes.
const Freshness = 5 * time.Second

// outage is how long providers are used while the store does not answer. Sessions
// end it sooner, as the configuration says.
const outage = 24 * time.Hour

// Working is a provider that can sign people in: its client secret is open.
type Working struct {
	*IdentityProvider
	relyingparty.Provider
	broken error // why it can't sign people in; nil: it can
}

// ID returns the provider's ID.
func (w *Working) ID() string { return w.IdentityProvider.ID }

// snapshot is what a node knows of the providers, and since when.
type snapshot struct {
	loaded time.Time
	read   time.Time // before loaded, while the store does not answer
	list   []*Working
}

// Working returns the provider with an ID, ready to sign people in. It reads
// the store when its knowledge is older than [Freshness]. It fails with
// ErrProviderNotFound, and with ErrProviderInvalid if the client secret can't
// be opened; then it returns the provider as well.
func (e *Providers) Working(ctx context.Context, id string) (*Working, error) {
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

// AllWorking returns every provider that can sign people in, in the order of
// [Providers.List].
func (e *Providers) AllWorking(ctx context.Context) ([]*Working, error) {
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

// Known returns the provider with an ID if it can sign people in, else nil. It
// is for callers without a request, and waits for the store no longer than
// [Freshness].
func (e *Providers) Known(id string) *Working {
	ctx, cancel := context.WithTimeout(context.Background(), Freshness)
	defer cancel()
	w, err := e.Working(ctx, id)
	if err != nil {
		return nil
	}
	return w
}

// snapshot returns the providers, read from the store again when they are old.
// After half of Freshness, one caller reads the store, and the others get the
// old snapshot without waiting. After Freshness, all callers wait.
func (e *Providers) snapshot(ctx context.Context) (*snapshot, error) {
	s, now := e.current.Load(), e.clock() // not e.now: ages are measured by the monotonic clock
	if s.fresh(now, Freshness/2) {
		return s, nil
	}
	if s.fresh(now, Freshness) && !e.loading.TryLock() {
		return s, nil
	} else if !s.fresh(now, Freshness) {
		e.loading.Lock()
	}
	defer e.loading.Unlock()
	if newer := e.current.Load(); newer != s && newer != nil {
		return newer, nil // another caller read it in the meantime
	}
	next, err := e.load(ctx, s, now)
	if err != nil && s != nil && now.Sub(s.read) < outage {
		// The time is that after the read, which may have hung longer than Freshness.
		next, err = &snapshot{loaded: e.clock(), read: s.read, list: s.list}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load identity providers: %w", err)
	}
	e.current.Store(next)
	return next, nil
}

// fresh reports whether s is younger than limit. A clock that stepped back makes
// it no younger. s may be nil.
func (s *snapshot) fresh(now time.Time, limit time.Duration) bool {
	return s != nil && !now.Before(s.loaded) && now.Sub(s.loaded) < limit
}

func (e *Providers) load(ctx context.Context, old *snapshot, now time.Time) (*snapshot, error) {
	all, err := e.List(ctx)
	if err != nil {
		return nil, err
	}
	next := &snapshot{loaded: now, read: now}
	for _, p := range all {
		w := old.unchanged(p)
		if w == nil {
			w = e.open(p)
		}
		next.list = append(next.list, w)
	}
	return next, nil
}

// unchanged returns the working provider of s that was made from p as it is
// now, or nil. To keep it saves fetching the provider's keys again. s may be
// nil.
func (s *snapshot) unchanged(p *IdentityProvider) *Working {
	if s == nil {
		return nil
	}
	for _, w := range s.list {
		if w.ID() == p.ID && w.Revision == p.Revision && w.Modified.Equal(p.Modified) && w.broken == nil {
			return w
		}
	}
	return nil
}

// open opens the client secret of p and makes p ready to sign people in.
func (e *Providers) open(p *IdentityProvider) *Working {
	secret, err := e.sealer.Open(p.Config.SealedSecret, secretContext(p.ID))
	if err != nil {
		text := "The client secret of %q can't be read, because it was sealed with other master keys. Set it again."
		return &Working{IdentityProvider: p, broken: ErrProviderInvalid.Saying(text, p.Name).Because(err)}
	}
	provider, err := relyingparty.NewExplicit(relyingparty.ExplicitConfig{
		ID: p.ID, ClientID: p.Config.ClientID, ClientSecret: seal.Secret(secret),
		AuthURL: p.Config.AuthURL, TokenURL: p.Config.TokenURL, CertsURL: p.Config.CertsURL,
		Scopes: p.Config.Scopes, PKCE: p.Config.PKCE, EmailClaimName: p.Config.EmailClaimName,
		AllowUnverifiedEmail: p.Config.AllowUnverifiedEmail, HTTP: e.http, Now: e.clock,
	})
	if err != nil {
		return &Working{IdentityProvider: p, broken: ErrProviderInvalid.Because(err)}
	}
	return &Working{IdentityProvider: p, Provider: provider}
}

// forget makes the next caller read the store.
func (e *Providers) forget() { e.current.Store(nil) }
