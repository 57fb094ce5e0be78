package policy_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestOperators(t *testing.T) {
	// A is true of the request, B is not.
	const a, b = `{http_method: GET}`, `{http_method: POST}`
	tests := []struct {
		ppl  string
		want bool
	}{
		{`{and: [A, A]}`, true},
		{`{and: [A, B]}`, false},
		{`{or: [A, B]}`, true},
		{`{or: [B, B]}`, false},
		// not: every one is false.
		{`{not: [A, B]}`, false},
		{`{not: [B, B]}`, true},
		{`{not: [A]}`, false},
		// nor: one is false.
		{`{nor: [A, B]}`, true},
		{`{nor: [B, B]}`, true},
		{`{nor: [A, A]}`, false},
		// Several operators are joined by OR.
		{`{and: [A], not: [A]}`, true},
		{`{and: [B], not: [B]}`, true},
		{`{and: [B], or: [B]}`, false},
		// An empty list is no operator, not a true one.
		{`{and: []}`, false},
		{`{not: []}`, false},
		{`{and: null, or: [A]}`, true},
		{`{AND: [A]}`, true},
		{`{}`, false},
	}
	for _, tt := range tests {
		text := strings.NewReplacer("AND", "AND", "A", a, "B", b).Replace(tt.ppl)
		p := compile(t, `allow: `+text)
		if got := p.Decide(new(visitor())).Outcome == policy.Allow; got != tt.want {
			t.Errorf("allow: %s: got %v, want %v", tt.ppl, got, tt.want)
		}
	}
}

func TestOrderOfTheDecision(t *testing.T) {
	tests := []struct {
		name, ppl string
		r         policy.Request
		want      policy.Outcome
		rule      string
	}{
		{"nothing is said", `[]`, signedIn(), policy.Deny, ""},
		{"allowed", `[{allow: {or: [{email: alice@example.com}]}}]`, signedIn(), policy.Allow, "policy[0].allow.or"},
		{"second rule", `[{allow: {or: [{email: bob@example.com}]}}, {allow: {and: [{domain: example.com}]}}]`, signedIn(), policy.Allow, "policy[1].allow.and"},
		{"not allowed", `[{allow: {or: [{email: bob@example.com}]}}]`, signedIn(), policy.Deny, ""},
		{"deny wins", `[{allow: {or: [{accept: true}]}}, {deny: {or: [{email: alice@example.com}]}}]`, signedIn(), policy.Deny, "policy[1].deny.or"},
		{"sign in to be allowed", `[{allow: {or: [{email: alice@example.com}]}}]`, visitor(), policy.SignIn, "policy[0].allow.or"},
		{"sign in though denied", `[{allow: {or: [{email: alice@example.com}]}, deny: {or: [{accept: true}]}}]`, visitor(), policy.SignIn, "policy[0].allow.or"},
		{"sign in on a public route that denies people", `[{allow: {or: [{accept: true}]}, deny: {or: [{email: bob@example.com}]}}]`, visitor(), policy.SignIn, "policy[0].deny.or"},
		{"public beside a claim", `[{allow: {or: [{accept: true}, {claim/x: y}]}}]`, visitor(), policy.Allow, "policy[0].allow.or"},
		{"public in another rule", `[{allow: {or: [{claim/x: y}]}}, {allow: {or: [{accept: true}]}}]`, visitor(), policy.Allow, "policy[1].allow.or"},
		{"certificate before sign-in", `[{allow: {or: [{email: a@example.com}]}, deny: {or: [{invalid_client_certificate: true}]}}]`, visitor(), policy.CertificateRequired, "policy[0].deny.or"},
		{"deny by certificate that is no certificate's fault", `[{allow: {or: [{accept: true}]}, deny: {and: [{client_certificate: {san_dns: x.example.com}}]}}]`, visitor(), policy.Allow, "policy[0].allow.or"},
	}
	for _, tt := range tests {
		d := compile(t, tt.ppl).Decide(&tt.r)
		if d.Outcome != tt.want || d.Rule != tt.rule {
			t.Errorf("%s: got %v by %q, want %v by %q", tt.name, d.Outcome, d.Rule, tt.want, tt.rule)
		}
	}
}

