package proxy

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/testing/browser"
)

// raw sends a request exactly as written, and returns the status.
func (w *world) raw(request string) int {
	w.t.Helper()
	return w.exchange(request).StatusCode
}

// exchange sends a request exactly as written, and returns the answer without its
// body.
func (w *world) exchange(request string) *http.Response {
	w.t.Helper()
	conn := w.network.Dial(true)
	defer conn.Close()
	go fmt.Fprint(conn, strings.ReplaceAll(request, "\n", "\r\n")) // the server may answer before it has read all
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp
}

// Every way we know in which a client may try to pass its own identity on.
func TestForgedIdentityHeadersNeverReachTheUpstream(t *testing.T) {
	forged := []string{
		"X-Pomerium-Jwt-Assertion: forged",
		"x-pomerium-jwt-assertion: forged",
		"X-POMERIUM-JWT-ASSERTION: forged",
		"X-Pomerium-Jwt-Assertion: forged\nX-Pomerium-Jwt-Assertion: forged",
		"X-Pomerium-Jwt-Assertion-For: forged",
		"X-Pomerium-Claim-Email: forged@example.com",
		"x-pomerium-claim-anything: forged",
		"X-Groups: forged",
		"Cf-Access-Jwt-Assertion: forged",
		"cf-access-authenticated-user-email: forged@example.com",
		"X-Pomerium-Authorization: forged",
		"Authorization: Pomerium forged",
		"Authorization: Bearer Pomerium-forged",
		"X-Pomerium-Intercepted-Response: forged",
		"X_Pomerium_Jwt_Assertion: forged",
		"X-Pomerium_Claim-Email: forged@example.com",
		"X.Pomerium.Jwt.Assertion: forged",
		"X_Groups: forged",
		"CF_ACCESS_JWT_ASSERTION: forged",
		"Connection: X-Pomerium-Jwt-Assertion, X-Groups\nX-Pomerium-Jwt-Assertion: forged",
		"Connection: close, X-Forwarded-For\nX-Pomerium-Claim-Email: forged",
	}
	for _, action := range []UnderscoreAction{UnderscoreReject, UnderscoreDrop, UnderscoreAllow} {
		for _, pass := range []bool{true, false} {
			w := newWorld(t, func(w *world, c *Config) {
				c.Underscores = action
				c.Routes[0].PassIdentity = pass
			})
			cookie, s := w.knownSession("app.example.com", map[string]any{"email": "alice@example.com", "cognito:groups": []any{"staff", "admins"}})
			for _, header := range forged {
				status := w.raw("GET /x HTTP/1.1\nHost: app.example.com:" + port + "\nCookie: " + cookie.Name + "=" + cookie.Value + "\n" + header + "\n\n")
				got := w.Upstream.Got()
				if got == nil {
					name, _, _ := strings.Cut(header, ":")
					if status != 400 || action != UnderscoreReject || !strings.Contains(name, "_") {
						t.Errorf("%q: got status %d, want it to reach the upstream", header, status)
					}
					continue
				}
				for name, values := range got.Header {
					if strings.Contains(strings.Join(values, ","), "forged") {
						t.Errorf("%q (action %d, pass %t): the upstream got %s: %v", header, action, pass, name, values)
					}
				}
				assertion := got.Header.Values(headerAssertion)
				if pass != (len(assertion) == 1 && got.Header.Get("X-Pomerium-Claim-Email") == "alice@example.com" && got.Header.Get("X-Groups") == "staff,admins") {
					t.Errorf("%q (pass %t): got identity headers %v, %q, %q", header, pass, assertion, got.Header.Get("X-Pomerium-Claim-Email"), got.Header.Get("X-Groups"))
				}
			}
			_ = s
		}
	}
}

func TestPublicRoutesSendNoIdentityOfVisitors(t *testing.T) {
	w := newWorld(t, nil)
	w.browser().Open("https://public.example.com/", headerAssertion, "forged", "X-Groups", "forged").Want(200)
	got := w.Upstream.Got()
	for _, name := range []string{headerAssertion, "X-Groups", "X-Pomerium-Claim-Email"} {
		if v, there := got.Header[name]; there {
			t.Errorf("got %s: %v, want none", name, v)
		}
	}
	cookie, _ := w.knownSession("public.example.com", nil)
	w.browser().Open("https://public.example.com/", "Cookie", cookie.Name+"="+cookie.Value)
	if got := w.Upstream.Got(); got.Header.Get(headerAssertion) == "" {
		t.Error("signed in on a public route: got no assertion, want one")
	}
}

