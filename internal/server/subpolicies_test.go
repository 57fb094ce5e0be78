package server_test

import (
	"net/url"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/server"
)

// The console of Pomerium writes policies into routes: lists of people, and rules
// as a text beside the program that it made of them.
func TestSubPoliciesDecideWithTheRoute(t *testing.T) {
	const file = `authenticate_service_url: https://authenticate.example.com
idp_provider: google
idp_client_id: a
idp_client_secret: b
routes:
  - from: https://app.example.com
    to: http://app
    allowed_users: [alice@example.com]
    sub_policies:
      - id: p1
        name: friends
        allowed_users: [bob@example.com]
        allowed_domains: [friends.example]
        allowed_idp_claims: {team: [blue]}
      - rego: ["package pomerium.policy\nallow = [true, {\"x\"}]"]
        source_ppl: '{"allow":{"or":[{"email":{"is":"carol@example.com"}}]},"deny":{"or":[{"email":{"is":"mallory@friends.example"}}]}}'
      - rego: [""]
        source_ppl:
          - allow: {or: [{email: {is: dave@example.com}}]}
`
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		claims map[string]any
		want   policy.Outcome
		rule   string
	}{
		{nil, policy.SignIn, "allowed_users"},
		{map[string]any{"sub": "1", "email": "alice@example.com"}, policy.Allow, "allowed_users"},
		{map[string]any{"sub": "1", "email": "bob@example.com"}, policy.Allow, "sub_policies[0].allowed_users"},
		{map[string]any{"sub": "1", "email": "x@friends.example"}, policy.Allow, "sub_policies[0].allowed_domains"},
		{map[string]any{"sub": "1", "email": "x@example.com", "team": "blue"}, policy.Allow, "sub_policies[0].allowed_idp_claims"},
		{map[string]any{"sub": "1", "email": "carol@example.com"}, policy.Allow, "sub_policies[1].source_ppl[0].allow.or"},
		{map[string]any{"sub": "1", "email": "mallory@friends.example"}, policy.Deny, "sub_policies[1].source_ppl[0].deny.or"},
		{map[string]any{"sub": "1", "email": "dave@example.com"}, policy.Allow, "sub_policies[2].source_ppl[0].allow.or"},
		{map[string]any{"sub": "1", "email": "eve@example.com"}, policy.Deny, ""},
	} {
		answer, err := server.Explain(c, server.Question{URL: &url.URL{Scheme: "https", Host: "app.example.com", Path: "/"}, Claims: test.claims})
		if err != nil {
			t.Fatal(err)
		}
		if d := answer.Decision; d.Outcome != test.want || d.Rule != test.rule {
			t.Errorf("%v: got %v by %q, want %v by %q", test.claims, d.Outcome, d.Rule, test.want, test.rule)
		}
	}
}
