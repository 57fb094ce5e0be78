package proxy

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// signer signs assertions with one key.
type signer struct {
	jose.Signer
	public jose.JSONWebKey
}

// algorithmOf returns the algorithm that a key signs with: P-256 signs ES256,
// RSA of 2048 bits or more RS256. Other keys are refused.
func algorithmOf(key crypto.Signer) (jose.SignatureAlgorithm, error) {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return jose.ES256, nil
		}
	case *rsa.PrivateKey:
		if k.N.BitLen() >= 2048 {
			return jose.RS256, nil
		}
	}
	return "", fmt.Errorf("a signing key must be P-256 or RSA of 2048 bits or more, not %T of another kind", key)
}

// deriveKey derives a P-256 key from a shared secret. It is the same on every
// node and after every start.
func deriveKey(secret []byte) (crypto.Signer, error) {
	for attempt := range 100 {
		raw, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("gatehouse assertion key %d", attempt), 32)
		if err != nil {
			return nil, err
		}
		// Almost all 32-byte values are valid keys; if not, try the next.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			return key, nil
		}
	}
	return nil, errors.New("no signing key could be derived from the shared secret")
}

// newSigner returns the signer of a key. Pomerium: kid is the key's thumbprint
// (RFC 7638) in hexadecimal.
func newSigner(key crypto.Signer) (*signer, error) {
	alg, err := algorithmOf(key)
	if err != nil {
		return nil, err
	}
	public := jose.JSONWebKey{Key: key.Public(), Algorithm: string(alg), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	public.KeyID = hex.EncodeToString(thumbprint)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: public.KeyID}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, err
	}
	return &signer{Signer: s, public: public}, nil
}

// signersOf returns the signers of the configured keys, or of the derived one.
func signersOf(keys []crypto.Signer, sharedSecret []byte) ([]*signer, error) {
	if len(keys) == 0 {
		key, err := deriveKey(sharedSecret)
		if err != nil {
			return nil, err
		}
		keys = []crypto.Signer{key}
	}
	var signers []*signer
	for _, key := range keys {
		s, err := newSigner(key)
		if err != nil {
			return nil, err
		}
		signers = append(signers, s)
	}
	return signers, nil
}
