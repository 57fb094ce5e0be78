package policy_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestExplain(t *testing.T) {
	claims := func(c map[string]any) policy.Request {
		return policy.Request{Method: "GET", Path: "/x", Identity: &identity.Identity{Email: "eve@example.org", UserID: "u-eve", Claims: identity.Flatten(c)}}
	}
	eve := claims(nil)
	tests := []struct {
		ppl  string
		r    policy.Request
		want []string
	}{
		{`allow: {or: [{"claim/cognito:groups": admins}]}`, claims(map[string]any{"cognito:groups": []any{"staff"}}),
			[]string{"cognito:groups must contain what this rule names; yours has staff"}},
		{`allow: {or: [{"claim/cognito:groups": admins}, {"claim/cognito:groups": ops}]}`, eve,
			[]string{"cognito:groups must contain what this rule names; you have none"}},
		{`allow: {and: [{domain: example.com}, {http_method: {in: [POST, PUT, DELETE]}}]}`, eve,
			[]string{"the domain of your e-mail address must be what this rule names; it is example.org", "the method of the request must be POST, PUT or DELETE; it is GET"}},
		{`allow: {and: [{http_method: GET}, {domain: example.com}]}`, eve,
			[]string{"the domain of your e-mail address must be what this rule names; it is example.org"}},
		{`allow: {or: [{email: bob@example.com}, {user: u-bob}]}`, eve,
			[]string{"your e-mail address must be what this rule names; it is eve@example.org", "your user id must be what this rule names; it is u-eve"}},
		{`allow: {or: [{claim/manager: bob@example.com}]}`, eve, []string{"manager must contain what this rule names; you have none"}},
		{`allow: {or: [{claim/sub: 1234}]}`, eve, []string{"sub must contain what this rule names; you have none"}},
		{`allow: {or: [{source_ip: 10.0.0.0/8}]}`, policy.Request{SourceIP: netip.MustParseAddr("192.0.2.1")},
			[]string{"your network address must be one that this rule names; it is 192.0.2.1"}},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{domain: example.org}, {domain: example.net}]}}]`, eve,
			[]string{"the domain of your e-mail address must not be what this rule names"}},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {not: [{domain: example.com}]}}]`, eve,
			[]string{"the domain of your e-mail address must be what this rule names; it is example.org"}},
		{`[{allow: {not: [{domain: example.org}]}}]`, eve, []string{"the domain of your e-mail address must not be what this rule names"}},
		{`[{allow: {or: [{accept: 1}]}, deny: {or: [{accept: 1}]}}]`, eve, []string{"nobody may pass"}},
		{`allow: {or: [{email: bob@example.com}]}`, visitor(), []string{"you must be signed in"}},
		{`[]`, eve, []string{"no rule allows anybody here"}},
		{`allow: {or: [{accept: 1}]}`, eve, nil},
		{`allow: {or: [{claim/a: "x; you are admin"}]}`, claims(map[string]any{"a": "b\n<c>"}),
			[]string{`a must contain what this rule names; yours has "b\n<c>"`}},
	}
	for _, tt := range tests {
		if got := compile(t, tt.ppl).Decide(&tt.r).Explain(); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.ppl, got, tt.want)
		}
	}
}

// A person learns neither who else may enter, nor which group to get into.
func TestAnExplanationShowsNothingThatOpensADoor(t *testing.T) {
	p := compile(t, `
- allow:
    or:
      - email: {in: [bob@example.com, carol@example.com]}
      - user: u-bob
      - claim/email: carol@example.com
      - claim/owners: dave@example.com
      - source_ip: 10.11.12.0/24
      - domain: partner.example.net
      - groups: insiders
      - claim/cognito:groups: {is: night-shift}
      - claim/level: {exclude: 7}
  deny:
    or: [{email: mallory@example.com}]`)
	r := policy.Request{Identity: &identity.Identity{Email: "eve@example.org", UserID: "u-eve", Groups: []string{"guests"}, Claims: identity.NewClaims(map[string][]any{"level": {7}})}, SourceIP: netip.MustParseAddr("192.0.2.1")}
	said := strings.Join(p.Decide(&r).Explain(), "\n")
	for _, secret := range []string{"bob", "carol", "dave", "mallory", "10.11", "partner", "insiders", "night-shift", "without 7"} {
		if strings.Contains(said, secret) {
			t.Errorf("the explanation names %s:\n%s", secret, said)
		}
	}
	checkSays(t, p.Decide(&r).Detail(), "bob@example.com", "carol@example.com", "dave@example.com", "u-bob", "10.11.12.0/24", "partner.example.net", "insiders", "night-shift", "without 7")
}

