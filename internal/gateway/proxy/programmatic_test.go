package proxy

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProgrammaticAccess(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.ProgrammaticHosts = []string{"localhost", "cli.example.com"} })
	program := w.browser()
	resp := program.get("https://app.example.com/.pomerium/api/v1/login?pomerium_redirect_uri=" + url.QueryEscape("http://127.0.0.1:8000/done?x=1"))
	wantStatus(t, resp, 200, "/.pomerium/sign_in?")

	// Its user opens the link in a browser and signs in.
	b := w.browser().step()
	to, _ := b.do("GET", text(resp), nil).Location()
	resp = b.do("GET", to.Query().Get("redirect_uri")+"?"+url.Values{"code": {"good"}, "state": {to.Query().Get("state")}}.Encode(), nil)
	done, _ := resp.Location()
	if done == nil || done.Host != "127.0.0.1:8000" || done.Path != "/done" || done.Query().Get("x") != "1" {
		t.Fatalf("got %d to %v, want the program's address", resp.StatusCode, done)
	}
	credential := done.Query().Get(paramJWT)

	for _, header := range [][]string{
		{"Authorization", "Pomerium " + credential}, {"Authorization", "Bearer Pomerium-" + credential}, {"X-Pomerium-Authorization", credential},
	} {
		wantStatus(t, program.step().get("https://app.example.com/x", header...), 200)
		if got := w.got(); got.Header.Get("Authorization") != "" || got.Header.Get("X-Pomerium-Authorization") != "" || got.Header.Get(headerAssertion) == "" {
			t.Errorf("%s: got headers %v upstream, want the identity and no credential", header[0], got.Header)
		}
		wantStatus(t, program.step().get("https://admin.example.com/x", header...), 401)
	}
	wantStatus(t, program.step().get("https://app.example.com/x?a=1&pomerium_session="+credential+"&b=2"), 200)
	if got := w.got(); got.URL.RawQuery != "a=1&b=2" {
		t.Errorf("got query %q upstream, want it without the credential", got.URL.RawQuery)
	}
	wantStatus(t, program.step().get("https://app.example.com/x", "Authorization", "Pomerium "+credential+"A"), 401)
	b.get("https://authenticate.example.com/.pomerium/sign_out")
}

func TestProgrammaticRefusals(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.ProgrammaticHosts = []string{"localhost", "cli.example.com"} })
	b := w.browser()
	ask := "https://app.example.com/.pomerium/api/v1/login"
	wantStatus(t, b.get(ask), 404)
	wantStatus(t, b.do("POST", w.address(ask), strings.NewReader("")), 405)
	for target, status := range map[string]int{
		"http://localhost:1234/": 200, "http://[::1]:1234/": 200, "https://cli.example.com/x": 200, "http://127.8.8.8/": 200,
		"https://evil.example.net/": 400, "http://localhost.evil.example.net/": 400, "http://localhost@evil.example.net/": 400,
		"javascript:alert(1)": 400, "//localhost/": 400, "ftp://localhost/": 400, "https://app.example.com/": 400,
	} {
		if got := b.get(ask + "?pomerium_redirect_uri=" + url.QueryEscape(target)); got.StatusCode != status {
			t.Errorf("%s: got %d, want %d", target, got.StatusCode, status)
		}
	}
	none := newWorld(t, func(_ *world, c *Config) { c.ProgrammaticHosts = []string{} })
	wantStatus(t, none.browser().get(ask+"?pomerium_redirect_uri=http://localhost/"), 400)
}

func TestDependsOnSignsInAtEveryHost(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Routes[0].DependsOn = []string{"admin.example.com", "unknown.example.com", "public.example.com"}
	})
	w.provider.claims["cognito:groups"] = []any{"admins"}
	b := w.browser()
	// The client of this test follows ten redirects at most; a browser twenty.
	resp := b.get("https://app.example.com/page")
	to, _ := resp.Location()
	b.trail = nil
	s := b.step()
	next := to.Query().Get("redirect_uri") + "?" + url.Values{"code": {"good"}, "state": {to.Query().Get("state")}}.Encode()
	var trail []string
	for range 20 {
		resp = s.do("GET", next, nil)
		at, err := resp.Location()
		if err != nil {
			break
		}
		next = at.String()
		trail = append(trail, strings.TrimSuffix(at.Hostname(), ".example.com")+at.Path)
	}
	wantStatus(t, resp, 200, "hello")
	want := []string{
		"app/.pomerium/callback/",
		"admin/.pomerium/join", "authenticate/.pomerium/sign_in", "admin/.pomerium/callback/", "admin/.pomerium/join",
		"public/.pomerium/join", "authenticate/.pomerium/sign_in", "public/.pomerium/callback/", "public/.pomerium/join",
		"app/page",
	}
	if diff := cmp.Diff(want, trail); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantStatus(t, b.step().get("https://admin.example.com/"), 200)
	wantStatus(t, b.get("https://admin.example.com/.pomerium/join?pomerium_redirect_uri=https://evil.example.net/"), 400)
}
