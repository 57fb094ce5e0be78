package policy_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestClaim(t *testing.T) {
	for name, cases := range map[string][]criterionCase{
		"claim/cognito:groups": {
			{`staff`, signedIn(), true, "claim-ok"},
			{`{has: eu}`, signedIn(), true, "claim-ok"},
			{`Staff`, signedIn(), false, "claim-unauthorized"},
			{`{is: staff}`, signedIn(), false, "claim-unauthorized"}, // there are two
			{`{exclude: admins}`, signedIn(), true, "claim-ok"},
			{`{exclude: staff}`, signedIn(), false, "claim-unauthorized"},
			{`{has: staff, exclude: us}`, signedIn(), true, "claim-ok"},
			{`{has: staff, exclude: eu}`, signedIn(), false, "claim-unauthorized"},
			{`{exclude: admins}`, visitor(), false, "user-unauthenticated"},
			{`staff`, visitor(), false, "user-unauthenticated"},
		},
		"claim/https://example.com/roles": {
			{`reader`, signedIn(), true, "claim-ok"},
			{`{is: reader}`, signedIn(), true, "claim-ok"},
			{`writer`, signedIn(), false, "claim-unauthorized"},
		},
		"claim/custom:Dept":      {{`R&D`, signedIn(), true, "claim-ok"}},
		"claim/custom:dept":      {{`R&D`, signedIn(), false, "claim-unauthorized"}},
		"CLAIM/custom:Dept":      {{`R&D`, signedIn(), true, "claim-ok"}},
		"claim/address.country":  {{`DE`, signedIn(), true, "claim-ok"}},
		"claim/address/country":  {{`DE`, signedIn(), false, "claim-unauthorized"}},
		"claim/address":          {{`DE`, signedIn(), false, "claim-unauthorized"}},
		"claim/level":            {{`12`, signedIn(), true, "claim-ok"}, {`"12"`, signedIn(), false, "claim-unauthorized"}, {`12.5`, signedIn(), false, "claim-unauthorized"}},
		"claim/verified":         {{`true`, signedIn(), true, "claim-ok"}, {`"true"`, signedIn(), false, "claim-unauthorized"}, {`1`, signedIn(), false, "claim-unauthorized"}},
		"claim/there-is-no-such": {{`x`, signedIn(), false, "claim-unauthorized"}, {`{exclude: x}`, signedIn(), true, "claim-ok"}},
	} {
		checkCriterion(t, name, cases)
	}
}

func TestNumbersAreEqualWhicheverDecoderReadThem(t *testing.T) {
	p := compile(t, `allow: {or: [{claim/level: 12}]}`)
	for _, level := range []any{12, int64(12), uint64(12), float64(12), json.Number("12"), json.Number("12.0")} {
		r := policy.Request{Identity: &identity.Identity{Claims: map[string][]any{"level": {level}}}}
		if d := p.Decide(&r); d.Outcome != policy.Allow {
			t.Errorf("level %T(%v): %v, want allow", level, level, d.Outcome)
		}
	}
	for _, level := range []any{nil, 12.5, "12", true, []any{12}, map[string]any{"12": 12}, uint64(1) << 63} {
		r := policy.Request{Identity: &identity.Identity{Claims: map[string][]any{"level": {level}}}}
		if d := p.Decide(&r); d.Outcome != policy.Deny {
			t.Errorf("level %T(%v): %v, want deny", level, level, d.Outcome)
		}
	}
}

func TestListMatcherRefuses(t *testing.T) {
	checkRefused(t, "claim/groups", map[string]string{
		`[admins]`:        "write one criterion for each value, under or",
		`{}`:              "found an empty object",
		`null`:            "found nothing",
		`{has: [admins]}`: "found a list; expected one value",
		`{in: [admins]}`:  "write one criterion with has for each value",
		`{not: admins}`:   "write exclude",
		`{hass: admins}`:  `did you mean "has"?`,
	})
	checkRefused(t, "claim", map[string]string{`admins`: "write claim/<name>"})
	checkRefused(t, "claim/", map[string]string{`admins`: "write claim/<name>"})
	checkRefused(t, "email/work", map[string]string{`a@example.com`: "takes no name after a slash"})
}

func TestAClaimThatLooksNestedIsPointedOut(t *testing.T) {
	checkSays(t, compile(t, `allow: {or: [{claim/a/b: x}]}`).Warnings(), `for a claim inside another write "a.b"`)
	checkSays(t, compile(t, `allow: {or: [{claim/cognito: "groups: admins"}]}`).Warnings(), "put the name in quotes")
	if got := compile(t, `allow: {or: [{claim/https://example.com/roles: x}]}`).Warnings(); len(got) != 0 {
		t.Errorf("a URL is a name like any other; got warnings %q", got)
	}
}
