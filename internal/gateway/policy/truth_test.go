package policy_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

// mallory signed in with the address of somebody else, which the provider has
// not verified.
func mallory() *identity.Identity {
	id := identity.FromClaims(map[string]any{
		"sub": "u-mallory", "email": "alice@example.com", "email_verified": false, "name": "Mallory",
		"groups": []any{}, "custom:Dept": "R&D",
	}, false)
	return &id
}

// Whatever a rule of the e-mail address says, nobody passes because of an address
// that is not verified, and nobody escapes a deny rule by one.
func TestAnUnverifiedEmailDeceivesNeitherSide(t *testing.T) {
	const everybody = `[{allow: {or: [{authenticated_user: 1}]}}, {deny: `
	for _, criterion := range []string{
		`{email: alice@example.com}`, `{email: bob@example.com}`, `{email: {not: alice@example.com}}`, `{email: {not: bob@example.com}}`,
		`{email: {not_in: [bob@example.com]}}`, `{email: {ends_with: "@example.com"}}`, `{email: {contains: x}}`,
		`{domain: example.com}`, `{domain: example.org}`, `{domain: {not: example.com}}`, `{domain: {not: example.org}}`,
		`{claim/email: alice@example.com}`, `{claim/email: {exclude: alice@example.com}}`, `{claim/email: {exclude: bob@example.com}}`,
	} {
		for _, operator := range []string{"and", "or", "not", "nor"} {
			rule := `{` + operator + `: [` + criterion + `]}`
			r := policy.Request{Method: "GET", Path: "/", Identity: mallory()}
			allow := compile(t, `[{allow: `+rule+`}]`).Decide(&r)
			if allow.Outcome != policy.Deny || !slices.Equal(allow.Allow.Reasons.Strings(), []string{"email-unverified"}) {
				t.Errorf("allow: %s: got %v for %v, want deny for email-unverified", rule, allow.Outcome, allow.Allow.Reasons.Strings())
			}
			deny := compile(t, everybody+rule+`}]`).Decide(&r)
			if deny.Outcome != policy.Deny || deny.Rule != "policy[1].deny."+operator || !slices.Equal(deny.Deny.Reasons.Strings(), []string{"email-unverified"}) {
				t.Errorf("deny: %s: got %v by %q for %v, want deny for email-unverified", rule, deny.Outcome, deny.Rule, deny.Deny.Reasons.Strings())
			}
			for _, d := range []policy.Decision{allow, deny} {
				checkSays(t, d.Explain(), "must be verified at your identity provider", "it is alice@example.com")
			}
		}
	}
}

