package session

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// countingStore counts loads and can be made to fail.
type countingStore struct {
	MemoryStore
	loads int
	fail  error
}

func (c *countingStore) LoadSession(ctx context.Context, id ID) (Record, error) {
	c.loads++
	if c.fail != nil {
		return Record{}, c.fail
	}
	return c.MemoryStore.LoadSession(ctx, id)
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
		Identity: identity.Identity{UserID: "u-1", Provider: "p1", Email: "Alice@example.com", Claims: map[string][]any{"cognito:groups": {"admins"}}},
		Provider: "p1", Renewal: Renewal{IDToken: "idt", AccessToken: "at", RefreshToken: "rt"}, Notes: map[string]string{"ip": "192.0.2.1"},
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

func TestCreateAndGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, made := mustCreate(t, m, alice())
		got, err := m.Get(t.Context(), handle)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != made.ID || got.Identity.SessionID != string(made.ID) || got.Identity.Email != "Alice@example.com" || got.AccessToken.Reveal() != "at" ||
			got.Notes["ip"] != "192.0.2.1" || !got.Expires.Equal(time.Now().Add(DefaultLife)) || got.Identity.Claims["cognito:groups"][0] != "admins" {
			t.Errorf("got %+v, want what was created", got)
		}
		record := store.records[made.ID]
		if bytes.Contains(record.Sealed, []byte("example.com")) || strings.Contains(string(record.ID), handle.Reveal()) || record.Person != "p1 u-1" {
			t.Errorf("got record %+v; want it sealed, without the handle, under provider and user", record)
		}
		for range 100 {
			if _, err := m.Get(t.Context(), handle); err != nil {
				t.Fatal(err)
			}
		}
		if store.loads != 1 {
			t.Errorf("got %d calls of the store for a known session, want 1", store.loads)
		}
		if _, err := m.Get(t.Context(), "made-up"); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown handle: got %v, want %v", err, ErrNotFound)
		}
		// Who can write to the database can't pass one session off as another.
		record.ID = IDOf("other")
		store.CreateSession(t.Context(), record)
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
		if n, err := m.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("sweep: got %d, %v, want the one that is left", n, err)
		}
	})
}

func TestDeletionReachesEveryNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		here, there := node(t, store, nil), node(t, store, nil)
		handle, s := mustCreate(t, here, alice())
		other, _ := mustCreate(t, here, alice())
		for _, h := range []seal.Secret{handle, other} {
			here.Get(t.Context(), h)
			there.Get(t.Context(), h)
		}
		if err := here.Delete(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("here at once: got %v, want %v", err, ErrNotFound)
		}
		time.Sleep(DefaultStaleness)
		if _, err := there.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("there after the bound: got %v, want %v", err, ErrNotFound)
		}
		if n, err := there.DeleteOf(t.Context(), PersonOf(alice().Identity)); n != 1 || err != nil {
			t.Errorf("got %d, %v, want the one other session", n, err)
		}
		if _, err := there.Get(t.Context(), other); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
	})
}

func TestSessionsInUseAreReloadedWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, s := mustCreate(t, m, alice())
		m.Get(t.Context(), handle)
		time.Sleep(DefaultStaleness / 2)
		first, _ := m.Get(t.Context(), handle)
		synctest.Wait()
		second, _ := m.Get(t.Context(), handle)
		if store.loads != 2 || first != second {
			t.Errorf("got %d loads, same session %t; want 2 and the session decoded once", store.loads, first == second)
		}
		store.DeleteSession(t.Context(), s.ID) // as another node does
		time.Sleep(DefaultStaleness / 2)
		m.Get(t.Context(), handle)
		synctest.Wait()
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
	})
}

func TestWithoutTheStoreNobodyStaysSignedInBeyondTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		handle, _ := mustCreate(t, m, alice())
		m.Get(t.Context(), handle)
		store.fail = errors.New("the database is away")
		if _, err := m.Get(t.Context(), handle); err != nil {
			t.Errorf("within the bound: got %v, want the session", err)
		}
		time.Sleep(DefaultStaleness)
		if _, err := m.Get(t.Context(), handle); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("after the bound: got %v, want the store's error", err)
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
