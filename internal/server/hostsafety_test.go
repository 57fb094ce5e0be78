package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/pgtest"
)

// wide are routes that match every host, in each form that a route may have.
const wide = `
  - {from: "https://*", response: {status: 418, body: upstream}, allow_public_unauthenticated_access: true}
  - {from: "https://*.example.com", prefix: /login, response: {status: 418, body: upstream}, allow_public_unauthenticated_access: true}
  - {from: "https://*.auth.example.com:8443", response: {status: 418, body: upstream}, allow_public_unauthenticated_access: true}
  - {from: "https://log*.corp.example", regex: "/.*", response: {status: 418, body: upstream}, allow_public_unauthenticated_access: true}
`

// withRoutes returns the configuration of all parts, with further routes.
func withRoutes(t *testing.T, head, routes string) *config.Config {
	t.Helper()
	second := "    - {id: us-east-1_Staff0002, name: second, domain: sso.corp.example}\nroutes:\n"
	text := strings.NewReplacer("{secret}", secretOne, "{access}", admins, "routes:\n", second).Replace(file)
	text = head + strings.Replace(text, "directory:\n", strings.ReplaceAll(team, "{host}", "team.example.com")+"directory:\n", 1) + routes
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func on(dir string) string { return "data_dir: " + dir + "\n" }

// at sends a request for a host in one spelling.
func at(s *server.Server, host, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "https://x"+path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// learnDomains does at once what a node does every second.
func learnDomains(t *testing.T, s *server.Server) {
	t.Helper()
	if err := s.LearnDomains(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// call calls an operation of the user pools API with an access key.
func call(t *testing.T, s *server.Server, operation, body string) *httptest.ResponseRecorder {
	t.Helper()
	key, secret, err := s.Keys().CreateKey(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "https://id.example.com/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: secret.Reveal()}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), "cognito-idp", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// makeDomain gives a pool a domain: a prefix domain by the API, a custom domain by
// the engine.
func makeDomain(t *testing.T, s *server.Server, pool, name string) error {
	t.Helper()
	if strings.Contains(name, ".") {
		_, err := s.Pools().CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: userpool.PoolID(pool), Custom: true})
		return err
	}
	if w := call(t, s, "CreateUserPoolDomain", `{"UserPoolId":"`+pool+`","Domain":"`+name+`"}`); w.Code != 200 {
		return fmt.Errorf("%d %s", w.Code, w.Body)
	}
	return nil
}

func deleteDomain(t *testing.T, s *server.Server, pool, name string) {
	t.Helper()
	if err := s.Pools().DeleteDomain(t.Context(), userpool.PoolID(pool), name); err != nil {
		t.Fatal(err)
	}
}

// People send passwords to the sign-in pages, and their sessions to the sign-in
// services. No wildcard of a route may hand these to an upstream: at the start,
// after a reload, and for the domains that the API makes.
func TestNoWildcardTakesAHostThatSignsPeopleIn(t *testing.T) {
	dir := t.TempDir()
	s := start(t, withRoutes(t, on(dir), ""))
	made := []string{}
	check := func(when string) {
		t.Helper()
		hosts := append([]string{"id.example.com", "authenticate.example.com", "team.example.com", "staff.auth.example.com", "sso.corp.example"}, made...)
		for _, host := range hosts {
			for _, spelling := range []string{host, strings.ToUpper(host), host + ".", host + "..", host + ":443", host + ":8443", host + ".:8443"} {
				for _, path := range []string{"/", "/login", "/login/x", "/oauth2/authorize", "/readyz", "/healthz", "/.pomerium/", "/cdn-cgi/access/login"} {
					if w := at(s, spelling, path); w.Code == 418 {
						t.Errorf("%s: %s%s goes to the route", when, spelling, path)
					}
				}
			}
		}
		for _, host := range []string{"staff.auth.example.com", "sso.corp.example"} {
			if w := at(s, host, "/login?client_id=none"); w.Code != 400 {
				t.Errorf("%s: %s/login: %d, want the sign-in page's refusal of a client, 400", when, host, w.Code)
			}
		}
	}
	check("at the start")
	if err := s.Reload(context.Background(), withRoutes(t, on(dir), wide)); err != nil {
		t.Fatal(err)
	}
	check("after a reload that adds the routes")
	for _, d := range []struct{ pool, name, host string }{
		{"us-east-1_Staff0001", "login.corp.example", "login.corp.example"}, {"us-east-1_Staff0002", "second", "second.auth.example.com"},
	} {
		if w := at(s, d.host, "/login"); w.Code != 418 {
			t.Fatalf("%s before it is a domain: %d, want the route's 418", d.host, w.Code)
		}
		if err := makeDomain(t, s, d.pool, d.name); err != nil {
			t.Fatalf("domain %s: %v", d.name, err)
		}
		made = append(made, d.host)
	}
	check("after the API made domains")
	s.Close()
	s = start(t, withRoutes(t, on(dir), wide))
	check("after a restart")
	for _, host := range []string{"other.auth.example.com", "anything.corp.example", "elsewhere.example.net"} {
		if w := at(s, host, "/login"); w.Code != 418 {
			t.Errorf("%s: %d, want the route's 418", host, w.Code)
		}
	}
	if w := at(s, "app.example.com", "/"); w.Code != 302 {
		t.Errorf("a host that a route names: %d, want 302", w.Code)
	}
}

// A node learns of the domains that another node made.
func TestNoWildcardTakesADomainThatAnotherNodeMade(t *testing.T) {
	head := on(t.TempDir()) + "database: " + pgtest.URL(t) + "\n"
	one, two := start(t, withRoutes(t, head, wide)), start(t, withRoutes(t, head, wide))
	if err := makeDomain(t, one, "us-east-1_Staff0001", "login.corp.example"); err != nil {
		t.Fatal(err)
	}
	learnDomains(t, two)
	if w := at(two, "login.corp.example", "/login"); w.Code == 418 {
		t.Error("the other node hands the domain's requests to the route")
	}
	deleteDomain(t, one, "us-east-1_Staff0001", "login.corp.example")
	learnDomains(t, two)
	for _, s := range []*server.Server{one, two} {
		if w := at(s, "login.corp.example", "/login"); w.Code != 418 {
			t.Errorf("after the domain was deleted: %d, want the route's 418", w.Code)
		}
	}
}

// A domain that the API makes takes no host of the installation, and none at which
// it would never answer. Nothing of it is kept.
func TestAPICannotTakeAHostOfTheInstallation(t *testing.T) {
	dir := t.TempDir()
	routes := `
  - {from: "https://wiki.auth.example.com:8443", prefix: /x, response: {status: 200}, allow_public_unauthenticated_access: true}
  - {from: "https://team.auth.example.com", response: {status: 200}, allow_public_unauthenticated_access: true}
  - {from: "https://GIT.corp.example", response: {status: 200}, allow_public_unauthenticated_access: true}
`
	s := start(t, withRoutes(t, on(dir), routes))
	const pool = "us-east-1_Staff0002"
	deleteDomain(t, s, pool, "sso.corp.example")
	for name, why := range map[string]string{
		"id.example.com":           "the host id.example.com belongs to directory.url of the configuration",
		"authenticate.example.com": "the host authenticate.example.com belongs to authenticate_service_url of the configuration",
		"team.example.com":         "the host team.example.com belongs to access.team_domain of the configuration",
		"app.example.com":          "the host app.example.com belongs to a route of the gateway",
		"git.corp.example":         "the host git.corp.example belongs to a route of the gateway",
		"wiki":                     "the host wiki.auth.example.com belongs to a route of the gateway",
		"team":                     "the host team.auth.example.com belongs to a route of the gateway",
		"new.auth.example.com":     "names under auth.example.com are for prefix domains; create the prefix domain new",
	} {
		err := makeDomain(t, s, pool, name)
		if want := "The domain " + name + " cannot be used: " + why + "."; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
		if !strings.Contains(name, ".") && (err == nil || !strings.HasPrefix(err.Error(), `400 {"__type":"InvalidParameterException"`)) {
			t.Errorf("%s: %v, want 400 InvalidParameterException", name, err)
		}
		if _, err := s.Pools().Domain(t.Context(), name); !errors.Is(err, userpool.ErrDomainNotFound) {
			t.Errorf("the refused domain %s: %v, want it not to be kept", name, err)
		}
	}
}

// The hosts of routes that a reload adds are taken, and those that it removes are
// free.
func TestAPIFollowsTheRoutesOfAReload(t *testing.T) {
	dir := t.TempDir()
	const wiki = "  - {from: https://wiki.auth.example.com, response: {status: 200}, allow_public_unauthenticated_access: true}\n"
	s := start(t, withRoutes(t, on(dir), ""))
	reload := func(routes string) {
		t.Helper()
		if err := s.Reload(context.Background(), withRoutes(t, on(dir), routes)); err != nil {
			t.Fatal(err)
		}
	}
	reload(wiki)
	deleteDomain(t, s, "us-east-1_Staff0002", "sso.corp.example")
	if err := makeDomain(t, s, "us-east-1_Staff0002", "wiki"); err == nil {
		t.Error("the host of a new route is given to a pool")
	}
	reload("")
	if err := makeDomain(t, s, "us-east-1_Staff0002", "wiki"); err != nil {
		t.Fatalf("the host of a route that is gone: %v", err)
	}
	// Now the domain was first.
	err := s.Reload(context.Background(), withRoutes(t, on(dir), wiki))
	want := "routes[1].from: has the host of the domain wiki of user pool us-east-1_Staff0002 (test.yaml:"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("reload with a route that names a domain: %v, want %s…", err, want)
	}
	for path, status := range map[string]int{"/login?client_id=none": 400, "/": 404} {
		if w := at(s, "wiki.auth.example.com", path); w.Code != status {
			t.Errorf("after the refused reload: GET %s: %d, want the sign-in pages' %d", path, w.Code, status)
		}
	}
	if err := makeDomain(t, s, "us-east-1_Staff0001", "free.corp.example"); err != nil {
		t.Errorf("a free host after the refused reload: %v", err)
	}
	s.Close()
	_, err = server.New(context.Background(), server.Options{Config: withRoutes(t, on(dir), wiki)})
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("start with a route that names a domain: %v, want %s…", err, want)
	}
}
