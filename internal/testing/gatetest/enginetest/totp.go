package enginetest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
)

// TOTP returns the code that an authenticator app with the secret shows at a time.
// It is written from RFC 6238, not from the code that it tests.
func TOTP(t testing.TB, secret string, at time.Time) seal.Secret {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatalf("secret of an authenticator app: %v", err)
	}
	h := hmac.New(sha1.New, key)
	binary.Write(h, binary.BigEndian, at.Unix()/30)
	sum := h.Sum(nil)
	part := sum[sum[19]&15:]
	return seal.Secret(fmt.Sprintf("%06d", binary.BigEndian.Uint32(part)&(1<<31-1)%1e6))
}
