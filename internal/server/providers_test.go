package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/server"
	"gatehouse/internal/testing/browser"
)

// providersFile has two pools as providers, and a route with a client of its own.
const providersFile = `
data_dir: {dir}
authenticate_service_url: https://authenticate.example.com
pass_identity_headers: true
jwt_claims_headers: {X-User: sub, X-Issuer: iss}
idp_provider: cognito
idp_provider_url: https://id.example.com/us-east-1_Staff0001
idp_client_id: gateway
idp_client_secret: abcdefghijklmnopqrstuvwxyz012345
idp_providers:
  - name: partner
    display_name: Partner Inc.
    provider: oidc
    scopes: 'openid,profile,email'
    url: https://id.example.com/us-east-1_Partner01
    client_id: gateway2
    client_secret: abcdefghijklmnopqrstuvwxyz012345
directory:
  url: https://id.example.com
  domain_suffix: auth.example.com
  pools:
    - id: us-east-1_Staff0001
      name: staff
      domain: staff
      clients:
        - {id: gateway, secret: abcdefghijklmnopqrstuvwxyz012345, callback_urls: [https://authenticate.example.com/oauth2/callback]}
        - {id: wiki, secret: 543210zyxwvutsrqponmlkjihgfedcba, callback_urls: [https://authenticate.example.com/oauth2/callback]}
      users: [{username: alice, email: alice@example.com, password: "Alice-2026!"}]
    - id: us-east-1_Partner01
      name: partner
      domain: partner
      clients: [{id: gateway2, secret: abcdefghijklmnopqrstuvwxyz012345, callback_urls: [https://authenticate.example.com/oauth2/callback]}]
      users: [{username: bob, email: bob@example.com, password: "Bob-2026!"}]
routes:
  - {from: https://app.example.com, to: '{upstream}', allow_any_authenticated_user: true}
  - {from: https://partners.example.com, to: '{upstream}', allow_any_authenticated_user: true, idp: partner}
  - {from: https://wiki.example.com, to: '{upstream}', allow_any_authenticated_user: true, idp_client_id: wiki, idp_client_secret: 543210zyxwvutsrqponmlkjihgfedcba}
`

// withProviders starts a server with several providers, whose application answers
// with the user id that it is told.
func withProviders(t *testing.T) *browser.Network {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("hello " + r.Header.Get("X-Issuer") + " " + r.Header.Get("X-User") + " " + r.Host))
	}))
	t.Cleanup(upstream.Close)
	c := configOf(t, strings.NewReplacer("{dir}", t.TempDir(), "{upstream}", upstream.URL).Replace(providersFile))
	var itself later
	s, err := server.New(t.Context(), server.Options{Config: c, Outgoing: &itself})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	n := browser.NewNetwork(t, s.Handler())
	itself.RoundTripper = n.Transport
	return n
}

func TestPeopleOfSeveralProviders(t *testing.T) {
	n := withProviders(t)
	staff, partner := n.Browser(), n.Browser()
	staff.Open("https://app.example.com/").Want(200, "Cognito", "Partner Inc.").Follow("Cognito").Submit("username", "alice", "password", "Alice-2026!").Want(200, "hello", "us-east-1_Staff0001")
	partner.Open("https://app.example.com/").Follow("Partner Inc.").Submit("username", "bob", "password", "Bob-2026!").Want(200, "hello", "us-east-1_Partner01")
	partner.Open("https://app.example.com/.pomerium/").Want(200, "partner/")

	partner.Open("https://partners.example.com/").Want(200, "hello")
	staff.Open("https://partners.example.com/").Want(200, "Sign in").Submit("username", "alice", "password", "Alice-2026!").Want(200, "Incorrect username or password")
}

