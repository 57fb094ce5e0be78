package hostname_test

import (
	"net"
	"strings"
	"testing"

	"gatehouse/internal/base/hostname"
)

func TestOf(t *testing.T) {
	for in, want := range map[string]string{
		"App.Example.com:8443": "app.example.com", "app.example.com.": "app.example.com", "app.example.com.:443": "app.example.com",
		"127.0.0.1:80": "127.0.0.1", "[::1]:80": "::1", "[::1]": "::1", "::1": "::1", "": "", "localhost": "localhost",
		"app.example.com..": "app.example.com", "app.example.com..:443": "app.example.com",
		"[2001:DB8:0:0::1]:443": "2001:db8::1", "2001:db8:0:0:0:0:0:1": "2001:db8::1", "[fe80::1%eth0]": "fe80::1",
		"Bücher.example.": "xn--bcher-kva.example", "XN--BCHER-KVA.example": "xn--bcher-kva.example", "a::b": "a::b", "[x": "[x",
	} {
		if got := hostname.Of(in); got != want {
			t.Errorf("Of(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("a.example.com:1")
	f.Add("[::1]:2")
	f.Fuzz(func(t *testing.T, in string) {
		host := hostname.Of(in)
		if !strings.ContainsAny(host, ":[") && hostname.Of(host) != host {
			t.Errorf("Of(%q) = %q, but Of of the result is %q, want the same", in, host, hostname.Of(host))
		}
	})
}

func TestParse(t *testing.T) {
	long := strings.Repeat("a", 63)
	for in, want := range map[string][2]string{
		"app.example.com": {"app.example.com", ""}, "APP.Example.com:8443": {"app.example.com", "8443"}, "app.example.com.:443": {"app.example.com", "443"},
		"app.example.com:": {"app.example.com", ""}, "app.example.com:00443": {"app.example.com", "443"}, "app.example.com:65535": {"app.example.com", "65535"},
		"my_app.internal:1": {"my_app.internal", "1"}, "localhost": {"localhost", ""}, "xn--bcher-kva.example": {"xn--bcher-kva.example", ""},
		"127.0.0.1:80": {"127.0.0.1", "80"}, "[::1]:80": {"::1", "80"}, "[::1]": {"::1", ""}, "[2001:DB8:0::1]:": {"2001:db8::1", ""},
		long + ".example": {long + ".example", ""},
	} {
		if host, port, ok := hostname.Parse(in); !ok || host != want[0] || port != want[1] {
			t.Errorf("Parse(%q) = %q, %q, %t, want %q", in, host, port, ok, want)
		}
	}
	for _, in := range []string{
		"", ":80", ".", "..", ".example.com", "a..example.com", "app.example.com..", "app.example.com:27443,evil.example", "app.example.com,evil.example",
		"app.example.com:0", "app.example.com:65536", "app.example.com:-1", "app.example.com:+1", "app.example.com:80a", "app.example.com: 80", "app.example.com:80:80",
		"user@app.example.com", "app.example.com:80@evil.example", "app example.com", " app.example.com", "app.example.com\t", "*.example.com", "app.example.com/x",
		"app%2eexample.com", "app.example.com;", "bücher.example", "app.example.com\x00", "::1", "[::1", "::1]", "[::1]x", "[::1]]", "[127.0.0.1]", "[fe80::1%25eth0]", "[fe80::1%eth0]:80", "[]", "[:80",
		long + "a.example", strings.Repeat(long+".", 4) + "a",
	} {
		if host, port, ok := hostname.Parse(in); ok {
			t.Errorf("Parse(%q) = %q, %q, want no host", in, host, port)
		}
	}
}

// What is a host is the same host for Of, and its own canonical form.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a.example.com:1", "[::1]:2", "A.:03", "a,b:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		host, port, ok := hostname.Parse(in)
		if !ok {
			return
		}
		canonical := net.JoinHostPort(host, port)
		again, againPort, ok := hostname.Parse(canonical)
		if !ok || again != host || againPort != port || hostname.Of(canonical) != host {
			t.Errorf("Parse(%q) = %q, %q, which is read as %q, %q, %t and by Of as %q", in, host, port, again, againPort, ok, hostname.Of(canonical))
		}
	})
}

func TestIsLocalhost(t *testing.T) {
	for in, want := range map[string]bool{
		"localhost": true, "a.b.localhost": true, "LOCALHOST.": true,
		"localhost.example.com": false, "notlocalhost": false, "127.0.0.1": false, "": false,
	} {
		if got := hostname.IsLocalhost(in); got != want {
			t.Errorf("IsLocalhost(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for in, want := range map[string]bool{
		"localhost": true, "a.localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"127.0.0.1.example.com": false, "128.0.0.1": false, "0.0.0.0": false, "[::1]": false, "": false,
	} {
		if got := hostname.IsLoopback(in); got != want {
			t.Errorf("IsLoopback(%q) = %v, want %v", in, got, want)
		}
	}
}
