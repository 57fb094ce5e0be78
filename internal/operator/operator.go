// Package operator knows who runs the installation: the access keys that sign
// the administrative API (SigV4), and the API tokens that the management API
// of applications takes as a bearer. Both are a [Key], of two kinds.
//
//	create ──► id and secret, shown once ──► used … ──► revoked, for good
//
// An access key's secret is kept sealed, since checking a signature needs it
// in clear; of an API token only a hash is kept. A revoked one stays listed,
// so that what it did can still be told, and works in no process once
// [Freshness] has passed.
//
// Checking the signature itself is left to the edge.
package operator

import (
	"sync"
	"time"

	"gatehouse/internal/base/seal"
)

// Freshness is how long a process may go on with what it knows of an access
// key: the longest time that a revocation takes to reach every process.
const Freshness = 5 * time.Second

// usedEvery is how often at most the last use of a key is written down.
const usedEvery = time.Minute

// Engine makes, checks and revokes keys of both kinds. It is safe for use from
// several goroutines.
type Engine struct {
	Store  Store
	Sealer *seal.Sealer
	Now    func() time.Time // nil: time.Now

	mu      sync.Mutex
	secrets map[string]knownSecret // by access key id; keys that exist, so their number is bounded
	used    map[string]time.Time   // by id: when the last use was written down
}

type knownSecret struct {
	secret seal.Secret
	until  time.Time
}

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// firstUse reports whether the use of id at now is to be written down, which
// is so once in a while.
func (e *Engine) firstUse(id string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last, ok := e.used[id]; ok && now.Sub(last) < usedEvery {
		return false
	}
	if e.used == nil {
		e.used = map[string]time.Time{}
	}
	e.used[id] = now
	return true
}
