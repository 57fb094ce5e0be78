package token

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"gatehouse/internal/directory/userpool"
)

// Use says which tokens a signing key signs. Cognito has one key for each use: the
// kid of an ID token differs from that of its access token.
type Use string

// The uses of a signing key.
const (
	UseID     Use = "id"
	UseAccess Use = "access"
)

var uses = []Use{UseID, UseAccess}

// SigningKey is an RSA key of a pool, as the store keeps it.
type SigningKey struct {
	ID        string // the kid: 44 characters of padded standard base64
	Pool      userpool.PoolID
	Use       Use
	Number    int    // of the keys of one use: 1, 2, …
	Sealed    []byte // the private key, PKCS #8, sealed for this pool and kid
	Created   time.Time
	SignsFrom time.Time // it replaces the key before it then
}

// keyBits is the size of Cognito's keys, and what its verifiers expect.
const keyBits = 2048

// makeKey returns a new key of the pool, which is its first of that use and
// signs from now on.
func (e *Engine) makeKey(pool userpool.PoolID, use Use, now time.Time) (SigningKey, error) {
	private, err := e.privateKey()
	if err != nil {
		return SigningKey{}, fmt.Errorf("make signing key of pool %s: %w", pool, err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return SigningKey{}, fmt.Errorf("encode signing key of pool %s: %w", pool, err)
	}
	k := SigningKey{ID: keyID(&private.PublicKey), Pool: pool, Use: use, Number: 1, Created: now, SignsFrom: now}
	if k.Sealed, err = e.Sealer.Seal(plain, k.SealContext()); err != nil {
		return SigningKey{}, fmt.Errorf("seal signing key of pool %s: %w", pool, err)
	}
	return k, nil
}

// openKey returns the private key, ready to sign.
func (e *Engine) openKey(k SigningKey) (*rsa.PrivateKey, error) {
	plain, err := e.Sealer.Open(k.Sealed, k.SealContext())
	if err != nil {
		return nil, fmt.Errorf("open signing key %s of pool %s: %w", k.ID, k.Pool, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("parse signing key %s of pool %s: %w", k.ID, k.Pool, err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok || keyID(&private.PublicKey) != k.ID {
		return nil, fmt.Errorf("signing key %s of pool %s is not the key of that id", k.ID, k.Pool)
	}
	return private, nil
}

// keyID derives the kid from the key, so that two keys have different kids.
func keyID(public *rsa.PublicKey) string {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(public))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// SealContext ties the private key to its row.
func (k SigningKey) SealContext() string {
	return "signing-key:" + string(k.Pool) + ":" + string(k.Use) + ":" + k.ID
}
