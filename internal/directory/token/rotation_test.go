package token_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// node returns another engine over the directory's store, as of another process.
func node(d *enginetest.Directory, s token.Store) *token.Engine {
	return token.New(token.Config{Store: s, Pools: d.Pools, Users: d.Users, Sealer: d.Sealer, Now: d.Now, BaseURL: enginetest.BaseURL})
}

// published returns the ids of the keys that e publishes.
func published(t *testing.T, e *token.Engine, p *userpool.Pool) []string {
	t.Helper()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal(must[[]byte](t)(e.JWKS(t.Context(), p)), &set); err != nil {
		t.Fatal(err)
	}
	var kids []string
	for _, k := range set.Keys {
		kids = append(kids, k.Kid)
	}
	return kids
}

// With a clock that stepped back, a node did not look for the keys of a rotation
// until the clock had caught up, and refused the tokens that other nodes signed.
func TestRotationIsSeenAfterTheClockSteppedBack(t *testing.T) {
	d, _ := office(t)
	other := node(d, d.Store)
	published(t, other, d.Pool)
	must[*token.Rotation](t)(d.Tokens.RotateKeys(t.Context(), d.Pool))
	d.Advance(-time.Hour)
	if got := len(published(t, other, d.Pool)); got != 4 {
		t.Errorf("%d keys are published, want 4", got)
	}
}

// A rotation, watched on the node that did it and on another one. The other
// node had loaded the old keys just before.
func TestRotation(t *testing.T) {
	d, u := office(t)
	app, other := client(t, d, "app"), node(d, d.Store)
	app.Settings.AccessTokenValidity = 24
	published(t, other, d.Pool)
	old := signIn(t, d, app, u).Access
	r := must[*token.Rotation](t)(d.Tokens.RotateKeys(t.Context(), d.Pool))
	start := d.Now()
	if !r.SignsFrom.Equal(start.Add(2*time.Hour)) || !r.Retired.Equal(r.SignsFrom.Add(25*time.Hour)) || len(r.KeyIDs) != 2 {
		t.Fatalf("rotation %+v", r)
	}
	var last seal.Secret // of the old key
	for _, at := range []struct {
		name      string
		after     time.Duration
		newSigns  bool
		published int
	}{
		{"when the other node has loaded the new keys", 5 * time.Minute, false, 4},
		{"just before the new keys sign", 2*time.Hour - time.Second, false, 4},
		{"when the new keys sign", 2 * time.Hour, true, 4},
		{"just before the last token of the old keys expires", 26*time.Hour - 2*time.Second, true, 4},
		{"just before the old keys retire", 27*time.Hour - time.Second, true, 4},
		{"when both nodes have dropped the old keys", 27*time.Hour + 5*time.Minute, true, 2},
	} {
		d.Advance(start.Add(at.after).Sub(d.Now()))
		for name, e := range map[string]*token.Engine{"this node": d.Tokens, "the other node": other} {
			access := must[*token.Tokens](t)(e.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: app, User: u})).Access
			if got := slices.Contains(r.KeyIDs, kid(t, access)); got != at.newSigns {
				t.Errorf("%s, %s: the new key signs: %t, want %t", at.name, name, got, at.newSigns)
			}
			if got := len(published(t, e, d.Pool)); got != at.published {
				t.Errorf("%s, %s: %d keys are published, want %d", at.name, name, got, at.published)
			}
			if !at.newSigns {
				last = access
			}
			if _, err := e.VerifyAccess(t.Context(), access, ""); err != nil {
				t.Errorf("%s, %s: a new token: %v", at.name, name, err)
			}
		}
		if at.after < 26*time.Hour {
			_, err := other.VerifyAccess(t.Context(), last, "")
			wants(t, err, nil)
		}
	}
	_, err := d.Tokens.VerifyAccess(t.Context(), old, "")
	wants(t, err, token.ErrAccessSignature)
	for _, k := range must[[]token.SigningKey](t)(d.Store.SigningKeys(t.Context(), d.Pool.ID)) {
		if !slices.Contains(r.KeyIDs, k.ID) {
			t.Errorf("the old %s key is still stored", k.Use)
		}
	}
}

func TestRotationThatWaitsIsReturnedAgain(t *testing.T) {
	d, _ := office(t)
	engines := []*token.Engine{d.Tokens, node(d, d.Store), d.Tokens}
	got := make([]*token.Rotation, len(engines))
	var work sync.WaitGroup
	for i, e := range engines {
		work.Go(func() {
			var err error
			if got[i], err = e.RotateKeys(t.Context(), d.Pool); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	d.Advance(time.Hour)
	again := must[*token.Rotation](t)(d.Tokens.RotateKeys(t.Context(), d.Pool))
	for _, r := range got {
		if r == nil || !slices.Equal(r.KeyIDs, again.KeyIDs) || !r.SignsFrom.Equal(again.SignsFrom) {
			t.Errorf("rotation %+v, want %+v", r, again)
		}
	}
	d.Advance(time.Hour)
	if next := must[*token.Rotation](t)(d.Tokens.RotateKeys(t.Context(), d.Pool)); slices.Equal(next.KeyIDs, again.KeyIDs) {
		t.Error("after the new keys sign, another rotation makes no keys")
	}
}

func TestRotationOfANewPool(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p := d.AddPool("us-east-1_Fresh0001")
	must[*token.Rotation](t)(d.Tokens.RotateKeys(t.Context(), p))
	if got := published(t, d.Tokens, p); len(got) != 4 {
		t.Errorf("%d keys are published, want 4: the first and the next of each use", len(got))
	}
	_, err := d.Tokens.RotateKeys(t.Context(), &userpool.Pool{ID: "us-east-1_Nowhere01"})
	wants(t, err, userpool.ErrPoolNotFound)
}

// failing is a store that cannot be read while it is down.
type failing struct {
	*store.Store
	down  atomic.Bool
	hangs bool // how it is down: it does not answer
}

func (f *failing) SigningKeys(ctx context.Context, pool userpool.PoolID) ([]token.SigningKey, error) {
	if f.down.Load() && f.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.down.Load() {
		return nil, errors.New("the database is down")
	}
	return f.Store.SigningKeys(ctx, pool)
}

func TestKeysStayInUseWhileTheDatabaseIsDown(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	f := &failing{Store: d.Store}
	e := node(d, f)
	before := published(t, e, d.Pool)
	f.down.Store(true)
	d.Advance(time.Hour)
	if got := published(t, e, d.Pool); !slices.Equal(got, before) {
		t.Errorf("keys %q are published, want %q", got, before)
	}
	if _, err := node(d, f).JWKS(t.Context(), d.Pool); err == nil {
		t.Error("a node that has never read the keys publishes some")
	}
}

// A database that hung made the keys hang for as long as a query may take.
func TestKeysDoNotHangWithTheDatabase(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	f := &failing{Store: d.Store, hangs: true}
	e := node(d, f)
	before := published(t, e, d.Pool)
	synctest.Test(t, func(t *testing.T) {
		f.down.Store(true)
		d.Advance(time.Hour)
		start := time.Now()
		if got := published(t, e, d.Pool); !slices.Equal(got, before) {
			t.Errorf("keys %q are published, want %q", got, before)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("the keys took %v, want a second at most", took)
		}
	})
}
