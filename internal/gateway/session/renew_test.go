package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/identity"
)

var (
	errAway    = fault.New(fault.Unavailable, "test_away", "away")
	errRefused = fault.New(fault.Denied, "test_refused", "refused")
)

// withTokens is alice with tokens that end in an hour.
func withTokens() SignIn {
	in := alice()
	in.TokenExpiry = time.Now().Add(time.Hour)
	return in
}

// renews answers renewals with another identity, after a while.
func renews(calls *atomic.Int32, took time.Duration, err error) func(*Config) {
	return func(c *Config) {
		c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) {
			calls.Add(1)
			time.Sleep(took)
			if err != nil {
				return nil, err
			}
			return &Renewal{
				Identity: identity.Identity{UserID: "u-1", Email: "alice@example.com", Claims: identity.NewClaims(map[string][]any{"name": {"Alice"}})},
				Tokens:   Tokens{Access: "at2", Refresh: "rt2"}, TokenExpiry: time.Now().Add(time.Hour),
			}, nil
		}
	}
}

func TestRenewalRunsAheadOnceAndReplacesClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		store := &MemoryStore{}
		here, there := node(t, store, renews(&calls, time.Second, nil)), node(t, store, renews(&calls, time.Second, nil))
		handle, made := mustCreate(t, here, withTokens())
		time.Sleep(59*time.Minute - time.Nanosecond)
		here.Get(t.Context(), handle)
		synctest.Wait()
		if calls.Load() != 0 {
			t.Fatalf("got %d renewals before it was due, want 0", calls.Load())
		}
		time.Sleep(time.Nanosecond)
		start := time.Now()
		for range 10 {
			for _, m := range []*Manager{here, there} {
				if s, err := m.Get(t.Context(), handle); err != nil || mustTokens(t, m, s).Access != "at" {
					t.Fatalf("got %v, %v, want the old session meanwhile", s, err)
				}
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("requests waited %s for the renewal, want not at all", waited)
		}
		time.Sleep(10 * time.Second)
		for _, m := range []*Manager{here, there} {
			s, err := m.Get(t.Context(), handle)
			if err != nil {
				t.Fatal(err)
			}
			if _, still := s.Identity.Claims.Map()["cognito:groups"]; still || s.Identity.Claims.Map()["name"][0] != "Alice" {
				t.Errorf("got claims %v, want them replaced", s.Identity.Claims)
			}
			if mustTokens(t, m, s).Refresh != "rt2" || !s.Expires.Equal(made.Expires) || s.Identity.SessionID != string(made.ID) {
				t.Errorf("got %+v; want the new tokens, the same id and the same end", s)
			}
		}
		if calls.Load() != 1 {
			t.Errorf("got %d renewals of two nodes, want 1", calls.Load())
		}
	})
}

func TestRequestsWaitWhenTheTokensHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		store := &MemoryStore{}
		nodes := []*Manager{node(t, store, renews(&calls, time.Second, nil)), node(t, store, renews(&calls, time.Second, nil))}
		handle, _ := mustCreate(t, nodes[0], withTokens())
		time.Sleep(2 * time.Hour)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				s, err := nodes[i%2].Get(t.Context(), handle)
				if err != nil || mustTokens(t, nodes[i%2], s).Access != "at2" {
					t.Errorf("got %v, %v, want the renewed session", s, err)
				}
			})
		}
		wg.Wait()
		if calls.Load() != 1 {
			t.Errorf("got %d renewals, want 1", calls.Load())
		}
	})
}

func TestARefusedRenewalEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		m := node(t, &MemoryStore{}, renews(&calls, 0, errRefused))
		handle, _ := mustCreate(t, m, withTokens())
		time.Sleep(59 * time.Minute)
		m.Get(t.Context(), handle)
		synctest.Wait()
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) {
			t.Errorf("refused in the background: got %v, want %v", err, ErrNotFound)
		}
		handle, _ = mustCreate(t, m, withTokens())
		time.Sleep(time.Hour)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrExpired) {
			t.Errorf("refused while waiting: got %v, want %v", err, ErrExpired)
		}
	})
}

func TestAProviderThatIsAwayIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		m := node(t, &MemoryStore{}, renews(&calls, 0, errAway))
		handle, _ := mustCreate(t, m, withTokens())
		time.Sleep(time.Hour)
		for range 30 {
			if _, err := m.Get(t.Context(), handle); err != nil {
				t.Fatalf("got %v, want the session to go on for a while", err)
			}
			time.Sleep(time.Second)
		}
		if calls.Load() != 3 {
			t.Errorf("got %d calls in 30 seconds, want one every 10 seconds", calls.Load())
		}
		time.Sleep(renewGrace)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrExpired) {
			t.Errorf("after the grace: got %v, want %v", err, ErrExpired)
		}
	})
}

func TestWithoutARefreshTokenTheSessionEndsWithTheTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		m := node(t, &MemoryStore{}, renews(&calls, 0, nil))
		in := withTokens()
		in.Tokens.Refresh = ""
		handle, _ := mustCreate(t, m, in)
		time.Sleep(time.Hour - time.Nanosecond)
		if _, err := m.Get(t.Context(), handle); err != nil {
			t.Errorf("got %v, want the session until the tokens end", err)
		}
		time.Sleep(time.Nanosecond)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrExpired) || calls.Load() != 0 {
			t.Errorf("got %v after %d calls, want %v after none", err, calls.Load(), ErrExpired)
		}
	})
}

// changed is a change of what the provider says about alice.
func changed() Change {
	return Change{Scope: Scope{Origin: Origin{Issuer: alice().Issuer, Subject: alice().Subject}}}
}

func TestAChangedPersonIsReadAgainBeforeTheNextRequest(t *testing.T) {
	for name, c := range map[string]struct {
		in  func() SignIn
		err error // of the provider
		// of the request; nil: the new identity
		want error
	}{
		"the provider answers":      {withTokens, nil, nil},
		"tokens that never end":     {alice, nil, nil},
		"the provider refuses":      {withTokens, errRefused, ErrExpired},
		"the provider is away":      {withTokens, errAway, ErrUnavailable},
		"there is no refresh token": {func() SignIn { in := withTokens(); in.Tokens.Refresh = ""; return in }, nil, ErrExpired},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				store := &MemoryStore{}
				here, there := node(t, store, renews(&calls, time.Second, c.err)), node(t, store, renews(&calls, time.Second, c.err))
				handle, _ := mustCreate(t, here, c.in())
				here.Get(t.Context(), handle)
				store.Apply(changed())
				time.Sleep(time.Second)
				for _, m := range []*Manager{here, there} {
					s, err := m.Get(t.Context(), handle)
					if !errors.Is(err, c.want) && !(errors.Is(c.want, ErrExpired) && errors.Is(err, ErrNotFound)) {
						t.Errorf("got %v, want %v", err, c.want)
					}
					if c.want == nil && err == nil && s.Identity.Claims.Map()["name"] == nil {
						t.Errorf("got claims %v, want the new ones", s.Identity.Claims)
					}
				}
				if c.want == nil && calls.Load() != 1 {
					t.Errorf("the provider was asked %d times, want once", calls.Load())
				}
			})
		})
	}
}

// A change that comes while the provider is asked about an earlier one may not be
// in its answer.
func TestAChangeDuringARenewalIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		store := &MemoryStore{}
		m := node(t, store, renews(&calls, 2*time.Second, nil))
		handle, _ := mustCreate(t, m, withTokens())
		store.Apply(changed())
		go func() {
			time.Sleep(time.Second)
			store.Apply(changed())
		}()
		if _, err := m.Get(t.Context(), handle); err != nil || calls.Load() != 2 {
			t.Errorf("got %v after %d calls, want the session after 2", err, calls.Load())
		}
	})
}

