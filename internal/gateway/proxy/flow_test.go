package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/authenticate"
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

// Pomerium: signout_redirect_url. A provider that comes back to our page, as Cognito
// does, needs no other address registered.
func TestASignOutEndsWhereTheFileSays(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.SignOutURL = "https://www.example.com/bye" })
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	if page := b.Step().Open("https://authenticate.example.com/.pomerium/signed_out"); page.Status != 303 {
		t.Errorf("with a session: got %d to %v, want the question", page.Status, page.Location())
	}
	b.Open("https://app.example.com/.pomerium/sign_out")
	if page := b.Step().Open("https://authenticate.example.com/.pomerium/signed_out"); page.Status != 302 || page.Location().String() != "https://www.example.com/bye" {
		t.Errorf("got %d to %v, want the address of the file", page.Status, page.Location())
	}
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

// A browser may open many windows at once, and a window may reload itself while
// nobody signs in. All of them share one cookie at the sign-in host, and each can
// still be finished.
func TestManyWindowsShareOneCookie(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	var begun []*browser.Page
	for range 60 {
		begun = append(begun, b.Open("https://app.example.com/x"))
	}
	cookies := b.Cookies("https://authenticate.example.com/")
	if len(cookies) != 1 || cookies[0].Name != "__Host-_gatehouse_browser" || len(cookies[0].Value) != 43 {
		t.Errorf("60 sign-ins left the cookies %v, want one of 43 characters", cookies)
	}
	answerProvider(b, begun[0]).Want(403) // the fake provider knows the last nonce only: the state was right
	answerProvider(b, begun[59]).Want(200)
	answerProvider(w.browser(), begun[50]).Want(400, "not started in this browser")
}

// However long the address of the wanted page is, a person comes back to it.
func TestALongAddressIsReachedAfterSignIn(t *testing.T) {
	w := newWorld(t, nil)
	for _, size := range []int{2_700, 8 << 10, 16 << 10, 31 << 10} {
		wanted := "/search?q=" + strings.Repeat("a%20", size/4)
		b := w.browser()
		provider := b.Open("https://app.example.com" + wanted)
		if to := provider.WantRedirect("https://idp.example.com/").String(); len(to) > 1024 {
			t.Errorf("%d bytes: the address of the provider has %d bytes, want at most 1024", size, len(to))
		}
		for _, c := range b.Cookies("https://authenticate.example.com/") {
			if len(c.Value) > 64 {
				t.Errorf("%d bytes: the cookie %s has %d bytes, want at most 64", size, c.Name, len(c.Value))
			}
		}
		answerProvider(b, provider).Want(200)
		if got := w.Upstream.Got(); got == nil || got.URL.RequestURI() != wanted {
			t.Errorf("%d bytes: ended elsewhere than at the wanted page", size)
		}
	}
	b := w.browser()
	signInAt(b, "https://app.example.com/too-long?q="+strings.Repeat("a", authenticate.MaxPage)).Want(200)
	if got := w.Upstream.Got().URL.RequestURI(); got != "/" {
		t.Errorf("an address that is too long ended at %.40s, want the front page", got)
	}
}

// A header of 128 KiB is read, so an address can have nearly as much. The links that
// lead to sign in must be shorter, or nobody could open them.
func TestNoAddressMakesALinkThatIsTooLong(t *testing.T) {
	const most = 3*authenticate.MaxPage + 4096 // every byte may be escaped
	w := newWorld(t, nil)
	for _, size := range []int{authenticate.MaxPage - 8, authenticate.MaxPage + 8, 120 << 10} {
		wanted := "/search?q=" + strings.Repeat("&", size-10)
		to := w.browser().Step().Open("https://app.example.com" + wanted).Location()
		if to == nil || to.Path != pathSignIn || len(to.String()) > most {
			t.Errorf("%d bytes: the link to sign in has %d bytes, want at most %d", size, len(to.String()), most)
		}
		cookie, _ := w.knownSession("admin.example.com", nil)
		if page := w.browser().Step().Open("https://admin.example.com"+wanted, "Cookie", cookie.String()); len(page.Body) > most+64<<10 {
			t.Errorf("%d bytes: the page that refuses has %d bytes", size, len(page.Body))
		}
	}
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

var (
	fromElsewhere = []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	asAnImage     = []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}
)

// A page of somebody else can bring a browser to the sign-out of an application,
// as an image or as a link. Neither signs anybody out.
func TestNobodyIsSignedOutByAPageOfSomebodyElse(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	const out = "https://app.example.com/.pomerium/sign_out"
	b.Open(out, asAnImage...).Want(403, "open this address in a window")
	question := b.Open(out, fromElsewhere...).Want(200, "Sign out?", "alice@example.com")
	b.Post(out, nil, "Sec-Fetch-Site", "cross-site").Want(200, "Sign out?")
	b.Open(out, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64)").Want(200, "Sign out?")
	b.Open("https://app.example.com/").Want(200, "hello")
	question.Submit().WantRedirect("https://idp.example.com/logout")
	b.Open("https://app.example.com/").WantRedirect("https://idp.example.com/authorize")
}

// The next person at the browser must not see pages from its cache.
func TestSignOutEmptiesTheCache(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	page := b.Step().Open("https://app.example.com/.pomerium/sign_out")
	for page.Status == 302 || page.Status == 303 {
		if got := page.Header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("%s: got Clear-Site-Data %q, want the cache", page.URL, got)
		}
		to := page.Location()
		if to.Hostname() == "idp.example.com" {
			return
		}
		page = b.Step().Open(to.String())
	}
	t.Errorf("the sign-out ended at %s, want the provider", page.URL)
}

// Nobody reads that they are signed out while an application still opens.
func TestSignedOutIsTrue(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	b.Open("https://authenticate.example.com/.pomerium/signed_out").Want(200, "Sign out?")
	app := w.browser() // knows the application alone
	app.SetCookies("https://app.example.com:"+port+"/", b.Cookies("https://app.example.com/")...)
	app.Open("https://authenticate.example.com/.pomerium/sign_out").Want(200, "not signed in here").WantNot("You are signed out")
	app.Open("https://app.example.com/").Want(200, "hello")
}

// The sign-out of an application ends the session of the application, also if the
// browser has another one at the sign-in host.
func TestBothSessionsOfABrowserEnd(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	first := b.Cookie("https://app.example.com/", "__Host-_pomerium")
	second, _ := w.knownSession("authenticate.example.com", nil)
	b.SetCookies("https://authenticate.example.com:"+port+"/", second)
	b.Open("https://app.example.com/.pomerium/sign_out").Want(200, "Sign out?")
	w.browser().Open("https://app.example.com/", "Cookie", "__Host-_pomerium="+first).WantRedirect("https://idp.example.com/")
}
