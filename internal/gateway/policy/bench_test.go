package policy_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func BenchmarkDecideByClaims(b *testing.B) {
	p := compileAccess(b, policy.Access{IDPClaims: map[string][]any{
		"cognito:groups": {"admins", "ops", "eu"}, "custom:Dept": {"sales"},
	}})
	benchmark(b, p, policy.Allow)
}

func BenchmarkDecideTwentyRules(b *testing.B) {
	var text strings.Builder
	for i := range 19 {
		fmt.Fprintf(&text, "- {allow: {and: [{\"claim/cognito:groups\": g%d}, {http_path: {starts_with: /p%d}}, {source_ip: 10.%d.0.0/16}]}}\n", i, i, i)
	}
	text.WriteString("- {allow: {and: [{domain: example.com}]}, deny: {or: [{http_method: TRACE}]}}\n")
	benchmark(b, compile(b, text.String()), policy.Allow)
}

func BenchmarkDecideAmongAThousandUsers(b *testing.B) {
	users := []string{"alice@example.com"}
	for i := range 1000 {
		users = append(users, fmt.Sprintf("user%d@example.com", i))
	}
	benchmark(b, compileAccess(b, policy.Access{Users: users}), policy.Allow)
}

func benchmark(b *testing.B, p *policy.Policy, want policy.Outcome) {
	r := signedIn()
	r.SourceIP = netip.MustParseAddr("10.99.0.1")
	if got := p.Decide(&r).Outcome; got != want {
		b.Fatalf("Outcome = %v, want %v", got, want)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(&r)
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	p := compile(t, `
- allow: {and: [{email: {ends_with: "@example.com"}}, {"claim/cognito:groups": staff}, {source_ip: 10.0.0.0/8}, {http_method: {in: [GET, HEAD]}}, {http_path: {starts_with: /}}]}
  deny: {or: [{invalid_client_certificate: 1}, {groups: guests}, {user: {in: [a, b]}}, {claim/level: {has: 13}}, {domain: example.org}]}`)
	r := signedIn()
	r.SourceIP, r.Certificate, r.CertificateValid = netip.MustParseAddr("10.0.0.1"), laptop(), true
	if got := p.Decide(&r).Outcome; got != policy.Allow {
		t.Fatalf("Outcome = %v", got)
	}
	if n := testing.AllocsPerRun(100, func() { p.Decide(&r) }); n != 0 {
		t.Errorf("%v allocations a decision, want none", n)
	}
}
