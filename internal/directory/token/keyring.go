package token

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/directory/userpool"
)

// ringLife is how long a node uses a pool's keys before it looks for new ones.
const ringLife = 5 * time.Minute

// keyring is a pool's keys, opened and ready. It never changes.
type keyring struct {
	signers map[Use][]signer     // in the order in which they sign
	public  map[string]publicKey // by kid
	jwks    []byte
	loaded  time.Time
}

// fresh reports whether the ring may be used without a look at the store. A clock
// that stepped back makes no ring younger.
func (r *keyring) fresh(now time.Time) bool {
	age := now.Sub(r.loaded)
	return age >= 0 && age < ringLife
}

type publicKey struct {
	use Use
	key *rsa.PublicKey
}

// signer returns the key that signs at the time given. On a node whose clock is
// behind, that is the first key, also before it was made.
func (r *keyring) signer(use Use, now time.Time) signer {
	all := r.signers[use]
	s := all[0]
	for _, next := range all[1:] {
		if !now.Before(next.from) {
			s = next
		}
	}
	return s
}

// keyrings are the rings of the pools that were asked for since the start.
type keyrings struct {
	rings  sync.Map // ringID to *keyring
	making singleflight.Group
}

// ringID tells a pool from an earlier pool of the same id, which had other keys.
type ringID struct {
	pool    userpool.PoolID
	created int64
}

func ringIDOf(p *userpool.Pool) ringID { return ringID{p.ID, p.Created.UnixMicro()} }

func (k *keyrings) forget(p *userpool.Pool) { k.rings.Delete(ringIDOf(p)) }

// last returns the pool's ring that was loaded last, or nil.
func (k *keyrings) last(id ringID) *keyring {
	r, ok := k.rings.Load(id)
	if !ok {
		return nil
	}
	return r.(*keyring)
}

// JWKS returns the pool's public keys, a JWK set (RFC 7517 §5). The caller must
// not change the bytes.
func (e *Engine) JWKS(ctx context.Context, p *userpool.Pool) ([]byte, error) {
	r, err := e.ring(ctx, p)
	if err != nil {
		return nil, err
	}
	return r.jwks, nil
}

// patience is how long a caller waits for newer keys than it has.
const patience = time.Second

// ring returns the pool's keys. It makes them if there are none, and loads them
// again after ringLife.
func (e *Engine) ring(ctx context.Context, p *userpool.Pool) (*keyring, error) {
	id, now := ringIDOf(p), e.Now() // not e.now: the age of a ring is measured by the monotonic clock
	if r := e.keys.last(id); r != nil && r.fresh(now) {
		return r, nil
	}
	// Other callers wait for the one that loads. It must not fail because its
	// own caller went away.
	ctx = context.WithoutCancel(ctx)
	loaded, err, _ := e.keys.making.Do(fmt.Sprintf("%s %d", id.pool, id.created), func() (any, error) {
		r, err := e.reloadRing(ctx, p.ID, e.keys.last(id), now)
		if err == nil {
			e.keys.rings.Store(id, r)
		}
		return r, err
	})
	if err != nil {
		return nil, err
	}
	return loaded.(*keyring), nil
}

// reloadRing loads the ring. While the database cannot be read, the last ring
// stays in use: at worst its key signs although the next one should, and such
// tokens are verified for as long as any others.
func (e *Engine) reloadRing(ctx context.Context, pool userpool.PoolID, last *keyring, now time.Time) (*keyring, error) {
	if last != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	r, err := e.loadRing(ctx, pool, e.now())
	if err == nil {
		r.loaded = now
		return r, nil
	}
	if last == nil || errors.Is(err, userpool.ErrPoolNotFound) {
		return nil, err
	}
	again := *last
	again.loaded = now
	return &again, nil
}

func (e *Engine) loadRing(ctx context.Context, pool userpool.PoolID, now time.Time) (*keyring, error) {
	kept, err := e.signingKeys(ctx, pool)
	if err != nil {
		return nil, err
	}
	if kept, err = e.withFirstKeys(ctx, pool, kept, now); err != nil {
		return nil, err
	}
	if kept, err = e.dropRetired(ctx, kept, now); err != nil {
		return nil, fmt.Errorf("delete retired signing keys of pool %s: %w", pool, err)
	}
	return e.newRing(kept)
}

func (e *Engine) signingKeys(ctx context.Context, pool userpool.PoolID) ([]SigningKey, error) {
	kept, err := e.store.SigningKeys(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("load signing keys of pool %s: %w", pool, err)
	}
	return kept, nil
}

// withFirstKeys makes the first key of each use that has none.
func (e *Engine) withFirstKeys(ctx context.Context, pool userpool.PoolID, kept []SigningKey, now time.Time) ([]SigningKey, error) {
	newest := newestOf(kept)
	var made []SigningKey
	for _, use := range uses {
		if newest[use].Number > 0 {
			continue
		}
		k, err := e.makeKey(pool, use, now)
		if err != nil {
			return nil, err
		}
		made = append(made, k)
	}
	if len(made) == 0 {
		return kept, nil
	}
	return e.addKeys(ctx, pool, made)
}

func (e *Engine) addKeys(ctx context.Context, pool userpool.PoolID, made []SigningKey) ([]SigningKey, error) {
	kept, err := e.store.AddSigningKeys(ctx, pool, made)
	if err != nil {
		return nil, fmt.Errorf("save signing keys of pool %s: %w", pool, err)
	}
	return kept, nil
}
