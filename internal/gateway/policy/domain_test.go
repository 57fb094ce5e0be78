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
		{`example.com`, of("a@evil.org@example.com"), false, "domain-unauthorized"},
		{`evil.org`, of("a@evil.org@example.com"), false, "domain-unauthorized"},
		{`example.com`, of("@example.com"), false, "domain-unauthorized"},
		{`example.com`, of("example.com"), false, "domain-unauthorized"},
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
