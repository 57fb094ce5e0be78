package token

import (
	"time"

	"gatehouse/internal/userpool"
)

// Use says which tokens a signing key signs. Cognito has a pair for each, so
// that the kid of an ID token differs from that of its access token.
type Use string

// The uses of a signing key.
const (
	UseID     Use = "id"
	UseAccess Use = "access"
)

// SigningKey is one RSA key of a pool, as it is kept.
type SigningKey struct {
	ID      string // the kid: 44 characters of padded standard base64
	Pool    userpool.PoolID
	Use     Use
	Sealed  []byte // the private key, PKCS #8, sealed for this pool and kid
	Created time.Time
}
