package identity

import (
	"bytes"
	"encoding/json"
	"slices"
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
// that each token has anew don't count, nor does the session, nor the order of a
// list: some providers list groups in another order each time. Identities are stored
// as JSON, so the JSON counts.
func Same(before, now Identity) bool {
	a, err1 := json.Marshal(before.lasting())
	b, err2 := json.Marshal(now.lasting())
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

// lasting returns what counts of an identity, with every list in one order.
func (id Identity) lasting() Identity {
	claims := map[string][]any{}
	for claim, values := range id.Claims.All() {
		if !ofToken(claim) {
			claims[claim] = setOf(values.List())
		}
	}
	id.SessionID, id.Claims, id.Groups = "", NewClaims(claims), slices.Clone(id.Groups)
	slices.Sort(id.Groups)
	id.Groups = slices.Compact(id.Groups) // nil stays nil: groups that are not known
	return id
}

// setOf returns the JSON of the elements of a list, each once, in one order.
func setOf(list []any) []any {
	texts := make([]string, len(list))
	for i, v := range list {
		text, err := json.Marshal(unordered(v))
		if err != nil {
			return list // which has no JSON either
		}
		texts[i] = string(text)
	}
	slices.Sort(texts)
	set := make([]any, 0, len(list))
	for _, text := range slices.Compact(texts) {
		set = append(set, json.RawMessage(text))
	}
	return set
}

// unordered does what setOf does with the lists inside a value.
func unordered(v any) any {
	switch v := v.(type) {
	case []any:
		return setOf(v)
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, inner := range v {
			object[name] = unordered(inner)
		}
		return object
	}
	return v
}
