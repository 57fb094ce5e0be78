package session

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/identity"
)

func TestWhatEndsAnOpenConnection(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		happen func(t *testing.T, store *countingStore, m *Manager, s *Session)
		within time.Duration // 0: never
	}{
		"nothing":         {nil, func(*testing.T, *countingStore, *Manager, *Session) {}, 0},
		"a sign-out here": {nil, func(t *testing.T, _ *countingStore, m *Manager, s *Session) { m.Delete(t.Context(), s.ID) }, 1},
		"a sign-out at another node": {nil, func(_ *testing.T, store *countingStore, _ *Manager, s *Session) {
			store.Apply(Change{Scope: s.Person(), Ended: true})
		}, time.Second},
		"somebody else's end": {nil, func(_ *testing.T, store *countingStore, _ *Manager, s *Session) {
			store.Apply(Change{Scope: Scope{Origin: Origin{Issuer: s.Issuer, Subject: "u-2"}}, Ended: true})
		}, 0},
		"the end of its time":   {nil, func(*testing.T, *countingStore, *Manager, *Session) { time.Sleep(DefaultLife) }, attendEvery},
		"a provider that stays": {func(c *Config) { c.Stands = func(*Session) bool { return true } }, func(*testing.T, *countingStore, *Manager, *Session) {}, 0},
		"a provider that is taken away": {
			func(c *Config) {
				began := time.Now()
				c.Stands = func(*Session) bool { return time.Since(began) < time.Hour }
			},
			func(*testing.T, *countingStore, *Manager, *Session) { time.Sleep(time.Hour) }, attendEvery,
		},
		"another group": {
			func(c *Config) {
				c.Renew = func(context.Context, *Session) (*Renewal, error) {
					return &Renewal{Identity: identity.Identity{UserID: "u-1"}, TokenExpiry: time.Now().Add(24 * time.Hour)}, nil
				}
			},
			func(_ *testing.T, store *countingStore, _ *Manager, _ *Session) { store.Apply(changed()) }, time.Second,
		},
		"a change that says the same": {
			func(c *Config) {
				c.Renew = func(_ context.Context, s *Session) (*Renewal, error) {
					return &Renewal{Identity: s.Identity, TokenExpiry: time.Now().Add(24 * time.Hour)}, nil
				}
			},
			func(_ *testing.T, store *countingStore, _ *Manager, _ *Session) { store.Apply(changed()) }, 0,
		},
		"a database that is away too long": {nil, func(_ *testing.T, store *countingStore, _ *Manager, _ *Session) {
			store.away.Store(true)
			time.Sleep(DefaultOutage)
		}, attendEvery},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				m := node(t, store, c.change)
				_, s := mustCreate(t, m, alice())
				s, err := m.Lookup(t.Context(), s.ID)
				if err != nil {
					t.Fatal(err)
				}
				var ended atomic.Bool
				leave := m.Attend(t.Context(), s, func() { ended.Store(true) })
				defer leave()
				c.happen(t, store, m, s)
				time.Sleep(c.within)
				synctest.Wait()
				if c.within == 0 {
					time.Sleep(time.Hour)
				}
				if ended.Load() != (c.within > 0) {
					t.Errorf("the connection ended: %t, want %t", ended.Load(), c.within > 0)
				}
			})
		})
	}
}

func TestAConnectionOfASessionThatHasEndedDoesNotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := node(t, &countingStore{}, nil)
		_, s := mustCreate(t, m, alice())
		if err := m.Delete(t.Context(), s.ID); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		ended := false
		m.Attend(t.Context(), s, func() { ended = true })()
		if !ended {
			t.Error("the connection goes on, want its end")
		}
		if n := len(m.attendees.open); n != 0 {
			t.Errorf("%d connections are remembered after they ended, want none", n)
		}
	})
}
