package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSignInReachesThePageThatWasWanted(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	resp := b.signIn("https://app.example.com/reports/7?year=2026&q=a%2Fb")
	wantStatus(t, resp, 200, "hello from upstream")
	if got := w.got(); got.URL.RequestURI() != "/reports/7?year=2026&q=a%2Fb" {
		t.Errorf("got %s upstream, want the page that was wanted", got.URL.RequestURI())
	}
	want := []string{
		"authenticate.example.com/.pomerium/sign_in", "idp.example.com/authorize",
		"app.example.com/.pomerium/callback/", "app.example.com/reports/7",
	}
	if diff := cmp.Diff(want, b.trail); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	b.trail = nil
	wantStatus(t, b.get("https://app.example.com/"), 200)
	if len(b.trail) != 0 {
		t.Errorf("got redirects %v for a known session, want none", b.trail)
	}
}

func TestOneSignInServesEveryHost(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.claims["cognito:groups"] = []any{"staff", "admins"}
	b := w.browser()
	b.signIn("https://app.example.com/")
	b.trail = nil
	wantStatus(t, b.get("https://admin.example.com/x"), 200)
	want := []string{"authenticate.example.com/.pomerium/sign_in", "admin.example.com/.pomerium/callback/", "admin.example.com/x"}
	if diff := cmp.Diff(want, b.trail); diff != "" {
		t.Errorf("without asking the provider again (-want +got):\n%s", diff)
	}
}

func TestSignOutEndsEveryHostAndTheProvidersSession(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.claims["cognito:groups"] = []any{"admins"}
	b := w.browser()
	b.signIn("https://app.example.com/")
	b.get("https://admin.example.com/")
	resp := b.get("https://app.example.com/.pomerium/sign_out")
	to, _ := resp.Location()
	if to == nil || to.Path != "/logout" || to.Query().Get("id_token_hint") != "the-id-token" ||
		to.Query().Get("post_logout_redirect_uri") != w.cfg.AuthenticateURL.String()+"/.pomerium/signed_out" {
		t.Errorf("got %d to %v, want the provider's end of session, with a way back", resp.StatusCode, to)
	}
	for _, u := range []string{"https://app.example.com/", "https://admin.example.com/"} {
		if resp := b.get(u); resp.Request.URL.Hostname() != "authenticate.example.com" || resp.StatusCode != 302 {
			t.Errorf("%s after sign-out: got %d at %s, want to be sent to the provider", u, resp.StatusCode, resp.Request.URL)
		}
	}
	w.gateway.background.wait()
	if len(w.provider.revoked) != 1 || w.provider.revoked[0] != "the-refresh-token" {
		t.Errorf("got %v revoked, want the refresh token once", w.provider.revoked)
	}
	wantStatus(t, b.get("https://authenticate.example.com/.pomerium/signed_out"), 200, "signed out")
}

