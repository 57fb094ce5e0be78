package access

import (
	"context"
	"fmt"
	"slices"
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

// readTimeout is how long the store may take to say what the providers are.
const readTimeout = 2 * time.Second

// snapshot is what a node knows of the providers, and since when. It never changes.
type snapshot struct {
	loaded time.Time // when the store was asked last; zero: it must be asked now
	read   time.Time // when it answered last; zero: never
	stored []*IdentityProvider
	list   []*Working // the declared and the stored ones
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
// is for callers without a request.
func (e *Providers) Known(id string) *Working {
	w, err := e.Working(context.Background(), id)
	if err != nil {
		return nil
	}
	return w
}

// snapshot returns the providers, read from the store again when they are old. One
// read runs in the background, for all callers. Before Freshness nobody waits for
// it. After Freshness all callers do, no longer than readTimeout; if the store does
// not answer, the old providers count for another Freshness.
func (e *Providers) snapshot(ctx context.Context) (*snapshot, error) {
	s, now := e.current.Load(), e.clock() // not e.now: ages are measured by the monotonic clock
	if s.fresh(now, Freshness/2) {
		return s, nil
	}
	r := e.reading()
	if s.fresh(now, Freshness) {
		return s, nil
	}
	select {
	case <-r.done:
		return r.snapshot, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for identity providers: %w", ctx.Err())
	}
}

// reading is a read of the store that may be under way.
type reading struct {
	done     chan struct{} // closed when the rest is set
	snapshot *snapshot
	err      error
}

// reading returns the read that is under way, or begins one.
func (e *Providers) reading() *reading {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.read == nil {
		r := &reading{done: make(chan struct{})}
		e.read = r
		e.running.Go(func() {
			r.snapshot, r.err = e.refresh()
			e.over(r)
			close(r.done)
		})
	}
	return e.read
}

// over makes the next caller begin a read of its own.
func (e *Providers) over(r *reading) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.read == r {
		e.read = nil
	}
}

// refresh reads the store. What this node changes meanwhile is not in the answer,
// and makes the next caller read again.
func (e *Providers) refresh() (*snapshot, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	s, now := e.current.Load(), e.clock()
	stored, err := e.store.IdentityProviders(ctx)
	switch {
	case err == nil:
		s = e.replace(s, &snapshot{loaded: now, read: now, stored: stored})
	case !s.read.IsZero() && now.Sub(s.read) < outage:
		// The time is that after the read, which may have hung longer than Freshness.
		s = e.replace(s, &snapshot{loaded: e.clock(), read: s.read, stored: s.stored})
	default:
		return nil, fmt.Errorf("load identity providers: %w", err)
	}
	return s, nil
}

// replace makes next the current snapshot, unless old is not the current one any
// more. It returns next, complete.
func (e *Providers) replace(old, next *snapshot) *snapshot {
	for _, p := range e.with(next.stored) {
		w := old.unchanged(p)
		if w == nil {
			w = e.open(p)
		}
		next.list = append(next.list, w)
	}
	e.current.CompareAndSwap(old, next)
	return next
}

// fresh reports whether s is younger than limit. A clock that stepped back makes
// it no younger.
func (s *snapshot) fresh(now time.Time, limit time.Duration) bool {
	return !s.loaded.IsZero() && !now.Before(s.loaded) && now.Sub(s.loaded) < limit
}

// unchanged returns the working provider of s that was made from p as it is
// now, or nil. To keep it saves fetching the provider's keys again.
func (s *snapshot) unchanged(p *IdentityProvider) *Working {
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
		AllowUnverifiedEmail: p.Config.AllowUnverifiedEmail, Others: e.others, HTTP: e.http, Now: e.clock,
	})
	if err != nil {
		return &Working{IdentityProvider: p, broken: ErrProviderInvalid.Because(err)}
	}
	return &Working{IdentityProvider: p, Provider: provider}
}

// changed makes the next caller read the store. If it does not answer then, stored
// is what it had: a change of this node stands also if the store goes away after it.
func (e *Providers) changed(stored func(*snapshot) []*IdentityProvider) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.read = nil // it may have missed the change
	for {
		s := e.current.Load()
		if e.current.CompareAndSwap(s, &snapshot{read: s.read, stored: stored(s), list: s.list}) {
			return
		}
	}
}

// wrote says that the store has p now. If err is not nil, nobody knows what it has.
func (e *Providers) wrote(p *IdentityProvider, err error) {
	e.changed(func(s *snapshot) []*IdentityProvider {
		if err != nil {
			return s.stored
		}
		return append(s.without(p.ID), p)
	})
}

// deleted says that the store has no provider with an ID any more.
func (e *Providers) deleted(id string, err error) {
	e.changed(func(s *snapshot) []*IdentityProvider {
		if err != nil {
			return s.stored
		}
		return s.without(id)
	})
}

// without returns the stored providers except one, in a list of its own.
func (s *snapshot) without(id string) []*IdentityProvider {
	return slices.DeleteFunc(slices.Clone(s.stored), func(p *IdentityProvider) bool { return p.ID == id })
}

// close waits for the read that may be under way.
func (e *Providers) close() { e.running.Wait() }
