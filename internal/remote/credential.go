package remote

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
)

// Credential is what a gateway lets a program pass with, in the name of its user.
type Credential struct {
	Token   seal.Secret
	Expires time.Time // zero: not known
}

// newCredential reads when a token ends, which only the gateway can verify.
func newCredential(token string) Credential {
	c := Credential{Token: seal.Secret(token)}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c
	}
	plain, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Expires int64 `json:"exp"`
	}
	if err == nil && json.Unmarshal(plain, &claims) == nil && claims.Expires > 0 {
		c.Expires = time.Unix(claims.Expires, 0)
	}
	return c
}

// leeway is how long before its end a credential is not used any more.
const leeway = time.Minute

// ended reports whether a credential has ended at a time, as far as it says.
func (c Credential) ended(now time.Time) bool {
	return c.Token == "" || !c.Expires.IsZero() && now.Add(leeway).After(c.Expires)
}
