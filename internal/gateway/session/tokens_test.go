package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/identity"
)

// Whoever writes a session writes its tokens too: one that forgot them would end it at
// the next renewal.
func TestEveryWriterKeepsTheTokens(t *testing.T) {
	asked := func(r *Renewal, err error) func(*Config) {
		return func(c *Config) {
			c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) { return r, err }
			c.Recheck = c.Renew
		}
	}
	renewal := func(t Tokens) *Renewal {
		return &Renewal{Identity: identity.Identity{UserID: "u-1"}, Tokens: t, TokenExpiry: time.Now().Add(48 * time.Hour)}
	}
	before := alice().Tokens
	for name, c := range map[string]struct {
		config func(*Config)
		write  func(*testing.T, *Manager, *countingStore, *Session)
		want   Tokens
	}{
		"a sign-in": {nil, func(*testing.T, *Manager, *countingStore, *Session) {}, before},
		"a device": {nil, func(t *testing.T, m *Manager, _ *countingStore, s *Session) {
			if err := m.AddDevice(t.Context(), s.ID, identity.Device{ID: "d"}); err != nil {
				t.Error(err)
			}
		}, before},
		"a use": {func(c *Config) { c.Idle = 3 * time.Hour }, func(t *testing.T, m *Manager, _ *countingStore, s *Session) {
			time.Sleep(30 * time.Minute)
			m.Lookup(t.Context(), s.ID)
		}, before},
		"a lease of a node that dies": {asked(nil, errAway), func(t *testing.T, m *Manager, _ *countingStore, s *Session) {
			time.Sleep(time.Hour)
			if h, ask, err := m.lease(t.Context(), s.ID); err != nil || ask == nil || h.Tokens != before {
				t.Errorf("got %v, %v, want the session with its tokens", h, err)
			}
		}, before},
		"a renewal":                          {asked(renewal(Tokens{"idt2", "at2", "rt2"}), nil), renewed, Tokens{"idt2", "at2", "rt2"}},
		"a renewal that rotates nothing":     {asked(renewal(Tokens{"idt2", "at2", ""}), nil), renewed, Tokens{"idt2", "at2", "rt"}},
		"a renewal without an ID token":      {asked(renewal(Tokens{"", "at2", "rt2"}), nil), renewed, Tokens{"", "at2", "rt2"}},
		"a renewal that failed":              {asked(nil, errAway), renewed, before},
		"a failed renewal that rotated":      {asked(&Renewal{Tokens: Tokens{Refresh: "rt2"}}, errAway), renewed, Tokens{"idt", "at", "rt2"}},
		"a provider that has nothing to say": {asked(nil, nil), renewed, before},
		"a renewal that is saved later": {func(c *Config) {
			store := c.Store.(*countingStore)
			c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) {
				store.away.Store(true)
				return renewal(Tokens{"idt2", "at2", "rt2"}), nil
			}
		}, func(t *testing.T, m *Manager, store *countingStore, s *Session) {
			renewed(t, m, store, s)
			if now, err := m.Lookup(t.Context(), s.ID); err != nil || mustTokens(t, m, now) != (Tokens{"idt2", "at2", "rt2"}) {
				t.Errorf("without the store: got %v, want what the provider answered", err)
			}
			store.away.Store(false)
			time.Sleep(2 * followEvery)
		}, Tokens{"idt2", "at2", "rt2"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				writer := node(t, store, c.config)
				_, made := mustCreate(t, writer, withTokens())
				c.write(t, writer, store, made)
				synctest.Wait()
				for name, m := range map[string]*Manager{"the writer": writer, "another node": node(t, store, nil)} {
					h, err := m.read(t.Context(), made.ID)
					if err != nil || h.Tokens != c.want || !h.tokens || h.refreshes != (c.want.Refresh != "") {
						t.Fatalf("%s reads other tokens than those (%v)", name, err)
					}
					if mustTokens(t, m, h.Session) != c.want {
						t.Errorf("%s has other tokens than those", name)
					}
				}
			})
		})
	}
}

// renewed asks for a session whose tokens have ended.
func renewed(t *testing.T, m *Manager, _ *countingStore, s *Session) {
	time.Sleep(time.Hour)
	m.Lookup(t.Context(), s.ID)
	synctest.Wait()
}

