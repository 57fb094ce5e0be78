package oauth_test

import (
	"encoding/json"
	"testing"
)

func TestDiscovery(t *testing.T) {
	s := newService(t)
	const issuer = "https://id.example.com/us-east-1_Test00001"
	document := func() map[string]any { return members(t, s.get(home+"/.well-known/openid-configuration")) }
	got := document()
	for member, want := range map[string]any{
		"issuer": issuer, "jwks_uri": issuer + "/.well-known/jwks.json",
		"authorization_endpoint": "https://staff.auth.example.com/oauth2/authorize",
		"token_endpoint":         "https://staff.auth.example.com/oauth2/token",
		"userinfo_endpoint":      "https://staff.auth.example.com/oauth2/userInfo",
		"revocation_endpoint":    "https://staff.auth.example.com/oauth2/revoke",
		"end_session_endpoint":   "https://staff.auth.example.com/logout",
	} {
		if got[member] != want {
			t.Errorf("%s = %v, want %v", member, got[member], want)
		}
	}
	if want := "authorization_endpoint authorization_response_iss_parameter_supported code_challenge_methods_supported end_session_endpoint id_token_signing_alg_values_supported issuer jwks_uri response_types_supported revocation_endpoint scopes_supported subject_types_supported token_endpoint token_endpoint_auth_methods_supported userinfo_endpoint"; names(got) != want {
		t.Errorf("members %s, want %s", names(got), want)
	}
	s.sites.EndpointsAtIssuer = true
	if got := document()["token_endpoint"]; got != issuer+"/oauth2/token" {
		t.Errorf("at the issuer: token_endpoint = %v", got)
	}
	s.Pool.Settings.AWSIssuer = true
	s.SavePool(s.Pool)
	if got := document(); got["issuer"] != "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Test00001" || got["jwks_uri"] != issuer+"/.well-known/jwks.json" {
		t.Errorf("as AWS: issuer = %v, jwks_uri = %v", got["issuer"], got["jwks_uri"])
	}
}

func TestJWKSMayBeCachedAndReadByScripts(t *testing.T) {
	s := newService(t)
	w := s.get(home + "/.well-known/jwks.json")
	var set struct{ Keys []any }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != 2 {
		t.Errorf("got %s", w.Body)
	}
	if w.Header().Get("Cache-Control") != "public, max-age=3600" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers %v", w.Header())
	}
	refused(t, s.get("/us-east-1_Nowhere01/.well-known/jwks.json"), 404, "invalid_request")
}