// Every criterion can speak, of what it asks and of what it forbids.
func TestEveryCriterionSpeaks(t *testing.T) {
	for data, want := range map[string][2]string{
		`{authenticated_user: 1}`:                 {"", "you must not be signed in"},
		`{groups: ops}`:                           {"your groups must contain what this rule names; you have staff, admins", ""},
		`{groups: {exclude: staff}}`:              {"your groups must be without what this rule names", ""},
		`{groups: staff}`:                         {"", "your groups must not contain what this rule names"},
		`{http_path: {starts_with: /a}}`:          {"the path must begin with /a; it is /", ""},
		`{http_path: {contains: /}}`:              {"", "the path must not contain /"},
		`{cors_preflight: 1}`:                     {"the request must be a CORS preflight", ""},
		`{client_certificate: {san_dns: x}}`:      {"you must present a valid client certificate", ""},
		`{date: {before: "2001-01-01"}}`:          {"the time must be before 2001-01-01T00:00:00Z", ""},
		`{date: {after: "2001-01-01"}}`:           {"", "the time must not be after 2001-01-01T00:00:00Z"},
		`{day_of_week: "*"}`:                      {"", "the day must not be sun, mon, tue, wed, thu, fri or sat (UTC)"},
		`{time_of_day: {after: "00:00"}}`:         {"", "the time of day must not be after 00:00:00 (UTC)"},
		`{email: {not: alice@example.com}}`:       {"your e-mail address must be other than what this rule names", ""},
		`{"claim/cognito:groups": {is: staff}}`:   {"cognito:groups must be exactly what this rule names; yours has staff, eu", ""},
		`{source_ip: 10.0.0.0/8}`:                 {"your network address must be one that this rule names", ""},
		`{invalid_client_certificate: 1}`:         {"", "you must present a valid client certificate"},
		`{claim/email: {has: alice@example.com}}`: {"", "email must not contain what this rule names"},
	} {
		if want[0] != "" {
			checkSays(t, compile(t, `allow: {or: [`+data+`]}`).Decide(new(signedIn())).Explain(), want[0])
		}
		if want[1] != "" {
			checkSays(t, compile(t, `{allow: {or: [{accept: 1}]}, deny: {or: [`+data+`]}}`).Decide(new(signedIn())).Explain(), want[1])
		}
	}
}

func TestTheReasonsOfADecision(t *testing.T) {
	for ppl, want := range map[string]struct {
		r    policy.Request
		says []string
	}{
		`allow: {or: [{groups: ops}]}`:                                           {signedIn(), []string{"groups-unauthorized"}},
		`{allow: {or: [{accept: 1}]}, deny: {or: [{email: alice@example.com}]}}`: {signedIn(), []string{"email-ok"}},
		`allow: {or: [{domain: example.com}]}`:                                   {signedIn(), []string{"domain-ok"}},
		`allow: {and: [{domain: example.com}, {http_method: POST}]}`:             {visitor(), []string{"user-unauthenticated"}},
		`[]`: {signedIn(), nil},
	} {
		if got := compile(t, ppl).Decide(&want.r).Reasons().Strings(); !slices.Equal(got, want.says) {
			t.Errorf("%s: got %v, want %v", ppl, got, want.says)
		}
	}
}
