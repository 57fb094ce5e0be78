package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/testing/browser"
)

func TestSignInReturnsToTheRequestedPage(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/reports/7?year=2026&q=a%2Fb").Want(200, "hello from upstream")
	if got := w.Upstream.Got(); got.URL.RequestURI() != "/reports/7?year=2026&q=a%2Fb" {
		t.Errorf("got %s upstream, want the page that was wanted", got.URL.RequestURI())
	}
	want := []string{
		"authenticate.example.com/.pomerium/sign_in", "idp.example.com/authorize",
		"app.example.com/.pomerium/callback/", "app.example.com/reports/7",
	}
	if diff := cmp.Diff(want, trail(b)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	b.Trail = nil
	b.Open("https://app.example.com/").Want(200)
	if len(b.Trail) != 0 {
		t.Errorf("got redirects %v for a known session, want none", b.Trail)
	}
}

func TestOneSignInServesEveryHost(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.claims["cognito:groups"] = []any{"staff", "admins"}
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	b.Trail = nil
	b.Open("https://admin.example.com/x").Want(200)
	want := []string{"authenticate.example.com/.pomerium/sign_in", "admin.example.com/.pomerium/callback/", "admin.example.com/x"}
	if diff := cmp.Diff(want, trail(b)); diff != "" {
		t.Errorf("without asking the provider again (-want +got):\n%s", diff)
	}
}

func TestSignOutEndsEveryHostAndTheProvidersSession(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.claims["cognito:groups"] = []any{"admins"}
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	b.Open("https://admin.example.com/")
	resp := b.Open("https://app.example.com/.pomerium/sign_out")
	to := resp.Location()
	if to == nil || to.Path != "/logout" || to.Query().Get("id_token_hint") != "the-id-token" ||
		to.Query().Get("post_logout_redirect_uri") != w.cfg.AuthenticateURL.String()+"/.pomerium/signed_out" {
		t.Errorf("got %d to %v, want the provider's end of session, with a way back", resp.Status, to)
	}
	for _, u := range []string{"https://app.example.com/", "https://admin.example.com/"} {
		if resp := b.Open(u); resp.URL.Hostname() != "authenticate.example.com" || resp.Status != 302 {
			t.Errorf("%s after sign-out: got %d at %s, want to be sent to the provider", u, resp.Status, resp.URL)
		}
	}
	w.gateway.background.wait()
	if len(w.provider.revoked) != 1 || w.provider.revoked[0] != "the-refresh-token" {
		t.Errorf("got %v revoked, want the refresh token once", w.provider.revoked)
	}
	b.Open("https://authenticate.example.com/.pomerium/signed_out").Want(200, "signed out")
}

// Any page can make a browser open the sign-out link. Therefore the link without
// a signature must first ask the user.
func TestUnsignedSignOutAsksForConfirmation(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	page := b.Open("https://authenticate.example.com/.pomerium/sign_out").Want(200, "Sign out?", "alice@example.com", `method="POST"`)
	token := page.Forms()[0].Values.Get("csrf")

	post := func(token string, header ...string) *browser.Page {
		return b.Step().Post("https://authenticate.example.com/.pomerium/sign_out", url.Values{"csrf": {token}}, header...)
	}
	post("").Want(403)
	post("wrong").Want(403)
	post(token, "Sec-Fetch-Site", "cross-site").Want(403)
	b.Open("https://app.example.com/").Want(200)
	post(token, "Sec-Fetch-Site", "same-origin").Want(303)
	if resp := b.Step().Open("https://app.example.com/"); resp.Status != 302 {
		t.Errorf("after sign-out: got %d, want 302", resp.Status)
	}
	// A signed link that names another session than this browser's asks too.
	signInAt(b, "https://app.example.com/")
	link := w.gateway.live.Load().pomerium.links.sign(w.cfg.AuthenticateURL.String()+pathSignOut, url.Values{}, time.Now())
	b.Open(link).Want(200, "Sign out?")
}

// A window may reload itself while no user signs in. Its attempts must not fill
// the Cookie header of the sign-in host. The newest attempts must still work.
func TestAbandonedSignInsAreDropped(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	var begun []*browser.Page
	for range 60 {
		begun = append(begun, b.Open("https://app.example.com/x"))
	}
	size := 0
	for _, c := range b.Cookies("https://authenticate.example.com/") {
		size += len(c.Name) + len(c.Value) + 3
	}
	if size > 8<<10 {
		t.Errorf("60 abandoned sign-ins made a Cookie header of %d bytes, want at most 8 KiB", size)
	}
	answerProvider(b, begun[0]).Want(400, "not started in this browser")
	answerProvider(b, begun[50]).Want(403) // its cookie is there; the fake provider knows the last nonce only
	answerProvider(b, begun[59]).Want(200)
}

func TestFormPostCallback(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	to := b.Open("https://app.example.com/x").Location()
	form := url.Values{"code": {"good"}, "state": {to.Query().Get("state")}, "id_token": {"not used"}}
	b.Post(to.Query().Get("redirect_uri"), form).Want(200, "hello from upstream")
}

func TestCookiesAreSafe(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	names := map[string]bool{}
	for _, host := range []string{"https://app.example.com/", "https://authenticate.example.com/"} {
		for _, c := range b.Cookies(host) {
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

func TestCookieOpensOnlyAtItsHost(t *testing.T) {
	w := newWorld(t, nil)
	cookie, _ := w.knownSession("app.example.com", map[string]any{"cognito:groups": []any{"admins"}})
	header := cookie.Name + "=" + cookie.Value
	w.browser().Open("https://app.example.com/", "Cookie", header).Want(200)
	if resp := w.browser().Step().Open("https://admin.example.com/", "Cookie", header); resp.Status != 302 {
		t.Errorf("a cookie of another host: got %d, want to be sent to sign in", resp.Status)
	}
	// A cookie that somebody planted does not hide the good one.
	w.browser().Open("https://app.example.com/", "Cookie", cookie.Name+"=planted; "+header).Want(200)
}

func TestConfiguredCookie(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Cookie = Cookie{Name: "_corp", Domain: "example.com", SameSite: http.SameSiteStrictMode, Script: true}
	})
	cookie, _ := w.knownSession("app.example.com", nil)
	if cookie.Name != "_corp" || cookie.Domain != "example.com" || cookie.SameSite != http.SameSiteStrictMode || cookie.HttpOnly || !cookie.Secure {
		t.Errorf("got %+v, want it as configured", cookie)
	}
	w.browser().Open("https://app.example.com/", "Cookie", "_corp="+cookie.Value).Want(200)
	if got := w.Upstream.Got(); got.Header.Get("Cookie") != "" {
		t.Errorf("got %q upstream, want no cookie of ours", got.Header.Get("Cookie"))
	}
}
