package operator

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
)

// Errors of keys of all kinds. Using a revoked key is ErrKeyNotFound.
var (
	ErrKeyNotFound = fault.New(fault.NotFound, "operator_key_not_found", "The key does not exist or was revoked.")
	ErrKeyExists   = fault.New(fault.Conflict, "operator_key_exists", "The key exists already.")
	ErrName        = fault.New(fault.Invalid, "operator_name_invalid", "A name has at most 128 characters and no line break or other control character.")
)

// Kind says for which API a key is.
type Kind string

// The kinds.
const (
	AccessKey Kind = "access key" // signs requests to the user pools API
	APIToken  Kind = "API token"  // bearer token of the access management API
	// ServiceAccount is a program that passes the gateway with a bearer token.
	ServiceAccount Kind = "service account"
)

// Key is an access key, an API token or a service account.
type Key struct {
	ID       string // unique among all kinds
	Kind     Kind
	Name     string // given by the operator; may be empty
	Sealed   []byte // an access key's secret, sealed for this ID
	Hash     []byte // SHA-256 of an API token, or of a service account's; unique where it is set
	Created  time.Time
	LastUsed time.Time // zero: never; may be up to a minute too early
	Revoked  time.Time // zero: not revoked
	Expires  time.Time // of a service account; zero: it has no end
	Facts    Facts     // of a service account
}

// Expired reports whether the key has come to its end.
func (k *Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// Store keeps keys. The caller owns what it passes and gets.
type Store interface {
	// CreateKey adds k, or returns ErrKeyExists.
	CreateKey(ctx context.Context, k *Key) error
	// Key returns the key with this ID, revoked or not, or ErrKeyNotFound.
	Key(ctx context.Context, id string) (*Key, error)
	// KeyByHash returns the key with this hash, revoked or not, or
	// ErrKeyNotFound.
	KeyByHash(ctx context.Context, hash []byte) (*Key, error)
	// Keys returns all keys, oldest first.
	Keys(ctx context.Context) ([]*Key, error)
	// RevokeKey sets Revoked, unless it is set already. The sessions of a service
	// account end with it, in the same transaction. Errors: ErrKeyNotFound.
	RevokeKey(ctx context.Context, id string, at time.Time) error
	// UseKey sets LastUsed, unless a later time is set. An unknown ID is no
	// error.
	UseKey(ctx context.Context, id string, at time.Time) error
}

// List returns all keys, revoked ones too, oldest first.
func (e *Engine) List(ctx context.Context) ([]*Key, error) {
	keys, err := e.store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// Revoke ends a key of any kind, for good. It may run twice. Errors:
// ErrKeyNotFound.
func (e *Engine) Revoke(ctx context.Context, id string) error {
	if err := e.store.RevokeKey(ctx, id, e.now()); err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	e.mu.Lock()
	delete(e.secrets, id)
	e.mu.Unlock()
	return nil
}

func checkName(name string) error {
	if utf8.RuneCountInString(name) > 128 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ErrName
	}
	return nil
}
