package token

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"testing"
)

// Challenge returns the S256 challenge of a text, which need not be a valid
// verifier.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// FillStock puts n new keys into the stock, and returns their ids.
func (e *Engine) FillStock(t *testing.T, n int) map[string]bool {
	ids := map[string]bool{}
	for range n {
		k, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			t.Fatal(err)
		}
		ids[keyID(&k.PublicKey)] = true
		e.stock <- k
	}
	return ids
}

// TakeFromStock takes a key, and waits for it.
func (e *Engine) TakeFromStock() { <-e.stock }
