package session

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// countingStore counts loads, and can be made to fail.
type countingStore struct {
	MemoryStore
	loads atomic.Int32
	away  atomic.Bool
	after func()      // runs once a session was read
	lost  atomic.Bool // changes are not known any more
}

var errGone = errors.New("the database is away")

func (c *countingStore) LoadSession(ctx context.Context, id ID) (Record, error) {
	c.loads.Add(1)
	if c.away.Load() {
		return Record{}, errGone
	}
	r, err := c.MemoryStore.LoadSession(ctx, id)
	if c.after != nil {
		c.after()
	}
	return r, err
}

func (c *countingStore) Changes(ctx context.Context, after Mark) ([]Change, error) {
	if c.lost.Load() {
		return nil, ErrTooFarBehind
	}
	if c.away.Load() {
		return nil, errGone
	}
	return c.MemoryStore.Changes(ctx, after)
}

func (c *countingStore) UpdateSession(ctx context.Context, r Record) error {
	if c.away.Load() {
		return errGone
	}
	return c.MemoryStore.UpdateSession(ctx, r)
}

func (c *countingStore) EndSessions(ctx context.Context, scope Scope) (int, error) {
	if c.away.Load() {
		return 0, errGone
	}
	return c.MemoryStore.EndSessions(ctx, scope)
}

// node returns a manager over store, as one node of several.
func node(t *testing.T, store Store, change func(*Config)) *Manager {
	t.Helper()
	cfg := Config{Store: store, Box: newBox(t, "sessions")}
	if change != nil {
		change(&cfg)
	}
	m, err := NewManager(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func alice() SignIn {
	return SignIn{
		Identity: identity.Identity{UserID: "u-1", Provider: "p1", Email: "Alice@example.com", Claims: identity.NewClaims(map[string][]any{"cognito:groups": {"admins"}})},
		Provider: "p1", Renewal: Renewal{Origin: Origin{Issuer: "https://idp.example.com", Subject: "u-1", ProviderSession: "sid-1"}, Tokens: Tokens{ID: "idt", Access: "at", Refresh: "rt"}}, Notes: map[string]string{"ip": "192.0.2.1"},
		Client: Client{Device: "Firefox 128 / Linux", Address: "192.0.2.1"},
	}
}

func mustCreate(t *testing.T, m *Manager, in SignIn) (seal.Secret, *Session) {
	t.Helper()
	handle, s, err := m.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return handle, s
}

func mustTokens(t *testing.T, m *Manager, s *Session) Tokens {
	t.Helper()
	tokens, err := m.Tokens(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// change changes a stored session, as another node may.
func change(t *testing.T, m *Manager, id ID, change func(*Session)) {
	t.Helper()
	h, err := m.read(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	h.Revision++
	change(h.Session)
	if err := m.save(t.Context(), h); err != nil {
		t.Fatal(err)
	}
}

func TestCreateAndGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, made := mustCreate(t, m, alice())
		got, err := m.Get(t.Context(), handle)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != made.ID || got.Identity.SessionID != string(made.ID) || got.Identity.Email != "Alice@example.com" || mustTokens(t, m, got) != alice().Tokens ||
			got.Notes["ip"] != "192.0.2.1" || got.Client != alice().Client || !got.Expires.Equal(time.Now().Add(DefaultLife)) || got.Identity.Claims.Map()["cognito:groups"][0] != "admins" {
			t.Errorf("got %+v, want what was created", got)
		}
		record := store.records[made.ID]
		if bytes.Contains(record.Sealed, []byte("example.com")) || strings.Contains(string(record.ID), handle.Reveal()) || record.Origin != alice().Origin {
			t.Errorf("got record %+v; want it sealed, without the handle, and with its origin", record)
		}
		for range 100 {
			if _, err := m.Get(t.Context(), handle); err != nil {
				t.Fatal(err)
			}
		}
		if store.loads.Load() != 2 {
			t.Errorf("got %d calls of the store for a known session and its tokens, want 2", store.loads.Load())
		}
		if _, err := m.Get(t.Context(), "made-up"); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown handle: got %v, want %v", err, ErrNotFound)
		}
		// Who can write to the database can't pass one session off as another.
		record.ID = IDOf("other")
		store.CreateSession(t.Context(), record, 1)
		if _, err := m.Get(t.Context(), "other"); err == nil {
			t.Error("a record copied under another id: got no error")
		}
	})
}

func TestASessionEndsWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, _ := mustCreate(t, m, alice())
		short := alice()
		short.Life = time.Hour
		shortHandle, _ := mustCreate(t, m, short)
		time.Sleep(time.Hour)
		if _, err := m.Get(t.Context(), shortHandle); !errors.Is(err, ErrExpired) {
			t.Errorf("shortened: got %v, want %v", err, ErrExpired)
		}
		if _, err := m.Get(t.Context(), handle); err != nil {
			t.Errorf("got %v, want the session", err)
		}
		time.Sleep(DefaultLife)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrExpired) || len(store.records) != 0 {
			t.Errorf("got %v and %d records, want %v and none", err, len(store.records), ErrExpired)
		}
	})
}

