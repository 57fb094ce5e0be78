package proxy

import (
	"html"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// answerProvider answers for the provider that resp sends the browser to.
func (b *visitor) answerProvider(resp *http.Response) *http.Response {
	b.w.t.Helper()
	to, err := resp.Location()
	if err != nil || to.Hostname() != "idp.example.com" {
		b.w.t.Fatalf("%s: got %d to %v, want a redirect to the provider", resp.Request.URL, resp.StatusCode, to)
	}
	return b.do("GET", to.Query().Get("redirect_uri")+"?"+url.Values{"code": {"good"}, "state": {to.Query().Get("state")}}.Encode(), nil)
}

func TestUseAnotherAccount(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	denied := b.signIn("https://admin.example.com/reports?year=2026")
	wantStatus(t, denied, 403, "alice@example.com", "Use another account")
	link := html.UnescapeString(between(text(denied), `<a class="button primary" href="`, `"`))

	// The provider is asked although both have a session of alice's.
	resp := b.get("https://admin.example.com" + link)
	to, _ := resp.Location()
	if to == nil || to.Hostname() != "idp.example.com" || to.Query().Get("prompt") != "login" {
		t.Fatalf("got %d to %v, want the provider with prompt=login", resp.StatusCode, to)
	}
	// A person who turns back is still signed in.
	wantStatus(t, b.get("https://app.example.com/"), 200)

	w.provider.claims = map[string]any{"sub": "u-2", "email": "bob@example.com", "cognito:groups": []any{"admins"}}
	wantStatus(t, b.answerProvider(resp), 200, "hello from upstream")
	if got := w.got().URL.RequestURI(); got != "/reports?year=2026" {
		t.Errorf("got %s upstream, want the page that was refused", got)
	}
	// Every host knows bob now, without asking again.
	wantStatus(t, b.get("https://app.example.com/"), 200)
	wantStatus(t, b.get("https://app.example.com/.pomerium/"), 200, "bob@example.com")
}

// The same account again is refused again, with the same button: nothing goes
// round by itself.
func TestTheSameAccountAgainIsRefusedAgain(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	denied := b.signIn("https://admin.example.com/")
	link := html.UnescapeString(between(text(denied), `<a class="button primary" href="`, `"`))
	b.trail = nil
	wantStatus(t, b.answerProvider(b.get("https://admin.example.com"+link)), 403, "alice@example.com", "Use another account")
	if len(b.trail) != 4 {
		t.Errorf("got the redirects %q, want four: to sign in, to the provider, back, to the page", b.trail)
	}
}

// A provider that ignores the request for another account signs the same person
// in again. Then the person is signed out there, and nothing goes round.
func TestAProviderThatIgnoresTheRequestIsSignedOut(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.claims["auth_time"] = float64(time.Now().Add(-time.Hour).Unix())
	b := w.browser()
	denied := b.signIn("https://admin.example.com/")
	link := html.UnescapeString(between(text(denied), `<a class="button primary" href="`, `"`))
	resp := b.answerProvider(b.get("https://admin.example.com" + link))
	to, _ := resp.Location()
	if to == nil || to.Path != "/logout" || to.Query().Get("post_logout_redirect_uri") != w.cfg.AuthenticateURL.String()+pathSignedOut {
		t.Fatalf("got %d to %v, want the provider's sign-out, with a way back", resp.StatusCode, to)
	}
	wantStatus(t, b.get("https://authenticate.example.com/.pomerium/"), 200, "not signed in", "Open an application to sign in")
	// The next sign-in asks for no other account, and is taken as it comes.
	wantStatus(t, b.signIn("https://admin.example.com/"), 403, "alice@example.com")
}

func TestAnotherAccountRefusals(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser().step()
	for _, wanted := range []string{
		"", "x", "//evil.example.net/", "https://evil.example.net/", "https://app.example.com/", "/.pomerium/sign_out", "javascript:alert(1)", "/\\evil.example.net",
	} {
		resp := b.get("https://app.example.com" + pathAnother + "?" + url.Values{paramRedirect: {wanted}}.Encode())
		if to, _ := resp.Location(); to != nil {
			link, err := w.gateway.live.Load().pomerium.links.check(w.cfg.AuthenticateURL.String()+pathSignIn, to.RawQuery, w.gateway.live.Load().now())
			if err != nil || mustURL(link.Get(paramRedirect)).Host != "app.example.com:"+w.port || isInternal(mustURL(link.Get(paramRedirect)).Path) {
				t.Errorf("%q: got a redirect to %s, want 400 or a link back to the application", wanted, to)
			}
			continue
		}
		wantStatus(t, resp, 400)
		wantIntercepted(t, resp)
	}
}
