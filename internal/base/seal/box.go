package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
)

// Box seals what travels through browsers: cookies, tickets, sign-in state. It
// has one key, made from a secret of the configuration, so that every node
// opens what another node sealed. Boxes of one secret and different purposes
// can't open each other's values. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox derives the key of one purpose from secret: HKDF-SHA256, RFC 5869. The
// secret must have full entropy; 32 bytes are usual.
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

// Seal encrypts plain with AES-256-GCM under a random nonce. The result opens
// only in the same context.
func (b *Box) Seal(plain []byte, context string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(context))
}

// Open returns what Seal was given. It returns ErrBroken for everything that
// Seal did not make in the same context.
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// SealText is Seal with a result in base64url without padding, fit for cookies
// and URLs.
func (b *Box) SealText(plain []byte, context string) string {
	return strictBase64.EncodeToString(b.Seal(plain, context))
}

// OpenText opens what SealText made, or returns ErrBroken. One text has one
// spelling: stray bits and line breaks are refused.
func (b *Box) OpenText(text, context string) ([]byte, error) {
	sealed, err := strictBase64.DecodeString(text)
	if err != nil || strictBase64.EncodedLen(len(sealed)) != len(text) {
		return nil, ErrBroken
	}
	return b.Open(sealed, context)
}

// A Box that gets into a log shows no key.

func (b *Box) String() string               { return redacted }
func (b *Box) GoString() string             { return redacted }
func (b *Box) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (b *Box) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (b *Box) Format(f fmt.State, _ rune)   { fmt.Fprint(f, redacted) }
