package route_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestUpstreamHost(t *testing.T) {
	const public, upstream = "app.example.com:8443", "10.0.0.1:8080"
	header := http.Header{"X-Host": {"from-header.example"}, "X-Bad": {"evil.example/\r\nX: y"}}
	tests := []struct {
		name    string
		rewrite route.Rewrite
		path    string
		want    string
	}{
		{"nothing set", route.Rewrite{}, "/", upstream},
		{"fixed", route.Rewrite{Host: "fixed.example", HostHeader: "X-Host", PreserveHost: true}, "/", "fixed.example"},
		{"header", route.Rewrite{HostHeader: "x-host", HostPathRegexPattern: "^/(.*)$", HostPathRegexSubstitution: `\1`, PreserveHost: true}, "/p", "from-header.example"},
		{"header is missing", route.Rewrite{HostHeader: "X-None"}, "/", upstream},
		{"header is no host", route.Rewrite{HostHeader: "X-Bad"}, "/", upstream},
		{"path", route.Rewrite{HostPathRegexPattern: "^/([^/]+)/.*$", HostPathRegexSubstitution: `\1.internal`, PreserveHost: true}, "/shop/x", "shop.internal"},
		{"path does not match", route.Rewrite{HostPathRegexPattern: "^/([^/]+)/.*$", HostPathRegexSubstitution: `\1.internal`}, "/shop", upstream},
		{"path makes no host", route.Rewrite{HostPathRegexPattern: "^/(.*)$", HostPathRegexSubstitution: `\1`}, "/a/b", upstream},
		{"preserved", route.Rewrite{PreserveHost: true}, "/", public},
	}
	for _, tt := range tests {
		r := compiled(t, route.Route{Rewrite: tt.rewrite})
		if got := r.UpstreamHost(public, upstream, header, clean(t, tt.path)); got != tt.want {
			t.Errorf("%s: UpstreamHost = %q, want %q", tt.name, got, tt.want)
		}
	}
}
