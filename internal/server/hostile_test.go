package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// startDev starts a server for development with a listen address.
func startDev(t *testing.T, listen string) *server.Server {
	t.Helper()
	c, dev, err := server.NewDev(server.DevConfig{Listen: listen, DataDir: t.TempDir(), AppURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(context.Background(), server.Options{Config: c, Dev: dev})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// send sends a request from the address of a peer. headers holds alternating
// names and values.
func send(s *server.Server, peer, method, url, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.RemoteAddr = peer
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

const (
	here  = "127.0.0.1:50000"
	there = "192.0.2.7:50000"
)

// signedByAnyKey returns the headers of a call with an unknown access key. Only a
// server for development accepts it.
func signedByAnyKey(operation string) []string {
	day := time.Now().UTC()
	return []string{
		"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService." + operation,
		"X-Amz-Date", day.Format("20060102T150405Z"),
		"Authorization", "AWS4-HMAC-SHA256 Credential=any/" + day.Format("20060102") + "/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + strings.Repeat("0", 64),
	}
}

func TestConsoleAnswersOnlyThisMachine(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:9229", "0.0.0.0:9229"} {
		s := startDev(t, listen)
		for _, path := range []string{"/", "/console", "/console/", "/console/outbox", "/console/x"} {
			if w := send(s, there, "GET", "http://localhost:9229"+path, ""); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "alice") {
				t.Errorf("%s, GET %s from elsewhere: %d, want 403", listen, path, w.Code)
			}
			if w := send(s, here, "GET", "http://localhost:9229"+path, ""); w.Code == http.StatusForbidden {
				t.Errorf("%s, GET %s from this machine: 403, want an answer", listen, path)
			}
		}
	}
}

// The developer may have a page of another site open in the browser, or a page
// whose host name resolves to loopback. Such a page must not reach the directory,
// which accepts any access key in development and has operations that need none.
func TestForeignPageCannotUseDevelopmentServer(t *testing.T) {
	s := startDev(t, "127.0.0.1:9229")
	const (
		home   = "http://localhost:9229"
		pool   = home + "/us-east-1_Dev000001"
		domain = "http://dev.auth.localhost:9229"
		signUp = `{"ClientId":"` + server.DevAppClient + `","Username":"mallory","Password":"Other-Horse-8"}`
	)
	unsigned := []string{"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp"}
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	requests := []struct {
		what, method, url, body string
		headers                 []string
	}{
		{"a signed operation", "POST", home + "/", `{"MaxResults":1}`, signedByAnyKey("ListUserPools")},
		{"an unsigned operation", "POST", home + "/", signUp, unsigned},
		{"the access management API", "POST", "http://team.localhost:9229/client/v4/accounts/0/access/identity_providers", "{}", []string{"Authorization", "Bearer any", "Content-Type", "application/json"}},
		{"a preflight request", "OPTIONS", home + "/", "", []string{"Access-Control-Request-Method", "POST"}},
		{"the token endpoint", "POST", pool + "/oauth2/token", "grant_type=refresh_token&refresh_token=x&client_id=" + server.DevAppClient, form},
		{"the token endpoint of the domain", "POST", domain + "/oauth2/token", "grant_type=refresh_token&refresh_token=x&client_id=" + server.DevAppClient, form},
		{"a sign-in form", "POST", domain + "/login?client_id=" + server.DevAppClient, "username=alice", form},
	}
	for _, r := range requests {
		for _, tt := range []struct {
			why     string
			headers []string
			refused bool
		}{
			{"a program", nil, false},
			{"a page of the developer's", []string{"Origin", "http://localhost:3000", "Sec-Fetch-Site", "same-site"}, false},
			{"a page on an address", []string{"Origin", "http://[::1]:3000", "Sec-Fetch-Site", "cross-site"}, false},
			{"a page of an application on this phone", []string{"Origin", "capacitor://localhost"}, false},
			{"a page of another site", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, true},
			{"a page of another site, in an old browser", []string{"Origin", "https://evil.example"}, true},
			{"a form of another site that hides where it is", []string{"Sec-Fetch-Site", "cross-site"}, true},
			{"a page without an origin of its own", []string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}, true},
			{"a page without an origin, in an old browser", []string{"Origin", "null"}, true},
			{"a page whose name begins with localhost", []string{"Origin", "https://localhost.evil.example"}, true},
			{"a page with an unreadable origin", []string{"Origin", "http://%zz"}, true},
		} {
			w := send(s, here, r.method, r.url, r.body, slices.Concat(r.headers, tt.headers)...)
			refused := strings.Contains(w.Body.String(), "a page of another site") || w.Header().Get("x-amzn-ErrorType") == "AccessDeniedException:"
			if refused != tt.refused || refused && w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s from %s: %d %.300s, refused: %t, want %t", r.what, tt.why, w.Code, w.Body, refused, tt.refused)
			}
		}
	}
	// No refused sign-up may have made the account that the allowed ones ask for.
	for _, origin := range []string{"https://evil.example", "null"} {
		name := strings.Replace(signUp, "mallory", "eve", 1)
		send(s, here, "POST", home+"/", name, slices.Concat(unsigned, []string{"Origin", origin})...)
	}
	if w := send(s, here, "POST", home+"/", `{"UserPoolId":"us-east-1_Dev000001","Username":"eve"}`, signedByAnyKey("AdminGetUser")...); !strings.Contains(w.Body.String(), "UserNotFoundException") {
		t.Errorf("after refused sign-ups AdminGetUser says %.300s, want UserNotFoundException", w.Body)
	}
}

