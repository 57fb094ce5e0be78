package policy_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestAccessKeys(t *testing.T) {
	claims := map[string][]any{"cognito:groups": {"admins", "staff"}, "level": {uint64(12)}}
	tests := []struct {
		name   string
		access policy.Access
		r      policy.Request
		want   policy.Outcome
		rule   string
	}{
		{"public", policy.Access{Public: true}, visitor(), policy.Allow, "allow_public_unauthenticated_access"},
		{"public beside claims", policy.Access{Public: true, IDPClaims: claims}, visitor(), policy.Allow, "allow_public_unauthenticated_access"},
		{"any user", policy.Access{AnyUser: true}, signedIn(), policy.Allow, "allow_any_authenticated_user"},
		{"any user, nobody", policy.Access{AnyUser: true}, visitor(), policy.SignIn, "allow_any_authenticated_user"},
		{"by e-mail", policy.Access{Users: []string{"alice@example.com"}}, signedIn(), policy.Allow, "allowed_users"},
		{"by user id", policy.Access{Users: []string{"bob@example.com", "u-alice"}}, signedIn(), policy.Allow, "allowed_users"},
		{"not among users", policy.Access{Users: []string{"bob@example.com"}}, signedIn(), policy.Deny, ""},
		{"by domain", policy.Access{Domains: []string{"example.org", "example.com"}}, signedIn(), policy.Allow, "allowed_domains"},
		{"by one value of a claim", policy.Access{IDPClaims: claims}, signedIn(), policy.Allow, "allowed_idp_claims"},
		{"by one claim of two", policy.Access{IDPClaims: map[string][]any{"none": {"x"}, "level": {12}}}, signedIn(), policy.Allow, "allowed_idp_claims"},
		{"by no claim", policy.Access{IDPClaims: map[string][]any{"level": {"12"}}}, signedIn(), policy.Deny, ""},
		{"claims, nobody", policy.Access{IDPClaims: claims}, visitor(), policy.SignIn, "allowed_idp_claims"},
		{"keys are alternatives", policy.Access{Users: []string{"bob@example.com"}, IDPClaims: claims}, signedIn(), policy.Allow, "allowed_idp_claims"},
		{"preflight", policy.Access{AnyUser: true, CORSPreflight: true}, policy.Request{Method: "OPTIONS", CORSPreflight: true}, policy.Allow, "cors_allow_preflight"},
		{"no preflight", policy.Access{AnyUser: true, CORSPreflight: true}, policy.Request{Method: "OPTIONS"}, policy.SignIn, "allow_any_authenticated_user"},
		{"policy beside keys", policy.Access{Users: []string{"bob@example.com"}, PPL: decoded(t, `allow: {or: [{user: u-alice}]}`)}, signedIn(), policy.Allow, "policy.allow.or"},
		{"deny beside keys", policy.Access{AnyUser: true, PPL: decoded(t, `deny: {or: [{user: u-alice}]}`)}, signedIn(), policy.Deny, "policy.deny.or"},
		{"a sub-policy's users", policy.Access{Users: []string{"bob@example.com"}, Sub: []policy.Sub{{}, {Users: []string{"alice@example.com"}}}}, signedIn(), policy.Allow, "sub_policies[1].allowed_users"},
		{"a sub-policy's domains", policy.Access{Sub: []policy.Sub{{Domains: []string{"example.com"}}}}, signedIn(), policy.Allow, "sub_policies[0].allowed_domains"},
		{"a sub-policy's claims", policy.Access{Sub: []policy.Sub{{IDPClaims: claims}}}, signedIn(), policy.Allow, "sub_policies[0].allowed_idp_claims"},
		{"a sub-policy's rules", policy.Access{Sub: []policy.Sub{{PPL: decoded(t, `allow: {or: [{user: u-alice}]}`)}}}, signedIn(), policy.Allow, "sub_policies[0].source_ppl.allow.or"},
		{"a sub-policy that denies", policy.Access{AnyUser: true, Sub: []policy.Sub{{PPL: decoded(t, `deny: {or: [{user: u-alice}]}`)}}}, signedIn(), policy.Deny, "sub_policies[0].source_ppl.deny.or"},
		{"no sub-policy", policy.Access{Sub: []policy.Sub{{Users: []string{"bob@example.com"}, PPL: decoded(t, `allow: {or: [{user: u-bob}]}`)}}}, signedIn(), policy.Deny, ""},
		{"a sub-policy, nobody", policy.Access{Sub: []policy.Sub{{Domains: []string{"example.com"}}}}, visitor(), policy.SignIn, "sub_policies[0].allowed_domains"},
		{"empty lists", policy.Access{Users: []string{}, IDPClaims: map[string][]any{"x": {}}}, signedIn(), policy.Deny, ""},
	}
	for _, tt := range tests {
		d := compileAccess(t, tt.access).Decide(&tt.r)
		if d.Outcome != tt.want || d.Rule != tt.rule {
			t.Errorf("%s: got %v by %q, want %v by %q", tt.name, d.Outcome, d.Rule, tt.want, tt.rule)
		}
	}
}

func TestAccessKeysThatContradict(t *testing.T) {
	for _, a := range []policy.Access{
		{Public: true, AnyUser: true},
		{Public: true, Users: []string{"alice@example.com"}},
		{Public: true, Domains: []string{"example.com"}},
	} {
		checkSays(t, faults(t, a), "allow_public_unauthenticated_access: found beside")
	}
	for _, a := range []policy.Access{
		{AnyUser: true, Users: []string{"alice@example.com"}},
		{AnyUser: true, Domains: []string{"example.com"}},
	} {
		checkSays(t, faults(t, a), "allow_any_authenticated_user: found beside")
	}
}

func TestAccessKeysRefuse(t *testing.T) {
	said := faults(t, policy.Access{
		Users:     []string{"alice@example.com", ""}, // "" would match people without an address
		Domains:   []string{""},
		IDPClaims: map[string][]any{"": {"x"}, "groups": {"a", []any{"b"}, nil}},
	})
	checkSays(t, said, "allowed_users[1]", "allowed_domains[0]", "allowed_idp_claims: found a claim without a name",
		"allowed_idp_claims.groups[1]: found a list", "allowed_idp_claims.groups[2]: found nothing")
}

func TestManyUsersBecomeOneSet(t *testing.T) {
	var users []string
	for i := range 500 {
		users = append(users, fmt.Sprintf("user%d@example.com", i))
	}
	p := compileAccess(t, policy.Access{Users: append(users, "alice@example.com")})
	if d := p.Decide(new(signedIn())); d.Outcome != policy.Allow {
		t.Errorf("Outcome = %v", d.Outcome)
	}
	r := signedIn()
	r.Identity.Email, r.Identity.UserID = "mallory@example.com", "m"
	d := p.Decide(&r)
	if d.Outcome != policy.Deny || len(d.Explain()) != 2 {
		t.Errorf("got %v: %q", d.Outcome, d.Explain())
	}
}

func TestFaultsOfSubPoliciesHaveTheirPlaces(t *testing.T) {
	said := faults(t, policy.Access{Sub: []policy.Sub{{}, {Domains: []string{""}, IDPClaims: map[string][]any{"": {"x"}}, PPL: decoded(t, `allow: {or: [{emial: x}]}`)}}})
	checkSays(t, said, "sub_policies[1].allowed_domains[0].is: ")
	checkSays(t, said, "sub_policies[1].allowed_idp_claims: found a claim without a name")
	checkSays(t, said, "sub_policies[1].source_ppl.allow.or[0].emial: unknown criterion")
}
