package token

import (
	"crypto/sha256"
	"encoding/base64"
)

// Challenge is the S256 challenge of any text, fit to be a verifier or not.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
