package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

// Pomerium: reject is always false, on both sides.
func TestRejectIsAlwaysFalse(t *testing.T) {
	tests := []struct {
		ppl  string
		want policy.Outcome
	}{
		{`{allow: {or: [{accept: true}]}, deny: {or: [{reject: true}]}}`, policy.Allow},
		{`{allow: {or: [{accept: true}]}, deny: {and: [{reject: true}, {accept: true}]}}`, policy.Allow},
		{`{allow: {or: [{accept: true}]}, deny: {not: [{reject: true}]}}`, policy.Deny},
		{`{allow: {or: [{reject: true}]}}`, policy.Deny},
		{`{allow: {and: [{reject: 1}, {accept: 1}]}}`, policy.Deny},
		{`{allow: {or: [{reject: 1}, {accept: 1}]}}`, policy.Allow},
		{`{allow: {not: [{reject: 1}]}}`, policy.Allow},
	}
	for _, tt := range tests {
		for _, r := range []policy.Request{visitor(), signedIn()} {
			if d := compile(t, tt.ppl).Decide(&r); d.Outcome != tt.want {
				t.Errorf("%s: %s gets %v, want %v", tt.ppl, sketch(r), d.Outcome, tt.want)
			}
		}
	}
}

func TestRejectHasItsReason(t *testing.T) {
	d := compile(t, `{allow: {or: [{accept: true}]}, deny: {or: [{reject: true}]}}`).Decide(new(visitor()))
	if d.Deny.Value || d.Deny.Reasons != policy.ReasonReject {
		t.Errorf("deny is %v for %v, want false for reject", d.Deny.Value, d.Deny.Reasons.Strings())
	}
}

func TestRejectIsPointedOutWhereItSeemsToDoMore(t *testing.T) {
	checkSays(t, compile(t, `{allow: {or: [{accept: 1}]}, deny: {or: [{reject: true}]}}`).Warnings(), "policy.deny.or[0].reject: is always false, so it refuses nobody")
	checkSays(t, compile(t, `{allow: {not: [{reject: true}]}}`).Warnings(), "policy.allow.not: lets requests pass by reject alone")
}
