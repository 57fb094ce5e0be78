package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"
)

// TestAccessRecipe runs the recipe of the documentation, which creates a pool
// with the AWS CLI and posts the identity provider as JSON. Then users sign in
// with browsers. An administrator changes the provider in the API and the file.
func TestAccessRecipe(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d, g := newDirectory(t, db, ""), newGateway(t, db)
		f := followAccess(t, d, g, d.accessKey(t))
		a := &accessAPI{t: t, url: g.team() + "/client/v4/accounts/" + account + "/access/identity_providers", token: f.vars["API_TOKEN"]}
		posted := f.provider(t)

		getsClaims(t, g, d, a, false)
		seesWhyNotAtTeam(t, g)
		testsProvider(t, g, f.vars["TEST_LINK"])
		changesProvider(t, g, d, a, posted, f.vars["TEST_LINK"])
		f.stop(t, g.port, g.healthPort)
		t.Run("file", func(t *testing.T) {
			g.serveAccessFile(t, posted)
			getsClaims(t, g, d, nil, true)
			g.stop()
		})
		d.stop()
	})
}

const account = "0123456789abcdef0123456789abcdef"

func (g *gateway) team() string { return fmt.Sprintf("https://team.localhost:%d", g.port) }

// followAccess runs the recipe with a directory and the addresses of a gateway.
func followAccess(t *testing.T, d *directory, g *gateway, key string) *followed {
	t.Helper()
	env := append(awsEnvironment(key), g.environment()...)
	env = append(env, "COGNITO_URL="+d.url, "COGNITO_DOMAIN_PREFIX=team", "COGNITO_DOMAIN_URL="+d.domainURL("team"),
		"TEAM_GATEWAY_ADDRESS="+fmt.Sprintf("127.0.0.1:%d", g.port), "TEAM_DOMAIN="+mustURL(t, g.team()).Host, "ACCOUNT_ID="+account,
		"TEAM_APP_DOMAIN="+mustURL(t, g.app).Host, "APP_UPSTREAM="+g.upstream.URL)
	return follow(t, "cloudflare-access-cognito", env, "API_TOKEN", "TEST_LINK")
}

// provider returns the JSON that the recipe posted.
func (f *followed) provider(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, "identity-provider.json"))
	if err != nil {
		t.Fatal(err)
	}
	return decode[map[string]any](t, string(text))
}

// getsClaims signs in a user whom the policy allows. The claims must reach the
// policy and the application.
func getsClaims(t *testing.T, g *gateway, d *directory, a *accessAPI, pkce bool) {
	t.Helper()
	b := newWindow(t)
	b.open(g.app + "/reports?year=2026")
	b.at(d.domainURL("team") + "/login?")
	asked := mustURL(t, b.url()).Query()
	if got := asked.Get("redirect_uri"); got != g.team()+"/cdn-cgi/access/callback" {
		t.Errorf("redirect_uri: got %q, want the team domain's callback", got)
	}
	if got := asked.Get("code_challenge_method"); got == "S256" != pkce {
		t.Errorf("code_challenge_method: got %q, want PKCE: %t", got, pkce)
	}
	b.signIn("alice", "Alice-2026!")
	b.at(g.app + "/reports?year=2026")
	seen := b.received().Header
	if got := seen.Get("Cf-Access-Authenticated-User-Email"); got != "alice@example.com" {
		t.Errorf("Cf-Access-Authenticated-User-Email: got %q, want alice@example.com", got)
	}
	checkAccessToken(t, g, seen.Get("Cf-Access-Jwt-Assertion"))
	b.open(g.app + "/cdn-cgi/access/get-identity")
	identity := decode[struct {
		Email  string         `json:"email"`
		Fields map[string]any `json:"oidc_fields"`
	}](t, b.text())
	if identity.Email != "alice@example.com" {
		t.Errorf("e-mail of the identity: got %q, want alice@example.com", identity.Email)
	}
	checkFields(t, "oidc_fields", identity.Fields)
}

// checkAccessToken verifies the application token with the published keys of the
// team domain, as an application does.
func checkAccessToken(t *testing.T, g *gateway, token string) {
	t.Helper()
	keys := decode[jose.JSONWebKeySet](t, get(t, g.team()+"/cdn-cgi/access/certs").body)
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatalf("parse the application token %q: %v", token, err)
	}
	var standard jwt.Claims
	var claims struct {
		Type   string         `json:"type"`
		Email  string         `json:"email"`
		Custom map[string]any `json:"custom"`
	}
	if err := parsed.Claims(keys, &standard, &claims); err != nil {
		t.Fatalf("verify the application token: %v", err)
	}
	if err := standard.Validate(jwt.Expected{Issuer: g.team(), Time: time.Now()}); err != nil {
		t.Errorf("the application token: %v", err)
	}
	if claims.Type != "app" || claims.Email != "alice@example.com" {
		t.Errorf("type and email of the application token: got %q, %q, want app, alice@example.com", claims.Type, claims.Email)
	}
	checkFields(t, "custom", claims.Custom)
}

