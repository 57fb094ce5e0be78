package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

// At Pomerium the criterion opened every URL that held /.pomerium/.
func TestPomeriumRoutesOpensNothing(t *testing.T) {
	tests := []struct {
		ppl  string
		want policy.Outcome
	}{
		{`{allow: {or: [{pomerium_routes: true}]}}`, policy.Deny},
		{`{allow: {and: [{pomerium_routes: true}, {accept: true}]}}`, policy.Deny},
		{`{allow: {or: [{pomerium_routes: true}, {accept: true}]}}`, policy.Allow},
		{`{allow: {or: [{accept: true}]}, deny: {or: [{pomerium_routes: true}]}}`, policy.Allow},
		{`{allow: {or: [{accept: true}]}, deny: {not: [{pomerium_routes: true}]}}`, policy.Deny},
	}
	for _, tt := range tests {
		for _, r := range []policy.Request{visitor(), signedIn()} {
			r.Path = "/files/.pomerium/"
			if d := compile(t, tt.ppl).Decide(&r); d.Outcome != tt.want {
				t.Errorf("%s: %s gets %v, want %v", tt.ppl, sketch(r), d.Outcome, tt.want)
			}
		}
	}
	checkSays(t, compile(t, tests[0].ppl).Warnings(), "policy.allow.or[0].pomerium_routes: is never true")
	checkSays(t, compile(t, `{allow: {not: [{pomerium_routes: true}]}}`).Warnings(), "policy.allow.not: lets requests pass by pomerium_routes alone")
}
