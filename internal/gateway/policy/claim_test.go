package policy_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/base/settings"
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
	for _, level := range []any{12, int64(12), uint64(12), float64(12), json.Number("12"), json.Number("12.0"), json.Number("1.2e1"), json.Number("120E-1"), "12"} {
		r := policy.Request{Identity: &identity.Identity{Claims: identity.NewClaims(map[string][]any{"level": {level}})}}
		if d := p.Decide(&r); d.Outcome != policy.Allow {
			t.Errorf("level %T(%v): %v, want allow", level, level, d.Outcome)
		}
	}
	for _, level := range []any{nil, 12.5, "12.0", true, []any{12}, map[string]any{"12": 12}, uint64(1) << 63} {
		r := policy.Request{Identity: &identity.Identity{Claims: identity.NewClaims(map[string][]any{"level": {level}})}}
		if d := p.Decide(&r); d.Outcome != policy.Deny {
			t.Errorf("level %T(%v): %v, want deny", level, level, d.Outcome)
		}
	}
}

// A number without quotes is also meant for a claim that is the same text, as the
// ids of Google and other providers are.
func TestANumberInAFileIsAlsoTheTextThatWasWritten(t *testing.T) {
	const sub = "111432655977273150308" // more digits than a float64 or an int64 can hold
	tests := []struct {
		rule  any
		claim any
		want  bool
	}{
		{settings.Number{Text: sub, Value: 1.1143265597727315e20}, sub, true},
		{settings.Number{Text: sub, Value: 1.1143265597727315e20}, json.Number(sub), true},
		{settings.Number{Text: sub, Value: 1.1143265597727315e20}, "111432655977273150309", false},
		{settings.Number{Text: sub, Value: 1.1143265597727315e20}, json.Number("111432655977273150309"), false},
		{settings.Number{Text: "007", Value: int64(7)}, "007", true},
		{settings.Number{Text: "007", Value: int64(7)}, "7", false},
		{settings.Number{Text: "007", Value: int64(7)}, json.Number("7"), true},
		{settings.Number{Text: "0x1f", Value: int64(31)}, json.Number("31"), true},
		{settings.Number{Text: "0x1f", Value: int64(31)}, "0x1f", true},
		{settings.Number{Text: "1.50", Value: 1.5}, 1.5, true},
		{int64(12), "12", true},
		{sub, json.Number(sub), false}, // quotes make it a text
		{true, "true", false},
		{json.Number("1e21"), json.Number("1000000000000000000000"), true},
		{json.Number("1e21"), 1e21, true},
		{json.Number("1e999999999"), 1.0, false},
	}
	for _, tt := range tests {
		id := &identity.Identity{Claims: identity.NewClaims(map[string][]any{"sub": {tt.claim}})}
		for _, p := range []*policy.Policy{
			compileAccess(t, policy.Access{IDPClaims: map[string][]any{"sub": {tt.rule}}}),
			compileAccess(t, policy.Access{IDPClaims: map[string][]any{"sub": {tt.rule, "a", "b", "c", "d", "e", "f", "g", "h", "i"}}}),
			compileAccess(t, policy.Access{PPL: map[string]any{"allow": map[string]any{"or": []any{map[string]any{"claim/sub": map[string]any{"is": tt.rule}}}}}}),
		} {
			if got := p.Decide(&policy.Request{Identity: id}).Outcome == policy.Allow; got != tt.want {
				t.Errorf("rule %#v, claim %#v: got %v, want %v", tt.rule, tt.claim, got, tt.want)
			}
		}
		deny := compileAccess(t, policy.Access{AnyUser: true, PPL: map[string]any{"deny": map[string]any{"or": []any{map[string]any{"claim/sub": tt.rule}}}}})
		if got := deny.Decide(&policy.Request{Identity: id}).Outcome == policy.Deny; got != tt.want {
			t.Errorf("deny: rule %#v, claim %#v: got %v, want %v", tt.rule, tt.claim, got, tt.want)
		}
	}
}

// Pomerium's documentation offers lists. Its code compares an element with the list as a
// whole: has and is are never true of one, and exclude always is.
func TestListMatcherRefuses(t *testing.T) {
	for _, criterion := range []string{"claim/groups", "groups"} {
		checkRefused(t, criterion, map[string]string{
			`[admins]`:                 "write one criterion for each value, under or",
			`{}`:                       "found an empty object",
			`null`:                     "found nothing",
			`{has: [admins]}`:          "found a list; expected one value; write one criterion for each value",
			`{has: [admins, staff]}`:   "under or for one of them, under and for all",
			`{is: [admins]}`:           "found a list; expected one value",
			`{exclude: [a, b]}`:        "found a list; expected one value",
			`{has: {is: admins}}`:      "found an object; expected one value",
			`{in: [admins]}`:           "write one criterion with has for each value",
			`{not: admins}`:            "write exclude",
			`{hass: admins}`:           `did you mean "has"?`,
			`{has: a, starts_with: b}`: `unknown matcher "starts_with"`,
		})
	}
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
