package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
)

// Cognito: two RSA keys of a pool, one for each kind of token, named by 32 bytes in
// standard base64.
func TestKeysAsVerifiersExpectThem(t *testing.T) {
	s := newService(t)
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(s.get(home+"/.well-known/jwks.json").Body.Bytes(), &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%+v, %v; want two keys", set, err)
	}
	published := map[string]bool{}
	for _, k := range set.Keys {
		name, err := base64.StdEncoding.DecodeString(k["kid"])
		modulus, bad := base64.RawURLEncoding.DecodeString(k["n"])
		if err != nil || bad != nil || len(name) != 32 || len(modulus) != 256 || k["alg"] != "RS256" || k["e"] != "AQAB" || k["kty"] != "RSA" || k["use"] != "sig" || len(k) != 6 {
			t.Errorf("key %v, %v, %v", k, err, bad)
		}
		published[k["kid"]] = true
	}
	tokens := s.tokens(t, "app")
	id, access := kidOf(t, tokens.ID), kidOf(t, tokens.Access)
	if id == access || !published[id] || !published[access] {
		t.Errorf("the ID token has the key %s, the access token %s; want two of %v", id, access, published)
	}
}

func kidOf(t *testing.T, jwt seal.Secret) string {
	t.Helper()
	head, _, _ := strings.Cut(jwt.Reveal(), ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	var header struct{ Kid string }
	if err != nil || json.Unmarshal(text, &header) != nil {
		t.Fatalf("header %s: %v", head, err)
	}
	return header.Kid
}

// Cognito: a code has the form of a UUID.
func TestCodesHaveTheFormOfUUIDs(t *testing.T) {
	if code := newService(t).code(t, "app"); !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(code) {
		t.Errorf("code %s", code)
	}
}

// Cognito: of a custom domain and a prefix, the document names the custom one.
func TestDiscoveryPrefersTheCustomDomain(t *testing.T) {
	s := newService(t)
	s.AddDomain("login.example.com")
	if got := members(t, s.get(home+"/.well-known/openid-configuration"))["token_endpoint"]; got != "https://login.example.com/oauth2/token" {
		t.Errorf("token_endpoint = %v", got)
	}
}
