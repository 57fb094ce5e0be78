package server_test

import (
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// The answers of a server of the Model Context Protocol may stay open, as at
// Pomerium. Its own keys win.
func TestAModelContextServerHasNoLimitOfTime(t *testing.T) {
	const file = `routes:
  - {from: https://a.example.com, to: http://a, allow_public_unauthenticated_access: true, mcp: {server: {}}}
  - {from: https://b.example.com, to: http://b, allow_public_unauthenticated_access: true, mcp: {server: {max_request_bytes: 4096}}, timeout: 5s, idle_timeout: 6s}
  - {from: https://c.example.com, to: http://c, allow_public_unauthenticated_access: true, mcp: {client: {}}}
`
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	report, err := server.Check(c)
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Routes[0]; r.Timeout == nil || *r.Timeout != 0 || r.IdleTimeout == nil || *r.IdleTimeout != 0 {
		t.Errorf("a server: got %v and %v, want no limits", r.Timeout, r.IdleTimeout)
	}
	if r := report.Routes[1]; r.Timeout == nil || r.Timeout.String() != "5s" || r.IdleTimeout == nil || r.IdleTimeout.String() != "6s" {
		t.Errorf("a server with limits: got %v and %v, want 5s and 6s", r.Timeout, r.IdleTimeout)
	}
	if a, b := report.Routes[0].MaxMessage, report.Routes[1].MaxMessage; a != 0 || b != 4096 {
		t.Errorf("the largest messages: got %d and %d, want the default and 4096", a, b)
	}
	if r := report.Routes[2]; r.Timeout != nil || r.IdleTimeout != nil {
		t.Errorf("a client: got %v and %v, want the defaults", r.Timeout, r.IdleTimeout)
	}
}
