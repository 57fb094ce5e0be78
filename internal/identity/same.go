package identity

import (
	"bytes"
	"encoding/json"
	"maps"
)

// OfSignIn reports whether a claim is about a token or a sign-in, and not about the
// person. OpenID Connect Core §2, RFC 7519 §4.1; "oid" and "sub" say who it is.
func OfSignIn(claim string) bool {
	switch claim {
	case "iss", "sub", "oid", "aud", "azp", "acr", "amr", "origin_jti", "token_use":
		return true
	}
	return ofToken(claim)
}

// ofToken reports whether a claim may differ in each token of one sign-in: OpenID
// Connect Core §12.2. The last three are Microsoft's.
func ofToken(claim string) bool {
	switch claim {
	case "exp", "nbf", "iat", "jti", "nonce", "auth_time", "at_hash", "c_hash", "sid", "event_id", "aio", "rh", "uti":
		return true
	}
	return false
}

// Same reports whether a provider says the same about a person as before. Claims
// that each token has anew don't count, nor does the session. Identities are stored
// as JSON, so the JSON counts.
func Same(before, now Identity) bool {
	a, err1 := json.Marshal(before.lasting())
	b, err2 := json.Marshal(now.lasting())
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

func (id Identity) lasting() Identity {
	id.SessionID, id.Claims = "", maps.Clone(id.Claims)
	maps.DeleteFunc(id.Claims, func(claim string, _ []any) bool { return ofToken(claim) })
	return id
}
