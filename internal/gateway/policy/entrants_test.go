package policy_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestEntrantsOfTheOlderKeys(t *testing.T) {
	tests := []struct {
		access policy.Access
		want   []string
	}{
		{policy.Access{}, nil},
		{policy.Access{Public: true}, []string{"anyone, without signing in"}},
		{policy.Access{AnyUser: true}, []string{"anyone who signs in"}},
		{policy.Access{AnyUser: true, CORSPreflight: true}, []string{"anyone, without signing in, if the request is a CORS preflight", "anyone who signs in"}},
		{policy.Access{Domains: []string{"example.com", "example.org"}}, []string{"people whose e-mail domain is example.com or example.org"}},
		{policy.Access{Users: []string{"a@example.com", "b@example.com"}}, []string{"people whose user id or e-mail address is a@example.com or b@example.com"}},
		{policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins", "ops"}}}, []string{"people whose claim cognito:groups has admins or ops"}},
	}
	for _, tt := range tests {
		got := compileAccess(t, tt.access).Entrants()
		if !slices.Equal(got.Allowed, tt.want) || len(got.Denied) > 0 {
			t.Errorf("%+v:\n got %q, denied %q\nwant %q", tt.access, got.Allowed, got.Denied, tt.want)
		}
	}
}

func TestEntrantsOfThePolicyLanguage(t *testing.T) {
	tests := []struct {
		ppl             string
		allowed, denied []string
	}{
		{`allow: {and: [{"claim/cognito:groups": admins}, {domain: example.com}]}`,
			[]string{"people whose claim cognito:groups has admins and whose e-mail domain is example.com"}, nil},
		{`allow: {and: [{authenticated_user: 1}, {http_method: {in: [GET, HEAD]}}]}`,
			[]string{"anyone who signs in, if the method is GET or HEAD"}, nil},
		{`allow: {or: [{source_ip: 10.0.0.0/8}, {groups: ops}]}`,
			[]string{"anyone, without signing in, if the client's address is in 10.0.0.0/8", "people whose groups include ops"}, nil},
		{`allow: {not: [{email: eve@example.org}, {http_path: {starts_with: /admin}}]}`,
			[]string{"anyone who signs in except those whose e-mail address is eve@example.org, unless the path begins with /admin"}, nil},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{email: mallory@example.com}]}}]`,
			[]string{"anyone who signs in"}, []string{"people whose e-mail address is mallory@example.com"}},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {not: [{source_ip: 10.0.0.0/8}, {email: a@example.com}]}}]`, // visitors in 10.0.0.0/8 pass
			[]string{"anyone, without signing in"}, []string{"anyone who signs in except those whose e-mail address is a@example.com, unless the client's address is in 10.0.0.0/8"}},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{source_ip: 192.0.2.7}]}}]`,
			[]string{"anyone, without signing in"}, []string{"anyone, if the client's address is in 192.0.2.7/32"}},
		{`[{allow: {or: [{accept: 1}]}}, {allow: {not: [{email: eve@example.org}]}}]`,
			[]string{"anyone who signs in", "anyone who signs in except those whose e-mail address is eve@example.org"}, nil},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{accept: 1}]}}]`, nil, []string{"anyone"}},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{reject: 1}]}}]`, []string{"anyone, without signing in"}, nil},
		{`[{allow: {or: [{accept: 1}]}}, {deny: {not: [{reject: 1}]}}]`, nil, []string{"anyone"}},
		{`allow: {or: [{reject: 1}]}`, nil, nil},
		{`allow: {and: [{reject: 1}, {http_method: GET}]}`, nil, nil},
		{`allow: {not: [{reject: 1}]}`, []string{"anyone, without signing in"}, nil},
		{`allow: {not: [{accept: 1}]}`, nil, nil},
		{`allow: {not: [{authenticated_user: 1}]}`, nil, nil},
		{`allow: {and: [{email: {starts_with: a, ends_with: "@example.com"}}, {day_of_week: mon}, {time_of_day: {after: "09:00"}}]}`,
			[]string{"people whose e-mail address ends with @example.com and begins with a, if the day is mon (UTC) and the time of day is after 09:00:00 (UTC)"}, nil},
		{`allow: {and: [{claim/level: {is: 3}}, {client_certificate: {san_dns: x}}, {date: {before: "2030-01-01"}}]}`,
			[]string{"people whose claim level is exactly 3, if the client presents a certificate that the rule names and the time is before 2030-01-01T00:00:00Z"}, nil},
	}
	for _, tt := range tests {
		got := compile(t, tt.ppl).Entrants()
		if !slices.Equal(got.Allowed, tt.allowed) || !slices.Equal(got.Denied, tt.denied) {
			t.Errorf("%s:\n got %q, denied %q\nwant %q, denied %q", tt.ppl, got.Allowed, got.Denied, tt.allowed, tt.denied)
		}
	}
}

func TestANilPolicyLetsNobodyPass(t *testing.T) {
	if got := (*policy.Policy)(nil).Entrants(); got.Allowed != nil || got.Denied != nil {
		t.Errorf("Entrants() = %+v, want nobody", got)
	}
}

// Whoever Entrants says may pass without signing in, may: the words and the
// decision cannot differ for visitors.
func TestEntrantsAgreeWithTheDecisionForVisitors(t *testing.T) {
	for _, ppl := range []string{
		`allow: {or: [{accept: 1}]}`,
		`allow: {or: [{email: a@example.com}]}`,
		`allow: {not: [{email: a@example.com}]}`,
		`[{allow: {or: [{accept: 1}]}}, {allow: {not: [{email: a@example.com}]}}]`,
		`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{groups: x}]}}]`,
		`[{allow: {or: [{accept: 1}]}}, {deny: {or: [{reject: 1}]}}]`,
		`[]`,
	} {
		p := compile(t, ppl)
		r := visitor()
		passes := p.Decide(&r).Outcome == policy.Allow
		if says := slices.Contains(p.Entrants().Allowed, "anyone, without signing in"); says != passes {
			t.Errorf("%s: a visitor passes = %v, Entrants says %q", ppl, passes, p.Entrants().Allowed)
		}
	}
}

// However criteria, operators and actions are combined: if some request of a
// visitor passes, Entrants says that visitors may pass without signing in, and
// if some request of alice passes, Entrants is not empty.
func TestEntrantsNameEveryoneWhoPasses(t *testing.T) {
	criteria := []string{"{accept: 1}", "{reject: 1}", "{email: alice@example.com}", "{groups: x}", "{authenticated_user: 1}", "{source_ip: 10.0.0.0/8}", "{http_method: {is: GET}}"}
	chance := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[chance.IntN(len(from))] }
	for range 4000 {
		var rules []string
		for range 1 + chance.IntN(3) {
			list := []string{pick(criteria...), pick(criteria...)}[:1+chance.IntN(2)]
			rules = append(rules, "{"+pick("allow", "allow", "deny")+": {"+pick("and", "or", "not", "nor")+": ["+strings.Join(list, ", ")+"]}}")
		}
		ppl := "[" + strings.Join(rules, ", ") + "]"
		p, err := policy.Compile(policy.Access{PPL: decoded(t, ppl)})
		if err != nil {
			continue // such as reject under allow
		}
		allowed := p.Entrants().Allowed
		visitors := slices.ContainsFunc(allowed, func(phrase string) bool { return strings.HasPrefix(phrase, "anyone, without signing in") })
		if somePasses(p, nil) && !visitors {
			t.Errorf("%s: a visitor passes, and Entrants says %q", ppl, allowed)
		}
		if somePasses(p, &identity.Identity{UserID: "u-1", Email: "alice@example.com"}) && len(allowed) == 0 {
			t.Errorf("%s: alice passes, and Entrants names nobody", ppl)
		}
	}
}

// somePasses reports whether a request of the person passes with some method
// and address.
func somePasses(p *policy.Policy, who *identity.Identity) bool {
	for _, method := range []string{"GET", "POST"} {
		for _, address := range []string{"10.0.0.1", "192.0.2.1"} {
			r := visitor()
			r.Identity, r.Method, r.SourceIP = who, method, netip.MustParseAddr(address)
			if p.Decide(&r).Outcome == policy.Allow {
				return true
			}
		}
	}
	return false
}