// The traps of negative matchers: each of these lets visitors in under
// Pomerium, and none does here.
func TestANegativeMatcherNeverOpensARoute(t *testing.T) {
	for _, ppl := range []string{
		`allow: {or: [{email: {not: bob@example.com}}]}`,
		`allow: {and: [{email: {not_in: [bob@example.com]}}]}`,
		`allow: {or: [{claim/groups: {exclude: guests}}]}`,
		`allow: {or: [{groups: {exclude: guests}}]}`,
		`allow: {or: [{user: {not: bob}}]}`,
		`allow: {or: [{domain: {not: example.org}}]}`,
		`allow: {not: [{email: bob@example.com}]}`,
		`allow: {nor: [{email: bob@example.com}, {domain: example.org}]}`,
		`allow: {not: [{authenticated_user: true}]}`,
		`allow: {not: [{http_method: POST}, {email: bob@example.com}]}`,
	} {
		p := compile(t, ppl)
		if d := p.Decide(new(visitor())); d.Outcome != policy.SignIn {
			t.Errorf("%s: a visitor gets %v, want sign-in", ppl, d.Outcome)
		}
		if !p.NeedsIdentity() {
			t.Errorf("%s: NeedsIdentity() = false", ppl)
		}
	}
}

func TestDenyByIdentityIsNotEscapedBySigningOut(t *testing.T) {
	for _, ppl := range []string{
		`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{email: {not: bob@example.com}}]}}]`,
		`[{allow: {or: [{accept: 1}]}}, {deny: {not: [{email: bob@example.com}]}}]`,
		`[{allow: {or: [{accept: 1}]}}, {deny: {and: [{http_method: GET}, {claim/x: {exclude: y}}]}}]`,
	} {
		if d := compile(t, ppl).Decide(new(visitor())); d.Outcome != policy.SignIn {
			t.Errorf("%s: a visitor gets %v, want sign-in", ppl, d.Outcome)
		}
		if d := compile(t, ppl).Decide(new(signedIn())); d.Outcome != policy.Deny {
			t.Errorf("%s: alice gets %v, want deny", ppl, d.Outcome)
		}
	}
}

func TestReasonsOfATrueAndOfAFalseSide(t *testing.T) {
	p := compile(t, `
- allow: {or: [{email: alice@example.com}, {domain: example.org}, {http_method: GET}]}
- deny:  {and: [{http_path: /secret}, {http_method: GET}, {source_ip: 10.0.0.1}]}`)
	d := p.Decide(&policy.Request{Method: "GET", Path: "/", Identity: alice(), SourceIP: netip.MustParseAddr("10.0.0.2")})
	if got, want := d.Allow.Reasons.Strings(), []string{"email-ok", "http-method-ok"}; !slices.Equal(got, want) {
		t.Errorf("allow-why-true = %v, want %v", got, want)
	}
	if got, want := d.Deny.Reasons.Strings(), []string{"http-path-unauthorized", "source-ip-unauthorized"}; !slices.Equal(got, want) {
		t.Errorf("deny-why-false = %v, want %v", got, want)
	}
}

func TestNoPolicyDenies(t *testing.T) {
	var p *policy.Policy
	for _, p := range []*policy.Policy{p, {}, compileAccess(t, policy.Access{}), compile(t, `[]`), compile(t, `{}`)} {
		if d := p.Decide(new(signedIn())); d.Outcome != policy.Deny || len(d.Explain()) != 1 {
			t.Errorf("Decide = %v, %q", d.Outcome, d.Explain())
		}
		if p.NeedsIdentity() {
			t.Error("NeedsIdentity() = true")
		}
	}
}

func TestOutcomeNames(t *testing.T) {
	for o, want := range map[policy.Outcome]string{policy.Deny: "deny", policy.Allow: "allow", policy.SignIn: "sign-in", policy.CertificateRequired: "certificate-required", 99: "deny"} {
		if got := o.String(); got != want {
			t.Errorf("Outcome(%d) = %q, want %q", o, got, want)
		}
	}
}
