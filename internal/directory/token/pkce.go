package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// challengeOK reports whether s can be an S256 code challenge: the base64url
// of 32 bytes. RFC 7636 §4.2.
func challengeOK(s string) bool {
	b, err := strictBase64.DecodeString(s)
	return err == nil && len(b) == sha256.Size && len(s) == base64.RawURLEncoding.EncodedLen(sha256.Size)
}

// verifierOK reports whether s can be a code verifier: 43 to 128 of the
// unreserved characters. RFC 7636 §4.1.
func verifierOK(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for _, b := range []byte(s) {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '.', b == '_', b == '~':
		default:
			return false
		}
	}
	return true
}

// proves reports whether challenge is that of verifier.
// RFC 7636 §4.6.
func proves(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	return verifierOK(verifier) && subtle.ConstantTimeCompare([]byte(want), []byte(challenge)) == 1
}
