package route

import (
	"net"
	"strings"
	"testing"
)

// tunnelTable returns a table with routes for TCP: the sign-in host, then the targets.
func tunnelTable(t testing.TB, reserved func(string) bool, routes ...[]string) *Table {
	t.Helper()
	var all []*Route
	for _, r := range routes {
		all = append(all, &Route{Name: r[0], From: From{Scheme: "https", Host: r[0]}, Tunnels: r[1:]})
	}
	table, err := NewTable(all, reserved)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestARouteForTCPIsFoundByItsTarget(t *testing.T) {
	table := tunnelTable(t, func(host string) bool { return host == "pool.wild.example.com" },
		[]string{"redis.example.com", "redis.example.com:6379"},
		[]string{"proxy.example.com", "db.internal:5432", "DB2.internal.:05432", "[fd00::1]:22", "192.0.2.1:22"},
		[]string{"*.wild.example.com", "*.wild.example.com:22"},
		[]string{"late.example.com", "redis.example.com:6379", "a.wild.example.com:22"})
	for authority, want := range map[string]string{
		"redis.example.com:6379": "redis.example.com", "Redis.Example.com.:06379": "redis.example.com",
		"db.internal:5432": "proxy.example.com", "db2.internal:5432": "proxy.example.com", "[FD00::0:1]:22": "proxy.example.com", "192.0.2.1:22": "proxy.example.com",
		"b.wild.example.com:22": "*.wild.example.com", "a.b.wild.example.com:22": "*.wild.example.com",
		"a.wild.example.com:22":    "late.example.com", // in full, before a wildcard
		"pool.wild.example.com:22": "", "b.wild.example.com:23": "", "wild.example.com:22": "",
		"redis.example.com:22": "", "redis.example.com": "", "redis.example.com:": "", ":6379": "", "": "", "*.wild.example.com:22": "",
		"redis.example.com:6379:6379": "", "[::ffff:192.0.2.1]:22": "", "fd00::1:22": "", "[redis.example.com]:6379": "", "3221225985:22": "", "0xc0000201:22": "", "192.0.2.1.:22": "proxy.example.com",
	} {
		got := ""
		if r := table.MatchTunnel(authority); r != nil {
			got = r.Name
		}
		if got != want {
			t.Errorf("%q: got the route %q, want %q", authority, got, want)
		}
	}
	for host, want := range map[string]bool{"redis.example.com": true, "proxy.example.com": true, "x.wild.example.com": true, "pool.wild.example.com": false, "db.internal": false, "app.example.com": false, "": false} {
		if got := table.KnowsHost(host); got != want {
			t.Errorf("KnowsHost(%q) = %t, want %t", host, got, want)
		}
		if r := table.Match(host, "6379", "/"); r != nil {
			t.Errorf("%s: a request matches %v, want none", host, r.Name)
		}
	}
	if got := table.Warnings(); len(got) != 1 || !strings.Contains(got[0], "routes[3]") || !strings.Contains(got[0], "CONNECT redis.example.com:6379") {
		t.Errorf("got the warnings %q, want one of the second redis", got)
	}
}

func TestTargetsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "redis", "redis:", "redis:0", "redis:70000", "a b:22", "[fd00::1%25x]:22", "a@b:22", "-:x"} {
		if _, err := NewTable([]*Route{{From: From{Scheme: "https", Host: "a.example.com"}, Tunnels: []string{text}}}, nil); err == nil {
			t.Errorf("%q: got no fault, want one", text)
		}
	}
}

// What parses prints back to a text that means the same, and is found by a route of
// that text alone.
func FuzzAuthority(f *testing.F) {
	for _, seed := range []string{"redis.example.com:6379", "[fd00::1]:22", "A.:022", "a:0", "a:", ":1", "a@b:1", "[::1]:1:1", "a\x00:1", "1.2.3.4:5", "xn--a:1", "a/b:1", "%61:1", "a:1#", "a:+1", "\u212a:1"} {
		f.Add(seed)
	}
	table := tunnelTable(f, nil, []string{"redis.example.com", "redis.example.com:6379"})
	f.Fuzz(func(t *testing.T, text string) {
		host, port, ok := ParseAuthority(text)
		if !ok {
			if table.MatchTunnel(text) != nil {
				t.Errorf("%q is no authority, and has a route", text)
			}
			return
		}
		plain := net.JoinHostPort(host, port)
		again, samePort, ok := ParseAuthority(plain)
		if !ok || again != host || samePort != port {
			t.Errorf("%q is %q %q, which reads as %q %q %t", text, host, port, again, samePort, ok)
		}
		if strings.ContainsAny(plain, " /?#@\\%\x00") || port[0] == '0' {
			t.Errorf("%q is %q, which is no plain host and port", text, plain)
		}
		if (table.MatchTunnel(text) != nil) != (plain == "redis.example.com:6379") {
			t.Errorf("%q, which is %q: the wrong route", text, plain)
		}
	})
}
