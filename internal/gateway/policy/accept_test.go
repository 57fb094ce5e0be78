package policy_test

import (
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestAccept(t *testing.T) {
	checkCriterion(t, "accept", []criterionCase{
		{`true`, visitor(), true, "accept"},
		{`null`, visitor(), true, "accept"},
		{`{any: thing}`, signedIn(), true, "accept"},
		{`false`, visitor(), true, "accept"}, // as Pomerium has it
	})
}

func TestAcceptFalseIsPointedOut(t *testing.T) {
	p := compile(t, `allow: {or: [{accept: false}]}`)
	checkSays(t, p.Warnings(), "policy.allow.or[0].accept: the value is ignored")
}

func TestAcceptAloneIsNoSurprise(t *testing.T) {
	for _, p := range []*policy.Policy{compile(t, `allow: {and: [accept: 1]}`), compileAccess(t, policy.Access{Public: true})} {
		if got := p.Warnings(); len(got) != 0 {
			t.Errorf("Warnings() = %s, want none", strings.Join(got, "; "))
		}
	}
}
