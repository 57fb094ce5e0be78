package server_test

import (
	"net/netip"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// A change of one rule shows at an address at which it decides, whatever tells that
// address from others.
func TestDiffFindsTheAddressAtWhichARuleDecides(t *testing.T) {
	staff := []server.Person{{Name: "visitors"}, {Name: "ann", Claims: map[string]any{"sub": "a", "email": "ann@example.com"}}}
	for _, test := range []struct{ name, before, after, want string }{
		{"nothing", route("x.example.com", "allow_any_authenticated_user: true"), route("x.example.com", "allow_any_authenticated_user: true"), ""},
		{"a whole host", route("x.example.com", "allow_any_authenticated_user: true"), route("x.example.com", "allowed_users: [bob@example.com]"), "https://x.example.com/*: +[] -[ann]"},
		{"opened to all", route("x.example.com", "allow_any_authenticated_user: true"), route("x.example.com", "allow_public_unauthenticated_access: true"), "https://x.example.com/*: +[visitors] -[]"},
		{"a prefix", route("x.example.com", "prefix: /a/", "allow_any_authenticated_user: true"), route("x.example.com", "prefix: /b/", "allow_any_authenticated_user: true"),
			"https://x.example.com/a/: +[] -[ann]\nhttps://x.example.com/b/: +[ann] -[]"},
		{"a path", route("x.example.com", "path: /only", "allow_any_authenticated_user: true"), "", "https://x.example.com/only: +[] -[ann]"},
		{"an expression", route("x.example.com", `regex: '^/v[0-9]+/(users|groups)/[^/]{2}$'`, "allowed_users: [bob@example.com]"), route("x.example.com", `regex: '^/v[0-9]+/(users|groups)/[^/]{2}$'`, "allowed_domains: [example.com]"),
			"https://x.example.com/v0/users/xx: +[ann] -[]"},
		{"a wildcard behind an exact host", route("x.example.com", "allow_any_authenticated_user: true") + route("'*.example.com'", "prefix: /p", "allow_any_authenticated_user: true"), route("'*.example.com'", "prefix: /p", "allow_any_authenticated_user: true"),
			"https://x.example.com/: +[] -[ann]\nhttps://x.example.com/… (any other path): +[] -[ann]"},
		{"a criterion of the path", route("x.example.com", "policy: {allow: {or: [{authenticated_user: true}]}}"), route("x.example.com", "policy: [{allow: {or: [{authenticated_user: true}]}}, {deny: {or: [{http_path: {ends_with: .env}}]}}]"),
			"https://x.example.com/any.env: +[] -[ann]"},
		{"a criterion of the method", route("x.example.com", "policy: {allow: {or: [{authenticated_user: true}]}}"), route("x.example.com", "policy: [{allow: {or: [{authenticated_user: true}]}}, {deny: {or: [{http_method: delete}]}}]"),
			"DELETE https://x.example.com/*: +[] -[ann]"},
		{"a route for TCP", route("x.example.com", "allow_any_authenticated_user: true") + tcpRoute("redis.example.com:6379", "allow_any_authenticated_user: true"), route("x.example.com", "allow_any_authenticated_user: true") + tcpRoute("redis.example.com:6379", "allowed_users: [bob@example.com]"),
			"tcp+https://redis.example.com:6379: +[] -[ann]"},
		{"targets of a route for TCP", tcpRoute("proxy.example.com/a:1/b:2", "allow_any_authenticated_user: true"), tcpRoute("proxy.example.com/b:2/c:3", "allow_any_authenticated_user: true"),
			"tcp+https://a:1: +[] -[ann]\ntcp+https://c:3: +[ann] -[]"},
		{"a wildcard for TCP", tcpRoute("'*.example.com:22'", "allow_any_authenticated_user: true"), "", "tcp+https://*.example.com:22: +[] -[ann]"},
		{"a rule of the console", route("x.example.com", "allowed_users: [bob@example.com]"), route("x.example.com", "allowed_users: [bob@example.com]", `sub_policies: [{source_ppl: '{"allow":{"and":[{"http_path":"/open"},{"domain":{"is":"example.com"}}]}}'}]`),
			"https://x.example.com/open: +[ann] -[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := server.Diff(rules(t, test.before), rules(t, test.after), staff, netip.Addr{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range d.Access {
				got = append(got, c.Address+": +["+strings.Join(c.Gain, " ")+"] -["+strings.Join(c.Lose, " ")+"]")
			}
			if text := strings.Join(got, "\n"); text != test.want {
				t.Errorf("got\n%q\nwant\n%q", text, test.want)
			}
		})
	}
}

// Rules of networks differ for requests from one of them.
func TestDiffForAnAddress(t *testing.T) {
	office := "policy: {allow: {and: [{authenticated_user: true}, {source_ip: 192.0.2.0/24}]}}"
	before, after := rules(t, route("x.example.com", office)), rules(t, route("x.example.com", "allowed_users: [bob@example.com]"))
	people := []server.Person{{Name: "ann", Claims: map[string]any{"sub": "a", "email": "ann@example.com"}}}
	for address, want := range map[string]int{"192.0.2.7": 1, "198.51.100.7": 0} {
		if d, err := server.Diff(before, after, people, netip.MustParseAddr(address)); err != nil || len(d.Access) != want {
			t.Errorf("from %s: got %+v and the error %v, want %d changes", address, d, err, want)
		}
	}
}

func tcpRoute(target string, keys ...string) string {
	return strings.NewReplacer("https://", "tcp+https://", "http://app", "tcp://app:1").Replace(route(target, keys...))
}

func route(host string, keys ...string) string {
	return "  - from: https://" + strings.Trim(host, "'") + "\n    to: http://app\n    " + strings.Join(keys, "\n    ") + "\n"
}

func rules(t *testing.T, routes string) *config.Config {
	t.Helper()
	file := "authenticate_service_url: https://authenticate.example.com\nidp_provider: google\nidp_client_id: a\nidp_client_secret: b\nroutes:\n" + routes
	c, err := config.LoadRules(settings.Source{Path: "config.yaml", Data: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
