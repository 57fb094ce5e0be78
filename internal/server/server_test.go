package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/server"
)

const file = `
address: ":8443"
authenticate_service_url: https://authenticate.example.com
idp_provider: oidc
idp_provider_url: https://id.example.com/us-east-1_Staff0001
idp_client_id: gateway
idp_client_secret: abcdefghijklmnopqrstuvwxyz012345
idp_scopes: 'openid,profile,email'
directory:
  url: https://id.example.com
  domain_suffix: auth.example.com
  pools:
    - id: us-east-1_Staff0001
      name: staff
      domain: staff
      groups: [admins]
      clients:
        - id: gateway
          secret: {secret}
          callback_urls: [https://authenticate.example.com/oauth2/callback]
      users:
        - {username: alice, email: alice@example.com, password: "Alice-2026!", groups: [admins]}
routes:
  - from: https://app.example.com
    to: http://127.0.0.1:1
    {access}
`

func load(t *testing.T, dir, secret, access string) *config.Config {
	t.Helper()
	text := strings.NewReplacer("{secret}", secret, "{access}", access).Replace(file)
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("data_dir: " + dir + "\n" + text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	secretOne = "abcdefghijklmnopqrstuvwxyz012345"
	secretTwo = "543210zyxwvutsrqponmlkjihgfedcba"
	admins    = "allowed_idp_claims: {cognito:groups: [admins]}"
)

func start(t *testing.T, c *config.Config) *server.Server {
	t.Helper()
	s, err := server.New(context.Background(), server.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func get(s *server.Server, rawURL string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, rawURL, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, rawURL, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestEachHostIsAnsweredByItsPart(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	tests := []struct {
		url    string
		status int
		holds  string // of the body, or of Location
	}{
		{"https://id.example.com:8443/us-east-1_Staff0001/.well-known/openid-configuration", 200, `"issuer":"https://id.example.com/us-east-1_Staff0001"`},
		{"https://id.example.com/us-east-1_Staff0001/.well-known/openid-configuration", 200, `"token_endpoint":"https://staff.auth.example.com/oauth2/token"`},
		{"https://id.example.com/", 405, ""},
		{"https://id.example.com/console/outbox", 404, ""},
		{"https://staff.auth.example.com/login?client_id=gateway&response_type=code&redirect_uri=https://authenticate.example.com/oauth2/callback", 200, "Sign in"},
		{"https://staff.auth.example.com/us-east-1_Staff0001/login?client_id=gateway", 421, "Nothing answers here"},
		{"https://nobody.auth.example.com/login", 421, "Nothing answers here"},
		{"https://app.example.com/page", 302, "https://authenticate.example.com/.pomerium/sign_in?"},
		{"https://authenticate.example.com/robots.txt", 200, "Disallow"},
		{"https://elsewhere.example.net/", 421, "elsewhere.example.net"},
		{"https://10.0.0.1/healthz", 200, "ok"},
		{"https://10.0.0.1/readyz", 200, "ready"},
	}
	for _, tt := range tests {
		w := get(s, tt.url, nil)
		if got := w.Header().Get("Location") + w.Body.String(); w.Code != tt.status || !strings.Contains(got, tt.holds) {
			t.Errorf("GET %s: %d %.200s, want %d with %q", tt.url, w.Code, got, tt.status, tt.holds)
		}
	}
}

func TestDeclaredPoolsFollowTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	signIn := func(s *server.Server, secret string) int {
		return get(s, "https://id.example.com/us-east-1_Staff0001/oauth2/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {"none"}, "client_id": {"gateway"}, "client_secret": {secret},
		}).Code
	}
	body := func(s *server.Server, secret string) string {
		return get(s, "https://id.example.com/us-east-1_Staff0001/oauth2/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {"none"}, "client_id": {"gateway"}, "client_secret": {secret},
		}).Body.String()
	}
	first, err := server.New(context.Background(), server.Options{Config: load(t, dir, secretOne, admins)})
	if err != nil {
		t.Fatal(err)
	}
	if got := body(first, secretOne); signIn(first, secretOne) != 400 || !strings.Contains(got, "invalid_grant") {
		t.Errorf("the declared secret was refused: %s", got)
	}
	first.Close()

	second := start(t, load(t, dir, secretTwo, admins))
	if got := body(second, secretOne); !strings.Contains(got, "invalid_client") {
		t.Errorf("the old secret is still accepted: %s", got)
	}
	if got := body(second, secretTwo); !strings.Contains(got, "invalid_grant") {
		t.Errorf("the new secret was refused: %s", got)
	}
}

func TestReloadOfAWrongConfigurationKeepsTheRoutes(t *testing.T) {
	dir := t.TempDir()
	s := start(t, load(t, dir, secretOne, "allow_public_unauthenticated_access: true"))
	if w := get(s, "https://app.example.com/", nil); w.Code != http.StatusBadGateway && w.Code != http.StatusServiceUnavailable {
		t.Fatalf("the public route answers %d, want a failure of the upstream", w.Code)
	}
	wrong := load(t, dir, secretOne, "policy: [{allow: {and: [{emial: {is: alice@example.com}}]}}]")
	err := s.Reload(context.Background(), wrong)
	faults := settings.FaultsOf(err)
	if len(faults) == 0 || !strings.Contains(faults[0].Error(), "routes[0].policy") || !strings.Contains(faults[0].Error(), "test.yaml:") {
		t.Fatalf("Reload = %v, want a fault with its place in the file", err)
	}
	if w := get(s, "https://app.example.com/", nil); w.Code == http.StatusFound {
		t.Error("the wrong configuration took effect")
	}
	if err := s.Reload(context.Background(), load(t, dir, secretOne, admins)); err != nil {
		t.Fatal(err)
	}
	if w := get(s, "https://app.example.com/", nil); w.Code != http.StatusFound {
		t.Errorf("after the reload the route answers %d, want a redirect to sign in", w.Code)
	}
}

// The secrets of declared app clients had changed, and the routes had not.
func TestAReloadThatFailsChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := start(t, load(t, dir, secretOne, admins))
	token := func(secret string) string {
		return get(s, "https://id.example.com/us-east-1_Staff0001/oauth2/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {"none"}, "client_id": {"gateway"}, "client_secret": {secret},
		}).Body.String()
	}
	for name, bend := range map[string]func(*config.Config){
		"authorities that are not there": func(c *config.Config) { c.CertificateAuthority = filepath.Join(dir, "none.pem") },
		"a provider that has no address": func(c *config.Config) { c.IDPProviderURL = "" },
		"a signing key that is none":     func(c *config.Config) { c.SigningKey = "none" },
	} {
		wrong := load(t, dir, secretTwo, "allow_public_unauthenticated_access: true")
		bend(wrong)
		if err := s.Reload(t.Context(), wrong); err == nil {
			t.Fatalf("%s: the reload succeeded", name)
		}
		if got := token(secretOne); !strings.Contains(got, "invalid_grant") {
			t.Errorf("%s: the old secret answers %s, want it in use", name, got)
		}
		if w := get(s, "https://app.example.com/", nil); w.Code != http.StatusFound {
			t.Errorf("%s: the route answers %d, want a redirect to sign in as before", name, w.Code)
		}
	}
	if err := s.Reload(t.Context(), load(t, dir, secretTwo, admins)); err != nil {
		t.Fatal(err)
	}
	if got := token(secretTwo); !strings.Contains(got, "invalid_grant") {
		t.Errorf("after a reload the new secret answers %s, want it in use", got)
	}
}

