package session

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func idle(limit time.Duration) func(*Config) { return func(c *Config) { c.Idle = limit } }

func wantLookup(t *testing.T, m *Manager, s *Session, want error, when string) {
	t.Helper()
	if _, err := m.Lookup(t.Context(), s.ID); !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", when, err, want)
	}
}

func TestASessionThatNobodyUsesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, idle(20*time.Minute))
		_, s := mustCreate(t, m, alice())
		for range 5 {
			time.Sleep(19 * time.Minute)
			wantLookup(t, m, s, nil, "used every 19 minutes")
		}
		time.Sleep(20 * time.Minute)
		wantLookup(t, m, s, ErrExpired, "unused for 20 minutes")
		if _, err := store.LoadSession(t.Context(), s.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the session is still stored: %v", err)
		}
	})
}

// Without the limit, nothing is written for a use.
func TestUsesAreWrittenRarely(t *testing.T) {
	for limit, want := range map[time.Duration]int{0: 0, 20 * time.Minute: 10} {
		synctest.Test(t, func(t *testing.T) {
			store := &seeingStore{}
			m := node(t, store, idle(limit))
			_, s := mustCreate(t, m, alice())
			for range 600 {
				time.Sleep(time.Second)
				wantLookup(t, m, s, nil, "in use")
			}
			time.Sleep(time.Second) // the last one is told
			synctest.Wait()
			if got := store.writes(); got != want {
				t.Errorf("limit %s: 600 uses in ten minutes were written %d times, want %d", limit, got, want)
			}
		})
	}
}

// seeingStore counts the writes of uses. While it fails, it takes none.
type seeingStore struct {
	MemoryStore
	mu   sync.Mutex
	seen []map[ID]time.Time
	fail bool
}

// writes returns how often uses were written.
func (s *seeingStore) writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

// comesBack ends the failing.
func (s *seeingStore) comesBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = false
}

func (s *seeingStore) SeeSessions(ctx context.Context, seen map[ID]time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail {
		return io.ErrUnexpectedEOF
	}
	s.seen = append(s.seen, seen)
	return s.MemoryStore.SeeSessions(ctx, seen)
}

func TestAUseAtAnotherNodeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		first, second := node(t, store, idle(20*time.Minute)), node(t, store, idle(20*time.Minute))
		_, s := mustCreate(t, first, alice())
		wantLookup(t, first, s, nil, "at once")
		for range 3 {
			time.Sleep(15 * time.Minute)
			wantLookup(t, second, s, nil, "at the second node")
		}
		time.Sleep(10 * time.Minute)
		wantLookup(t, first, s, nil, "55 minutes later at the first node")
		time.Sleep(15 * time.Minute)
		wantLookup(t, second, s, nil, "at the second node again")
		time.Sleep(21 * time.Minute)
		wantLookup(t, first, s, ErrExpired, "idle at both")
		time.Sleep(time.Second) // within which every node hears of an end
		wantLookup(t, second, s, ErrNotFound, "at the second node, after the end")
	})
}

func TestARestartForgetsNoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, idle(20*time.Minute))
		_, s := mustCreate(t, m, alice())
		time.Sleep(15 * time.Minute)
		wantLookup(t, m, s, nil, "used")
		m.Close()
		again := node(t, store, idle(20*time.Minute))
		time.Sleep(15 * time.Minute)
		wantLookup(t, again, s, nil, "15 minutes after the last use")
		again.Close()
		third := node(t, store, idle(20*time.Minute))
		time.Sleep(20 * time.Minute)
		wantLookup(t, third, s, ErrExpired, "20 minutes after the last use")
	})
}

// Uses that the store did not take are not lost, and an idle session is not let in
// while only the store could tell.
func TestIdleWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &seeingStore{fail: true}
		m := node(t, store, idle(20*time.Minute))
		_, s := mustCreate(t, m, alice())
		time.Sleep(15 * time.Minute)
		wantLookup(t, m, s, nil, "used while the store is away")
		time.Sleep(time.Second)
		store.comesBack()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := store.writes(); got != 1 {
			t.Errorf("the use was written %d times, want once when the store is back", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, idle(20*time.Minute))
		_, s := mustCreate(t, m, alice())
		wantLookup(t, m, s, nil, "at once")
		time.Sleep(21 * time.Minute)
		store.away.Store(true)
		wantLookup(t, m, s, ErrUnavailable, "idle, and the store is away")
		store.away.Store(false)
		time.Sleep(time.Second)
		wantLookup(t, m, s, ErrExpired, "idle, and the store is back")
	})
}

// Somebody at an open terminal is not idle.
func TestAnOpenConnectionIsAUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := node(t, &countingStore{}, idle(5*time.Minute))
		_, s := mustCreate(t, m, alice())
		s, err := m.Lookup(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		var a Attendee
		m.Attend(t.Context(), &a, s, nobodyEnds{t})
		time.Sleep(time.Hour)
		m.Leave(&a)
		wantLookup(t, m, s, nil, "after an hour at a connection")
		time.Sleep(5 * time.Minute)
		wantLookup(t, m, s, ErrExpired, "after the connection")
	})
}

// nobodyEnds is a connection that must not end.
type nobodyEnds struct{ t *testing.T }

func (n nobodyEnds) SessionEnded(err error) { n.t.Errorf("the connection ended: %v", err) }

// An idle session is none for the list of sessions.
func TestIdleSessionsAreNotListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := node(t, &countingStore{}, idle(20*time.Minute))
		mustCreate(t, m, alice())
		time.Sleep(15 * time.Minute)
		mustCreate(t, m, alice())
		time.Sleep(10 * time.Minute)
		n := 0
		for _, err := range m.List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("got %d sessions, want the one that is not idle", n)
		}
	})
}