func TestAssertion(t *testing.T) {
	w := newWorld(t, nil)
	cookie, s := w.knownSession("app.example.com", map[string]any{"email": "alice@example.com", "cognito:groups": []any{"staff", "admins"}, "groups": []any{"g1"}})
	b := w.browser()
	b.Open("https://app.example.com/", "Cookie", cookie.Name+"="+cookie.Value)
	assertion := w.Upstream.Got().Header.Get(headerAssertion)
	b.Open("https://app.example.com/", "Cookie", cookie.Name+"="+cookie.Value)
	if again := w.Upstream.Got().Header.Get(headerAssertion); again != assertion {
		t.Error("the second request of a minute: got another assertion, want the same")
	}
	header, claims := verified(t, b, assertion)
	if header["alg"] != "ES256" || header["typ"] != "JWT" || header["kid"] == "" {
		t.Errorf("got header %v, want ES256, JWT and a key id", header)
	}
	for name, want := range map[string]any{
		"iss": "app.example.com", "aud": "app.example.com", "sub": "u-1", "user": "u-1", "email": "alice@example.com", "name": "Alice",
		"sid": string(s.ID), "groups": []any{"g1"}, "cognito:groups": "staff,admins",
	} {
		if diff := cmp.Diff(want, claims[name]); diff != "" {
			t.Errorf("claim %s (-want +got):\n%s", name, diff)
		}
	}
	if claims["jti"] == "" || claims["exp"].(float64)-claims["iat"].(float64) != assertionLife.Seconds() {
		t.Errorf("got jti %v, iat %v, exp %v; want an id and five minutes", claims["jti"], claims["iat"], claims["exp"])
	}
	user := b.Open("https://app.example.com/.pomerium/user", "Cookie", cookie.Name+"="+cookie.Value)
	user.Want(200, `"email":"alice@example.com"`).WantNot(`"jti"`, `"iss"`)
	b.Open("https://app.example.com/.pomerium/user").Want(404)
	b.Open("https://app.example.com/.pomerium/", "Cookie", cookie.Name+"="+cookie.Value).Want(200, "alice@example.com", "cognito:groups")
	b.Open("https://app.example.com/.pomerium/").Want(200, "not signed in", "Open the application")
}

// verified checks an assertion as an upstream does, by the published keys.
func verified(t *testing.T, b *browser.Browser, assertion string) (header, claims map[string]any) {
	t.Helper()
	resp := b.Open("https://app.example.com/.well-known/pomerium/jwks.json")
	if resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("Cache-Control") != "max-age=60" || resp.Header.Get("ETag") == "" {
		t.Errorf("got headers %v, want CORS for all, one minute and an ETag", resp.Header)
	}
	payload, head, err := verifyWithJWKS([]byte(resp.Body), assertion)
	if err != nil {
		t.Fatalf("%s: %v", assertion, err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	plain, _ := base64.RawURLEncoding.DecodeString(head)
	if err := json.Unmarshal(plain, &header); err != nil {
		t.Fatal(err)
	}
	return header, claims
}

func TestIssuerAsURI(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Routes[0].IssuerURI = true })
	cookie, _ := w.knownSession("app.example.com", nil)
	b := w.browser()
	b.Open("https://app.example.com/", "Cookie", cookie.Name+"="+cookie.Value)
	if _, claims := verified(t, b, w.Upstream.Got().Header.Get(headerAssertion)); claims["iss"] != "https://app.example.com/" || claims["aud"] != "app.example.com" {
		t.Errorf("got iss %v, aud %v", claims["iss"], claims["aud"])
	}
}

func TestRequestHeaders(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes[0].SetRequestHeaders = map[string]string{
			"authorization": "Bearer ${pomerium.id_token}", "X-Price": "$$5", "X-From": `${pomerium.request.headers["X-Mine"]}`,
			"X-Forged": `${pomerium.request.headers["X-Pomerium-Jwt-Assertion"]}`, "X-Jwt": "$pomerium.jwt", "X-Both": "x",
		}
		c.Routes[0].RemoveRequestHeaders = []string{"x-gone", "X-Both"}
	})
	cookie, _ := w.knownSession("app.example.com", nil)
	w.browser().Open("https://app.example.com/", "Cookie", "a=1; "+cookie.Name+"="+cookie.Value+"; b=2", "X-Mine", "mine", "X-Gone", "x", headerAssertion, "forged", "Authorization", "Basic x")
	got := w.Upstream.Got()
	for name, want := range map[string]string{
		"Authorization": "Bearer the-id-token", "X-Price": "$5", "X-From": "mine", "X-Forged": "", "X-Gone": "", "X-Both": "", "Cookie": "a=1; b=2",
		"X-Jwt": got.Header.Get(headerAssertion), "X-Forwarded-Host": "app.example.com:" + port, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got.Header.Get("X-Request-Id") == "" {
		t.Error("got no X-Request-Id, want the one of the log")
	}
}

func TestStripCookies(t *testing.T) {
	c := newCookies(Cookie{}, &keys{}, nil, time.Now)
	tests := []struct{ in, want string }{
		{"a=1; __Host-_pomerium=x; b=2", "a=1; b=2"},
		{"_pomerium=x", ""},
		{"_pomerium=x; a=1", "a=1"},
		{"a=1;_pomerium=x", "a=1"},
		{"a=1; _pomerium_other=y", "a=1; _pomerium_other=y"},
		{"__Host-_gatehouse_browser=x; _gatehouse_attempt_12=y; q=\"a b\"", "q=\"a b\""},
		{"_pomerium = x; a=1", "a=1"},
		{"; ;a=1", "a=1"},
	}
	for _, tt := range tests {
		if got := c.strip(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}
