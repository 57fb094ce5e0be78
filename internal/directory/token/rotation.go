package token

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/directory/userpool"
)

// How a key is replaced. The new key is published for publishLead before it
// signs, so that every verifier that keeps the key set knows it by then. The
// old key stays published for keepRetired after that, until the last token that
// it signed has expired.
const (
	// publishLead is longer than verifiers keep a key set (an hour, as its
	// Cache-Control says) and nodes keep a keyring (ringLife) together.
	publishLead = 2 * time.Hour
	// keepRetired is longer than the longest life of a token, a day.
	keepRetired = 25 * time.Hour
)

// Rotation is the change from a pool's signing keys to the next.
type Rotation struct {
	KeyIDs    []string  // the new keys, one for each use
	SignsFrom time.Time // the new keys sign from then on
	Retired   time.Time // the old keys verify nothing from then on
}

// RotateKeys replaces the pool's signing keys, without a moment in which a token
// cannot be verified: the new keys are published within minutes on every node,
// sign after two hours, and the old keys verify for 25 hours more. Then the old
// keys are deleted.
//
// While a rotation waits for its keys to sign, RotateKeys returns that rotation
// and makes no keys: it may run twice, and on two nodes at once.
func (e *Engine) RotateKeys(ctx context.Context, p *userpool.Pool) (*Rotation, error) {
	if _, err := e.ring(ctx, p); err != nil { // a new pool has no keys yet
		return nil, err
	}
	kept, err := e.signingKeys(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	newest, now := newestOf(kept), e.now()
	if !newest[UseID].SignsFrom.After(now) && !newest[UseAccess].SignsFrom.After(now) {
		if kept, err = e.addNextKeys(ctx, p.ID, newest, now); err != nil {
			return nil, err
		}
		newest = newestOf(kept)
	}
	e.keys.forget(p)
	return rotationTo(newest), nil
}

func (e *Engine) addNextKeys(ctx context.Context, pool userpool.PoolID, newest map[Use]SigningKey, now time.Time) ([]SigningKey, error) {
	var next []SigningKey
	for _, use := range uses {
		k, err := e.makeKey(pool, use, now)
		if err != nil {
			return nil, err
		}
		k.Number, k.SignsFrom = newest[use].Number+1, now.Add(publishLead)
		next = append(next, k)
	}
	return e.addKeys(ctx, pool, next)
}

func rotationTo(newest map[Use]SigningKey) *Rotation {
	r := &Rotation{}
	for _, use := range uses {
		k := newest[use]
		r.KeyIDs = append(r.KeyIDs, k.ID)
		if k.SignsFrom.After(r.SignsFrom) {
			r.SignsFrom = k.SignsFrom
		}
	}
	r.Retired = r.SignsFrom.Add(keepRetired)
	return r
}

// newestOf returns the key of each use that was made last.
func newestOf(kept []SigningKey) map[Use]SigningKey {
	newest := map[Use]SigningKey{}
	for _, k := range kept {
		if k.Number > newest[k.Use].Number {
			newest[k.Use] = k
		}
	}
	return newest
}

// dropRetired deletes the keys whose tokens have all expired, and returns the
// others.
func (e *Engine) dropRetired(ctx context.Context, kept []SigningKey, now time.Time) ([]SigningKey, error) {
	var live []SigningKey
	for _, k := range kept {
		if !retired(k, kept, now) {
			live = append(live, k)
		} else if err := e.store.DeleteSigningKey(ctx, k.Pool, k.ID); err != nil {
			return nil, err
		}
	}
	return live, nil
}

// retired reports whether a later key of the same use has signed for so long
// that no token of k can be valid.
func retired(k SigningKey, kept []SigningKey, now time.Time) bool {
	return slices.ContainsFunc(kept, func(next SigningKey) bool {
		return next.Use == k.Use && next.Number > k.Number && !now.Before(next.SignsFrom.Add(keepRetired))
	})
}
