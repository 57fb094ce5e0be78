package config_test

import (
	"encoding/base64"
	"fmt"
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

// Everybody can sign in at the default of azure, which the file does not say.
func TestAllTenantsAreWarnedOf(t *testing.T) {
	const client = "client_id: a, client_secret: b}\n"
	for yaml, want := range map[string]string{
		"idp_provider: azure\nidp_client_id: a\nidp_client_secret: b\n":                                                                           "idp_provider_url: people of every Microsoft tenant",
		"idp_providers:\n  - {name: a, provider: google, " + client + "  - {name: b, provider: azure, " + client:                                  "idp_providers[1].url: people of every Microsoft tenant",
		"idp_providers:\n  - {name: b, provider: azure, url: 'https://login.microsoftonline.com/" + strings.Repeat("0", 32) + "/v2.0', " + client: "",
	} {
		got := strings.Join(load(t, yaml).Warnings, "\n")
		if strings.Contains(got, "Microsoft tenant") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: got the warnings %q, want %q", yaml, got, want)
		}
	}
}

// Pomerium: parameters replace those of the provider's kind, except that apple needs its
// own.
func TestParametersOfAppleAreMerged(t *testing.T) {
	c := load(t, "idp_provider: apple\nidp_client_id: a\nidp_client_secret: b\nidp_scopes: [email]\nidp_request_params: {locale: de}\n")
	if got := c.IDPRequestParams; len(got) != 2 || got["response_mode"] != "form_post" || got["locale"] != "de" {
		t.Errorf("got the parameters %v, want locale beside response_mode", got)
	}
	if got := load(t, "idp_provider: google\nidp_client_id: a\nidp_client_secret: b\nidp_request_params: {hd: example.com}\n").IDPRequestParams; len(got) != 1 {
		t.Errorf("got the parameters %v, want hd alone", got)
	}
}

func TestSeveralProvidersAreRead(t *testing.T) {
	c := load(t, `
idp_provider: google
idp_client_id: gatehouse
idp_client_secret: s3cret
idp_providers:
  - {name: partner, display_name: Partner Inc., provider: auth0, url: https://partner.example.com, client_id: at-partner, client_secret: s3cret, scopes: 'openid, email', request_params: {connection: staff}, allow_unverified_email: true}
  - {name: staff, provider: oidc, url: https://id.example.com, client_id: at-staff, client_secret: s3cret}
routes:
  - {from: https://a.example.com, to: http://a, allow_any_authenticated_user: true}
  - {from: https://b.example.com, to: http://b, allow_any_authenticated_user: true, idp: partner}
  - {from: https://c.example.com, to: http://c, allow_any_authenticated_user: true, idp_client_id: wiki, idp_client_secret: other}
  - {from: https://d.example.com, to: http://d, allow_any_authenticated_user: true, idp: staff, idp_client_id: wiki}
  - {from: https://e.example.com, to: http://e, allow_any_authenticated_user: true, idp: google}
`)
	var all []string
	for _, p := range c.AllProviders() {
		all = append(all, fmt.Sprint(p.Name, "|", p.Title(), "|", p.URL, "|", p.UserPrefix(), "|", strings.Join(p.Scopes, " "), "|", p.AllowUnverifiedEmail))
	}
	for _, r := range c.AllRoutes() {
		if p := c.ProviderOf(r); p != nil {
			all = append(all, fmt.Sprint(r.From.Host, "|", p.Name, "|", p.ClientID, "|", p.ClientSecret.Reveal()))
		}
	}
	equal(t, "providers", strings.Join(all, "\n"), `google|Google|https://accounts.google.com||openid profile email|false
partner|Partner Inc.|https://partner.example.com/|partner/|openid email|true
staff|staff|https://id.example.com|staff/|openid profile email offline_access|false
b.example.com|partner|at-partner|s3cret
c.example.com|google|wiki|other
d.example.com|staff|wiki|s3cret
e.example.com|google|gatehouse|s3cret`)
}

// A provider of the kind oidc has no name that people know but its host.
func TestTitleOfTheMainProvider(t *testing.T) {
	for _, test := range []struct{ kind, url, want string }{
		{"oidc", "https://id.example.com:8443/pool", "id.example.com"},
		{"oidc", "", "OpenID Connect"},
		{"google", "https://accounts.google.com", "Google"},
	} {
		if got := (&config.Provider{Kind: test.kind, URL: test.url, Main: true}).Title(); got != test.want {
			t.Errorf("%s at %s: got %q, want %q", test.kind, test.url, got, test.want)
		}
	}
}

// The ids of all others begin with what nobody of the main provider may have.
func TestPrefixesOfOthers(t *testing.T) {
	c := &config.Config{}
	c.IDPProvider = "oidc"
	c.IDPProviders = []config.Provider{{Name: "partner"}}
	c.Bearer.IdentityProviders = map[string]config.TokenIssuer{"CI": {}}
	if got := strings.Join(c.PrefixesOfOthers(), " "); got != "ci/ partner/ service-account/" {
		t.Errorf("got %q", got)
	}
}
