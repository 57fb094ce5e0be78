// Package operator knows the programs to which an operator gave a [Key]. There are
// three kinds: access keys, which sign the user pools API (SigV4); API tokens, which
// are the bearer tokens of the access management API; and service accounts, whose
// bearer tokens pass the gateway, as far as its policies let them. The first two may
// administer the installation.
//
//	create ──► id and secret, shown once ──► used … ──► revoked, for good
//
// The secret of an access key is kept sealed, because checking a signature needs
// it. Of an API token, and of a service account's, only a hash is kept. A revoked key stays in the list, so
// that its id in old logs still has a name. No process accepts a key
// later than [Freshness] after its revocation.
//
// The edges check signatures.
package operator

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/base/seal"
)

// Freshness is how long a process uses what it has read of an access key: the
// longest time that a revocation takes to reach every process.
const Freshness = 5 * time.Second

// usedEvery is the shortest time between two writes of a key's last use.
const usedEvery = time.Minute

// noteLimit is how long a request waits for its use of a key to be written. The
// request is worth more than the note.
const noteLimit = time.Second

// Config is what an [Engine] needs.
type Config struct {
	Store  Store
	Sealer *seal.Sealer
	Now    func() time.Time // nil: time.Now
}

// Engine makes, checks and revokes keys. Safe for concurrent use.
type Engine struct {
	store  Store
	sealer *seal.Sealer
	now    func() time.Time

	mu      sync.Mutex
	secrets map[string]knownSecret // by access key id; only keys that exist, so their number is bounded
	used    map[string]time.Time   // by key id: when the last use was written
}

type knownSecret struct {
	secret seal.Secret
	read   time.Time
}

// fresh reports whether the secret may be used without a look at the store. A
// clock that stepped back makes it no younger.
func (k knownSecret) fresh(now time.Time) bool {
	age := now.Sub(k.read)
	return age >= 0 && age < Freshness
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Engine{store: c.Store, sealer: c.Sealer, now: c.Now, secrets: map[string]knownSecret{}, used: map[string]time.Time{}}
}

// writeUse writes down that the key was used now, unless that was done less than
// usedEvery ago. It returns whether it did.
func (e *Engine) writeUse(ctx context.Context, id string, now time.Time) (bool, error) {
	if !e.shouldWriteUse(id, now) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, noteLimit)
	defer cancel()
	err := e.store.UseKey(ctx, id, now)
	return err == nil, err
}

// shouldWriteUse reports whether the use of the key now must be written: the
// last write is at least usedEvery ago.
func (e *Engine) shouldWriteUse(id string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last, ok := e.used[id]; ok && !now.Before(last) && now.Sub(last) < usedEvery {
		return false
	}
	e.used[id] = now
	return true
}
