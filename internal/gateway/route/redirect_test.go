package route_test

import (
	"errors"
	"net/url"
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestRedirectURL(t *testing.T) {
	const at = "https://app.example.com/a/x%20y?q=1&r"
	tests := []struct {
		name, at string
		d        route.Redirect
		want     string
		code     int
	}{
		{"https", "http://app.example.com/a?q=1", route.Redirect{HTTPS: true, Scheme: "http"}, "https://app.example.com/a?q=1", 301},
		{"https drops the old port", "http://app.example.com:80/a", route.Redirect{HTTPS: true}, "https://app.example.com/a", 301},
		{"https keeps another port", "http://app.example.com:9229/a", route.Redirect{HTTPS: true}, "https://app.example.com:9229/a", 301},
		{"scheme", at, route.Redirect{Scheme: "HTTP"}, "http://app.example.com/a/x%20y?q=1&r", 301},
		{"host", "https://app.example.com:8443/a", route.Redirect{Host: "new.example.com"}, "https://new.example.com/a", 301},
		{"host with port", at, route.Redirect{Host: "new.example.com:8443", Code: 307}, "https://new.example.com:8443/a/x%20y?q=1&r", 307},
		{"port", at, route.Redirect{Port: 8443}, "https://app.example.com:8443/a/x%20y?q=1&r", 301},
		{"port of the scheme", "https://app.example.com:8443/", route.Redirect{Port: 443}, "https://app.example.com/", 301},
		{"path", at, route.Redirect{Path: "/new", PrefixRewrite: "/p", Code: 302}, "https://app.example.com/new?q=1&r", 302},
		{"path with query", at, route.Redirect{Path: "/new?z=1"}, "https://app.example.com/new?z=1", 301},
		{"prefix", at, route.Redirect{PrefixRewrite: "/b"}, "https://app.example.com/b/x%20y?q=1&r", 301},
		{"no query", at, route.Redirect{StripQuery: true}, "https://app.example.com/a/x%20y", 301},
		{"IPv6", "http://[::1]/a", route.Redirect{HTTPS: true}, "https://[::1]/a", 301},
		{"IPv6 with port", "http://[::1]/a", route.Redirect{Port: 81}, "http://[::1]:81/a", 301},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.at)
		if err != nil {
			t.Fatal(err)
		}
		r := compiled(t, route.Route{Prefix: "/a", Redirect: &tt.d})
		got, code, err := r.RedirectURL(u, clean(t, u.EscapedPath()))
		if err != nil || got != tt.want || code != tt.code {
			t.Errorf("%s: RedirectURL(%s) = %s, %d, %v; want %s, %d", tt.name, tt.at, got, code, err, tt.want, tt.code)
		}
	}
}

func TestARedirectThatClimbsIsRefused(t *testing.T) {
	r := compiled(t, route.Route{Prefix: "/a", Redirect: &route.Redirect{PrefixRewrite: "/b/"}})
	u := &url.URL{Scheme: "https", Host: "app.example.com"}
	if got, _, err := r.RedirectURL(u, clean(t, "/a../x")); !errors.Is(err, route.ErrRewrittenPath) {
		t.Errorf("RedirectURL = %q, %v", got, err)
	}
}
