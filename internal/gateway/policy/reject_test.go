package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestRejectUnderDenyRefusesEverybody(t *testing.T) {
	p := compile(t, `{allow: {or: [{accept: true}]}, deny: {or: [{reject: true}]}}`)
	for _, r := range []policy.Request{visitor(), signedIn()} {
		d := p.Decide(&r)
		if d.Outcome != policy.Deny || d.Rule != "policy.deny.or" || !d.Deny.Reasons.Has(policy.ReasonReject) {
			t.Errorf("Decide(%s) = %v by %q for %v", sketch(r), d.Outcome, d.Rule, d.Deny.Reasons.Strings())
		}
	}
}

func TestRejectUnderAllowIsRefused(t *testing.T) {
	for _, ppl := range []string{`allow: {or: [{reject: true}]}`, `allow: {and: [{reject: 1}, {email: a@example.com}]}`} {
		checkSays(t, faults(t, policy.Access{PPL: decoded(t, ppl)}), "[0].reject: reject is always true", "move it under deny")
	}
}

func TestRejectUnderNotAllowsNothing(t *testing.T) {
	p := compile(t, `allow: {not: [{reject: true}]}`)
	if d := p.Decide(new(signedIn())); d.Outcome != policy.Deny {
		t.Errorf("Outcome = %v, want deny", d.Outcome)
	}
}
