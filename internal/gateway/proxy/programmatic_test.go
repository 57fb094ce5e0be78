package proxy

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func TestProgrammaticAccess(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.ProgrammaticHosts = []string{"localhost", "cli.example.com"} })
	program := w.browser()
	ask := "https://app.example.com/.pomerium/api/v1/login?pomerium_redirect_uri=" + url.QueryEscape("http://127.0.0.1:8000/done?x=1")
	link := program.Open(ask).Want(200, "/.pomerium/sign_in?").Body

	// Its user opens the link in a browser and signs in.
	b := w.browser().Step()
	resp := signInAt(b, link)
	done := resp.Location()
	if done == nil || done.Host != "127.0.0.1:8000" || done.Path != "/done" || done.Query().Get("x") != "1" {
		t.Fatalf("got %d to %v, want the program's address", resp.Status, done)
	}
	credential := done.Query().Get(paramJWT)

	// Pomerium's clients read from it when to sign in again.
	jws, err := jose.ParseSignedCompact(credential, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Exp, Iat int64
		Aud      string
	}
	err = json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &claims)
	// It ends with the session, which began a moment before.
	life := time.Duration(claims.Exp-claims.Iat) * time.Second
	if err != nil || life > 14*time.Hour || life < 14*time.Hour-10*time.Minute || claims.Aud != "app.example.com" {
		t.Errorf("got %+v and the error %v, want 14 hours at app.example.com", claims, err)
	}

	for _, header := range [][]string{
		{"Authorization", "Pomerium " + credential}, {"Authorization", "Bearer Pomerium-" + credential}, {"X-Pomerium-Authorization", credential},
	} {
		program.Step().Open("https://app.example.com/x", header...).Want(200)
		if got := w.Upstream.Got(); got.Header.Get("Authorization") != "" || got.Header.Get("X-Pomerium-Authorization") != "" || got.Header.Get(headerAssertion) == "" {
			t.Errorf("%s: got headers %v upstream, want the identity and no credential", header[0], got.Header)
		}
		program.Step().Open("https://admin.example.com/x", header...).Want(401)
	}
	program.Step().Open("https://app.example.com/x?a=1&pomerium_session=" + credential + "&b=2").Want(200)
	if got := w.Upstream.Got(); got.URL.RawQuery != "a=1&b=2" {
		t.Errorf("got query %q upstream, want it without the credential", got.URL.RawQuery)
	}
	parts := strings.Split(credential, ".")
	for name, forged := range map[string]string{
		"longer": credential + "A", "without signature": parts[0] + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1], "the claims alone": parts[1],
		"another signature": parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), "another header": "e30." + parts[1] + "." + parts[2],
	} {
		if got := program.Step().Open("https://app.example.com/x", "Authorization", "Pomerium "+forged); got.Status != 401 {
			t.Errorf("%s: got %d, want 401", name, got.Status)
		}
	}
	b.Open("https://authenticate.example.com/.pomerium/sign_out")
}

func TestProgrammaticRefusals(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.ProgrammaticHosts = []string{"localhost", "cli.example.com"} })
	b := w.browser()
	ask := "https://app.example.com/.pomerium/api/v1/login"
	b.Open(ask).Want(404)
	b.Send("POST", ask, nil).Want(405)
	for target, status := range map[string]int{
		"http://localhost:1234/": 200, "http://[::1]:1234/": 200, "https://cli.example.com/x": 200, "http://127.8.8.8/": 200,
		"https://evil.example.net/": 400, "http://localhost.evil.example.net/": 400, "http://localhost@evil.example.net/": 400,
		"javascript:alert(1)": 400, "//localhost/": 400, "ftp://localhost/": 400, "https://app.example.com/": 400,
	} {
		if got := b.Open(ask + "?pomerium_redirect_uri=" + url.QueryEscape(target)); got.Status != status {
			t.Errorf("%s: got %d, want %d", target, got.Status, status)
		}
	}
	none := newWorld(t, func(_ *world, c *Config) { c.ProgrammaticHosts = []string{} })
	none.browser().Open(ask + "?pomerium_redirect_uri=http://localhost/").Want(400)
}

func TestDependsOnSignsInAtEveryHost(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Routes[0].DependsOn = []string{"admin.example.com", "unknown.example.com", "public.example.com"}
	})
	w.provider.claims["cognito:groups"] = []any{"admins"}
	b := w.browser()
	page := b.Open("https://app.example.com/page")
	b.Trail = nil
	answerProvider(b, page).Want(200, "hello")
	want := []string{
		"app.example.com/.pomerium/callback/",
		"admin.example.com/.pomerium/join", "authenticate.example.com/.pomerium/sign_in", "admin.example.com/.pomerium/callback/", "admin.example.com/.pomerium/join",
		"public.example.com/.pomerium/join", "authenticate.example.com/.pomerium/sign_in", "public.example.com/.pomerium/callback/", "public.example.com/.pomerium/join",
		"app.example.com/page",
	}
	if diff := cmp.Diff(want, trail(b)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	b.Step().Open("https://admin.example.com/").Want(200)
	b.Open("https://admin.example.com/.pomerium/join?pomerium_redirect_uri=https://evil.example.net/").Want(400)
}