// A link of another site begins a sign-in, and an application whose callback URL
// is registered calls from its own origin.
func TestApplicationsOfOtherSitesUseDevelopmentServer(t *testing.T) {
	s := startDev(t, "127.0.0.1:9229")
	const signIn = "http://localhost:9229/us-east-1_Dev000001/oauth2/authorize?response_type=code&client_id=" + server.DevAppClient + "&redirect_uri=http://localhost:3000/callback"
	if w := send(s, here, "GET", signIn, "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"); w.Code != http.StatusFound {
		t.Errorf("a link to the sign-in: %d %.300s, want a redirect", w.Code, w.Body)
	}
	from := []string{"Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site"}
	list := func() *httptest.ResponseRecorder {
		return send(s, here, "POST", "http://localhost:9229/", `{"MaxResults":1}`, append(signedByAnyKey("ListUserPools"), from...)...)
	}
	if w := list(); w.Code == 200 {
		t.Errorf("before its callback URL is registered: %d, want a refusal", w.Code)
	}
	register := `{"UserPoolId":"us-east-1_Dev000001","ClientName":"app","AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"],"SupportedIdentityProviders":["COGNITO"],"CallbackURLs":["https://app.example.com/cb"]}`
	if w := send(s, here, "POST", "http://localhost:9229/", register, signedByAnyKey("CreateUserPoolClient")...); w.Code != 200 {
		t.Fatalf("register a callback URL: %d %s", w.Code, w.Body)
	}
	if w := list(); w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("after its callback URL is registered: %d %.300s, want 200 that the page may read", w.Code, w.Body)
	}
}

func TestNameBoundToThisMachineIsNoHostOfDevelopment(t *testing.T) {
	s := startDev(t, "127.0.0.1:9229")
	if w := send(s, here, "POST", "http://evil.example:9229/", `{"MaxResults":1}`, signedByAnyKey("ListUserPools")...); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("a call at evil.example: %d, want 421", w.Code)
	}
	for _, path := range []string{"/", "/console/outbox", "/client/v4/user/tokens/verify"} {
		w := send(s, here, "GET", "http://evil.example:9229"+path, "", "Authorization", "Bearer any", "X-Forwarded-Host", "localhost:9229")
		if w.Code != http.StatusMisdirectedRequest {
			t.Errorf("GET %s at evil.example: %d, want 421", path, w.Code)
		}
	}
	// A page about another name must link to the start page.
	w := send(s, here, "GET", "http://192.0.2.1:9229/", "", "Accept", "text/html")
	if link := `href="http://localhost:9229/"`; w.Code != http.StatusMisdirectedRequest || !strings.Contains(w.Body.String(), link) {
		t.Errorf("GET 192.0.2.1:9229: %d %.2000s, want 421 with %s", w.Code, w.Body, link)
	}
}

func TestHostIsMatchedInEverySpelling(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	for _, host := range []string{"id.example.com", "ID.Example.COM", "id.example.com:443", "id.example.com.", "id.example.com.:8443"} {
		r := httptest.NewRequest("GET", "https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != 200 {
			t.Errorf("Host %s: %d, want 200", host, w.Code)
		}
	}
	for _, host := range []string{"app.example.com", "APP.example.com", "app.example.com.", "app.example.com:8443"} {
		r := httptest.NewRequest("GET", "https://app.example.com/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusFound {
			t.Errorf("Host %s: %d, want a redirect to sign in", host, w.Code)
		}
	}
}

const team = `
access:
  team_domain: https://{host}
  identity_providers:
    - name: One
      type: oidc
      config: {client_id: a, client_secret: b, auth_url: "https://i.example.com/a", token_url: "https://i.example.com/t", certs_url: "https://i.example.com/c"}
`

