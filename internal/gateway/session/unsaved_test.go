package session

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// rotating is a provider that accepts each refresh token once. answered runs before
// it answers.
type rotating struct {
	mu       sync.Mutex
	valid    seal.Secret
	calls    int
	answered func()
}

func (p *rotating) renew(_ context.Context, _ *Session, t Tokens) (*Renewal, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if t.Refresh != p.valid {
		return nil, errRefused
	}
	p.valid += "'"
	p.answered()
	return &Renewal{Identity: identity.Identity{UserID: "u-1", Name: "Alice"}, Tokens: Tokens{Access: "at2", Refresh: p.valid}, TokenExpiry: time.Now().Add(time.Hour)}, nil
}

// The database went away while the provider was asked. The node forgot the session
// and the rotated refresh token, answered 503 until the database was back, and then
// ended the session with the old token.
func TestARenewalThatCantBeSavedIsSavedLater(t *testing.T) {
	for name, c := range map[string]struct {
		age    time.Duration // of the tokens, which live an hour
		happen func(*countingStore, *Session)
		want   error // with the store again
	}{
		"the tokens have ended":   {time.Hour, func(*countingStore, *Session) {}, nil},
		"the tokens are to end":   {time.Hour - renewAhead/2, func(*countingStore, *Session) {}, nil},
		"the changes are lost":    {time.Hour, func(store *countingStore, _ *Session) { store.lost.Store(true) }, nil},
		"a sign-out in the store": {time.Hour, func(store *countingStore, s *Session) { store.Apply(Change{Scope: s.Person(), Ended: true}) }, ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				provider := &rotating{valid: "rt", answered: func() { store.away.Store(true) }}
				renew := func(c *Config) { c.Renew = provider.renew }
				here, there := node(t, store, renew), node(t, store, renew)
				handle, made := mustCreate(t, here, withTokens())
				here.Get(t.Context(), handle)
				there.Get(t.Context(), handle)
				time.Sleep(c.age)
				for range 10 {
					if _, err := here.Get(t.Context(), handle); err != nil {
						t.Fatalf("without the store: got %v, want the session", err)
					}
					time.Sleep(time.Second)
				}
				if s, err := here.Get(t.Context(), handle); err != nil || s.Identity.Name != "Alice" || mustTokens(t, here, s).Access != "at2" {
					t.Errorf("without the store: got %+v, %v, want what the provider answered", s, err)
				}
				c.happen(store, made)
				provider.answered = func() {}
				store.away.Store(false)
				time.Sleep(2 * followEvery)
				for name, m := range map[string]*Manager{"here": here, "there": there} {
					m.Get(t.Context(), handle) // it may look for the new tokens in the background
					synctest.Wait()
					s, err := m.Get(t.Context(), handle)
					if !errors.Is(err, c.want) || err == nil && mustTokens(t, m, s).Refresh != provider.valid {
						t.Errorf("%s, with the store again: got %v, %v, want %v", name, s, err, c.want)
					}
				}
				time.Sleep(time.Hour)
				if s, err := there.Get(t.Context(), handle); !errors.Is(err, c.want) || err == nil && mustTokens(t, there, s).Refresh != "rt''" {
					t.Errorf("at the next renewal: got %v, %v, want %v", s, err, c.want)
				}
				if n := len(here.unsaved.ids()); n > 0 {
					t.Errorf("%d sessions are still to be saved, want none", n)
				}
			})
		})
	}
}

// frozen is a store whose connection is not refused while it is away, but hangs: its
// node notices the end of an outage later than others.
type frozen struct{ *countingStore }

func (f frozen) hang(ctx context.Context) error {
	if !f.away.Load() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (f frozen) Changes(ctx context.Context, after Mark) ([]Change, error) {
	if err := f.hang(ctx); err != nil {
		return nil, err
	}
	return f.countingStore.Changes(ctx, after)
}

func (f frozen) UpdateSession(ctx context.Context, r Record) error {
	if err := f.hang(ctx); err != nil {
		return err
	}
	return f.countingStore.UpdateSession(ctx, r)
}

// After an outage that was longer than a lease, another node took the session over
// before the first had saved the rotated refresh token. It used the spent one, and
// the provider ended the session. So did a node that was started then.
func TestALeaseThatEndedInAnOutageLastsUntilItsNodeHasSaved(t *testing.T) {
	for name, outage := range map[string]time.Duration{"longer than a lease": renewLease + clockLeeway + time.Minute, "as long as a lease": renewLease, "short": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				provider := &rotating{valid: "rt", answered: func() { store.away.Store(true) }}
				renew := func(c *Config) { c.Renew = provider.renew }
				there := node(t, store, renew)
				time.Sleep(followEvery / 2) // its looks come between those of the other
				here := node(t, frozen{store}, renew)
				handle, _ := mustCreate(t, here, withTokens())
				here.Get(t.Context(), handle)
				there.Get(t.Context(), handle)
				time.Sleep(time.Hour)
				here.Get(t.Context(), handle)
				time.Sleep(outage + storeTimeout)
				provider.answered = func() {}
				store.away.Store(false)
				nodes := map[string]*Manager{"there": there, "started now": node(t, store, renew), "here": here}
				var asking sync.WaitGroup
				for name, m := range nodes {
					asking.Go(func() {
						for range 50 {
							if s, err := m.Get(t.Context(), handle); err != nil {
								t.Errorf("%s: got %v, %v, want the session", name, s, err)
							}
							time.Sleep(followEvery / 5)
						}
					})
				}
				asking.Wait()
				if provider.calls != 1 {
					t.Errorf("the provider got %d refresh tokens, want one", provider.calls)
				}
				for name, m := range nodes {
					if s, err := m.Get(t.Context(), handle); err != nil || mustTokens(t, m, s).Refresh != provider.valid {
						t.Errorf("%s: got %v, %v, want the session with the token that the provider gave", name, s, err)
					}
				}
			})
		})
	}
}