func TestASignedOutSessionDoesNotComeBackByARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		store := &MemoryStore{}
		m := node(t, store, renews(&calls, 5*time.Second, nil))
		handle, s := mustCreate(t, m, withTokens())
		time.Sleep(59 * time.Minute)
		m.Get(t.Context(), handle)
		time.Sleep(time.Second) // the renewal is on its way
		if err := m.Delete(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if _, err := m.Get(t.Context(), handle); !errors.Is(err, ErrNotFound) || calls.Load() != 1 {
			t.Errorf("got %v after %d renewals, want %v after 1", err, calls.Load(), ErrNotFound)
		}
	})
}

// rechecks answers rechecks with another name, or with an error.
func rechecks(calls *atomic.Int32, answer func() (*Renewal, error)) func(*Config) {
	return func(c *Config) {
		c.Recheck = func(context.Context, *Session, Tokens) (*Renewal, error) {
			calls.Add(1)
			return answer()
		}
	}
}

func TestTheProviderIsAskedEveryTenMinutes(t *testing.T) {
	checked := func() SignIn { in := withTokens(); in.Rechecks = true; return in }
	good := func() (*Renewal, error) {
		return &Renewal{
			Identity: identity.Identity{UserID: "u-1", Claims: identity.NewClaims(map[string][]any{"name": {"Alice"}})},
			Tokens:   Tokens{Access: "at"}, TokenExpiry: time.Now().Add(time.Hour), Rechecks: true,
		}, nil
	}
	for name, c := range map[string]struct {
		in     SignIn
		answer func() (*Renewal, error)
		calls  int32 // in 25 minutes with a request each minute
		want   error
	}{
		"it confirms":       {checked(), good, 2, nil},
		"it refuses":        {checked(), func() (*Renewal, error) { return nil, errRefused }, 1, ErrNotFound},
		"it has no answer":  {checked(), func() (*Renewal, error) { return nil, nil }, 1, nil},
		"it is away":        {checked(), func() (*Renewal, error) { return nil, errAway }, 16, nil}, // each request tries again
		"it can't be asked": {withTokens(), good, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				store := &MemoryStore{}
				m := node(t, store, rechecks(&calls, c.answer))
				in := c.in
				in.TokenExpiry = time.Now().Add(time.Hour) // of the bubble's clock
				handle, _ := mustCreate(t, m, in)
				var s *Session
				var err error
				for range 25 {
					time.Sleep(time.Minute)
					start := time.Now()
					s, err = m.Get(t.Context(), handle)
					if time.Since(start) > 0 {
						t.Fatal("a request waited for the provider")
					}
					synctest.Wait()
				}
				if !errors.Is(err, c.want) || calls.Load() != c.calls {
					t.Errorf("got %v after %d calls, want %v after %d", err, calls.Load(), c.want, c.calls)
				}
				if name == "it confirms" && s.Identity.Claims.Map()["name"] == nil {
					t.Errorf("got claims %v, want the provider's present ones", s.Identity.Claims)
				}
			})
		})
	}
}

func TestARenewalStartsTheTenMinutesAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var renewed, rechecked atomic.Int32
		m := node(t, &MemoryStore{}, func(c *Config) {
			c.Renew = func(context.Context, *Session, Tokens) (*Renewal, error) {
				renewed.Add(1)
				return &Renewal{Tokens: Tokens{Access: "at"}, TokenExpiry: time.Now().Add(9 * time.Minute), Rechecks: true}, nil
			}
			c.Recheck = func(context.Context, *Session, Tokens) (*Renewal, error) { rechecked.Add(1); return nil, errRefused }
		})
		in := alice()
		in.TokenExpiry, in.Rechecks = time.Now().Add(9*time.Minute), true
		handle, _ := mustCreate(t, m, in)
		for range 60 {
			time.Sleep(time.Minute)
			if _, err := m.Get(t.Context(), handle); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if renewed.Load() < 6 || rechecked.Load() != 0 {
			t.Errorf("got %d renewals and %d rechecks, want 6 or more and none", renewed.Load(), rechecked.Load())
		}
	})
}
