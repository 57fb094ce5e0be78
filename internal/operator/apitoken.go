package operator

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/ids"
	"gatehouse/internal/seal"
)

// The errors of API tokens. A revoked or unknown token is ErrTokenInvalid to
// who shows it.
var (
	ErrTokenInvalid  = fault.New(fault.Unauthenticated, "api_token_invalid", "The API token is not valid.")
	ErrTokenNotFound = fault.New(fault.NotFound, "api_token_not_found", "The API token does not exist.")
	ErrTokenExists   = fault.New(fault.Conflict, "api_token_exists", "The API token exists already.")
)

// Cloudflare: its Terraform provider takes tokens of exactly 40 characters out
// of these.
const (
	tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	tokenLength   = 40 // 240 bits
)

// APIToken is a bearer token of the management API. The token itself is kept
// nowhere.
type APIToken struct {
	ID       string // 32 hexadecimal digits
	Name     string // what the operator calls it; may be empty
	Hash     []byte // SHA-256 of the token
	Created  time.Time
	LastUsed time.Time // zero: never; right to the minute
	Revoked  time.Time // zero: it works
}

// CreateToken makes an API token. The token is not to be had again.
func (e *Engine) CreateToken(ctx context.Context, name string) (*APIToken, seal.Secret, error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	token := ids.From(tokenAlphabet, tokenLength)
	t := &APIToken{ID: ids.Hex(16), Name: name, Hash: seal.Hash(token), Created: e.now()}
	if err := e.Store.CreateAPIToken(ctx, t); err != nil {
		return nil, "", fmt.Errorf("create API token: %w", err)
	}
	return t, seal.Secret(token), nil
}

// Tokens returns all API tokens, revoked ones too, oldest first.
func (e *Engine) Tokens(ctx context.Context) ([]*APIToken, error) {
	tokens, err := e.Store.APITokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("list API tokens: %w", err)
	}
	return tokens, nil
}

// RevokeToken ends an API token. It may run twice.
func (e *Engine) RevokeToken(ctx context.Context, id string) error {
	if err := e.Store.RevokeAPIToken(ctx, id, e.now()); err != nil {
		return fmt.Errorf("revoke API token %s: %w", id, err)
	}
	return nil
}

// CheckToken returns whose token it is, or ErrTokenInvalid. A failure to note
// the use does not refuse the caller.
func (e *Engine) CheckToken(ctx context.Context, bearer string) (*APIToken, error) {
	if len(bearer) != tokenLength {
		return nil, ErrTokenInvalid
	}
	hash := seal.Hash(bearer)
	t, err := e.Store.APITokenByHash(ctx, hash)
	if fault.KindOf(err) == fault.NotFound {
		return nil, ErrTokenInvalid
	}
	if err != nil {
		return nil, fmt.Errorf("find API token: %w", err)
	}
	if subtle.ConstantTimeCompare(t.Hash, hash) != 1 || !t.Revoked.IsZero() {
		return nil, ErrTokenInvalid
	}
	if now := e.now(); e.firstUse(t.ID, now) && e.Store.UseAPIToken(ctx, t.ID, now) == nil {
		t.LastUsed = now
	}
	return t, nil
}
