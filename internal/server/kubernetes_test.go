package server

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/proxy"
)

// A service account's token changes while the server runs: each load has the one that
// the file has then.
func TestTheTokenOfAnAPIServerComesFromItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for _, token := range []string{"first", "second"} {
		if err := os.WriteFile(file, []byte(" "+token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := compiled(t, "kubernetes_service_account_token_file: "+file)
		if r.Kubernetes == nil || r.Kubernetes.Token.Reveal() != token {
			t.Errorf("got %v, want the token %q", r.Kubernetes, token)
		}
		if !slices.Equal(r.Upgrades, []string{"websocket", "spdy/3.1"}) {
			t.Errorf("got the protocols %v, want websocket and SPDY", r.Upgrades)
		}
	}
	if r := compiled(t, "kubernetes_service_account_token: third\n    allow_websockets: true\n    allowed_websocket_origins: [https://b.example.com]"); r.Kubernetes.Token != "third" || !slices.Equal(r.Upgrades, []string{"websocket", "spdy/3.1"}) || len(r.Origins) != 1 {
		t.Errorf("got %+v, want the token of the file itself, websocket and SPDY once, and one origin", r)
	}
	if r := compiled(t, "name: plain"); r.Kubernetes != nil || r.Upgrades != nil {
		t.Errorf("a plain route: got %v and %v, want neither", r.Kubernetes, r.Upgrades)
	}
}

// compiled returns a route with some keys, as the proxy gets it.
func compiled(t *testing.T, keys string) *proxy.Route {
	t.Helper()
	text := "routes:\n  - from: https://a.example.com\n    to: https://api.example.com\n    allow_any_authenticated_user: true\n    " + keys + "\n"
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := compileRoute(c, c.AllRoutes()[0], trusts{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
