package server_test

import (
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// Pomerium: the path of the first URL replaces what the route matched, also if it is a
// slash alone.
func TestThePathOfAnUpstreamReplacesWhatTheRouteMatched(t *testing.T) {
	for to, want := range map[string]string{
		"http://app":                      "",
		"http://app/":                     "/admin becomes /",
		"http://app/base":                 "/admin becomes /base",
		"['http://app', 'http://other/']": "",
		"['http://app/', 'http://other']": "/admin becomes /",
	} {
		c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte("routes:\n  - {from: https://a.example.com, prefix: /admin, to: " + to + ", allow_public_unauthenticated_access: true}\n")})
		if err != nil {
			t.Fatal(err)
		}
		report, err := server.Check(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Routes[0].DescribePath(); got != want {
			t.Errorf("to: %s: the path: got %q, want %q", to, got, want)
		}
	}
}