func TestAnEndReachesEveryNodeWithinASecond(t *testing.T) {
	others := func(in SignIn) SignIn {
		in.Issuer = "https://other.example.com"
		return in
	}
	for name, c := range map[string]struct {
		scope func(s *Session) Scope
		other SignIn // stays signed in
	}{
		"one session":          {func(s *Session) Scope { return Scope{ID: s.ID} }, alice()},
		"a person":             {(*Session).Person, others(alice())},
		"a person's sign-in":   {func(s *Session) Scope { return Scope{Origin: s.Origin} }, others(alice())},
		"a provider's session": {func(s *Session) Scope { return Scope{Origin: Origin{Issuer: s.Issuer, ProviderSession: "sid-1"}} }, others(alice())},
		"an issuer":            {func(s *Session) Scope { return Scope{Origin: Origin{Issuer: s.Issuer}} }, others(alice())},
		"the same address":     {(*Session).Person, SignIn{Identity: alice().Identity, Renewal: Renewal{Origin: Origin{Issuer: alice().Issuer, Subject: "u-2"}}}},
		"no known person":      {func(*Session) Scope { return (&Session{ID: "x"}).Person() }, SignIn{Identity: alice().Identity}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				here, there := node(t, store, nil), node(t, store, nil)
				handle, s := mustCreate(t, here, alice())
				other, _ := mustCreate(t, here, c.other)
				for _, h := range []seal.Secret{handle, other} {
					here.Get(t.Context(), h)
					there.Get(t.Context(), h)
				}
				if _, err := here.End(t.Context(), c.scope(s)); err != nil {
					t.Fatal(err)
				}
				want := ErrNotFound
				if c.scope(s).ID == "x" {
					want = nil
				}
				if _, err := here.Get(t.Context(), handle); want != nil && !errors.Is(err, want) {
					t.Errorf("here at once: got %v, want %v", err, want)
				}
				time.Sleep(time.Second)
				if _, err := there.Get(t.Context(), handle); want != nil && !errors.Is(err, want) {
					t.Errorf("there after a second: got %v, want %v", err, want)
				}
				for _, m := range []*Manager{here, there} {
					if _, err := m.Get(t.Context(), other); err != nil {
						t.Errorf("the other session: got %v, want it", err)
					}
				}
			})
		})
	}
}

func TestAKnownSessionNeedsNoCallOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, _ := mustCreate(t, m, alice())
		synctest.Wait()
		for range 100 {
			m.Get(t.Context(), handle)
			time.Sleep(time.Minute)
		}
		if store.loads.Load() != 1 {
			t.Errorf("got %d loads in 100 minutes, want 1", store.loads.Load())
		}
	})
}

// A step of the wall clock must not keep what other nodes ended.
func TestASignOutIsSeenAlthoughTheClockWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back time.Duration
		store := &countingStore{}
		m := node(t, store, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(-back) } })
		handle, s := mustCreate(t, m, alice())
		m.Get(t.Context(), handle)
		back = 10 * time.Hour
		store.Apply(Change{Scope: Scope{ID: s.ID}, Ended: true}) // as another node does
		time.Sleep(time.Second)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
	})
}

// A load that began before the end must not bring the session back into memory.
func TestASessionThatIsBeingReadWhenItEndsIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, s := mustCreate(t, m, alice())
		store.after = func() {
			store.after = nil
			if _, err := m.End(t.Context(), s.Person()); err != nil {
				t.Error(err)
			}
		}
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
	})
}

// A node that missed changes can't know which of its sessions live.
func TestANodeThatMissedChangesForgetsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, s := mustCreate(t, m, alice())
		m.Get(t.Context(), handle)
		store.lost.Store(true)
		store.mu.Lock()
		delete(store.records, s.ID)
		store.mu.Unlock()
		time.Sleep(time.Second)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
	})
}

func TestASignInThatWasOvertakenByAnEndDoesNotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		in := alice()
		var err error
		if in.Since, err = m.Mark(t.Context()); err != nil {
			t.Fatal(err)
		}
		store.Apply(Change{Scope: Scope{Origin: Origin{Issuer: in.Issuer, Subject: in.Subject}}, Ended: true})
		if _, _, err := m.Create(t.Context(), in); !errors.Is(err, ErrExpired) || len(store.records) != 0 {
			t.Errorf("got %v and %d records, want %v and none", err, len(store.records), ErrExpired)
		}
		in.Since = 0 // a sign-in that begins now
		mustCreate(t, m, in)
	})
}

