package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"

	"gatehouse/internal/base/fault"
)

// ErrSealBroken says that a sealed text was not made by us, was changed, or
// was made for another purpose or place.
var ErrSealBroken = fault.New(fault.Invalid, "session_seal_broken", "The value was changed or was not made here.")

// Sealer encrypts and authenticates. What was sealed opens only in the same
// context. The master keyset is one, for what is stored; [Box] another.
type Sealer interface {
	Seal(plain []byte, context string) ([]byte, error)
	Open(sealed []byte, context string) ([]byte, error)
}

// Box is a [Sealer] with one key, AES-256-GCM with random nonces: it seals what
// travels through browsers (cookies, tickets, sign-in state). Boxes of one
// secret and different purposes can't read each other.
type Box struct{ aead cipher.AEAD }

// NewBox derives the key of one purpose from secret (HKDF-SHA256, RFC 5869).
// The secret must be of full entropy; 32 bytes are usual.
func NewBox(secret []byte, purpose string) (*Box, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "gatehouse box "+purpose, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Box{aead: aead}, nil
}

// Seal implements [Sealer].
func (b *Box) Seal(plain []byte, context string) ([]byte, error) {
	return b.aead.Seal(nil, nil, plain, []byte(context)), nil
}

// Open implements [Sealer]. It returns ErrSealBroken for everything that Seal
// did not make in the same context.
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return nil, ErrSealBroken
	}
	return plain, nil
}

// SealText seals into base64url without padding, fit for cookies and URLs.
func SealText(s Sealer, plain []byte, context string) (string, error) {
	sealed, err := s.Seal(plain, context)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// OpenText opens what SealText made, or returns ErrSealBroken. One text has
// one spelling: stray bits and line breaks are refused.
func OpenText(s Sealer, text, context string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(sealed)) != len(text) {
		return nil, ErrSealBroken
	}
	plain, err := s.Open(sealed, context)
	if err != nil {
		return nil, ErrSealBroken.Because(err)
	}
	return plain, nil
}
