package userpool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// awayStore is a store whose reads fail or hang.
type awayStore struct {
	userpool.Store
	err   error // nil: the store answers
	hangs bool
}

func (s *awayStore) trouble(ctx context.Context) error {
	if s.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.err
}

func (s *awayStore) Pool(ctx context.Context, id userpool.PoolID) (*userpool.Pool, error) {
	if err := s.trouble(ctx); err != nil {
		return nil, err
	}
	return s.Store.Pool(ctx, id)
}

func (s *awayStore) DomainsOf(ctx context.Context, id userpool.PoolID) ([]*userpool.Domain, error) {
	if err := s.trouble(ctx); err != nil {
		return nil, err
	}
	return s.Store.DomainsOf(ctx, id)
}

// The discovery document and the keys of a pool were an error, or hung, while the
// database was away.
func TestWhatIsPublishedDoesNotNeedTheStore(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{AWSIssuer: true})
	d.AddDomain("staff")
	d.AddDomain("login.example.com")
	other := d.AddPool("us-east-1_Other0001")
	s := &awayStore{Store: d.Store}
	pools := userpool.New(userpool.Config{Store: s, Sealer: d.Sealer, Now: d.Now})
	if _, err := pools.Pool(t.Context(), d.Pool.ID); err != nil {
		t.Fatal(err)
	}
	if err := pools.LearnDomains(t.Context()); err != nil {
		t.Fatal(err)
	}
	away := fault.New(fault.Unavailable, "test_away", "away")
	for name, trouble := range map[string]awayStore{"fails": {err: away}, "hangs": {hangs: true}} {
		synctest.Test(t, func(t *testing.T) {
			s.err, s.hangs = trouble.err, trouble.hangs
			p, err := pools.PublishedPool(t.Context(), d.Pool.ID)
			if err != nil || p.ID != d.Pool.ID || !p.Settings.AWSIssuer || !p.Created.Equal(d.Pool.Created) {
				t.Errorf("a store that %s: got the pool %+v, %v", name, p, err)
			}
			of, err := pools.PublishedDomains(t.Context(), d.Pool.ID)
			if err != nil || len(of) != 2 || of[0].Custom == of[1].Custom {
				t.Errorf("a store that %s: got the domains %+v, %v", name, of, err)
			}
			if of, err := pools.PublishedDomains(t.Context(), other.ID); err != nil || len(of) > 0 {
				t.Errorf("a store that %s: got the domains %+v, %v of another pool", name, of, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if p, err := pools.PublishedPool(ctx, other.ID); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("a store that %s: got %+v, %v for a pool that was never read, want an error that passes", name, p, err)
			}
			if p, err := pools.Pool(ctx, d.Pool.ID); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("a store that %s: got %+v, %v for all that is not published, want an error", name, p, err)
			}
		})
	}
}

func TestWhatIsPublishedFollowsTheStore(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p := d.AddPool("us-east-1_Other0001")
	s := &awayStore{Store: d.Store}
	pools := userpool.New(userpool.Config{Store: s, Sealer: d.Sealer, Now: d.Now})
	published := func() (*userpool.Pool, error) {
		t.Helper()
		return pools.PublishedPool(t.Context(), p.ID)
	}
	if _, err := published(); err != nil {
		t.Fatal(err)
	}
	d.Advance(time.Second)
	asAWS := func(p *userpool.Pool) error { p.Settings.AWSIssuer = true; return nil }
	if _, err := pools.UpdatePool(t.Context(), p.ID, asAWS); err != nil {
		t.Fatal(err)
	}
	if got, err := published(); err != nil || !got.Settings.AWSIssuer {
		t.Errorf("after a change: got %+v, %v", got, err)
	}
	away := fault.New(fault.Unavailable, "test_away", "away")
	s.err = away
	if got, err := published(); err != nil || !got.Settings.AWSIssuer {
		t.Errorf("after a change, without the store: got %+v, %v", got, err)
	}
	s.err = nil
	d.DeletePool(p.ID)
	for _, s.err = range []error{nil, away} {
		if got, err := published(); err == nil || s.err == nil && !errors.Is(err, userpool.ErrPoolNotFound) {
			t.Errorf("a deleted pool, while the store says %v: got %+v, %v", s.err, got, err)
		}
	}
	fresh := userpool.New(userpool.Config{Store: s, Sealer: d.Sealer, Now: d.Now})
	if got, err := fresh.PublishedDomains(t.Context(), d.Pool.ID); !errors.Is(err, away) {
		t.Errorf("domains that were never read: got %v, %v, want %v", got, err, away)
	}
}

// slowStore answers after some seconds.
type slowStore struct{ userpool.Store }

func (slowStore) DomainsOf(ctx context.Context, pool userpool.PoolID) ([]*userpool.Domain, error) {
	select {
	case <-time.After(5 * time.Second):
		return []*userpool.Domain{{Name: "staff", Pool: pool}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A process that has learned no domains yet gave up after a second, with an error.
func TestASlowStoreIsWaitedForWhereNothingIsKnown(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	pools := userpool.New(userpool.Config{Store: slowStore{d.Store}, Sealer: d.Sealer, Now: d.Now})
	synctest.Test(t, func(t *testing.T) {
		if of, err := pools.PublishedDomains(t.Context(), d.Pool.ID); err != nil || len(of) != 1 {
			t.Errorf("got the domains %+v, %v; want that of the store", of, err)
		}
	})
}
