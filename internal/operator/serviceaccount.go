package operator

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// Errors of service accounts.
var (
	ErrAccountInvalid = fault.New(fault.Unauthenticated, "service_account_invalid", "The token of the service account is not valid: it is wrong, has expired, or was revoked.")
	ErrAccountName    = fault.New(fault.Invalid, "service_account_name", "A service account needs a name of letters, digits and the characters . _ - alone, 64 at most: it is what policies and logs call it.")
	ErrAccountFacts   = fault.New(fault.Invalid, "service_account_facts", "Groups and claims have a name and a value, of 256 characters at most and without control characters, and there are 100 at most.")
	ErrAccountEnd     = fault.New(fault.Invalid, "service_account_end", "A service account must live for a minute at least.")
)

// Facts are what policies know of a service account beside its name.
type Facts struct {
	Groups []string          `json:"groups,omitempty"`
	Claims map[string]string `json:"claims,omitempty"`
}

// accountPrefix begins every token of a service account: the gateway sees by it that
// a bearer token is its own, and not the application's.
const accountPrefix = "ghsa_"

// AccountIssuer is the issuer of the sessions of service accounts, whose subject is
// the id of the key. No identity provider has such a name.
const AccountIssuer = "gatehouse:service-accounts"

// IsAccountToken reports whether a text has the form of a service account's token.
func IsAccountToken(text string) bool { return strings.HasPrefix(text, accountPrefix) }

// CreateAccount makes a service account and returns its token. Show it now: only its
// hash is kept. expires may be zero: it has no end.
func (e *Engine) CreateAccount(ctx context.Context, name string, facts Facts, expires time.Time) (*Key, seal.Secret, error) {
	now := e.now()
	if err := checkAccount(name, facts); err != nil {
		return nil, "", err
	}
	if !expires.IsZero() && expires.Before(now.Add(time.Minute)) {
		return nil, "", ErrAccountEnd
	}
	token := accountPrefix + ids.From(tokenAlphabet, tokenLength)
	k := &Key{ID: "sa" + ids.Hex(15), Kind: ServiceAccount, Name: name, Hash: seal.Hash(token), Created: now, Expires: expires, Facts: facts}
	if err := e.store.CreateKey(ctx, k); err != nil {
		return nil, "", fmt.Errorf("create service account: %w", err)
	}
	return k, seal.Secret(token), nil
}

func checkAccount(name string, facts Facts) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	if name == "" || len(name) > 64 || strings.Trim(name, letters) != "" {
		return ErrAccountName
	}
	if len(facts.Groups)+len(facts.Claims) > 100 {
		return ErrAccountFacts
	}
	for _, group := range facts.Groups {
		if !isFact(group) {
			return ErrAccountFacts
		}
	}
	for claim, value := range facts.Claims {
		if !isFact(claim) || !isFact(value) {
			return ErrAccountFacts
		}
	}
	return nil
}

func isFact(text string) bool {
	return text != "" && len(text) <= 256 && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// CheckAccount returns the key of a service account's token, or ErrAccountInvalid. If
// the last use cannot be written, the token is valid all the same.
func (e *Engine) CheckAccount(ctx context.Context, token seal.Secret) (*Key, error) {
	text := token.Reveal()
	if len(text) != len(accountPrefix)+tokenLength || !IsAccountToken(text) {
		return nil, ErrAccountInvalid
	}
	hash := seal.Hash(text)
	k, err := e.store.KeyByHash(ctx, hash)
	if errors.Is(err, ErrKeyNotFound) {
		return nil, ErrAccountInvalid
	}
	if err != nil {
		return nil, fmt.Errorf("find service account: %w", err)
	}
	now := e.now()
	if k.Kind != ServiceAccount || subtle.ConstantTimeCompare(k.Hash, hash) != 1 || !k.Revoked.IsZero() || k.Expired(now) {
		return nil, ErrAccountInvalid
	}
	_, _ = e.writeUse(ctx, k.ID, now)
	return k, nil
}