func TestExplain(t *testing.T) {
	c := load(t, filepath.Join(t.TempDir(), "unused"), secretOne, admins)
	ask := func(raw string, claims map[string]any) *server.Answer {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		a, err := server.Explain(c, server.Question{URL: u, Claims: claims})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	groups := func(names ...any) map[string]any {
		return map[string]any{"sub": "1", "email": "alice@example.com", "cognito:groups": names}
	}
	if a := ask("https://other.example.com/", nil); a.Route != nil {
		t.Errorf("the route of an unknown host is %v, want no route", a.Route)
	}
	for _, tt := range []struct {
		claims map[string]any
		want   policy.Outcome
	}{{nil, policy.SignIn}, {groups("admins"), policy.Allow}, {groups("staff"), policy.Deny}, {groups(), policy.Deny}} {
		if a := ask("https://app.example.com/x", tt.claims); a.Decision.Outcome != tt.want {
			t.Errorf("claims %v: %v, want %v", tt.claims, a.Decision.Outcome, tt.want)
		}
	}
}

func TestDevKeepsItsSecrets(t *testing.T) {
	dir := t.TempDir()
	one, dev, err := server.NewDev(server.DevConfig{Listen: "127.0.0.1:9229", DataDir: dir, AppURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := server.NewDev(server.DevConfig{Listen: "127.0.0.1:9229", DataDir: dir, AppURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if one.IDPClientSecret != two.IDPClientSecret {
		t.Error("IDPClientSecret differs between two starts, want the same")
	}
	if !dev.AnyKey {
		t.Error("AnyKey = false on a loopback address, want true")
	}
	_, open, err := server.NewDev(server.DevConfig{Listen: "0.0.0.0:9229", DataDir: dir, AppURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if open.AnyKey || open.Start.Users[0].Password == dev.Start.Users[0].Password {
		t.Errorf("on 0.0.0.0, AnyKey = %v, want false, and other passwords than on loopback", open.AnyKey)
	}
}

func TestDeclaredPoolMayUseTheIssuerOfAWS(t *testing.T) {
	c := load(t, t.TempDir(), secretOne, admins)
	c.Directory.Pools[0].AWSIssuer = true
	w := get(start(t, c), "https://id.example.com/us-east-1_Staff0001/.well-known/openid-configuration", nil)
	if want := `"issuer":"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001"`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("discovery is %s, want %s", w.Body, want)
	}
}
