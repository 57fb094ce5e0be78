package hostname_test

import (
	"strings"
	"testing"

	"gatehouse/internal/base/hostname"
)

func TestOf(t *testing.T) {
	for in, want := range map[string]string{
		"App.Example.com:8443": "app.example.com", "app.example.com.": "app.example.com", "app.example.com.:443": "app.example.com",
		"127.0.0.1:80": "127.0.0.1", "[::1]:80": "::1", "[::1]": "::1", "::1": "::1", "": "", "localhost": "localhost",
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
		if !strings.ContainsAny(host, ":[") && hostname.Of(host) != strings.TrimSuffix(host, ".") {
			t.Errorf("Of(%q) = %q, but Of of the result is %q, want the same", in, host, hostname.Of(host))
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
