package demo_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/demo"
	"gatehouse/internal/testing/forge"
)

var now = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t *testing.T, key *ecdsa.PrivateKey, audience string, expires time.Time) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jwt.Signed(signer).Claims(map[string]any{"aud": audience, "exp": expires.Unix(), "email": "alice@example.com"}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serveKeys serves the public part of key, and counts the requests.
func serveKeys(t *testing.T, key *ecdsa.PrivateKey) (*demo.Keys, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "ES256"}}})
	}))
	t.Cleanup(s.Close)
	return &demo.Keys{URL: s.URL, Client: s.Client(), Now: clock}, &asked
}

func clock() time.Time { return now }

// answer is the JSON that the application answers.
type answer struct {
	Method, Path string
	Verified     bool
	Claims       map[string]any
	Headers      map[string]string
}

func ask(t *testing.T, app *demo.App, header ...string) answer {
	t.Helper()
	var got answer
	if err := json.Unmarshal([]byte(body(app, append(header, "Accept", "application/json")...)), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// body asks for a page with header fields, names and values by turns.
func body(app *demo.App, header ...string) string {
	r := httptest.NewRequest(http.MethodGet, "http://hello.localhost:9229/a/b?c=d", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w.Body.String()
}

const assertionHeader = "X-Pomerium-Jwt-Assertion"

func TestPages(t *testing.T) { pagetest.Golden(t, demo.Gallery()) }

func TestOnlyAValidAssertionIsBelieved(t *testing.T) {
	key := newKey(t)
	keys, _ := serveKeys(t, key)
	later := now.Add(time.Minute)
	tests := []struct {
		name, assertion string
		want            bool
	}{
		{"right", sign(t, key, "hello.localhost", later), true},
		{"none", "", false},
		{"for another host", sign(t, key, "other.localhost", later), false},
		{"expired", sign(t, key, "hello.localhost", now.Add(-time.Minute)), false},
		{"another's key", sign(t, newKey(t), "hello.localhost", later), false},
		{"changed", forge.Claims(sign(t, key, "hello.localhost", later)), false},
		{"garbage", "a.b.c", false},
	}
	for _, tt := range tests {
		for _, header := range []string{assertionHeader, "Cf-Access-Jwt-Assertion"} {
			app := &demo.App{Name: "Hello", Keys: keys, Audience: "hello.localhost", Now: clock}
			got := ask(t, app, header, tt.assertion)
			if got.Verified != tt.want || tt.want != (got.Claims["email"] == "alice@example.com") {
				t.Errorf("%s in %s: got %+v, want verified %v", tt.name, header, got, tt.want)
			}
			if page := body(app, header, tt.assertion); strings.Contains(page, "Hello, alice@example.com") != tt.want {
				t.Errorf("%s in %s: the page greets alice: %v, want %v", tt.name, header, !tt.want, tt.want)
			}
		}
	}
}

func TestAnAssertionWithoutAnEndIsRefused(t *testing.T) {
	key := newKey(t)
	keys, _ := serveKeys(t, key)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	endless, err := jwt.Signed(signer).Claims(map[string]any{"email": "alice@example.com"}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, &demo.App{Keys: keys, Now: clock}, assertionHeader, endless); got.Verified {
		t.Errorf("got %+v, want it refused", got)
	}
}

func TestWithoutKeysClaimsAreShownAsNotVerified(t *testing.T) {
	app := &demo.App{Name: "Demo", Now: clock}
	assertion := sign(t, newKey(t), "app.example.com", now.Add(-time.Hour))
	got := ask(t, app, assertionHeader, assertion)
	if got.Verified || got.Claims["email"] != "alice@example.com" || got.Method != "GET" || got.Path != "/a/b" {
		t.Errorf("got %+v, want the claims of GET /a/b, not verified", got)
	}
	if page := body(app, assertionHeader, assertion); !strings.Contains(page, "does not verify it") || !strings.Contains(page, "alice@example.com") {
		t.Errorf("the page shows no unverified claims:\n%s", page)
	}
}

func TestCredentialsAreNotShown(t *testing.T) {
	key := newKey(t)
	keys, _ := serveKeys(t, key)
	assertion := sign(t, key, "hello.localhost", now.Add(time.Minute))
	signature := assertion[strings.LastIndexByte(assertion, '.')+1:]
	header := []string{
		assertionHeader, assertion, "X-Pomerium-Jwt-Assertion-For", assertion, "Cf-Access-Jwt-Assertion", assertion,
		"Cookie", "CF_Authorization=the-cookie", "Authorization", "Bearer the-bearer", "X-Pomerium-Authorization", "the-pomerium-token",
		"Cf-Access-Token", "the-access-token", "Cf-Access-Client-Secret", "the-client-secret", "X-Pomerium-Claim-Email", "alice@example.com",
	}
	for _, app := range []*demo.App{{Name: "Demo", Now: clock}, {Name: "Demo", Keys: keys, Audience: "hello.localhost", Now: clock}} {
		for _, accept := range []string{"text/html", "application/json"} {
			text := body(app, append(header, "Accept", accept)...)
			for _, secret := range []string{signature, "the-cookie", "the-bearer", "the-pomerium-token", "the-access-token", "the-client-secret"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s shows %s", accept, secret)
				}
			}
			if !strings.Contains(text, "alice@example.com") {
				t.Errorf("%s does not show the e-mail header", accept)
			}
		}
	}
}

func TestEverythingIsEscaped(t *testing.T) {
	app := &demo.App{Name: "Demo", Now: clock}
	r := httptest.NewRequest(http.MethodGet, "http://hello.localhost/", nil)
	r.Method, r.URL.Path = "<b>GET</b>", "/<script>alert(1)</script>"
	r.Header.Set("X-Pomerium-Claim-Name", "<script>alert(2)</script>")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	if text := w.Body.String(); strings.Contains(text, "<script>alert") || strings.Contains(text, "<b>GET") {
		t.Errorf("the page has text of the request as HTML:\n%s", text)
	}
}

// A client that invents key ids does not make the application fetch the keys
// with every request.
func TestUnknownKeysAreFetchedOnceInAWhile(t *testing.T) {
	keys, asked := serveKeys(t, newKey(t))
	at := now
	keys.Now = func() time.Time { return at }
	app := &demo.App{Keys: keys, Now: clock}
	stranger, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: newKey(t), KeyID: "two"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	assertion, err := jwt.Signed(stranger).Claims(map[string]any{"exp": now.Add(time.Hour).Unix()}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		ask(t, app, assertionHeader, assertion)
	}
	if got := asked.Load(); got != 1 {
		t.Errorf("the keys were fetched %d times, want once", got)
	}
	at = at.Add(time.Minute)
	ask(t, app, assertionHeader, assertion)
	if got := asked.Load(); got != 2 {
		t.Errorf("after a minute the keys were fetched %d times, want twice", got)
	}
}
