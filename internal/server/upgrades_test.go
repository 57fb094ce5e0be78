package server_test

import (
	"slices"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

func TestUpgradesOfARoute(t *testing.T) {
	for keys, want := range map[string][]string{
		"":                       nil,
		"allow_websockets: true": {"websocket"},
		"allow_spdy: true":       {"spdy/3.1"},
		"allow_upgrades: [WebSocket, CONNECT, custom/2]\n    allow_websockets: true": {"websocket", "custom/2"},
	} {
		file := "allow_upgrades: [Private/1]\nroutes:\n  - from: https://a.example.com\n    to: http://a\n    allow_public_unauthenticated_access: true\n    tls_upstream_allow_renegotiation: true\n    " + keys + "\n"
		c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(file)})
		if err != nil {
			t.Fatal(err)
		}
		report, err := server.Check(c)
		if err != nil {
			t.Fatal(err)
		}
		if r := report.Routes[0]; !slices.Equal(r.Upgrades, want) || !r.TLS.Renegotiate {
			t.Errorf("%s: got %v and renegotiation %v, want %v and true", keys, r.Upgrades, r.TLS.Renegotiate, want)
		}
		if got := c.UpgradesOfAll(); !slices.Equal(got, []string{"private/1"}) {
			t.Errorf("for all routes: got %v", got)
		}
	}
}
