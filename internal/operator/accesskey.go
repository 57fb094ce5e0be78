package operator

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// AWS: the letters and digits of an access key's id and of its secret.
const (
	keyIDPrefix    = "AKIA"
	keyIDAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// CreateKey makes an access key and returns its secret. Show the secret now: no
// other method shows it to a person.
func (e *Engine) CreateKey(ctx context.Context, name string) (*Key, seal.Secret, error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	k := &Key{ID: keyIDPrefix + ids.From(keyIDAlphabet, 16), Kind: AccessKey, Name: name, Created: e.now()}
	secret := ids.From(secretAlphabet, 40) // 240 bits
	var err error
	if k.Sealed, err = e.sealer.Seal([]byte(secret), sealContext(k.ID)); err != nil {
		return nil, "", fmt.Errorf("create access key: %w", err)
	}
	if err := e.store.CreateKey(ctx, k); err != nil {
		return nil, "", fmt.Errorf("create access key: %w", err)
	}
	return k, seal.Secret(secret), nil
}

// SecretOf returns the secret of an access key, to check a signature with. For
// an unknown or revoked key it returns ErrKeyNotFound. It may return what it
// read up to [Freshness] ago.
func (e *Engine) SecretOf(ctx context.Context, id string) (seal.Secret, error) {
	now := e.now()
	if secret, ok := e.known(id, now); ok {
		return secret, nil
	}
	k, err := e.store.Key(ctx, id)
	if err != nil {
		return "", err
	}
	if k.Kind != AccessKey || !k.Revoked.IsZero() {
		return "", ErrKeyNotFound
	}
	plain, err := e.sealer.Open(k.Sealed, sealContext(id))
	if err != nil {
		// %v, so that no edge takes the broken seal for a fault of the caller.
		return "", fmt.Errorf("open the secret of access key %s: %v", id, err)
	}
	secret := seal.Secret(plain)
	e.remember(id, knownSecret{secret: secret, read: now})
	return secret, nil
}

// KeyUsed writes down that the key was used, at most once a minute. Call it after
// the signature was checked. An error is for the log: the key is valid all the
// same, and a request must not fail because its note can't be written.
func (e *Engine) KeyUsed(ctx context.Context, id string) error {
	if _, err := e.writeUse(ctx, id, e.now()); err != nil {
		return fmt.Errorf("write last use of access key %s: %w", id, err)
	}
	return nil
}

func (e *Engine) known(id string, now time.Time) (seal.Secret, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k, ok := e.secrets[id]
	return k.secret, ok && k.fresh(now)
}

func (e *Engine) remember(id string, k knownSecret) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.secrets[id] = k
}

func sealContext(id string) string { return "access-key:" + id }
