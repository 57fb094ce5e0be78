package access_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/gateway/access"
)

// weakStore keeps identity providers and can hang: then it answers no call before
// the caller's context ends.
type weakStore struct {
	access.Store
	mu    sync.Mutex
	list  []*access.IdentityProvider
	hangs bool
	reads int
}

func (s *weakStore) hang(hangs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangs = hangs
}

// answers waits until ctx ends, if the store hangs.
func (s *weakStore) answers(ctx context.Context) error {
	s.mu.Lock()
	hangs := s.hangs
	s.mu.Unlock()
	if !hangs {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *weakStore) IdentityProviders(ctx context.Context) ([]*access.IdentityProvider, error) {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	if err := s.answers(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list), nil
}

func (s *weakStore) CreateIdentityProvider(ctx context.Context, p *access.IdentityProvider) error {
	if err := s.answers(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, p)
	return nil
}

func (s *weakStore) DeleteIdentityProvider(ctx context.Context, id string) error {
	if err := s.answers(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(p *access.IdentityProvider) bool { return p.ID == id })
	return nil
}

// weakNode is a node on a weak store with one provider, which the node has used.
func weakNode(t *testing.T) (*weakStore, *access.Providers, *access.IdentityProvider) {
	t.Helper()
	store := &weakStore{}
	e := access.New(access.Config{Store: store, Sealer: newSealer(t), Issuer: "https://team.example.com", Account: "account"})
	t.Cleanup(e.Close)
	p := must[*access.IdentityProvider](t)(e.Providers.Create(t.Context(), &access.IdentityProvider{Name: "Cognito", Config: good()}))
	must[*access.Working](t)(e.Providers.Working(t.Context(), p.ID))
	return store, e.Providers, p
}

// With a database that hangs, the first request waited ten seconds, and held all
// others.
func TestAHangingStoreHoldsUpNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, e, p := weakNode(t)
		time.Sleep(time.Hour)
		store.hang(true)
		for range 5 {
			began := time.Now()
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() { must[*access.Working](t)(e.Working(t.Context(), p.ID)) })
			}
			wg.Wait()
			if waited := time.Since(began); waited > 2*time.Second {
				t.Errorf("requests waited %s after a quiet time, want two seconds at most", waited)
			}
			for range 100 { // requests keep coming
				began := time.Now()
				must[*access.Working](t)(e.Working(t.Context(), p.ID))
				if waited := time.Since(began); waited > 0 {
					t.Fatalf("a request waited %s although the store was just found to hang", waited)
				}
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(time.Minute)
		}
		if store.reads > 40 {
			t.Errorf("the hanging store was asked %d times in some minutes, want a few", store.reads)
		}
		store.hang(false)
		time.Sleep(access.Freshness)
		store.DeleteIdentityProvider(t.Context(), p.ID)
		if err := errorOf(e.Working(t.Context(), p.ID)); !errors.Is(err, access.ErrProviderNotFound) {
			t.Errorf("when the store answers again: got %v, want what it says", err)
		}
	})
}

func TestWhatANodeKnowsWhileTheStoreHangs(t *testing.T) {
	for name, c := range map[string]struct {
		happen func(t *testing.T, store *weakStore, e *access.Providers, p *access.IdentityProvider)
		want   error // of the provider
	}{
		"what it read last": {func(*testing.T, *weakStore, *access.Providers, *access.IdentityProvider) {}, nil},
		"no provider that this node deleted": {func(t *testing.T, _ *weakStore, e *access.Providers, p *access.IdentityProvider) {
			if err := e.Delete(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}, access.ErrProviderNotFound},
		"the provider of a deletion that failed": {func(t *testing.T, store *weakStore, e *access.Providers, p *access.IdentityProvider) {
			store.hang(true)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := e.Delete(ctx, p.ID); err == nil {
				t.Fatal("the deletion succeeded")
			}
		}, nil},
		"the provider, after a reload of the file": {func(t *testing.T, store *weakStore, e *access.Providers, _ *access.IdentityProvider) {
			store.hang(true)
			if err := e.SetDeclared([]*access.IdentityProvider{{ID: "d", Name: "Declared", Config: good()}}); err != nil {
				t.Fatal(err)
			}
			must[*access.Working](t)(e.Working(t.Context(), "d"))
		}, nil},
		"nothing after a day": {func(t *testing.T, store *weakStore, _ *access.Providers, _ *access.IdentityProvider) {
			store.hang(true)
			time.Sleep(24 * time.Hour)
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, e, p := weakNode(t)
				c.happen(t, store, e, p)
				store.hang(true)
				for range 3 {
					if err := errorOf(e.Working(t.Context(), p.ID)); !errors.Is(err, c.want) {
						t.Errorf("got %v, want %v", err, c.want)
					}
					time.Sleep(access.Freshness)
				}
			})
		})
	}
}

// A read that began before a change of this node brought back what the node had
// deleted.
func TestAReadThatBeganBeforeADeletionIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, e, p := weakNode(t)
		time.Sleep(access.Freshness / 2)
		store.hang(true)
		must[*access.Working](t)(e.Working(t.Context(), p.ID)) // begins a read
		synctest.Wait()
		store.hang(false)
		if err := e.Delete(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // the read fails, and would keep the old list
		if err := errorOf(e.Working(t.Context(), p.ID)); !errors.Is(err, access.ErrProviderNotFound) {
			t.Errorf("got %v, want ErrProviderNotFound", err)
		}
	})
}
