package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestGroups(t *testing.T) {
	none := policy.Request{Identity: &identity.Identity{UserID: "u", Groups: []string{}}}
	unknown := policy.Request{Identity: &identity.Identity{UserID: "u"}}
	checkCriterion(t, "groups", []criterionCase{
		{`admins`, signedIn(), true, "groups-ok"},
		{`Admins`, signedIn(), false, "groups-unauthorized"},
		{`eu`, signedIn(), false, "groups-unauthorized"}, // a claim, not a directory group
		{`{is: admins}`, signedIn(), false, "groups-unauthorized"},
		{`{exclude: guests}`, signedIn(), true, "groups-ok"},
		{`{exclude: guests}`, none, true, "groups-ok"},
		{`guests`, none, false, "groups-unauthorized"},
		{`{exclude: guests}`, unknown, false, "groups-unknown"},
		{`guests`, unknown, false, "groups-unknown"},
		{`{exclude: guests}`, visitor(), false, "user-unauthenticated"},
		{`admins`, visitor(), false, "user-unauthenticated"},
	})
}

// Whoever has no list at all is in no group and out of none.
func TestGroupsThatAreNotKnownDeceiveNeitherSide(t *testing.T) {
	claims := map[string]map[string]any{
		"no claim": {"sub": "u"}, "null": {"sub": "u", "groups": nil}, "an object": {"sub": "u", "groups": map[string]any{"staff": true}}, "a number": {"sub": "u", "groups": 7.0},
	}
	for name, c := range claims {
		id := identity.FromClaims(c, false)
		for _, rule := range []string{`{or: [{groups: {exclude: guests}}]}`, `{not: [{groups: guests}]}`, `{nor: [{groups: staff}]}`, `{and: [{groups: staff}]}`} {
			if d := compile(t, `{allow: `+rule+`}`).Decide(&policy.Request{Identity: &id}); d.Outcome != policy.Deny {
				t.Errorf("%s: allow: %s: got %v, want deny", name, rule, d.Outcome)
			} else {
				checkSays(t, d.Explain(), "your groups must be known")
			}
			d := compile(t, `[{allow: {or: [{authenticated_user: 1}]}}, {deny: `+rule+`}]`).Decide(&policy.Request{Identity: &id})
			if d.Outcome != policy.Deny || !d.Deny.Reasons.Has(policy.ReasonGroupsUnknown) {
				t.Errorf("%s: deny: %s: got %v, want deny", name, rule, d.Outcome)
			}
		}
	}
}

// Cognito leaves cognito:groups out when it is empty.
func TestAClaimThatIsMissingIsKnownToBeEmpty(t *testing.T) {
	for name, c := range map[string]map[string]any{"missing": {"sub": "u"}, "empty": {"sub": "u", "cognito:groups": []any{}, "groups": []any{}}} {
		id := identity.FromClaims(c, false)
		r := policy.Request{Identity: &id}
		if d := compile(t, `{allow: {or: [{"claim/cognito:groups": {exclude: guests}}]}}`).Decide(&r); d.Outcome != policy.Allow {
			t.Errorf("%s: allow: got %v, want allow", name, d.Outcome)
		}
		if d := compile(t, `[{allow: {or: [{authenticated_user: 1}]}}, {deny: {or: [{"claim/cognito:groups": {exclude: staff}}]}}]`).Decide(&r); d.Outcome != policy.Deny {
			t.Errorf("%s: deny: got %v, want deny", name, d.Outcome)
		}
	}
}
