package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestDomain(t *testing.T) {
	of := func(email string) policy.Request {
		return policy.Request{Identity: &identity.Identity{Email: email}}
	}
	checkCriterion(t, "domain", []criterionCase{
		{`example.com`, signedIn(), true, "domain-ok"},
		{`example.com`, of("a@sub.example.com"), false, "domain-unauthorized"},
		{`example.com`, of("a@example.com.evil.org"), false, "domain-unauthorized"},
		{`example.com`, of("a@evil.org@example.com"), false, "email-unclear"},
		{`evil.org`, of("a@evil.org@example.com"), false, "email-unclear"},
		{`example.com`, of("a@Example.COM"), true, "domain-ok"},
		{`EXAMPLE.com`, of("a@example.com"), true, "domain-ok"},
		{`example.com`, of("a@example.com."), true, "domain-ok"},
		{`{ends_with: .Example.com}`, of("a@EU.example.com"), true, "domain-ok"},
		{`münchen.example`, of("a@xn--mnchen-3ya.example"), true, "domain-ok"},
		{`xn--mnchen-3ya.example`, of("a@münchen.example"), true, "domain-ok"},
		{`XN--MNCHEN-3YA.example`, of("a@M\u00fcnchen.Example"), true, "domain-ok"},
		{`{ends_with: .рф}`, of("a@x.xn--p1ai"), true, "domain-ok"},
		{`münchen.example`, of("a@M\u00dcNCHEN.example"), false, "email-unclear"},
		{`site.example`, of("a@\u017fite.example"), false, "email-unclear"},
		{`kelvin.example`, of("a@\u212aelvin.example"), false, "email-unclear"},
		{`example.com`, of("a@example\u3002com"), false, "email-unclear"},
		{`example.com`, of("@example.com"), false, "email-unclear"},
		{`example.com`, of("example.com"), false, "email-unclear"},
		{`{ends_with: .example.com}`, of("a@eu.example.com"), true, "domain-ok"},
		{`{in: [example.org, example.com]}`, signedIn(), true, "domain-ok"},
		{`{not: example.org}`, visitor(), false, "user-unauthenticated"},
		{`example.com`, visitor(), false, "user-unauthenticated"},
	})
}

func TestDomainWithAnAtSignIsPointedOut(t *testing.T) {
	p := compile(t, `allow: {or: [{domain: "@example.com"}]}`)
	checkSays(t, p.Warnings(), `write "example.com"`)
}

// No other spelling of a domain escapes a deny rule.
func TestADomainInOtherLettersIsDenied(t *testing.T) {
	for _, ppl := range []string{
		`[{allow: {or: [{authenticated_user: 1}]}}, {deny: {or: [{domain: evil.example}]}}]`,
		`[{allow: {or: [{authenticated_user: 1}]}}, {deny: {or: [{email: {ends_with: "@evil.example"}}]}}]`,
		`[{allow: {or: [{authenticated_user: 1}]}}, {deny: {or: [{claim/email: x@evil.example}]}}]`,
	} {
		for _, email := range []string{"x@evil.example", "x@EVIL.example", "X@Evil.Example", "x@evil.example.", "x@evi\u217c.example", "x@evil\uff0eexample", "x@evil.example@y.example"} {
			id := identity.FromClaims(map[string]any{"sub": "u", "email": email}, false)
			if d := compile(t, ppl).Decide(&policy.Request{Identity: &id}); d.Outcome != policy.Deny {
				t.Errorf("%s: %q gets %v, want deny", ppl, email, d.Outcome)
			}
		}
		id := identity.FromClaims(map[string]any{"sub": "u", "email": "x@evil2.example"}, false)
		if d := compile(t, ppl).Decide(&policy.Request{Identity: &id}); d.Outcome != policy.Allow {
			t.Errorf("%s: another domain gets %v, want allow", ppl, d.Outcome)
		}
	}
}

func TestOlderKeysCompareAddressesWithoutCase(t *testing.T) {
	id := alice()
	id.Email = "Alice@Example.com"
	for _, a := range []policy.Access{{Users: []string{"alice@example.com"}}, {Users: []string{"ALICE@example.com", "x"}}, {Domains: []string{"EXAMPLE.com"}}} {
		if d := compileAccess(t, a).Decide(&policy.Request{Identity: id}); d.Outcome != policy.Allow {
			t.Errorf("%+v: got %v, want allow", a, d.Outcome)
		}
	}
	// A user id is the provider's, and counts as it is.
	if d := compileAccess(t, policy.Access{Users: []string{"U-ALICE"}}).Decide(&policy.Request{Identity: id}); d.Outcome != policy.Deny {
		t.Errorf("user id in other letters: got %v, want deny", d.Outcome)
	}
}
