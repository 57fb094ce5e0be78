package route_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/gateway/route"
)

func from(t testing.TB, text string) route.From {
	t.Helper()
	f, err := route.ParseFrom(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustTable(t testing.TB, routes ...*route.Route) *route.Table {
	t.Helper()
	table, err := route.NewTable(routes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestMatch(t *testing.T) {
	named := func(name, url string, r route.Route) *route.Route {
		r.Name, r.From = name, from(t, url)
		return &r
	}
	table := mustTable(t,
		named("wild", "https://*.example.com", route.Route{}),
		named("api", "https://app.example.com", route.Route{Prefix: "/api/"}),
		named("exact", "https://app.example.com", route.Route{Path: "/exact"}),
		named("regex", "https://app.example.com", route.Route{Regex: "/v[0-9]+|/w"}),
		named("short", "https://app.example.com", route.Route{Prefix: "/a"}),
		named("precedence", "https://order.example.com", route.Route{Regex: "/r", Path: "/p", Prefix: "/"}),
		named("path first", "https://order2.example.com", route.Route{Path: "/p", Prefix: "/"}),
		named("8443", "https://port.example.com:8443", route.Route{}),
		named("any", "https://ports.example.com", route.Route{Prefix: "/any"}),
		named("only 8443", "https://ports.example.com:8443", route.Route{}),
		named("eu", "https://*.eu.example.org", route.Route{Prefix: "/eu"}),
		named("org", "https://*.example.org", route.Route{}),
		named("unicode", "https://u.example.com", route.Route{Prefix: "/caf%C3%A9"}),
		named("ip6", "https://[::1]", route.Route{}),
	)
	tests := []struct{ host, port, path, want string }{
		{"app.example.com", "", "/api/x", "api"},
		{"app.example.com", "443", "/api/x", "api"},
		{"app.example.com", "9999", "/api/x", "api"},
		{"APP.example.com.", "", "/api/x", "api"},
		{"app.example.com", "", "/api", "short"}, // a plain string prefix
		{"app.example.com", "", "/ab", "short"},
		{"app.example.com", "", "/exact", "exact"},
		{"app.example.com", "", "/exact/", ""},
		{"app.example.com", "", "/v12", "regex"},
		{"app.example.com", "", "/v12/x", ""}, // the whole path
		{"app.example.com", "", "/xx/w", ""},  // both alternatives are anchored
		{"app.example.com", "", "/w", "regex"},
		{"app.example.com", "", "/other", ""}, // no fall-through to the wildcard
		{"other.example.com", "", "/other", "wild"},
		{"a.b.example.com", "", "/", "wild"},
		{"example.com", "", "/", ""},
		{"app.example.com.evil.org", "", "/api/", ""},
		{"order.example.com", "", "/r", "precedence"},
		{"order.example.com", "", "/p", ""},
		{"order2.example.com", "", "/p", "path first"},
		{"order2.example.com", "", "/p2", ""},
		{"port.example.com", "8443", "/", "8443"},
		{"port.example.com", "443", "/", "wild"}, // no exact route for this port
		{"ports.example.com", "8443", "/any", "any"},
		{"ports.example.com", "8443", "/", "only 8443"},
		{"ports.example.com", "", "/", ""},
		{"a.eu.example.org", "", "/eu", "eu"},
		{"a.eu.example.org", "", "/x", "org"},
		{"u.example.com", "", "/café/x", "unicode"},
		{"[::1]", "", "/", "ip6"},
		{"0:0::1", "", "/", "ip6"},
		{"", "", "/", ""},
		{":::", "", "/", ""},
	}
	for _, tt := range tests {
		got := ""
		if r := table.Match(tt.host, tt.port, tt.path); r != nil {
			got = r.Name
		}
		if got != tt.want {
			t.Errorf("Match(%q, %q, %q) = %q, want %q", tt.host, tt.port, tt.path, got, tt.want)
		}
	}
	for host, want := range map[string]bool{"app.example.com": true, "x.example.com": true, "port.example.com": true, "example.com": false, "": false, "evil.org": false} {
		if got := table.KnowsHost(host); got != want {
			t.Errorf("KnowsHost(%q) = %v, want %v", host, got, want)
		}
	}
}

// What an attacker sends to reach /admin/, guarded by a route of its own, past
// the open route for everything else.
func TestNoWayAroundAGuardedPath(t *testing.T) {
	guarded := &route.Route{Name: "guarded", From: from(t, "https://app.example.com"), Prefix: "/admin/"}
	open := &route.Route{Name: "open", From: from(t, "https://app.example.com")}
	table := mustTable(t, guarded, open)
	for _, path := range []string{
		"/admin/x", "//admin/x", "/admin//x", "/./admin/x", "/public/../admin/x", "/public/%2e%2e/admin/x",
		"/%61dmin/x", "/adm%69n/x", "/public/..;/admin/x", "/admin;a=b/x", "/admin;/x", "/;/admin/x", "/admin%3B/x",
		"/public%2f..%2fadmin/x", "/admin%2Fx", `/admin\x`, "/admin%5Cx", `/public\..\admin/x`, "/public/..%5cadmin/x",
		"/admin%252Fx", "/public/..%252fadmin/x", "/a%00/../admin/x", "/admin/%00x", "/%c0%ae%c0%ae/admin/x",
	} {
		for _, c := range []route.Cleaning{
			{}, {EscapedSlashes: route.SlashKeep}, {EscapedSlashes: route.SlashUnescape}, {EscapedSlashes: route.SlashRedirect},
			{KeepAsSent: true}, {KeepDoubleSlashes: true}, {KeepAsSent: true, KeepDoubleSlashes: true, EscapedSlashes: route.SlashKeep},
		} {
			cleaned, err := c.Clean(path)
			if err != nil {
				continue
			}
			if r := table.MatchCleaned("app.example.com", "443", cleaned); r != nil && r != guarded {
				t.Errorf("%+v: %s goes to the %s route as %s", c, path, r.Name, cleaned.Escaped)
			}
		}
	}
	cleaned, err := route.Cleaning{}.Clean("/shop;id=1/x")
	if r := table.MatchCleaned("app.example.com", "", cleaned); err != nil || r != open {
		t.Errorf("a parameter that changes nothing is refused: %v, %v", r, err)
	}
}

// People type their passwords at the hosts that are reserved. No pattern of a
// route may send them to an upstream, in whatever spelling the host comes.
func TestNoWildcardTakesAReservedHost(t *testing.T) {
	wide := []*route.Route{
		{Name: "all", From: from(t, "https://*")},
		{Name: "under", From: from(t, "https://*.example.com")},
		{Name: "a part of a name", From: from(t, "https://log*.example.com")},
		{Name: "a port", From: from(t, "https://*.example.com:8443")},
		{Name: "a prefix", From: from(t, "https://*.example.com"), Prefix: "/oauth2"},
		{Name: "a path", From: from(t, "https://*.example.com"), Path: "/login"},
		{Name: "an expression", From: from(t, "https://*.example.com"), Regex: "/.*"},
	}
	reserved := map[string]bool{"login.example.com": true, "2001:db8::1": true, "xn--bcher-kva.example": true}
	for i := range wide {
		one := *wide[i]
		table, err := route.NewTable([]*route.Route{&one, {Name: "named", From: from(t, "https://app.example.com")}}, func(h string) bool { return reserved[h] })
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"login.example.com", "LOGIN.Example.com", "login.example.com.", "login.example.com..", "2001:db8:0::1", "[2001:DB8::1]", "bücher.example", "BÜCHER.example."} {
			for _, port := range []string{"", "443", "8443"} {
				for _, path := range []string{"/", "/login", "/oauth2/authorize"} {
					if r := table.Match(host, port, path); r != nil {
						t.Errorf("%s: %s:%s%s goes to the route, want no route", one.Name, host, port, path)
					}
				}
			}
			if table.KnowsHost(host) {
				t.Errorf("%s: the table has %s, want it not to", one.Name, host)
			}
		}
		if r := table.Match("app.example.com", "", "/"); r == nil || r.Name != "named" {
			t.Errorf("%s: a host that a route names: %v", one.Name, r)
		}
	}
}

// A route that names a reserved host takes it: who reads the file decides
// whether it may.
func TestARouteCanNameAReservedHost(t *testing.T) {
	named := &route.Route{From: from(t, "https://login.example.com")}
	table, err := route.NewTable([]*route.Route{named}, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if r := table.Match("login.example.com", "", "/"); r != named || !table.KnowsHost("login.example.com") {
		t.Errorf("Match = %v, KnowsHost = %v, want the route that names the host", r, table.KnowsHost("login.example.com"))
	}
}

func TestNewTableReportsEveryFault(t *testing.T) {
	ok := from(t, "https://app.example.com")
	_, err := route.NewTable([]*route.Route{
		{From: ok, Regex: "("},
		{From: ok, Regex: "a)|(b"},
		{From: ok, Prefix: "api"},
		{From: ok, Path: "/a/../b"},
		{From: ok, Prefix: "/a?x"},
		{From: route.From{Scheme: "https"}},
		{From: route.From{Scheme: "https", Host: "App.example.com"}},
		{From: ok, Rewrite: route.Rewrite{Prefix: "/a", RegexPattern: "b"}},
		{From: ok, Rewrite: route.Rewrite{Prefix: "a/.."}},
		{From: ok, Rewrite: route.Rewrite{RegexPattern: "(a)", RegexSubstitution: `\2`}},
		{From: ok, Rewrite: route.Rewrite{RegexPattern: "[", RegexSubstitution: `\1`}},
		{From: ok, Rewrite: route.Rewrite{RegexSubstitution: `\1`}},
		{From: ok, Rewrite: route.Rewrite{Host: "a b"}},
		{From: ok, Rewrite: route.Rewrite{HostPathRegexPattern: "a", HostPathRegexSubstitution: `\`}},
		{From: ok, Rewrite: route.Rewrite{TargetPath: "x"}},
		{From: ok, Redirect: &route.Redirect{Scheme: "javascript", Host: "a/b", Port: 70000, Code: 200, Path: "x", PrefixRewrite: "y"}},
	}, nil)
	if err == nil {
		t.Fatal("NewTable accepted it")
	}
	for _, want := range []string{
		"routes[0].regex: ", "routes[1].regex: ", `routes[2].prefix: found "api"`, `did you mean "/api"?`, "routes[3].path: ",
		"routes[4].prefix: ", "routes[5].from: ", "routes[6].from: ", "routes[7].prefix_rewrite: found beside", "routes[8].prefix_rewrite: ",
		`routes[9].regex_rewrite_pattern: "\\2": expected \0 to \1`, "routes[10].regex_rewrite_pattern: ", "routes[11].regex_rewrite_substitution: found without",
		"routes[12].host_rewrite: ", "routes[13].host_path_regex_rewrite_pattern: ", "routes[14].to: ",
		"routes[15].redirect.scheme_redirect: ", "routes[15].redirect.host_redirect: ", "routes[15].redirect.port_redirect: ",
		"routes[15].redirect.response_code: ", "routes[15].redirect.path_redirect: ", "routes[15].redirect.prefix_rewrite: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got:\n%v\nwant it to say %q", err, want)
		}
	}
	if _, ok := errors.AsType[*route.Fault](err); !ok {
		t.Errorf("%T holds no *Fault", err)
	}
}

func TestRoutesThatNothingReachesArePointedOut(t *testing.T) {
	app := from(t, "https://app.example.com")
	wild := from(t, "https://*.example.com")
	tests := []struct {
		first, second route.Route
		want          bool
	}{
		{route.Route{From: app}, route.Route{From: app, Prefix: "/a"}, true},
		{route.Route{From: app, Prefix: "/a"}, route.Route{From: app}, false},
		{route.Route{From: app, Prefix: "/a"}, route.Route{From: app, Prefix: "/ab"}, true},
		{route.Route{From: app, Prefix: "/a"}, route.Route{From: app, Path: "/ab"}, true},
		{route.Route{From: app, Prefix: "/a"}, route.Route{From: app, Path: "/b"}, false},
		{route.Route{From: app, Prefix: "/a"}, route.Route{From: app, Regex: "/a"}, false},
		{route.Route{From: app, Regex: "/a"}, route.Route{From: app, Regex: "/a"}, true},
		{route.Route{From: app, Path: "/a"}, route.Route{From: app, Path: "/a"}, true},
		{route.Route{From: app, Path: "/a"}, route.Route{From: app, Prefix: "/a"}, false},
		{route.Route{From: wild}, route.Route{From: wild, Path: "/a"}, true},
		{route.Route{From: wild}, route.Route{From: app}, false},
		{route.Route{From: app}, route.Route{From: wild}, false},
		{route.Route{From: wild}, route.Route{From: from(t, "https://app-*.example.com")}, true},
		{route.Route{From: from(t, "https://app-*.example.com")}, route.Route{From: wild}, false},
		{route.Route{From: wild, Prefix: "/a"}, route.Route{From: from(t, "https://*.eu.example.com")}, false},
		{route.Route{From: from(t, "https://app.example.com:8443")}, route.Route{From: app}, false},
		{route.Route{From: app}, route.Route{From: from(t, "https://app.example.com:8443")}, true},
	}
	for _, tt := range tests {
		table := mustTable(t, &tt.first, &tt.second)
		got := table.Warnings()
		if (len(got) == 1) != tt.want || len(table.Shadows()) != len(got) {
			t.Errorf("%s%s, %s%s: warnings %q, want one: %v", tt.first.From, tt.first.Prefix+tt.first.Path+tt.first.Regex, tt.second.From, tt.second.Prefix+tt.second.Path+tt.second.Regex, got, tt.want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	var routes []*route.Route
	for i := range 1000 {
		routes = append(routes, &route.Route{From: from(b, fmt.Sprintf("https://app%d.example.com", i)), Prefix: "/api/"},
			&route.Route{From: from(b, fmt.Sprintf("https://*.team%d.example.com", i))})
	}
	table := mustTable(b, routes...)
	for name, host := range map[string]string{"exact": "app777.example.com", "wildcard": "x.team777.example.com", "none": "example.org"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Match(host, "443", "/api/users")
			}
		})
	}
}

func BenchmarkClean(b *testing.B) {
	for name, path := range map[string]string{"plain": "/api/v1/users/12345", "escaped": "/api/v1/caf%c3%a9/../x"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (route.Cleaning{}).Clean(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A dot of a regular expression stands for an escaped line break too: else a path
// with one would fall to the next route.
func TestARegexMatchesLineBreaks(t *testing.T) {
	admin := &route.Route{From: from(t, "https://app.example.com"), Regex: "/admin/.*"}
	all := &route.Route{From: from(t, "https://app.example.com")}
	table, err := route.NewTable([]*route.Route{admin, all}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/admin/x%0A", "/admin/%0Ax", "/admin/%0D%0A"} {
		if got := table.MatchCleaned("app.example.com", "", clean(t, path)); got != admin {
			t.Errorf("%s: got %v, want the route of /admin/", path, got)
		}
	}
}