// Pomerium: a session that was made with another client counts as none.
func TestARouteWithAClientOfItsOwn(t *testing.T) {
	n := withProviders(t)
	b := n.Browser()
	b.Open("https://app.example.com/").Follow("Cognito").Submit("username", "alice", "password", "Alice-2026!").Want(200, "hello")
	b.Open("https://wiki.example.com/").Want(200, "hello")
	var clients []string
	for _, u := range b.Trail {
		if id := u.Query().Get("client_id"); id != "" && strings.HasSuffix(u.Path, "/oauth2/authorize") {
			clients = append(clients, id)
		}
	}
	if got := strings.Join(clients, " "); got != "gateway wiki" {
		t.Errorf("people were sent to the provider for the clients %q, want gateway, then wiki", got)
	}
	b.Trail = nil
	b.Open("https://wiki.example.com/").Want(200)
	b.Open("https://app.example.com/").Want(200)
	if len(b.Trail) > 0 {
		t.Errorf("both sessions should live side by side, and the browser was sent to %v", b.Trail)
	}
}

// github answers for GitHub, as the network of a server.
type github struct{}

func (github) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := map[string]string{
		"github.com/login/oauth/access_token": `{"access_token":"gho_1","token_type":"bearer"}`,
		"api.github.com/user":                 `{"id":583231,"login":"ann"}`,
		"api.github.com/user/emails":          `[{"email":"ann@example.com","primary":true,"verified":true}]`,
		"api.github.com/user/orgs":            `[{"login":"acme"}]`,
		"api.github.com/user/teams":           `[{"slug":"backend","organization":{"login":"acme"}}]`,
	}[r.URL.Host+r.URL.Path]
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	if answer == "" {
		rec.WriteHeader(http.StatusNotFound)
	}
	rec.WriteString(answer)
	return rec.Result(), nil
}

func TestSigningInAtGitHub(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("hello " + r.Header.Get("X-Pomerium-Claim-Email")))
	}))
	t.Cleanup(upstream.Close)
	c := configOf(t, strings.NewReplacer("{dir}", t.TempDir(), "{upstream}", upstream.URL).Replace(`
data_dir: {dir}
authenticate_service_url: https://authenticate.example.com
pass_identity_headers: true
jwt_claims_headers: [email]
idp_provider: github
idp_client_id: client
idp_client_secret: s3cret
routes:
  - {from: https://team.example.com, to: '{upstream}', policy: [{allow: {and: [{groups: {has: acme/backend}}, {user: {is: ann}}]}}]}
  - {from: https://other.example.com, to: '{upstream}', policy: [{allow: {and: [{groups: {has: acme/frontend}}]}}]}
`))
	s, err := server.New(t.Context(), server.Options{Config: c, Outgoing: github{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	b := browser.NewNetwork(t, s.Handler()).Browser().Until(func(u *url.URL) bool { return u.Hostname() == "github.com" })
	q := b.Open("https://team.example.com/x").WantRedirect("https://github.com/login/oauth/authorize").Query()
	b.Open("https://authenticate.example.com/oauth2/callback?code=c&state="+q.Get("state")).Want(200, "hello ann@example.com")
	b.Open("https://other.example.com/").Want(403)
}

// Pomerium: the groups of the top and of the route are told.
func TestGroupsFilterOfFileAndRoute(t *testing.T) {
	for name, c := range map[string]struct{ top, route, want string }{
		"none":       {"", "", "a,b,c"},
		"at the top": {"jwt_groups_filter: [a]", "", "a"},
		"both":       {"jwt_groups_filter: [a]", "jwt_groups_filter: [c]", "a,c"},
		"a route's":  {"", "jwt_groups_filter: b", "b"},
		"empty":      {"jwt_groups_filter: []", "", ""},
	} {
		cfg := configOf(t, "data_dir: "+t.TempDir()+"\n"+c.top+`
idp_provider: google
idp_client_id: a
idp_client_secret: b
routes:
  - from: https://app.example.com
    to: http://127.0.0.1:1
    allow_any_authenticated_user: true
    `+c.route+"\n")
		report, err := server.Check(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(report.Routes[0].GroupsFilter.Of([]string{"a", "b", "c"}), ","); got != c.want {
			t.Errorf("%s: the groups %q are told, want %q", name, got, c.want)
		}
	}
}
