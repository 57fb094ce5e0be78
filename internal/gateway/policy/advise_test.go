package policy_test

import (
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestWarnings(t *testing.T) {
	tests := []struct{ ppl, want string }{
		{`allow: {and: [{source_ip: 10.0.0.0/8}, {http_method: GET}]}`, "policy.allow.and: lets requests pass by source_ip, http_method alone"},
		{`allow: {or: [{source_ip: 10.0.0.0/8}, {email: a@example.com}]}`, "policy.allow.or: lets requests pass by source_ip alone"},
		{`allow: {not: [{http_path: /x}]}`, "policy.allow.not: lets requests pass by http_path alone"},
		{`allow: {not: [{client_certificate: {san_dns: x}}]}`, "lets requests pass by client_certificate alone"},
		{`allow: {and: [{source_ip: 10.0.0.0/8}, {email: a@example.com}]}`, ""},
		{`allow: {or: [{client_certificate: {san_dns: x}}]}`, ""},
		{`allow: {or: [{cors_preflight: true}]}`, ""},
		{`deny: {or: [{source_ip: 10.0.0.0/8}]}`, "policy: no rule allows anything"},
		{`allow: {or: [{email: {not: a@example.com}}]}`, "policy.allow.or[0].email: is true only of people who are signed in"},
		{`allow: {or: [{claim/g: {exclude: a}}]}`, "policy.allow.or[0].claim/g: is true only of people who are signed in"},
		{`allow: {or: [{email: {not: a@example.com, ends_with: "@example.com"}}]}`, ""},
		{`allow: {and: [{email: a@example.com}], not: [{email: b@example.com}]}`, "policy.allow.not: is joined by OR"},
		{`allow: {or: [{email: "*"}]}`, `policy.allow.or[0].email: "*" is compared as it is written`},
		{`allow: {or: [{domain: {in: [example.com, "*.example.com"]}}]}`, `policy.allow.or[0].domain: "*.example.com" is compared as it is written`},
		{`allow: {or: [{http_path: /a/*}]}`, `policy.allow.or[0].http_path: "/a/*" is compared as it is written`},
		{`allow: {nor: [{email: a@example.com}, {email: b@example.com}]}`, "policy.allow.nor: is true as soon as one"},
	}
	for _, tt := range tests {
		got := strings.Join(compile(t, tt.ppl).Warnings(), "\n")
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: warnings %q, want %q", tt.ppl, got, tt.want)
		}
	}
	for key, a := range map[string]policy.Access{"allowed_users": {Users: []string{"*"}}, "allowed_domains": {Domains: []string{"*"}}} {
		if got := compileAccess(t, a).Warnings(); len(got) != 1 || !strings.HasPrefix(got[0], key+`[0]: "*" is compared as it is written`) {
			t.Errorf("%s with a star: got %q, want one warning", key, got)
		}
	}
	if got := compileAccess(t, policy.Access{AnyUser: true}).Warnings(); len(got) > 0 {
		t.Errorf("Warnings() = %q, want none", got)
	}
}
