// Package operator knows who runs the installation: the access keys that sign
// the administrative API (SigV4), and the API tokens that the management API
// of applications takes as a bearer.
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
	"context"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/seal"
)

// ErrName says that the name of a key or token can't be shown in a list.
var ErrName = fault.New(fault.Invalid, "operator_name_invalid", "A name has at most 128 characters and no line break or other control character.")

// Freshness is how long a process may go on with what it knows of an access
// key: the longest time that a revocation takes to reach every process.
const Freshness = 5 * time.Second

// usedEvery is how often the last use of a key is written down at most.
const usedEvery = time.Minute

// Engine makes, checks and revokes keys and tokens. It is safe for use from
// several goroutines.
type Engine struct {
	Store  Store
	Sealer *seal.Sealer
	Now    func() time.Time // nil: time.Now

	mu      sync.Mutex
	secrets map[string]knownSecret // by access key id; keys that exist, so their number is bounded
	used    map[string]time.Time   // by id of key or token: when the last use was written down
}

type knownSecret struct {
	secret seal.Secret
	until  time.Time
}

// Store keeps keys and tokens. The callers own what they pass and get.
type Store interface {
	// CreateAccessKey adds k, or returns ErrKeyExists.
	CreateAccessKey(ctx context.Context, k *AccessKey) error
	// AccessKey returns the key, revoked or not, or ErrKeyNotFound.
	AccessKey(ctx context.Context, id string) (*AccessKey, error)
	// AccessKeys returns all keys, oldest first.
	AccessKeys(ctx context.Context) ([]*AccessKey, error)
	// RevokeAccessKey notes the time unless one is noted already; ErrKeyNotFound.
	RevokeAccessKey(ctx context.Context, id string, at time.Time) error
	// UseAccessKey notes the last use; an unknown id is no error.
	UseAccessKey(ctx context.Context, id string, at time.Time) error

	// CreateAPIToken adds t, or returns ErrTokenExists.
	CreateAPIToken(ctx context.Context, t *APIToken) error
	// APITokenByHash returns the token, revoked or not, or ErrTokenNotFound.
	APITokenByHash(ctx context.Context, hash []byte) (*APIToken, error)
	// APITokens returns all tokens, oldest first.
	APITokens(ctx context.Context) ([]*APIToken, error)
	// RevokeAPIToken notes the time unless one is noted already; ErrTokenNotFound.
	RevokeAPIToken(ctx context.Context, id string, at time.Time) error
	// UseAPIToken notes the last use; an unknown id is no error.
	UseAPIToken(ctx context.Context, id string, at time.Time) error
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

func checkName(name string) error {
	if utf8.RuneCountInString(name) > 128 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ErrName
	}
	return nil
}
