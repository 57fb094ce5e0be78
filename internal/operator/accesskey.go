package operator

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/ids"
	"gatehouse/internal/seal"
)

// The errors of access keys. A revoked key is not found, to who signs with it.
var (
	ErrKeyNotFound = fault.New(fault.NotFound, "access_key_not_found", "The access key does not exist or was revoked.")
	ErrKeyExists   = fault.New(fault.Conflict, "access_key_exists", "The access key exists already.")
)

// AWS: the letters and digits of an access key's id and of its secret.
const (
	keyIDPrefix    = "AKIA"
	keyIDAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// AccessKey is an id and a secret that sign the administrative API.
type AccessKey struct {
	ID       string // "AKIA" and 16 letters and digits
	Name     string // what the operator calls it; may be empty
	Sealed   []byte // the secret, sealed for this ID
	Created  time.Time
	LastUsed time.Time // zero: never; right to the minute
	Revoked  time.Time // zero: it works
}

// CreateKey makes an access key. The secret is not to be had again from the
// engine in a form to show.
func (e *Engine) CreateKey(ctx context.Context, name string) (*AccessKey, seal.Secret, error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	k := &AccessKey{ID: keyIDPrefix + ids.From(keyIDAlphabet, 16), Name: name, Created: e.now()}
	secret := ids.From(secretAlphabet, 40) // 240 bits
	var err error
	if k.Sealed, err = e.Sealer.Seal([]byte(secret), sealContext(k.ID)); err != nil {
		return nil, "", fmt.Errorf("create access key: %w", err)
	}
	if err := e.Store.CreateAccessKey(ctx, k); err != nil {
		return nil, "", fmt.Errorf("create access key: %w", err)
	}
	return k, seal.Secret(secret), nil
}

// Keys returns all access keys, revoked ones too, oldest first.
func (e *Engine) Keys(ctx context.Context) ([]*AccessKey, error) {
	keys, err := e.Store.AccessKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list access keys: %w", err)
	}
	return keys, nil
}

// RevokeKey ends an access key. It may run twice.
func (e *Engine) RevokeKey(ctx context.Context, id string) error {
	if err := e.Store.RevokeAccessKey(ctx, id, e.now()); err != nil {
		return fmt.Errorf("revoke access key %s: %w", id, err)
	}
	e.mu.Lock()
	delete(e.secrets, id)
	e.mu.Unlock()
	return nil
}

// SecretOf returns the secret of a key that works, else ErrKeyNotFound. What
// it learned it uses again for [Freshness].
func (e *Engine) SecretOf(ctx context.Context, id string) (seal.Secret, error) {
	now := e.now()
	if secret, ok := e.known(id, now); ok {
		return secret, nil
	}
	k, err := e.Store.AccessKey(ctx, id)
	if err != nil {
		return "", err
	}
	if !k.Revoked.IsZero() {
		return "", ErrKeyNotFound
	}
	plain, err := e.Sealer.Open(k.Sealed, sealContext(id))
	if err != nil {
		// %v: that the seal is broken is our failure, not the caller's input.
		return "", fmt.Errorf("open the secret of access key %s: %v", id, err)
	}
	secret := seal.Secret(plain)
	e.remember(id, knownSecret{secret: secret, until: now.Add(Freshness)})
	return secret, nil
}

// KeyUsed notes that a request with a right signature of the key came in.
func (e *Engine) KeyUsed(ctx context.Context, id string) error {
	now := e.now()
	if !e.firstUse(id, now) {
		return nil
	}
	if err := e.Store.UseAccessKey(ctx, id, now); err != nil {
		return fmt.Errorf("note use of access key %s: %w", id, err)
	}
	return nil
}

func (e *Engine) known(id string, now time.Time) (seal.Secret, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k, ok := e.secrets[id]
	return k.secret, ok && now.Before(k.until)
}

func (e *Engine) remember(id string, k knownSecret) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.secrets == nil {
		e.secrets = map[string]knownSecret{}
	}
	e.secrets[id] = k
}

func sealContext(id string) string { return "access-key:" + id }