// A node that died while it renewed a session holds it up no longer than that.
func TestALeaseOfADeadNodeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider := &rotating{valid: "rt", answered: func() {}}
		m := node(t, &countingStore{}, func(c *Config) { c.Renew = provider.renew })
		in := alice()
		in.TokenExpiry = time.Now()
		handle, s := mustCreate(t, m, in)
		change(t, m, s.ID, func(s *Session) { s.leased = time.Now().Add(-time.Hour) })
		began := time.Now()
		_, err := m.Get(t.Context(), handle)
		if waited := time.Since(began); err != nil || provider.calls != 1 || waited > settleTime+renewPoll {
			t.Errorf("got %v after %s and %d calls, want the session within %s", err, waited, provider.calls, settleTime)
		}
	})
}

// The token endpoint answered, and then the provider was away: the next renewal was
// made with the spent refresh token.
func TestTheRefreshTokenOfAnUnfinishedRenewalIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var used []seal.Secret
		m := node(t, &countingStore{}, func(c *Config) {
			c.Renew = func(_ context.Context, _ *Session, t Tokens) (*Renewal, error) {
				used = append(used, t.Refresh)
				return &Renewal{Tokens: Tokens{Refresh: t.Refresh + "'"}}, errAway
			}
		})
		handle, _ := mustCreate(t, m, withTokens())
		time.Sleep(time.Hour)
		for range 2 {
			s, err := m.Get(t.Context(), handle)
			if err != nil || s.Identity.Email != "Alice@example.com" || mustTokens(t, m, s).Access != "at" {
				t.Errorf("got %+v, %v, want the session as it was", s, err)
			}
			time.Sleep(renewPause)
		}
		if !slices.Equal(used, []seal.Secret{"rt", "rt'"}) {
			t.Errorf("the provider got %d refresh tokens, want each new one once", len(used))
		}
	})
}

// A sign-out that this node carries out counts, although a renewal is still to be
// saved.
func TestAnUnsavedRenewalDoesNotBringASignedOutSessionBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		provider := &rotating{valid: "rt", answered: func() { store.away.Store(true) }}
		m := node(t, store, func(c *Config) { c.Renew = provider.renew })
		handle, s := mustCreate(t, m, withTokens())
		m.Get(t.Context(), handle)
		time.Sleep(time.Hour)
		m.Get(t.Context(), handle)
		store.away.Store(false)
		if err := m.Delete(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) || len(store.records) != 0 {
			t.Errorf("got %v and %d records, want %v and none", err, len(store.records), ErrNotFound)
		}
	})
}

// Stamps come from the clock of the node that wrote them, which may be wrong.
func TestStampsOfAWrongClock(t *testing.T) {
	for name, c := range map[string]struct {
		stamp func(*Session, time.Time)
		waits time.Duration // of the request
		calls int           // of the provider
	}{
		"no stamp":                                {func(*Session, time.Time) {}, 0, 1},
		"confirmed in an hour":                    {func(s *Session, now time.Time) { s.TokenExpiry, s.checked = time.Time{}, now.Add(time.Hour) }, 0, 1},
		"confirmed in a moment":                   {func(s *Session, now time.Time) { s.TokenExpiry, s.checked = time.Time{}, now.Add(time.Second) }, 0, 0},
		"failed in an hour":                       {func(s *Session, now time.Time) { s.paused = now.Add(time.Hour) }, 0, 1},
		"failed a moment ago":                     {func(s *Session, now time.Time) { s.paused = now.Add(renewPause - time.Second) }, 0, 0},
		"leased for an hour":                      {func(s *Session, now time.Time) { s.leased = now.Add(time.Hour) }, renewLease, 1},
		"leased a moment ago":                     {func(s *Session, now time.Time) { s.leased = now.Add(renewLease) }, renewLease, 1},
		"leased by a clock half a minute behind":  {func(s *Session, now time.Time) { s.leased = now.Add(renewLease - 30*time.Second) }, renewLease, 1},
		"leased an hour ago, by a node that died": {func(s *Session, now time.Time) { s.leased = now.Add(-time.Hour) }, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				provider := &rotating{valid: "rt", answered: func() {}}
				store := &countingStore{}
				m := node(t, store, func(c *Config) { c.Renew, c.Recheck = provider.renew, provider.renew })
				time.Sleep(settleTime)
				in := alice()
				in.TokenExpiry = time.Now() // they have ended
				handle, s := mustCreate(t, m, in)
				change(t, m, s.ID, func(s *Session) { c.stamp(s, time.Now()) })
				began := time.Now()
				_, err := m.Get(t.Context(), handle)
				waited := time.Since(began)
				synctest.Wait()
				if err != nil || waited.Round(time.Second) != c.waits || provider.calls != c.calls {
					t.Errorf("got %v after %s and %d calls of the provider, want the session after %s and %d", err, waited, provider.calls, c.waits, c.calls)
				}
			})
		})
	}
}
