package token

import (
	"crypto/sha256"
	"encoding/base64"
)

// Challenge returns the S256 challenge of a text, which need not be a valid
// verifier.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
