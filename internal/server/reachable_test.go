package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// provider serves the discovery document of an issuer, but no keys.
func provider(t *testing.T, issuer func(own string) string) string {
	t.Helper()
	var own string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			http.Error(w, "not here", http.StatusNotFound)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{
			"issuer": issuer(own), "authorization_endpoint": own + "/authorize", "token_endpoint": own + "/token", "jwks_uri": own + "/keys",
		})
	}))
	t.Cleanup(s.Close)
	own = s.URL
	return own
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withProvider returns a configuration whose routes sign users in at an issuer.
func withProvider(t *testing.T, issuer string) *config.Config {
	return parse(t, `
authenticate_service_url: https://authenticate.example.com
idp_provider: oidc
idp_provider_url: `+issuer+`
idp_client_id: gateway
idp_client_secret: secret
access:
  team_domain: team.example.com
  identity_providers:
    - {name: Team, type: oidc, config: {client_id: a, client_secret: b, auth_url: "`+issuer+`/authorize", token_url: "`+issuer+`/token", certs_url: "`+issuer+`/keys"}}
directory: {url: http://localhost:1}
routes: [{from: https://app.example.com, to: http://127.0.0.1:1, allow_any_authenticated_user: true}]
`)
}

func TestUnreachableProviders(t *testing.T) {
	same := func(own string) string { return own }
	other := func(string) string { return "https://other.example.com" }
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	const keysMissing = `access.identity_providers[0].config.certs_url: nobody can sign in with "Team": the status is 404 Not Found`
	tests := []struct {
		name, issuer string
		want         []string
	}{
		{"one that answers", provider(t, same), []string{keysMissing}},
		{"one that calls itself otherwise", provider(t, other), []string{`calls itself "https://other.example.com"`, keysMissing}},
		{"one that is away", gone.URL, []string{"idp_provider_url: nobody can sign in at " + gone.URL, "connection refused"}},
		{"this installation's own", "http://localhost:1", nil},
	}
	for _, tt := range tests {
		got, err := server.UnreachableProviders(t.Context(), withProvider(t, tt.issuer))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %q, want %d warnings", tt.name, got, len(tt.want))
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(got[i], want) || strings.Contains(got[i], "\n") {
				t.Errorf("%s: warning %q, want one line with %q", tt.name, got[i], want)
			}
		}
	}
}
