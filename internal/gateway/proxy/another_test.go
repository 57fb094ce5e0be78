package proxy

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"time"
)

func TestUseAnotherAccount(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	denied := signInAt(b, "https://admin.example.com/reports?year=2026").Want(403, "alice@example.com", "Use another account")

	// The provider is asked although both have a session of alice's.
	resp := denied.Follow("Use another account")
	to := resp.Location()
	if to == nil || to.Hostname() != "idp.example.com" || to.Query().Get("prompt") != "login" {
		t.Fatalf("got %d to %v, want the provider with prompt=login", resp.Status, to)
	}
	// A person who turns back is still signed in.
	b.Open("https://app.example.com/").Want(200)

	w.provider.claims = map[string]any{"sub": "u-2", "email": "bob@example.com", "cognito:groups": []any{"admins"}}
	answerProvider(b, resp).Want(200, "hello from upstream")
	if got := w.Upstream.Got().URL.RequestURI(); got != "/reports?year=2026" {
		t.Errorf("got %s upstream, want the page that was refused", got)
	}
	// Every host knows bob now, without asking again.
	b.Open("https://app.example.com/").Want(200)
	b.Open("https://app.example.com/.pomerium/").Want(200, "bob@example.com")
}

// The same account again is refused again, with the same button: nothing goes
// round by itself.
func TestSameAccountIsRefusedAgain(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	denied := signInAt(b, "https://admin.example.com/")
	b.Trail = nil
	answerProvider(b, denied.Follow("Use another account")).Want(403, "alice@example.com", "Use another account")
	if len(b.Trail) != 4 {
		t.Errorf("got the redirects %v, want four: to sign in, to the provider, back, to the page", b.Trail)
	}
}

// A provider that ignores the request for another account signs the same person
// in again. Then the person is signed out there, and nothing goes round.
func TestAProviderThatIgnoresTheRequestIsSignedOut(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.claims["auth_time"] = json.Number(strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10))
	b := w.browser()
	denied := signInAt(b, "https://admin.example.com/")
	resp := answerProvider(b, denied.Follow("Use another account"))
	to := resp.Location()
	if to == nil || to.Path != "/logout" || to.Query().Get("post_logout_redirect_uri") != w.cfg.AuthenticateURL.String()+pathSignedOut {
		t.Fatalf("got %d to %v, want the provider's sign-out, with a way back", resp.Status, to)
	}
	b.Open("https://authenticate.example.com/.pomerium/").Want(200, "not signed in", "You are not signed in here")
	// The next sign-in asks for no other account, and is taken as it comes.
	signInAt(b, "https://admin.example.com/").Want(403, "alice@example.com")
}

func TestAnotherAccountRefusals(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser().Step()
	for _, wanted := range []string{
		"", "x", "//evil.example.net/", "https://evil.example.net/", "https://app.example.com/", "/.pomerium/sign_out", "/x/../.pomerium/sign_out", "/.//.pomerium/sign_out", "/%2epomerium/sign_out", "/x;/..;/.pomerium/sign_out", "javascript:alert(1)", "/\\evil.example.net",
	} {
		resp := b.Open("https://app.example.com" + pathAnother + "?" + url.Values{paramRedirect: {wanted}}.Encode())
		if to := resp.Location(); to != nil {
			link, err := w.gateway.live.Load().pomerium.links.check(w.cfg.AuthenticateURL.String()+pathSignIn, to.RawQuery, w.gateway.live.Load().now())
			if err != nil || mustURL(link.Get(paramRedirect)).Host != "app.example.com:"+port || isInternal(mustURL(link.Get(paramRedirect)).JoinPath().Path) {
				t.Errorf("%q: got a redirect to %s, want 400 or a link back to the application", wanted, to)
			}
			continue
		}
		wantIntercepted(t, resp.Want(400))
	}
}