// Somebody without any address, who may have taken it away, neither passes an allow
// rule of addresses nor escapes a deny rule. So with an address that has no domain.
func TestNoEmailDeceivesNeitherSide(t *testing.T) {
	for _, tt := range []struct {
		claims    map[string]any
		criterion string // of an address
		reason    string // "": the fact is known
	}{
		{map[string]any{}, "email", "email-unknown"},
		{map[string]any{}, "domain", "email-unknown"},
		{map[string]any{}, "claim/email", "email-unknown"},
		{map[string]any{}, "claim/mail", "email-unknown"},
		{map[string]any{"email": ""}, "email", "email-unknown"},
		{map[string]any{"email": ""}, "domain", "email-unknown"},
		{map[string]any{"email": nil}, "claim/email", "email-unknown"},
		{map[string]any{"email": []any{}}, "claim/email", "email-unknown"},
		{map[string]any{"email": "alice"}, "domain", "email-unclear"},
		{map[string]any{"email": "@example.com"}, "domain", "email-unclear"},
		{map[string]any{"email": "alice@"}, "domain", "email-unclear"},
		{map[string]any{"email": "alice"}, "email", ""},
		{map[string]any{"email": "alice@example.com"}, "domain", ""},
		{map[string]any{"email": "alice@example.com"}, "claim/mail", ""},
		{map[string]any{}, "claim/name", ""},
	} {
		id := identity.FromClaims(tt.claims, false)
		r := policy.Request{Method: "GET", Path: "/", Identity: &id}
		exclude := "exclude"
		if !strings.HasPrefix(tt.criterion, "claim/") {
			exclude = "not"
		}
		for operand, is := range map[string]policy.Outcome{`example.com`: policy.Deny, `evil.example`: policy.Deny, `{` + exclude + `: evil.example}`: policy.Allow} {
			rule := `{or: [{` + tt.criterion + `: ` + operand + `}]}`
			allow := compile(t, `[{allow: `+rule+`}]`).Decide(&r)
			deny := compile(t, `[{allow: {or: [{authenticated_user: 1}]}}, {deny: `+rule+`}]`).Decide(&r)
			if tt.reason == "" {
				if known := deny.Deny.Reasons.Strings(); slices.ContainsFunc(known, func(why string) bool { return strings.HasPrefix(why, "email-un") && why != "email-unauthorized" }) {
					t.Errorf("%v, deny: %s: got %v, want the fact known", tt.claims, rule, known)
				}
				if strings.HasPrefix(operand, "{") && allow.Outcome != is {
					t.Errorf("%v, allow: %s: got %v, want %v", tt.claims, rule, allow.Outcome, is)
				}
				continue
			}
			if allow.Outcome != policy.Deny || deny.Outcome != policy.Deny || !slices.Equal(deny.Deny.Reasons.Strings(), []string{tt.reason}) || !slices.Equal(allow.Allow.Reasons.Strings(), []string{tt.reason}) {
				t.Errorf("%v, %s: allow gives %v for %v, deny gives %v for %v, want deny for %s", tt.claims, rule, allow.Outcome, allow.Allow.Reasons.Strings(), deny.Outcome, deny.Deny.Reasons.Strings(), tt.reason)
			}
			checkSays(t, deny.Explain(), "your e-mail address must be")
		}
	}
	for _, a := range []policy.Access{{Users: []string{"alice@example.com"}}, {Domains: []string{"example.com"}}} {
		r := policy.Request{Identity: &identity.Identity{UserID: "u-1"}}
		if d := compileAccess(t, a).Decide(&r); d.Outcome != policy.Deny {
			t.Errorf("%+v: got %v, want deny", a, d.Outcome)
		}
	}
	r := policy.Request{Identity: &identity.Identity{UserID: "u-1"}}
	if d := compileAccess(t, policy.Access{Users: []string{"u-1"}}).Decide(&r); d.Outcome != policy.Allow {
		t.Errorf("a person named by the user id, without an address: got %v, want allow", d.Outcome)
	}
}

