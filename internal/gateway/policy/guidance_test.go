package policy_test

import (
	"slices"
	"testing"

	"gatehouse/internal/gateway/policy"
)

// A person reads what is written in the policies that refuse them, and in no other.
func TestGuidanceIsThatOfThePoliciesThatRefuse(t *testing.T) {
	said := func(text string) policy.Guidance { return policy.Guidance{Explanation: text} }
	sub := func(text, ppl string) policy.Sub { return policy.Sub{Guidance: said(text), PPL: decoded(t, ppl)} }
	const (
		onlyBob   = `allow: {or: [{user: u-bob}]}`
		everybody = `allow: {or: [{authenticated_user: true}]}`
		notAlice  = `deny: {or: [{user: u-alice}]}`
		notBob    = `deny: {or: [{user: u-bob}]}`
		noGroups  = `deny: {or: [{groups: {has: x}}]}`
		aCert     = `deny: {or: [{invalid_client_certificate: true}]}`
	)
	unknown := signedIn()
	unknown.Identity.Groups = nil
	tests := []struct {
		name string
		subs []policy.Sub
		r    policy.Request
		want []policy.Guidance
	}{
		{"those that let others in", []policy.Sub{sub("a", onlyBob), sub("b", onlyBob)}, signedIn(), []policy.Guidance{said("a"), said("b")}},
		{"the list of people", []policy.Sub{{Guidance: said("a"), Users: []string{"bob@example.com"}}}, signedIn(), []policy.Guidance{said("a")}},
		{"none is written", []policy.Sub{sub("", onlyBob)}, signedIn(), nil},
		{"the one that denies", []policy.Sub{sub("a", everybody), sub("b", notAlice), sub("c", onlyBob), sub("d", notBob)}, signedIn(), []policy.Guidance{said("b")}},
		{"denied because it is not known", []policy.Sub{sub("a", everybody), sub("b", noGroups)}, unknown, []policy.Guidance{said("b")}},
		{"one that only denies others", []policy.Sub{sub("a", onlyBob), sub("b", notBob)}, signedIn(), []policy.Guidance{said("a")}},
		{"one without rules", []policy.Sub{{Guidance: said("a")}, sub("b", onlyBob)}, signedIn(), []policy.Guidance{said("b")}},
		{"the tenth is not under the first", append([]policy.Sub{sub("a", everybody), sub("1", onlyBob), {}, {}, {}, {}, {}, {}, {}, {}}, sub("10", notAlice)), signedIn(), []policy.Guidance{said("10")}},
		{"no certificate", []policy.Sub{sub("a", everybody), sub("b", aCert)}, signedIn(), []policy.Guidance{said("b")}},
		{"who is let in", []policy.Sub{sub("a", onlyBob), sub("b", everybody)}, signedIn(), nil},
		{"who must sign in", []policy.Sub{sub("a", onlyBob)}, visitor(), nil},
	}
	for _, tt := range tests {
		d := compileAccess(t, policy.Access{Sub: tt.subs}).Decide(&tt.r)
		if got := d.Guidance(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v: got %v, want %v", tt.name, d.Outcome, got, tt.want)
		}
	}
}

func TestGuidanceIsOneLine(t *testing.T) {
	g := policy.Guidance{Explanation: "For\r\n the team.", Remediation: "\tAsk\n\nit. "}
	if got := g.Text(); got != "For the team. Ask it." {
		t.Errorf("got %q", got)
	}
}
