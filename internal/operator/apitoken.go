package operator

import (
	"context"
	"crypto/subtle"
	"fmt"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// ErrTokenInvalid says that a bearer token is no API token, or is revoked.
var ErrTokenInvalid = fault.New(fault.Unauthenticated, "api_token_invalid", "The API token is not valid.")

// Cloudflare: its Terraform provider accepts only tokens of exactly 40 of these
// characters.
const (
	tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	tokenLength   = 40 // 240 bits
)

// CreateToken makes an API token and returns it. Show it now: only its hash is
// kept.
func (e *Engine) CreateToken(ctx context.Context, name string) (*Key, seal.Secret, error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	token := ids.From(tokenAlphabet, tokenLength)
	t := &Key{ID: ids.Hex(16), Kind: APIToken, Name: name, Hash: seal.Hash(token), Created: e.now()}
	if err := e.store.CreateKey(ctx, t); err != nil {
		return nil, "", fmt.Errorf("create API token: %w", err)
	}
	return t, seal.Secret(token), nil
}

// CheckToken returns the key of an API token, or ErrTokenInvalid. If the last
// use cannot be written, the token is valid all the same.
func (e *Engine) CheckToken(ctx context.Context, bearer string) (*Key, error) {
	if len(bearer) != tokenLength {
		return nil, ErrTokenInvalid
	}
	hash := seal.Hash(bearer)
	t, err := e.store.KeyByHash(ctx, hash)
	if fault.KindOf(err) == fault.NotFound {
		return nil, ErrTokenInvalid
	}
	if err != nil {
		return nil, fmt.Errorf("find API token: %w", err)
	}
	if t.Kind != APIToken || subtle.ConstantTimeCompare(t.Hash, hash) != 1 || !t.Revoked.IsZero() {
		return nil, ErrTokenInvalid
	}
	now := e.now()
	if written, _ := e.writeUse(ctx, t.ID, now); written { // else the token is valid all the same
		t.LastUsed = now
	}
	return t, nil
}
