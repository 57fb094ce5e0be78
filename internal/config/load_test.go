package config_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// recipe is a gateway's file with exactly the keys of Pomerium's recipe for
// Amazon Cognito.
const recipe = `authenticate_service_url: https://authenticate.corp.example.com

idp_provider: 'oidc'
idp_provider_url: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001'
idp_client_id: '4o6gt2q0t6pf6uvpu35c1q7h8s'
idp_client_secret: 'not-a-real-secret'
idp_scopes: 'openid,profile,email'

` + recipeRoutes

const recipeRoutes = `routes:
  - from: https://verify.corp.example.com
    to: http://verify:8000
    policy:
      - allow:
          and:
            - claim/cognito:groups: admins
    pass_identity_headers: true
  - from: https://wiki.corp.example.com
    to: http://wiki:8080
    allowed_idp_claims:
      cognito:groups:
        - admins
`

func TestTheCognitoRecipeLoadsAsItIs(t *testing.T) {
	fromFile, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(recipe)})
	if err != nil {
		t.Fatalf("from the file: %v", err)
	}
	checkRecipe(t, fromFile)

	routes := strings.TrimPrefix(recipeRoutes, "routes:\n")
	fromEnv, err := config.Load(settings.Source{Env: []string{
		"AUTHENTICATE_SERVICE_URL=https://authenticate.corp.example.com",
		"IDP_PROVIDER=oidc",
		"IDP_PROVIDER_URL=https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001",
		"IDP_CLIENT_ID=4o6gt2q0t6pf6uvpu35c1q7h8s",
		"IDP_CLIENT_SECRET=not-a-real-secret",
		"IDP_SCOPES=openid, profile,email",
		"ROUTES=" + base64.StdEncoding.EncodeToString([]byte(routes)),
		"HOME=/home/alice", "SSH_AUTH_SOCK=/tmp/agent",
	}})
	if err != nil {
		t.Fatalf("from the environment: %v", err)
	}
	checkRecipe(t, fromEnv)
}

func checkRecipe(t *testing.T, c *config.Config) {
	t.Helper()
	if got, want := c.IDPScopes, []string{"openid", "profile", "email"}; !cmp.Equal(got, want) {
		t.Errorf("idp_scopes: got %v, want %v", got, want)
	}
	if !c.IDPClientSecret.Equal("not-a-real-secret") {
		t.Errorf("idp_client_secret is not what the source says")
	}
	if got, want := c.AuthenticateServiceURL.String(), "https://authenticate.corp.example.com"; got != want {
		t.Errorf("authenticate_service_url: got %q, want %q", got, want)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: got %v, want none", c.Warnings)
	}
	routes := c.AllRoutes()
	if len(routes) != 2 {
		t.Fatalf("routes: got %d, want 2", len(routes))
	}
	if got, want := routes[0].To[0].URL.String(), "http://verify:8000"; got != want {
		t.Errorf("routes[0].to: got %q, want %q", got, want)
	}
	wantPolicy := []any{map[string]any{"allow": map[string]any{"and": []any{map[string]any{"claim/cognito:groups": "admins"}}}}}
	if diff := cmp.Diff(wantPolicy, routes[0].Allow.Policy); diff != "" {
		t.Errorf("routes[0].policy (-want +got):\n%s", diff)
	}
	if p := routes[0].PassIdentityHeaders; p == nil || !*p {
		t.Errorf("routes[0].pass_identity_headers: got %v, want true", p)
	}
	if diff := cmp.Diff(map[string][]any{"cognito:groups": {"admins"}}, routes[1].AllowedIDPClaims); diff != "" {
		t.Errorf("routes[1].allowed_idp_claims (-want +got):\n%s", diff)
	}
}

func TestAFaultNamesTheIndexOfARouteMadeInCode(t *testing.T) {
	c, err := config.Load(settings.Source{})
	if err != nil {
		t.Fatal(err)
	}
	c.Routes = []config.Route{{Match: config.Match{From: &url.URL{Scheme: "http", Host: "a.example.com"}}}}
	want := `routes[0].from: "http://a.example.com" is not an https URL; plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://a.example.com
routes[0].to: missing; a route needs one of the keys to, redirect and response`
	if err := c.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The name of the claim holds a colon, and the map is in braces, as recipes write
// it.
func TestAClaimWithAColonInBraces(t *testing.T) {
	c := load(t, "idp_provider: oidc\nidp_provider_url: https://id.example.com\nidp_client_id: a\nidp_client_secret: b\nauthenticate_service_url: https://auth.example.com\n"+
		"routes:\n  - from: https://app.example.com\n    to: http://app\n    allowed_idp_claims: {cognito:groups: [admins]}\n")
	equal(t, "claims", c.Routes[0].AllowedIDPClaims, map[string][]any{"cognito:groups": {"admins"}})
}

// Pomerium: a route may name the authenticate host.
func TestRouteOnTheAuthenticateHostIsRight(t *testing.T) {
	text := "authenticate_service_url: https://a.example.com\n" + route("to: http://app")
	if _, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)}); err != nil {
		t.Error(err)
	}
}