// A link that anybody can make a browser open signs nobody out unasked.
func TestAnUnsignedSignOutAsks(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.signIn("https://app.example.com/")
	page := b.get("https://authenticate.example.com/.pomerium/sign_out")
	wantStatus(t, page, 200, "Sign out?", "alice@example.com", `method="POST"`)
	token := between(text(page), `name="csrf" value="`, `"`)

	post := func(token string, header ...string) *http.Response {
		header = append(header, "Content-Type", "application/x-www-form-urlencoded")
		return b.step().do("POST", w.address("https://authenticate.example.com/.pomerium/sign_out"), strings.NewReader(url.Values{"csrf": {token}}.Encode()), header...)
	}
	wantStatus(t, post(""), 403)
	wantStatus(t, post("wrong"), 403)
	wantStatus(t, post(token, "Sec-Fetch-Site", "cross-site"), 403)
	wantStatus(t, b.get("https://app.example.com/"), 200)
	wantStatus(t, post(token, "Sec-Fetch-Site", "same-origin"), 303)
	if resp := b.step().get("https://app.example.com/"); resp.StatusCode != 302 {
		t.Errorf("after sign-out: got %d, want 302", resp.StatusCode)
	}
	// A signed link that names another session than this browser's asks too.
	b.signIn("https://app.example.com/")
	link := w.gateway.live.Load().pomerium.links.sign(w.cfg.AuthenticateURL.String()+pathSignOut, url.Values{}, time.Now())
	wantStatus(t, b.do("GET", link, nil), 200, "Sign out?")
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// A window that reloads itself while nobody signs in must not fill the Cookie
// header of the sign-in host. The newest attempts still work.
func TestAbandonedSignInsDoNotPileUp(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	var begun []*http.Response
	for range 60 {
		begun = append(begun, b.get("https://app.example.com/x"))
	}
	size := 0
	for _, c := range b.Jar.Cookies(mustURL(w.address("https://authenticate.example.com/"))) {
		size += len(c.Name) + len(c.Value) + 3
	}
	if size > 8<<10 {
		t.Errorf("60 abandoned sign-ins made a Cookie header of %d bytes, want at most 8 KiB", size)
	}
	wantStatus(t, b.answerProvider(begun[0]), 400, "not started in this browser")
	wantStatus(t, b.answerProvider(begun[50]), 403) // its cookie is there; the fake provider knows the last nonce only
	wantStatus(t, b.answerProvider(begun[59]), 200)
}

func TestFormPostCallback(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	resp := b.get("https://app.example.com/x")
	to, _ := resp.Location()
	form := url.Values{"code": {"good"}, "state": {to.Query().Get("state")}, "id_token": {"not used"}}
	resp = b.do("POST", to.Query().Get("redirect_uri"), strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	wantStatus(t, resp, 200, "hello from upstream")
}

func TestCookiesAreSafe(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.signIn("https://app.example.com/")
	names := map[string]bool{}
	for _, host := range []string{"https://app.example.com/", "https://authenticate.example.com/"} {
		for _, c := range b.Jar.Cookies(mustURL(w.address(host))) {
			names[c.Name] = true
			if strings.Contains(c.Value, "alice") {
				t.Errorf("cookie %s tells the identity: %s", c.Name, c.Value)
			}
		}
	}
	if want := map[string]bool{"__Host-_pomerium": true, "__Host-_gatehouse_browser": true}; !cmp.Equal(names, want) {
		t.Errorf("got cookies %v, want %v: the attempt's is gone", names, want)
	}
	cookie, _ := w.knownSession("app.example.com", nil)
	if !cookie.HttpOnly || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("got cookie %+v, want HttpOnly, Secure, host-only, Lax", cookie)
	}
}

func TestACookieOpensOnlyAtItsHost(t *testing.T) {
	w := newWorld(t, nil)
	cookie, _ := w.knownSession("app.example.com", map[string]any{"cognito:groups": []any{"admins"}})
	header := cookie.Name + "=" + cookie.Value
	wantStatus(t, w.browser().get("https://app.example.com/", "Cookie", header), 200)
	if resp := w.browser().step().get("https://admin.example.com/", "Cookie", header); resp.StatusCode != 302 {
		t.Errorf("a cookie of another host: got %d, want to be sent to sign in", resp.StatusCode)
	}
	// A cookie that somebody planted does not hide the good one.
	wantStatus(t, w.browser().get("https://app.example.com/", "Cookie", cookie.Name+"=planted; "+header), 200)
}

func TestConfiguredCookie(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Cookie = Cookie{Name: "_corp", Domain: "example.com", SameSite: http.SameSiteStrictMode, Script: true}
	})
	cookie, _ := w.knownSession("app.example.com", nil)
	if cookie.Name != "_corp" || cookie.Domain != "example.com" || cookie.SameSite != http.SameSiteStrictMode || cookie.HttpOnly || !cookie.Secure {
		t.Errorf("got %+v, want it as configured", cookie)
	}
	wantStatus(t, w.browser().get("https://app.example.com/", "Cookie", "_corp="+cookie.Value), 200)
	if got := w.got(); got.Header.Get("Cookie") != "" {
		t.Errorf("got %q upstream, want no cookie of ours", got.Header.Get("Cookie"))
	}
}