// A route that sends tokens does not ask the store with every request, and sends none of
// a session that is gone.
func TestTokensInUseStayInMemory(t *testing.T) {
	for name, c := range map[string]struct {
		happen func(*testing.T, *Manager, *countingStore, *Session)
		kept   bool
		reads  int32 // of the store, for what comes after
		want   error
	}{
		"nothing":    {func(*testing.T, *Manager, *countingStore, *Session) {}, true, 0, nil},
		"an outage":  {func(_ *testing.T, _ *Manager, s *countingStore, _ *Session) { s.away.Store(true) }, true, 0, nil},
		"a sign-out": {func(t *testing.T, m *Manager, _ *countingStore, s *Session) { m.Delete(t.Context(), s.ID) }, false, 1, ErrExpired},
		"a sign-out elsewhere": {func(_ *testing.T, _ *Manager, store *countingStore, s *Session) {
			store.Apply(Change{Scope: s.Person(), Ended: true})
		}, false, 1, ErrExpired},
		"a change":     {func(_ *testing.T, _ *Manager, store *countingStore, _ *Session) { store.Apply(changed()) }, false, 1, nil},
		"lost changes": {func(_ *testing.T, _ *Manager, store *countingStore, _ *Session) { store.lost.Store(true) }, false, 1, nil},
		"forgotten, in an outage": {func(_ *testing.T, m *Manager, store *countingStore, s *Session) {
			m.memory.forget(Change{Scope: Scope{ID: s.ID}})
			store.away.Store(true)
		}, false, 1, ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				m := node(t, store, nil)
				handle, _ := mustCreate(t, m, alice())
				s, err := m.Get(t.Context(), handle)
				if err != nil {
					t.Fatal(err)
				}
				before := store.loads.Load()
				for range 100 {
					mustTokens(t, m, s)
				}
				if n := store.loads.Load() - before; n != 1 {
					t.Errorf("the store was read %d times for 100 requests, want once", n)
				}
				c.happen(t, m, store, s)
				time.Sleep(time.Second)
				if _, kept := m.memory.held(s); kept != c.kept {
					t.Errorf("the tokens are in memory: %t, want %t", kept, c.kept)
				}
				before = store.loads.Load()
				got, err := m.Tokens(t.Context(), s)
				if n := store.loads.Load() - before; !errors.Is(err, c.want) || err == nil && got != alice().Tokens || err != nil && got != (Tokens{}) || n != c.reads {
					t.Errorf("got %v after %d reads, want %v after %d", err, n, c.want, c.reads)
				}
			})
		})
	}
}

// A node sends the new tokens as soon as it has the renewed session, and no sooner asks
// the store again.
func TestTokensFollowTheRevision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		provider := &rotating{valid: "rt", answered: func() {}}
		renew := func(c *Config) { c.Renew = provider.renew }
		here, there := node(t, store, renew), node(t, store, renew)
		handle, _ := mustCreate(t, here, withTokens())
		for range 3 {
			for name, m := range map[string]*Manager{"here": here, "there": there} {
				s, err := m.Get(t.Context(), handle)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if got := mustTokens(t, m, s); got.Refresh != provider.valid {
					t.Errorf("%s: the tokens are not those of the last renewal", name)
				}
			}
			time.Sleep(time.Hour)
		}
		if provider.calls != 2 {
			t.Errorf("got %d renewals of two nodes in two hours, want 2", provider.calls)
		}
	})
}

// The tokens of a session that was ended while they were read are not kept.
func TestTokensOfAnEndedSessionAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		_, s := mustCreate(t, m, alice())
		store.after = func() { m.Delete(context.Background(), s.ID) }
		m.Tokens(t.Context(), s)
		if _, kept := m.memory.held(s); kept {
			t.Error("the tokens are in memory")
		}
	})
}

func TestTokensAreNotShown(t *testing.T) {
	h := (&Session{ID: "s"}).hold(Tokens{"secret-1", "secret-2", "secret-3"})
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %v %s", h, h, h, text, fmt.Errorf("%v", h.Tokens), h.Tokens)
	if strings.Contains(shown, "secret") {
		t.Errorf("got %s", shown)
	}
}