// The same holds of a phone number that the provider calls unverified, and of a claim
// that it has elsewhere.
func TestAClaimThatNobodyVouchesForDeceivesNeitherSide(t *testing.T) {
	for _, tt := range []struct {
		claims                map[string]any
		criterion, reason, is string
	}{
		{map[string]any{"phone_number": "+4930123", "phone_number_verified": false}, "claim/phone_number", "phone-unverified", "phone number must be verified"},
		{map[string]any{"phone_number": "+4930123", "phone_number_verified": "false"}, "claim/phone_number", "phone-unverified", "phone number must be verified"},
		{map[string]any{"phone_number": "+4930123", "phone_number_verified": []any{}}, "claim/phone_number", "phone-unverified", "phone number must be verified"},
		{map[string]any{"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{}}, "claim/groups", "claim-unknown", "_claim_names"},
		{map[string]any{"_claim_names": map[string]any{"address": "src1"}}, "claim/address.country", "claim-unknown", "_claim_names"},
		{map[string]any{"_claim_names": map[string]any{"email": "src1"}}, "claim/email", "claim-unknown", "_claim_names"},
		{map[string]any{"_claim_names": map[string]any{"email": "src1"}}, "email", "claim-unknown", "_claim_names"},
		{map[string]any{"_claim_names": map[string]any{"email": "src1"}}, "domain", "claim-unknown", "_claim_names"},
	} {
		id := identity.FromClaims(tt.claims, false)
		r := policy.Request{Method: "GET", Path: "/", Identity: &id}
		exclude := "exclude"
		if !strings.HasPrefix(tt.criterion, "claim/") {
			exclude = "not"
		}
		for _, criterion := range []string{`"+4930123"`, `{` + exclude + `: "+4930123"}`, `{` + exclude + `: other}`, `other`} {
			rule := `{or: [{` + tt.criterion + `: ` + criterion + `}]}`
			allow := compile(t, `[{allow: `+rule+`}]`).Decide(&r)
			deny := compile(t, `[{allow: {or: [{authenticated_user: 1}]}}, {deny: `+rule+`}]`).Decide(&r)
			if allow.Outcome != policy.Deny || deny.Outcome != policy.Deny || !slices.Equal(deny.Deny.Reasons.Strings(), []string{tt.reason}) {
				t.Errorf("%v, %s: allow gives %v, deny gives %v for %v, want deny for %s", tt.claims, criterion, allow.Outcome, deny.Outcome, deny.Deny.Reasons.Strings(), tt.reason)
			}
			checkSays(t, deny.Explain(), tt.is)
		}
	}
	for _, claims := range []map[string]any{
		{"phone_number": "+4930123"}, {"phone_number": "+4930123", "phone_number_verified": true}, {"phone_number": "+4930123", "phone_number_verified": "true"},
		{"phone_number": "+4930123", "_claim_names": map[string]any{"phone_number": "src1", "groups": "src1"}},
	} {
		id := identity.FromClaims(claims, false)
		r := policy.Request{Method: "GET", Path: "/", Identity: &id}
		if d := compile(t, `[{allow: {or: [{claim/phone_number: "+4930123"}]}}]`).Decide(&r); d.Outcome != policy.Allow {
			t.Errorf("%v: got %v, want allow", claims, d.Outcome)
		}
	}
}

func TestUnknownValuesCombineByKleenesLogic(t *testing.T) {
	// U is unknown, T is true, F is false of mallory's request.
	const u, yes, no = `{domain: example.com}`, `{http_method: GET}`, `{http_method: POST}`
	rule := func(operator string, criteria ...string) string {
		list := ""
		for _, c := range criteria {
			list += map[string]string{"U": u, "T": yes, "F": no}[c] + ", "
		}
		return `{` + operator + `: [` + list + `]}`
	}
	tests := []struct {
		rule        string
		allow, deny bool // what a rule of that side does
	}{
		{rule("and", "U", "T"), false, true},
		{rule("and", "U", "F"), false, false},
		{rule("or", "U", "T"), true, true},
		{rule("or", "U", "F"), false, true},
		{rule("not", "U", "F"), false, true},
		{rule("not", "U", "T"), false, false},
		{rule("nor", "U", "F"), true, true},
		{rule("nor", "U", "T"), false, true},
	}
	r := policy.Request{Method: "GET", Path: "/", Identity: mallory()}
	for _, tt := range tests {
		if got := compile(t, `{allow: `+tt.rule+`}`).Decide(&r).Outcome == policy.Allow; got != tt.allow {
			t.Errorf("allow: %s: got %v, want %v", tt.rule, got, tt.allow)
		}
		if got := compile(t, `[{allow: {or: [{accept: 1}]}}, {deny: `+tt.rule+`}]`).Decide(&r).Outcome == policy.Deny; got != tt.deny {
			t.Errorf("deny: %s: got %v, want %v", tt.rule, got, tt.deny)
		}
	}
}

func TestOlderKeysDoNotBelieveAnUnverifiedEmail(t *testing.T) {
	for _, a := range []policy.Access{
		{Users: []string{"alice@example.com"}}, {Domains: []string{"example.com"}}, {IDPClaims: map[string][]any{"email": {"alice@example.com"}}},
	} {
		r := policy.Request{Identity: mallory()}
		if d := compileAccess(t, a).Decide(&r); d.Outcome != policy.Deny {
			t.Errorf("%+v: got %v, want deny", a, d.Outcome)
		}
	}
}

// Other facts of the same person stay what they are, also the claim by which the
// provider says that the address is not verified.
func TestAnUnverifiedEmailLeavesOtherRulesAlone(t *testing.T) {
	for _, criterion := range []string{`{user: u-mallory}`, `{authenticated_user: 1}`, `{claim/custom:Dept: "R&D"}`, `{claim/email_verified: false}`, `{groups: {exclude: staff}}`} {
		r := policy.Request{Identity: mallory()}
		if d := compile(t, `{allow: {or: [`+criterion+`]}}`).Decide(&r); d.Outcome != policy.Allow {
			t.Errorf("%s: got %v, want allow", criterion, d.Outcome)
		}
	}
}

func TestAProviderThatIsToldToBeBelievedIs(t *testing.T) {
	id := identity.FromClaims(map[string]any{"sub": "u", "email": "alice@example.com", "email_verified": "false"}, true)
	for _, criterion := range []string{`{email: alice@example.com}`, `{domain: example.com}`, `{claim/email: alice@example.com}`, `{claim/email_verified: false}`} {
		if d := compile(t, `{allow: {or: [`+criterion+`]}}`).Decide(&policy.Request{Identity: &id}); d.Outcome != policy.Allow {
			t.Errorf("%s: got %v, want allow", criterion, d.Outcome)
		}
	}
}
