package session

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/identity"
)

// connection remembers why it was ended.
type connection struct{ ended atomic.Pointer[error] }

func (c *connection) SessionEnded(err error) { c.ended.CompareAndSwap(nil, &err) }

func (c *connection) err() error {
	if err := c.ended.Load(); err != nil {
		return *err
	}
	return nil
}

// tokensWith renews alice's tokens each hour, with further claims.
func tokensWith(claims map[string][]any) func(*Config) {
	return func(c *Config) {
		c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) {
			id := alice().Identity
			all := id.Claims.Map()
			maps.Copy(all, claims)
			id.Claims = identity.NewClaims(all)
			return &Renewal{Identity: id, TokenExpiry: time.Now().Add(time.Hour)}, nil
		}
	}
}

func TestPlacesAreLeftInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := node(t, &countingStore{}, nil)
		_, s := mustCreate(t, m, alice())
		s, _ = m.Lookup(t.Context(), s.ID)
		for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}} {
			var places [3]Attendee
			var connections [3]connection
			for i := range places {
				m.Attend(t.Context(), &places[i], s, &connections[i])
			}
			for left, i := range order {
				if got := len(m.attendees.list(func(*Session) bool { return true })); got != 3-left {
					t.Errorf("%v: %d connections before the one that leaves as number %d, want %d", order, got, left+1, 3-left)
				}
				m.Leave(&places[i])
			}
			if m.attendees.first != nil {
				t.Errorf("%v: a connection is remembered after all have left", order)
			}
		}
	})
}

func TestWhatEndsAnOpenConnection(t *testing.T) {
	for name, tt := range map[string]struct {
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
				c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) {
					return &Renewal{Identity: identity.Identity{UserID: "u-1"}, TokenExpiry: time.Now().Add(24 * time.Hour)}, nil
				}
			},
			func(_ *testing.T, store *countingStore, _ *Manager, _ *Session) { store.Apply(changed()) }, time.Second,
		},
		"a change that says the same": {
			func(c *Config) {
				c.Renew = func(_ context.Context, s *Session, _ Tokens) (*Renewal, error) {
					return &Renewal{Identity: s.Identity, TokenExpiry: time.Now().Add(24 * time.Hour)}, nil
				}
			},
			func(_ *testing.T, store *countingStore, _ *Manager, _ *Session) { store.Apply(changed()) }, 0,
		},
		"new tokens": { // each refresh cut the connections of living people
			tokensWith(map[string][]any{"iat": {"2"}, "exp": {"3"}, "at_hash": {"y"}}),
			func(*testing.T, *countingStore, *Manager, *Session) { time.Sleep(3 * time.Hour) }, 0,
		},
		"new tokens that say less": {
			tokensWith(map[string][]any{"iat": {"2"}, "exp": {"3"}, "amr": {"pwd"}}),
			func(*testing.T, *countingStore, *Manager, *Session) { time.Sleep(time.Hour) }, attendEvery,
		},
		"a database that is away too long": {nil, func(_ *testing.T, store *countingStore, _ *Manager, _ *Session) {
			store.away.Store(true)
			time.Sleep(DefaultOutage)
		}, attendEvery},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				m := node(t, store, tt.change)
				in := alice()
				in.TokenExpiry = time.Now().Add(DefaultLife)
				if strings.HasPrefix(name, "new tokens") {
					in.TokenExpiry = time.Now().Add(time.Hour)
				}
				_, s := mustCreate(t, m, in)
				s, err := m.Lookup(t.Context(), s.ID)
				if err != nil {
					t.Fatal(err)
				}
				var c connection
				var place Attendee
				m.Attend(t.Context(), &place, s, &c)
				defer m.Leave(&place)
				tt.happen(t, store, m, s)
				time.Sleep(tt.within)
				synctest.Wait()
				if tt.within == 0 {
					time.Sleep(time.Hour)
				}
				if err := c.err(); (err != nil) != (tt.within > 0) || err != nil && !errors.Is(err, ErrExpired) && !errors.Is(err, ErrUnavailable) {
					t.Errorf("the connection ended: %v, want its end: %t", err, tt.within > 0)
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
		var c connection
		var place Attendee
		m.Attend(t.Context(), &place, s, &c)
		if err := c.err(); !errors.Is(err, ErrExpired) {
			t.Errorf("the connection goes on (%v), want its end", err)
		}
		m.Leave(&place)
		if m.attendees.first != nil {
			t.Error("the connection is remembered after it ended")
		}
	})
}

// Alice's sign-out waited behind the renewals of others, one after the other.
func TestASignOutWaitsForNobodysRenewal(t *testing.T) {
	for where, signOut := range map[string]func(t *testing.T, m *Manager, store *countingStore, s *Session){
		"here": func(t *testing.T, m *Manager, _ *countingStore, s *Session) {
			if _, err := m.End(t.Context(), s.Person()); err != nil {
				t.Fatal(err)
			}
		},
		"at another node": func(_ *testing.T, _ *Manager, store *countingStore, s *Session) {
			store.Apply(Change{Scope: s.Person(), Ended: true})
		},
	} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &countingStore{}
				m := node(t, store, func(c *Config) {
					c.Renew = func(ctx context.Context, _ *Session, _ Tokens) (*Renewal, error) { // a provider that hangs
						<-ctx.Done()
						return nil, errAway
					}
				})
				const people = 100
				var places [people + 1]Attendee
				var connections [people + 1]connection
				attend := func(i int, subject string) *Session {
					in := alice()
					in.Subject = subject
					_, s := mustCreate(t, m, in)
					s, err := m.Lookup(t.Context(), s.ID)
					if err != nil {
						t.Fatal(err)
					}
					m.Attend(t.Context(), &places[i], s, &connections[i])
					return s
				}
				hers := attend(0, "u-alice")
				for i := range people {
					s := attend(i+1, "u-"+strconv.Itoa(i))
					store.Apply(Change{Scope: s.Person()})
				}
				signOut(t, m, store, hers)
				time.Sleep(time.Second)
				synctest.Wait()
				if err := connections[0].err(); !errors.Is(err, ErrExpired) {
					t.Errorf("a second after the sign-out: the connection ended with %v, want ErrExpired", err)
				}
				if err := connections[1].err(); err != nil {
					t.Errorf("somebody else's connection ended within a second: %v", err)
				}
				time.Sleep((people/attendAtOnce + 1) * (renewAsk + time.Second))
				synctest.Wait()
				for i := range places {
					if connections[i].err() == nil {
						t.Errorf("connection %d goes on: one session is looked at after the other", i)
					}
					m.Leave(&places[i])
				}
			})
		})
	}
}

// Whoever signs in again at once is not cut when the end of the last session is heard of.
func TestAnEndBeforeTheSignInEndsNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		m := node(t, store, nil)
		store.Apply(Change{Scope: Scope{Origin: alice().Origin}, Ended: true})
		_, s := mustCreate(t, m, alice())
		s, err := m.Lookup(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		var c connection
		var place Attendee
		m.Attend(t.Context(), &place, s, &c)
		defer m.Leave(&place)
		time.Sleep(2 * followEvery)
		synctest.Wait()
		if err := c.err(); err != nil {
			t.Errorf("the connection ended: %v, want that it goes on", err)
		}
	})
}