func withTeam(t *testing.T, dir, host, access string) *config.Config {
	t.Helper()
	text := strings.NewReplacer("{secret}", secretOne, "{access}", access).Replace(file)
	if host != "" {
		text += strings.ReplaceAll(team, "{host}", host)
	}
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("data_dir: " + dir + "\n" + text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Where the team domain is the sign-in host, or that of a route, the gateway answers it.
func TestForeignPagesAreRefusedAtATeamDomainOfTheGateway(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"a host of its own": func(*config.Config) {},
		"the sign-in host":  func(c *config.Config) { c.AuthenticateServiceURL = c.Access.TeamDomain },
		"a route's host":    func(c *config.Config) { c.Routes[0].From.Host = c.Access.TeamDomain.Host },
	} {
		c := withTeam(t, t.TempDir(), "team.example.com", admins)
		change(c)
		s, err := server.New(context.Background(), server.Options{Config: c, Dev: &server.Dev{AnyKey: true}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		for origin, refused := range map[string]bool{"https://evil.example": true, "http://localhost:3000": false} {
			w := send(s, here, "POST", "https://team.example.com/client/v4/accounts/0/access/identity_providers", "{}", "Authorization", "Bearer any", "Content-Type", "application/json", "Origin", origin)
			if got := strings.Contains(w.Body.String(), "a page of another site"); got != refused {
				t.Errorf("%s: a page of %s: %d %.200s, refused: %t, want %t", name, origin, w.Code, w.Body, got, refused)
			}
		}
	}
}

func TestReloadCannotChangeTheTeamDomain(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ from, to string }{
		{"", "team.example.com"}, {"team.example.com", ""}, {"team.example.com", "other.example.com"},
	} {
		s := start(t, withTeam(t, dir, tt.from, admins))
		err := s.Reload(context.Background(), withTeam(t, dir, tt.to, "allow_public_unauthenticated_access: true"))
		if !errors.Is(err, server.ErrRestart) {
			t.Errorf("from %q to %q: %v, want ErrRestart", tt.from, tt.to, err)
		}
		if w := get(s, "https://app.example.com/", nil); w.Code != http.StatusFound {
			t.Errorf("from %q to %q: status %d, want a redirect to sign-in; the refused reload took effect", tt.from, tt.to, w.Code)
		}
		if err := s.Reload(context.Background(), withTeam(t, dir, tt.from, admins)); err != nil {
			t.Errorf("reload of the same configuration: %v", err)
		}
	}
}

func TestReloadCannotAddAGateway(t *testing.T) {
	dir := t.TempDir()
	bare, _, _ := strings.Cut(file, "authenticate_service_url")
	_, pools, _ := strings.Cut(file, "directory:")
	pools, _, _ = strings.Cut(pools, "routes:")
	text := strings.ReplaceAll("data_dir: "+dir+"\n"+bare+"directory:"+pools, "{secret}", secretOne)
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, c)
	if err := s.Reload(context.Background(), load(t, dir, secretOne, admins)); !errors.Is(err, server.ErrRestart) {
		t.Errorf("got %v, want ErrRestart", err)
	}
}

// A gateway whose routes are all public needs no sign-in service.
func TestGatewayWithOnlyPublicRoutes(t *testing.T) {
	text := "data_dir: " + t.TempDir() + "\naddress: \":8443\"\nroutes:\n  - {from: https://app.example.com, response: {status: 200, body: hello}, allow_public_unauthenticated_access: true}\n"
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, c)
	if w := get(s, "https://app.example.com/", nil); w.Code != 200 || w.Body.String() != "hello" {
		t.Errorf("%d %q, want 200 hello", w.Code, w.Body)
	}
	if w := get(s, "https://id.example.com/", nil); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("another host: %d, want 421", w.Code)
	}
}

// New returns an error if the gateway refuses its configuration.
func TestNewRefusesAWrongGateway(t *testing.T) {
	c := load(t, t.TempDir(), secretOne, admins)
	c.AllRoutes()[0].To[0].URL.Scheme = "gopher"
	if _, err := server.New(context.Background(), server.Options{Config: c}); err == nil || !strings.Contains(err.Error(), "gopher") {
		t.Errorf("got %v, want an error that says that the scheme is not supported", err)
	}
}

// Requests succeed while the configuration is reloaded. The test is most useful
// with -race.
func TestReloadUnderLoad(t *testing.T) {
	dir := t.TempDir()
	s := start(t, withTeam(t, dir, "team.example.com", admins))
	next := []*config.Config{withTeam(t, dir, "team.example.com", "allow_any_authenticated_user: true"), withTeam(t, dir, "team.example.com", admins)}
	done := make(chan struct{})
	var clients sync.WaitGroup
	for _, url := range []string{"https://app.example.com/", "https://team.example.com/cdn-cgi/access/test", "https://authenticate.example.com/robots.txt", "https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json"} {
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if w := get(s, url, nil); w.Code >= 500 {
					t.Errorf("GET %s: status %d, want less than 500", url, w.Code)
					return
				}
			}
		})
	}
	for i := range 20 {
		if err := s.Reload(context.Background(), next[i%2]); err != nil {
			t.Error(err)
		}
	}
	close(done)
	clients.Wait()
}