// checkFields checks the four claims of the recipe.
func checkFields(t *testing.T, where string, got map[string]any) {
	t.Helper()
	if sub, _ := got["sub"].(string); len(sub) != 36 {
		t.Errorf("sub in %s: got %v, want a UUID", where, got["sub"])
	}
	want := map[string]any{"sub": got["sub"], "cognito:username": "alice", "name": "alice", "cognito:groups": []any{"admins"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", where, diff)
	}
}

func seesWhyNotAtTeam(t *testing.T, g *gateway) {
	t.Helper()
	b := newWindow(t)
	b.open(g.app + "/")
	if status := b.signIn("bob", "Bob-2026!"); status != http.StatusForbidden {
		t.Errorf("status for bob: got %d, want 403", status)
	}
	b.see("You don’t have access", "bob@example.com", "cognito:groups must contain what this rule names")
}

// testsProvider tests the identity provider, as an administrator does.
func testsProvider(t *testing.T, g *gateway, link string) {
	t.Helper()
	b := newWindow(t)
	b.open(link)
	b.see("Test Amazon Cognito example", g.team()+"/cdn-cgi/access/callback")
	b.openLink("/cdn-cgi/access/test/")
	b.signIn("alice", "Alice-2026!")
	b.see("Test passed", "alice@example.com", "cognito:username", "cognito:groups", `["admins"]`, "allowed_idp_claims")
	if c := b.cookie("team.localhost", "CF_Authorization"); c != nil {
		t.Errorf("the test of a provider left the cookie %s", c.Name)
	}
}

// changesProvider changes the provider with the management API.
func changesProvider(t *testing.T, g *gateway, d *directory, a *accessAPI, posted map[string]any, link string) {
	t.Helper()
	refusesStrangers(t, a)
	list := a.ok(http.MethodGet, "", nil)
	providers, _ := list.Result.([]any)
	if len(providers) != 1 {
		t.Fatalf("identity providers: got %v, want one", list.Result)
	}
	one, _ := providers[0].(map[string]any)
	id, _ := one["id"].(string)
	for _, key := range []string{"type", "name"} {
		if one[key] != posted[key] {
			t.Errorf("%s of the provider: got %v, want %v as posted", key, one[key], posted[key])
		}
	}

	config := posted["config"].(map[string]any)
	secret := config["client_secret"]
	config["pkce_enabled"], config["client_secret"] = true, "wrong-"+secret.(string)
	a.ok(http.MethodPut, "/"+id, posted)
	b := newWindow(t)
	b.open(link)
	b.open(g.team() + "/cdn-cgi/access/test/" + id)
	b.signIn("alice", "Alice-2026!")
	b.see("Failed: exchange the code for tokens", "invalid_client", "config.client_secret", "Not reached")
	if strings.Contains(b.text(), secret.(string)) {
		t.Error("the page of the test shows the client secret")
	}

	config["client_secret"] = secret
	a.ok(http.MethodPut, "/"+id, posted)
	getsClaims(t, g, d, a, true)

	got := a.ok(http.MethodDelete, "/"+id, nil)
	if diff := cmp.Diff(map[string]any{"id": id}, got.Result); diff != "" {
		t.Errorf("answer to DELETE (-want +got):\n%s", diff)
	}
	if got := a.call(http.MethodGet, "/"+id, nil); got.status != http.StatusNotFound || got.Success {
		t.Errorf("GET of a deleted provider: got %d, success %t, want 404, false", got.status, got.Success)
	}
}

// refusesStrangers calls the API without a token and with a wrong token.
func refusesStrangers(t *testing.T, a *accessAPI) {
	t.Helper()
	for _, token := range []string{"", "x", a.token + "x", a.token[:len(a.token)-1]} {
		stranger := &accessAPI{t: t, url: a.url, token: token}
		got := stranger.call(http.MethodPost, "", map[string]any{"type": "oidc", "name": "forged", "config": map[string]any{}})
		if got.status != http.StatusForbidden || got.Success || len(got.Errors) != 1 || got.Errors[0].Code != 10000 {
			t.Errorf("POST with the token %.4q…: got %d %+v, want 403 with the code 10000", token, got.status, got.Errors)
		}
	}
}

// accessAPI is a client of the management API.
type accessAPI struct {
	t          *testing.T
	url, token string
}

// envelope is an answer of the API.
type envelope struct {
	status  int
	Success bool `json:"success"`
	Errors  []struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
	Result any `json:"result"`
}

func (a *accessAPI) call(method, path string, body any) envelope {
	a.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	got := send(a.t, method, a.url+path, string(text), "Authorization: Bearer "+a.token, "Content-Type: application/json")
	e := decode[envelope](a.t, got.body)
	e.status = got.status
	return e
}

func (a *accessAPI) ok(method, path string, body any) envelope {
	a.t.Helper()
	e := a.call(method, path, body)
	if e.status/100 != 2 || !e.Success {
		a.t.Fatalf("%s %s: got %d %+v", method, path, e.status, e.Errors)
	}
	return e
}

// serveAccessFile starts the gateway with the provider in its file. The file uses
// the same keys as the API.
func (g *gateway) serveAccessFile(t *testing.T, provider map[string]any) {
	t.Helper()
	given, err := json.Marshal(provider)
	if err != nil {
		t.Fatal(err)
	}
	g.serveConfig(t, fmt.Sprintf(`
access:
  team_domain: '%s'
  account_id: '%s'
  identity_providers:
    - %s
routes:%s`, mustURL(t, g.team()).Host, account, given, indented(g.routes())))
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