func TestWithoutTheStoreKnownSessionsGoOnForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, func(c *Config) { c.Outage = time.Minute })
		handle, _ := mustCreate(t, m, alice())
		unknown, _ := mustCreate(t, m, alice())
		ended, s := mustCreate(t, m, alice())
		m.Get(t.Context(), handle)
		m.Get(t.Context(), ended)
		store.away.Store(true)
		m.memory.forget(Change{Scope: Scope{ID: s.ID}, Ended: true}) // an end that this node heard of
		time.Sleep(time.Minute - followEvery)
		loads := store.loads.Load()
		if _, err := m.Get(t.Context(), handle); err != nil || store.loads.Load() != loads {
			t.Errorf("known: got %v after %d calls of the store, want the session and no call", err, store.loads.Load()-loads)
		}
		for name, h := range map[string]seal.Secret{"unknown": unknown, "ended": ended} {
			if _, err := m.Get(t.Context(), h); !errors.Is(err, ErrUnavailable) {
				t.Errorf("%s: got %v, want %v", name, err, ErrUnavailable)
			}
		}
		time.Sleep(followEvery)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrUnavailable) {
			t.Errorf("after a minute: got %v, want %v", err, ErrUnavailable)
		}
		store.away.Store(false)
		if _, err := m.Get(t.Context(), handle); err != nil {
			t.Errorf("with the store again: got %v, want the session", err)
		}
	})
}

// A session is due every ten minutes, and its tokens end each hour: both falls into
// nearly every outage.
func TestWithoutTheStoreSessionsGoOnThatAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		var renewed, rechecked atomic.Int32
		m := node(t, store, func(c *Config) {
			renews(&renewed, 0, nil)(c)
			rechecks(&rechecked, func() (*Renewal, error) { return nil, errRefused })(c)
		})
		signedIn := func(tokens time.Duration, rechecks bool) seal.Secret {
			in := alice()
			in.TokenExpiry, in.Rechecks = time.Now().Add(tokens), rechecks
			handle, _ := mustCreate(t, m, in)
			if _, err := m.Get(t.Context(), handle); err != nil {
				t.Fatal(err)
			}
			return handle
		}
		changedHandle := signedIn(time.Hour, false)
		store.Apply(changed())
		time.Sleep(time.Second)
		due := map[string]seal.Secret{
			"to be rechecked": signedIn(time.Hour, true), "with tokens that end": signedIn(5*time.Minute, false),
			"with tokens that end at once": signedIn(renewAhead+followEvery/5, false),
		}
		time.Sleep(renewAhead)
		store.away.Store(true)
		time.Sleep(followEvery / 2) // nobody has noticed yet
		for minute := range 15 {
			for name, handle := range due {
				if _, err := m.Get(t.Context(), handle); err != nil {
					t.Fatalf("a session %s, after %d minutes: got %v, want it to go on", name, minute, err)
				}
			}
			if _, err := m.Get(t.Context(), changedHandle); !errors.Is(err, ErrUnavailable) {
				t.Fatalf("a person who changed: got %v, want %v", err, ErrUnavailable)
			}
			time.Sleep(time.Minute - time.Second)
		}
		if renewed.Load()+rechecked.Load() != 0 {
			t.Errorf("the provider was asked %d times, and nothing could be kept of its answers", renewed.Load()+rechecked.Load())
		}
		store.away.Store(false)
		time.Sleep(time.Second)
		for range 2 {
			for _, handle := range due {
				m.Get(t.Context(), handle)
			}
			synctest.Wait()
		}
		if _, err := m.Get(t.Context(), due["to be rechecked"]); !errors.Is(err, ErrNotFound) || renewed.Load() != 2 {
			t.Errorf("with the store again: got %v and %d renewals, want %v for whom the provider refuses, and 2", err, renewed.Load(), ErrNotFound)
		}
	})
}

// The provider's no counts at once, also if the store can't note it any more.
func TestARefusalThatCantBeNotedEndsTheSessionHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, func(c *Config) {
			c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) {
				store.away.Store(true)
				return nil, errRefused
			}
		})
		handle, _ := mustCreate(t, m, withTokens())
		m.Get(t.Context(), handle)
		time.Sleep(time.Hour)
		for range 3 {
			if _, err := m.Get(t.Context(), handle); err == nil {
				t.Error("got the session, want none: the provider has refused")
			}
			time.Sleep(time.Second)
		}
	})
}

func BenchmarkKnownSession(b *testing.B) {
	box, _ := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), "sessions")
	m, err := NewManager(Config{Store: &MemoryStore{}, Box: box})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	handle, _, _ := m.Create(b.Context(), alice())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Get(b.Context(), handle); err != nil {
			b.Fatal(err)
		}
	}
}
